"""One full look at a service and its listener, as the host program prints it."""

from dataclasses import dataclass

from deployer.host.facts import Facts


@dataclass(frozen=True, slots=True)
class UnitLook:
    """A service and its socket at one moment (`clock`: the host's, seconds since the epoch).

    `active`, `sub`, `result` and `job` (its id, empty for none) are systemd's words about the service; `pid` 0: no main
    process; `cwd` and `exe` are where that process really is. `inode` names the listening sockets (joined by commas, in
    the order of the socket's addresses), `held` says that PID 1 holds every one of them; without a socket `inode` is
    empty and `held` true.
    `socket` is the socket unit's active state, empty without one.
    """

    active: str
    sub: str = ""
    result: str = ""
    pid: int = 0
    invocation: str = ""
    nrestarts: int = 0
    cwd: str = ""
    exe: str = ""
    inode: str = ""
    held: bool = True
    socket: str = ""
    job: str = ""
    clock: float = 0.0

    @property
    def running(self) -> bool:
        """Whether systemd calls the service active."""
        return self.active in {"active", "reloading"}

    @classmethod
    def read(cls, facts: Facts) -> "UnitLook":
        """Read the pairs of one look. AnswerError when a number is none."""
        return cls(
            active=facts.one("active"),
            sub=facts.one("sub"),
            result=facts.one("result"),
            pid=facts.number("pid"),
            invocation=facts.one("invocation"),
            nrestarts=facts.number("nrestarts"),
            cwd=facts.one("cwd"),
            exe=facts.one("exe"),
            inode=facts.one("inode"),
            held=facts.one("held") != "no",
            socket=facts.one("socket"),
            job=facts.one("job"),
            clock=facts.clock("clock"),
        )
