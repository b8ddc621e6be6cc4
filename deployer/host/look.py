"""Looks at a service, and at its listening sockets, as the host program prints them."""

from deployer.facts import ListenerLook, UnitLook
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


def read_listener(facts: Facts) -> ListenerLook:
    """Read the pairs of one look at the listening sockets. AnswerError when a number is none."""
    return ListenerLook(
        inode=facts.one("inode"),
        cookie=facts.one("cookie"),
        limit=facts.number("limit") if facts.one("limit") else None,
        drops=facts.number("drops") if facts.one("drops") else None,
        queue=facts.number("queue"),
        peak=facts.number("peak"),
        opens=facts.number("opens"),
        uptime=facts.number("uptime") / 1000,
        clock=facts.clock("clock"),
    )
