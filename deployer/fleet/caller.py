"""Carrying out acts on one host: each is one execution of the host program, over one connection."""

import io
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import BinaryIO, TypeVar

from deployer.host import acts
from deployer.host.command import answer, call
from deployer.host.facts import MALFORMED, Failure
from deployer.task import Run
from deployer.transport.base import Process, Result, Transport, TransportError

MARGIN = 15.0
"""Seconds beyond a time limit that the host enforces itself, before its answer is given up."""

_LONGEST_ANSWER = 1 << 20
"""What a host may print besides its question, in bytes."""

T = TypeVar("T")
Reply = Callable[[list[str]], tuple[bytes, BinaryIO]]
"""Gives a head and a file from the lines that a host asks with. ValueError when they make no sense."""


class Caller:
    """The way to one host: builds the command line of an act, sends it, reads the answer."""

    def __init__(self, run: Run, transport: Transport) -> None:
        self._run = run
        self._transport = transport

    @property
    def sudo(self) -> bool:
        """Whether acts are run with sudo: as the plan says, else unless the user is root."""
        asked = self._run.plan.ssh.sudo
        return self._transport.user != "root" if asked is None else asked

    def call(self, act: acts.Act[T], stream: BinaryIO | None = None) -> T | Failure:
        """Carry out an act; its standard input is `stream`, or what the act brings along. Never raises."""
        token = secrets.token_hex(8)
        sent = call(act, self._run.program, token=token, sudo=self.sudo)
        timeout: float = getattr(act, "timeout", 30)
        result = self._transport.run(sent.command, stdin=stream or sent.stdin, timeout=timeout + MARGIN)
        return answer(act, result, token)

    def exchange(self, act: acts.Act[T], opening: bytes, reply: Reply, *, most: int) -> T | Failure:
        """Carry out an act that asks back: it reads `opening`, asks in some lines, and reads the `reply` to them.

        `most` bytes is the longest question there is. Nobody listens while the host is fed, so it prints little before
        it has read all; one that prints on and does not read is given up when its time is over.
        Never raises; when the host asks for what makes no sense, the act is given up.
        """
        token = secrets.token_hex(8)
        timeout: float = getattr(act, "timeout", 30)
        try:
            process = self._transport.start(self.command(act, token))
        except TransportError as error:
            return answer(act, Result(None, reason=error.message), token)
        try:
            with process.limited(timeout + MARGIN):
                return answer(act, _exchanged(process, token, opening, reply, most), token)
        except ValueError as error:
            return Failure(MALFORMED, str(error))
        finally:
            process.close()

    def command(self, act: acts.Act[T], token: str = "TOKEN000") -> str:  # noqa: S107 - stands for one
        """Give the command line of an act as it is sent; `token` is new for each."""
        return call(act, self._run.program, token=token, sudo=self.sudo).command


def _exchanged(process: Process, token: str, opening: bytes, reply: Reply, most: int) -> Result:
    process.feed(io.BytesIO(opening))
    lines = _bounded(process.lines(), most + _LONGEST_ANSWER)
    heard: list[str] = []
    for line in lines:
        if line == acts.ASKED and token in heard:
            _feed(process, *reply(heard[heard.index(token) + 1 :]))
            heard = [token, *lines]
        else:
            heard.append(line)
    return replace(process.result(), stdout="\n".join(heard).encode())


def _bounded(lines: Iterator[str], room: int) -> Iterator[str]:
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            raise ValueError("it prints without end")
        yield line.rstrip("\r")


def _feed(process: Process, head: bytes, stream: BinaryIO) -> None:
    with stream:
        process.feed(io.BytesIO(head))
        process.feed(stream, last=True)
