"""The long execution on one host that holds its lock, watches its unit and can ask URLs from there."""

import contextlib
import itertools
import queue
import threading
from collections.abc import Callable
from pathlib import Path

from deployer.facts import ListenerLook, UnitLook
from deployer.gates.flaws import Flaw
from deployer.host import observed
from deployer.host.facts import Failure
from deployer.host.journal import JournalAnswer, JournalQuestion
from deployer.host.observed import Answer, CurlAnswer, Ended, Locked, Reader
from deployer.probes.answer import HttpAnswer
from deployer.probes.http import Headers
from deployer.probes.tls import flaw_of_code
from deployer.transport.base import Process, TransportError

NOT_FOUND = 127
"""What the host program reports as curl's exit code when there is no curl."""

_NOT_TRUSTED, _NOT_JUDGED = 60, 1
"""curl's exit code for a certificate that will not do, and what it gives OpenSSL's number as when it was the name."""

_MISSES = {
    6: Flaw.NO_CONNECTION, 7: Flaw.NO_CONNECTION, 28: Flaw.TIMEOUT, 18: Flaw.CUT, 52: Flaw.CUT, 56: Flaw.CUT,
    35: Flaw.TLS_OTHER, 77: Flaw.TLS_OTHER,
}  # fmt: skip
"""What curl's exit codes mean; any other says that it could not ask."""

LOCK_WAIT = 20.0
FAREWELL = 2.0
"""Seconds that a host has to begin a watch, and to end it."""

_MARGIN = 2.0

LISTENER_WAIT = 5.0
"""Seconds that a host has to count its listening sockets."""

JOURNAL_WAIT = 35.0
"""Seconds that a host has to read a journal; it gives up by itself before (journal.sh)."""


class Watch:
    """One observe execution. `on_look` is told each change of the unit, `on_lost` once when the host is gone."""

    def __init__(
        self, process: Process, token: str, on_look: Callable[[UnitLook], None], on_lost: Callable[[str], None]
    ) -> None:
        self._process = process
        self._reader = Reader(token)
        self._on_look = on_look
        self._on_lost = on_lost
        self._begun: queue.SimpleQueue[Locked | Failure] = queue.SimpleQueue()
        self._answers: dict[str, queue.SimpleQueue[Answer | None]] = {}
        self._listeners: queue.SimpleQueue[ListenerLook] = queue.SimpleQueue()
        self._numbers = itertools.count(1)
        self._trusted: dict[str, str] = {}
        self._trusting = threading.Lock()
        self._locked = False
        self._closed = False
        self._reading = threading.Thread(target=self._read, daemon=True, name="watch")
        self._reading.start()

    def locked(self) -> Locked | Failure:
        """Wait for the lock: ours, or why not."""
        try:
            return self._begun.get(timeout=LOCK_WAIT)
        except queue.Empty:
            return Failure("no-answer", f"the watch did not begin within {LOCK_WAIT:g} s", unknown=True)

    def beat(self) -> None:
        """Tell the host that we are there."""
        self._send(observed.BEAT)

    def listener(self) -> ListenerLook | None:
        """Have the host count its listening sockets; None when it does not answer."""
        while not self._listeners.empty():
            self._listeners.get()  # one that came too late
        self._send(observed.RECEIPT)
        try:
            return self._listeners.get(timeout=LISTENER_WAIT)
        except queue.Empty:
            return None

    def ask(
        self, url: str, headers: Headers, timeout: float, limit: int | None = None, ca_file: str | None = None
    ) -> HttpAnswer:
        """Have curl on the host ask `url`, and read `limit` bytes of the body (64 KiB unless that is said).

        With https it trusts the authorities of `ca_file`, a file here; else those of the host.
        """
        try:
            authorities = self._trust(ca_file) if ca_file else ""
        except OSError as error:
            return HttpAnswer(error=f"{ca_file} cannot be used: {error.strerror}", miss=Flaw.TLS_OTHER)

        def line(number: str) -> str:
            return observed.ask(number, url, timeout=timeout, headers=headers, limit=limit, authorities=authorities)

        asked = self._asked(line, timeout)
        if not isinstance(asked, CurlAnswer):
            return HttpAnswer(error=f"no answer within {timeout:g} s", seconds=timeout, miss=Flaw.TIMEOUT)
        return _read(asked)

    def _trust(self, ca_file: str) -> str:
        """Have the host keep a file's authorities, once; the name they have there."""
        with self._trusting:
            if ca_file not in self._trusted:
                name = f"ca{len(self._trusted)}"
                self._send(observed.trust(name, Path(ca_file).read_bytes()))
                self._trusted[ca_file] = name
            return self._trusted[ca_file]

    def journal(self, question: JournalQuestion) -> JournalAnswer:
        """Have the host read the service's journal."""
        asked = self._asked(question.line, JOURNAL_WAIT)
        if not isinstance(asked, JournalAnswer):
            return JournalAnswer("", error=f"the host did not answer within {JOURNAL_WAIT:g} s")
        return asked

    def _asked(self, line: Callable[[str], str], seconds: float) -> Answer | None:
        """Send a question under a number of its own; None when no answer comes in time, or before the end."""
        number = str(next(self._numbers))
        box = self._answers.setdefault(number, queue.SimpleQueue())
        try:
            if self._closed:
                return None
            self._send(line(number))
            return box.get(timeout=seconds + _MARGIN)
        except queue.Empty:
            return None
        finally:
            self._answers.pop(number, None)

    def close(self) -> None:
        """End the watch and free the lock, so that the next run finds it free."""
        self._closed = True
        self._send(observed.END)
        self._reading.join(FAREWELL)
        self._process.close()
        for box in list(self._answers.values()):
            box.put(None)

    def _send(self, line: str) -> None:
        with contextlib.suppress(TransportError):  # the reader notices, and tells
            self._process.send(line)

    def _read(self) -> None:
        ended: Ended | None = None
        for line in self._process.lines():
            match self._reader.feed(line):
                case Locked() as locked:
                    self._locked = True
                    self._begun.put(locked)
                case UnitLook() as look:
                    self._on_look(look)
                case ListenerLook() as listener:
                    self._listeners.put(listener)
                case CurlAnswer() | JournalAnswer() as answer if answer.id in self._answers:
                    self._answers[answer.id].put(answer)
                case Ended() as ended:
                    break
                case _:
                    pass
        self._over(ended)

    def _over(self, ended: Ended | None) -> None:
        reason = ended.failure.detail if ended and ended.failure else self._process.result().reason or "the watch ended"
        if not self._locked:
            failure = ended.failure if ended else None
            self._begun.put(failure or Failure("no-answer", reason, unknown=True))
        elif not self._closed:
            self._on_lost(reason)


def _read(answer: CurlAnswer) -> HttpAnswer:
    if answer.exit == NOT_FOUND:
        return HttpAnswer(error="there is no curl on the host", seconds=answer.seconds)
    if not answer.status:
        error = f"no answer (curl {answer.exit}: {answer.error})"
        return HttpAnswer(error=error, seconds=answer.seconds, miss=_missed(answer))
    return HttpAnswer(answer.status, answer.headers, answer.body, answer.seconds)


def _missed(answer: CurlAnswer) -> Flaw | None:
    """Give the class of a request by curl that got no answer; a name that does not fit is found by curl itself."""
    if answer.exit == _NOT_TRUSTED:
        return flaw_of_code(answer.verify) if answer.verify > _NOT_JUDGED else Flaw.TLS_NAME
    return _MISSES.get(answer.exit)
