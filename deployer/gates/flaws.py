"""What is wrong with a look at a health URL: one class each, and the sentence that helps."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from deployer.facts import HealthLook
from deployer.plan.model import Expect


class Flaw(StrEnum):
    """Why a look was not good. Over a forwarded connection nobody can tell refused from unreachable."""

    REFUSED = "refused"
    NO_CONNECTION = "no-connection"
    TIMEOUT = "timeout"
    CUT = "cut"
    TLS_UNTRUSTED = "tls-untrusted"
    TLS_NAME = "tls-name"
    TLS_EXPIRED = "tls-expired"
    TLS_OTHER = "tls-other"
    UNASKED = "not-asked"
    REDIRECT = "redirect"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    SERVER_ERROR = "server-error"
    WRONG_STATUS = "wrong-status"
    WRONG_BODY = "wrong-body"
    NO_RELEASE = "no-release"
    OTHER_RELEASE = "other-release"


TLS = frozenset({Flaw.TLS_UNTRUSTED, Flaw.TLS_NAME, Flaw.TLS_EXPIRED, Flaw.TLS_OTHER})
"""The service was reached, and no request came through: time does not mend it."""

_STATUSES = {401: Flaw.UNAUTHORIZED, 403: Flaw.FORBIDDEN, 404: Flaw.NOT_FOUND}

HINTS: Mapping[Flaw, str] = MappingProxyType({
    Flaw.REFUSED: "nobody listens there: compare gates.health.url with what the service and its socket bind",
    Flaw.NO_CONNECTION: "nobody listens there, or no way leads there: compare gates.health.url with the socket",
    Flaw.TIMEOUT: "the service did not answer in time: it is busy or stuck, or gates.health.timeout is short",
    Flaw.CUT: "the connection ended in the middle of an answer: the service crashed, or expects https there",
    Flaw.TLS_UNTRUSTED: "nobody trusted vouches for the certificate: name its authority in gates.health.ca_file",
    Flaw.TLS_NAME: "the certificate is of another name: ask by that in gates.health.url, or send headers: {Host: NAME}",
    Flaw.TLS_EXPIRED: "the certificate is not valid at this time: renew it, and look at the clocks",
    Flaw.TLS_OTHER: "no TLS connection came about: does the service speak https on that port?",
    Flaw.REDIRECT: "redirects are not followed: ask the address that Location names",
    Flaw.UNAUTHORIZED: "the health path asks for a login: send it with gates.health.headers, or leave the path open",
    Flaw.FORBIDDEN: "the health path is closed to these requests: allow them, or ask another path",
    Flaw.NOT_FOUND: "the health path does not exist there: check gates.health.url",
    Flaw.SERVER_ERROR: "the service says that it is not well: its journal may say why",
    Flaw.WRONG_STATUS: "if that status is right, write it as gates.health.expect.status",
    Flaw.WRONG_BODY: "while the service is not ready let it answer 503; else compare gates.health.expect with the body",
    Flaw.NO_RELEASE: "have the answer tell the id (it stands in the release's file RELEASE) where expect.release says",
    Flaw.OTHER_RELEASE: "another release answers: does the unit run what root/current points to, and read its RELEASE?",
})  # fmt: skip


def flaw(expect: Expect, look: HealthLook, *, other: bool) -> Flaw | None:
    """Give what is wrong with a look, None when nothing is; `other`: it is another release's answer."""
    if look.status is None:
        return Flaw(look.miss) if look.miss else Flaw.UNASKED
    if other:
        return Flaw.OTHER_RELEASE
    if look.status != expect.status:
        return _of_status(look.status)
    if look.unmet:
        return Flaw.WRONG_BODY
    return Flaw.NO_RELEASE if expect.release is not None and look.release is None else None


def _of_status(status: int) -> Flaw:
    if 300 <= status < 400:
        return Flaw.REDIRECT
    return _STATUSES.get(status, Flaw.SERVER_ERROR if status >= 500 else Flaw.WRONG_STATUS)
