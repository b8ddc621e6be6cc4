"""An HTTP answer as values, and what it says about the release that gave it."""

import json
from dataclasses import dataclass
from enum import StrEnum

from deployer.facts import HealthLook
from deployer.gates.health import Wanted
from deployer.plan.model import Expect, ReleaseBody, ReleaseHeader, ReleaseJson

BODY_LIMIT = 64 * 1024
"""Bytes of a body that are read; the rest is not looked at."""

_SHOWN = 300


class Miss(StrEnum):
    """How a request went without an answer. Over a forwarded connection a reset and an empty answer look the same."""

    REFUSED = "refused"  # nobody took the connection
    CUT = "cut"          # the connection ended before a whole answer had come
    LATE = "late"        # nothing came in time


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back: `status` None means no answer, and `error` says why. Header names are in lower case.

    `miss` is how the service failed to answer; None when it answered, and when it could not be asked at all.
    """

    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    seconds: float = 0.0
    error: str = ""
    miss: Miss | None = None

    def header(self, name: str) -> str | None:
        """Give a header's first value, or None."""
        return next((value for key, value in self.headers if key == name.lower()), None)


def look(answer: HttpAnswer, source: str, expect: Expect, wanted: Wanted) -> HealthLook:
    """Read an answer as a look at the service; a body text is looked for with the release that matters alone."""
    text = answer.body.decode("utf-8", "replace")
    return HealthLook(
        source=source,
        status=answer.status,
        release=_release(answer, expect, text, wanted),
        error=answer.error,
        location=answer.header("location") or "",
        body=" ".join(text[:_SHOWN].split()),
        seconds=round(answer.seconds, 4),
    )


def _release(answer: HttpAnswer, expect: Expect, text: str, wanted: Wanted) -> str | None:
    match expect.release:
        case ReleaseHeader(name=name):
            return answer.header(name)
        case ReleaseJson(path=path):
            return _at(text, path)
        case ReleaseBody(text=pattern):
            known = wanted.unwanted if wanted.release is None else wanted.release
            return known if known and pattern.replace("{{release}}", known) in text else None
        case None:
            return None


def _at(text: str, path: str) -> str | None:
    """Give the value under a dotted path of a JSON document as text; None when there is none."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    for key in path.split("."):
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
