"""An HTTP answer as values, and what it says about the release that gave it."""

from dataclasses import dataclass

from deployer.facts import HealthLook
from deployer.gates.flaws import Flaw
from deployer.gates.health import Wanted
from deployer.plan.model import Expect, ReleaseBody, ReleaseHeader, ReleaseJson
from deployer.probes.body import Body

BODY_LIMIT = 64 * 1024
"""Bytes of a body that are read; the rest is not looked at."""

_SHOWN = 300


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back: `status` None means no answer, and `error` says why. Header names are in lower case.

    `miss` is how the service failed to answer; None when it answered, and when it could not be asked at all. Over a
    forwarded connection a reset and an empty answer look the same.
    """

    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    seconds: float = 0.0
    error: str = ""
    miss: Flaw | None = None

    def header(self, name: str) -> str | None:
        """Give a header's first value, or None."""
        return next((value for key, value in self.headers if key == name.lower()), None)


def look(answer: HttpAnswer, source: str, expect: Expect, wanted: Wanted) -> HealthLook:
    """Read an answer as a look at the service; a body text is looked for with the release that matters alone."""
    body = Body(answer.body.decode("utf-8", "replace"))
    return HealthLook(
        source=source,
        status=answer.status,
        release=_release(answer, expect, body, wanted),
        error=answer.error,
        location=answer.header("location") or "",
        body=" ".join(body.text[:_SHOWN].split()),
        seconds=round(answer.seconds, 4),
        miss=answer.miss.value if answer.miss else "",
        unmet=body.unmet(expect) if answer.status is not None else "",
    )


def _release(answer: HttpAnswer, expect: Expect, body: Body, wanted: Wanted) -> str | None:
    match expect.release:
        case ReleaseHeader(name=name):
            return answer.header(name)
        case ReleaseJson(path=path):
            return body.at(path) or None
        case ReleaseBody(text=pattern):
            known = wanted.unwanted if wanted.release is None else wanted.release
            return known if known and body.names(pattern, known) else None
        case None:
            return None
