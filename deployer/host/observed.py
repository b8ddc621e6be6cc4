"""The conversation with `observe`: the lines that go in, and what the lines that come out mean."""

import base64
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

from deployer.facts import ListenerLook, UnitLook
from deployer.host.facts import MALFORMED, AnswerError, Facts, Failure, pairs
from deployer.host.hold import UNREADABLE, Hold
from deployer.host.journal import JournalAnswer
from deployer.host.look import read_listener, read_look
from deployer.host.words import encode
from deployer.plan.addresses import port_of

BEAT = "beat"
LOOK = "look"
RECEIPT = "receipt"
END = "end"
_MAX_PARTS = 4000
"""Pieces of one answer that are kept, 2250 bytes each."""


@dataclass(frozen=True, slots=True)
class Locked:
    """The watch begins, and the lock is ours, unless it only looks on.

    `current` and `pending` are the releases so named now, or empty; who only looks on is not told what is pending.
    `opens` counts the TCP connections that the host ever accepted, at its own `clock`. `last` is what the host's
    history says of the last confirmed rollout: key and value pairs. `hold` is the rollout that waits for a person here.
    """

    current: str
    pending: str
    opens: int = 0
    clock: float = 0.0
    last: tuple[tuple[str, str], ...] = ()
    hold: str = ""


@dataclass(frozen=True, slots=True)
class CurlAnswer:
    """What curl on the host got for the question `id`.

    `exit` is curl's exit code (0 answered, 7 refused, 28 too late, 52 empty, 56 reset, 127 no curl); `status` is 0
    without an answer; `headers` have lower-case names; `body` is as long as was asked for at most; `error` is curl's
    own sentence.
    `verify` is what the TLS library said of the certificate, by OpenSSL's numbers; 0: nothing against it.
    """

    id: str
    exit: int
    status: int
    seconds: float
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    error: str = ""
    verify: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """The watch is over. `failure` None: it was asked to end, or standard input ended."""

    failure: Failure | None = None


Answer: TypeAlias = CurlAnswer | JournalAnswer
Observed: TypeAlias = Locked | UnitLook | ListenerLook | Answer | Ended


def trust(name: str, authorities: bytes) -> str:
    """Write the line that keeps authorities (PEM) under a name of letters and digits, for questions that follow."""
    return f"trust {name} {base64.b64encode(authorities).decode()}"


def ask(
    number: str, url: str, *, timeout: float, headers: tuple[tuple[str, str], ...] = (), limit: int | None = None,
    authorities: str = "",
) -> str:
    """Write the line that has curl ask `url` (also unix:/path.sock:/healthz). `number` comes back in the answer.

    So many bytes of the body are read as `limit` says; 64 KiB unless it does. `authorities` names what `trust` has
    kept; the host's own are trusted otherwise. With https the Host header is whom the certificate must be of.
    """
    url, to = _by_name(url, headers)
    words = [
        "ask",
        number,
        f"{timeout:.3f}",
        encode(url),
        *(f"header={encode(f'{key}: {value}')}" for key, value in headers),
        *((f"most={limit}",) if limit else ()),
        *((f"ca={authorities}",) if authorities else ()),
        *((f"to={encode(to)}",) if to else ()),
    ]
    return " ".join(words)


def _by_name(url: str, headers: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """Give an https URL with the Host header's name in it, and where it leads; any other URL as it is, and "".

    curl asks for a certificate of the URL's name alone.
    """
    name = next((value for key, value in headers if key.lower() == "host"), None)
    if name is None or not url.startswith("https:"):
        return url, ""
    parts, host = urlsplit(url), urlsplit(f"//{name}").hostname or ""
    port = port_of(url)
    to = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname
    bracketed = f"[{host}]" if ":" in host else host
    return parts._replace(netloc=f"{bracketed}:{port}").geturl(), f"{to}:{port}"


class Reader:
    """Reads the lines of one observe execution; keeps the parts of answers that come in pieces."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._begun = False
        self._facts: list[tuple[str, str]] = []
        self._parts: dict[tuple[str, str], list[str]] = {}

    def feed(self, line: str) -> Observed | None:
        """Take one line; give what it means, or None when it means nothing yet (noise, facts, parts of an answer)."""
        line = line.rstrip("\r\n")
        if not self._begun:
            self._begun = line == self._token
            return None
        try:
            return self._meaning(line)
        except AnswerError as error:
            return Ended(Failure(MALFORMED, str(error)))

    def _meaning(self, line: str) -> Observed | None:
        word, _, rest = line.partition(" ")
        match word:
            case "unit":
                return read_look(_facts(rest))
            case "listener":
                return read_listener(_facts(rest))
            case "part":
                self._keep(_facts(rest))
                return None
            case "answer":
                return self._answer(_facts(rest))
            case "journal":
                return self._journal(_facts(rest))
            case _:
                return self._fact(line)

    def _fact(self, line: str) -> Locked | Ended | None:
        self._facts += pairs([line])
        facts = Facts(tuple(self._facts))
        match line:
            case "locked=yes" | "locked=no":
                return Locked(
                    facts.one("current"), facts.one("pending"), facts.number("opens"), facts.clock("clock"),
                    pairs(facts.one("last").split(" ")), _held(facts.one("hold")),
                )
            case "end=ok":
                return Ended()
            case "end=failed":
                return Ended(Failure(facts.one("code", MALFORMED), facts.one("detail"), facts))
            case _:
                return None

    def _keep(self, facts: Facts) -> None:
        parts = self._parts.setdefault((facts.one("id"), facts.one("of")), [])
        if len(parts) < _MAX_PARTS:
            parts.append(facts.one("data"))

    def _answer(self, facts: Facts) -> CurlAnswer:
        number = facts.one("id")
        return CurlAnswer(
            id=number,
            exit=facts.number("exit"),
            status=facts.number("status"),
            seconds=facts.clock("seconds"),
            headers=_headers(self._joined(number, "head")),
            body=self._joined(number, "body"),
            error=facts.one("error"),
            verify=facts.number("verify"),
        )

    def _journal(self, facts: Facts) -> JournalAnswer:
        number = facts.one("id")
        lines = self._joined(number, "lines").decode("utf-8", "replace").split("\n")
        found, error, cursor = facts.number("found"), facts.one("error"), facts.one("cursor")
        return JournalAnswer(number, found, tuple(filter(None, lines)), error, cursor)

    def _joined(self, number: str, of: str) -> bytes:
        text = "".join(self._parts.pop((number, of), []))
        try:
            return base64.b64decode(text, validate=True)
        except ValueError:
            raise AnswerError(f"not base64: {text[:80]!r}") from None


def _facts(words: str) -> Facts:
    return Facts(pairs(words.split(" ")))


def _held(line: str) -> str:
    """Name the rollout that a record of a hold is of."""
    try:
        hold = Hold.read(line)
    except AnswerError:
        return UNREADABLE
    return hold.rollout if hold else ""


def _headers(head: bytes) -> tuple[tuple[str, str], ...]:
    """Read the last block of header lines (interim answers come before it)."""
    blocks = head.decode("latin-1").replace("\r\n", "\n").strip("\n").split("\n\n")
    split = (line.partition(":") for line in blocks[-1].split("\n")[1:])
    return tuple((name.strip().lower(), value.strip()) for name, colon, value in split if colon)
