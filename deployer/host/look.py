"""One full look at a service and its listener, as the host program prints it."""

from deployer.facts import UnitLook
from deployer.host.facts import Facts


def read_look(facts: Facts) -> UnitLook:
    """Read the pairs of one look. AnswerError when a number is none."""
    return UnitLook(
        active=facts.one("active"),
        sub=facts.one("sub"),
        result=facts.one("result"),
        pid=facts.number("pid"),
        invocation=facts.one("invocation"),
        restarts=facts.number("nrestarts"),
        cwd=facts.one("cwd"),
        exe=facts.one("exe"),
        inode=facts.one("inode"),
        held=facts.one("held") != "no",
        socket_active=facts.one("socket"),
        clock=facts.clock("clock"),
    )
