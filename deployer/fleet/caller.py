"""Carrying out acts on one host: each is one execution of the host program, over one connection."""

import secrets
from typing import BinaryIO, TypeVar

from deployer.host import acts
from deployer.host.command import answer, call
from deployer.host.facts import Failure
from deployer.task import Run
from deployer.transport.base import Transport

MARGIN = 15.0
"""Seconds beyond a time limit that the host enforces itself, before its answer is given up."""

T = TypeVar("T")


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

    def command(self, act: acts.Act[T], token: str = "TOKEN000") -> str:  # noqa: S107 - stands for one
        """Give the command line of an act as it is sent; `token` is new for each."""
        return call(act, self._run.program, token=token, sudo=self.sudo).command
