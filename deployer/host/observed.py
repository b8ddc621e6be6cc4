"""The conversation with `observe`: the lines that go in, and what the lines that come out mean."""

import base64
from dataclasses import dataclass
from typing import TypeAlias

from deployer.facts import ListenerLook, UnitLook
from deployer.host.facts import MALFORMED, AnswerError, Facts, Failure, pairs
from deployer.host.look import read_listener, read_look
from deployer.host.words import encode

BEAT = "beat"
LOOK = "look"
RECEIPT = "receipt"
END = "end"
_MAX_PARTS = 200


@dataclass(frozen=True, slots=True)
class Locked:
    """The lock is ours and the watch begins. `current` and `pending` are the releases so named now, or empty.

    `opens` counts the TCP connections that the host ever accepted, at its own `clock`. `last` is what the host's
    history says of the last confirmed rollout: key and value pairs.
    """

    current: str
    pending: str
    opens: int = 0
    clock: float = 0.0
    last: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CurlAnswer:
    """What curl on the host got for the question `id`.

    `exit` is curl's exit code (0 answered, 7 refused, 28 too late, 52 empty, 56 reset, 127 no curl); `status` is 0
    without an answer; `headers` have lower-case names; `body` is at most 64 KiB; `error` is curl's own sentence.
    """

    id: str
    exit: int
    status: int
    seconds: float
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """The watch is over. `failure` None: it was asked to end, or standard input ended."""

    failure: Failure | None = None


Observed: TypeAlias = Locked | UnitLook | ListenerLook | CurlAnswer | Ended


def ask(number: str, url: str, *, timeout: float, headers: tuple[tuple[str, str], ...] = ()) -> str:
    """Write the line that has curl ask `url` (also unix:/path.sock:/healthz). `number` comes back in the answer."""
    words = [
        "ask",
        number,
        f"{timeout:.3f}",
        encode(url),
        *(f"header={encode(f'{key}: {value}')}" for key, value in headers),
    ]
    return " ".join(words)


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
            case _:
                return self._fact(line)

    def _fact(self, line: str) -> Locked | Ended | None:
        self._facts += pairs([line])
        facts = Facts(tuple(self._facts))
        match line:
            case "locked=yes":
                return Locked(
                    facts.one("current"), facts.one("pending"), facts.number("opens"), facts.clock("clock"),
                    pairs(facts.one("last").split(" ")),
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
        )

    def _joined(self, number: str, of: str) -> bytes:
        text = "".join(self._parts.pop((number, of), []))
        try:
            return base64.b64decode(text, validate=True)
        except ValueError:
            raise AnswerError(f"not base64: {text[:80]!r}") from None


def _facts(words: str) -> Facts:
    return Facts(pairs(words.split(" ")))


def _headers(head: bytes) -> tuple[tuple[str, str], ...]:
    """Read the last block of header lines (interim answers come before it)."""
    blocks = head.decode("latin-1").replace("\r\n", "\n").strip("\n").split("\n\n")
    split = (line.partition(":") for line in blocks[-1].split("\n")[1:])
    return tuple((name.strip().lower(), value.strip()) for name, colon, value in split if colon)
