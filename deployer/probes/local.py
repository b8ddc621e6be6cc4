"""Asking a URL from where sockdeploy runs."""

import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import requests
import urllib3

from deployer.gates.flaws import Flaw
from deployer.probes import tls
from deployer.probes.answer import BODY_LIMIT, HttpAnswer
from deployer.probes.cut import Connections, Noting, session
from deployer.probes.http import Headers


def ask(
    url: str, headers: Headers, timeout: float, limit: int = BODY_LIMIT, ca_file: str | None = None
) -> HttpAnswer:
    """Ask `url`; the whole takes at most `timeout` seconds. Never raises for anything the service does.

    At most `limit` bytes of the body are read; with https the certificate is checked, see `http.ask`.
    """
    began = time.monotonic()
    answers: list[HttpAnswer] = []
    connections = Connections()

    def fetch() -> None:
        fetched = _fetch(connections, url, headers, timeout, limit, ca_file)
        answers.append(replace(fetched, seconds=time.monotonic() - began))

    connections.within(timeout, fetch)
    # One that ended when its time was over may have been ended by us.
    in_time = [answer for answer in answers if answer.seconds < timeout]
    return in_time[0] if in_time else replace(_late(timeout), seconds=timeout)


def _fetch(
    connections: Connections, url: str, headers: Headers, timeout: float, limit: int, ca_file: str | None
) -> HttpAnswer:
    try:
        with session(connections) as asking:
            if url.startswith("https:"):
                asking.mount("https://", _Trusting(connections, tls.context(ca_file), tls.name_of(url, headers)))
            return _answer(asking, url, headers, timeout, limit)
    except requests.Timeout:
        return _late(timeout)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        return _missed(error)


def _answer(asking: requests.Session, url: str, headers: Headers, timeout: float, limit: int) -> HttpAnswer:
    with asking.get(url, headers=dict(headers), timeout=timeout, allow_redirects=False, stream=True) as response:
        body = response.raw.read(limit, decode_content=True)
        found = tuple((name.lower(), value) for name, value in response.headers.items())
        return HttpAnswer(response.status_code, found, body)


class _Trusting(Noting):
    """Asks by https with the same trust as over a host's connection, for a certificate of the name that is meant."""

    def __init__(self, connections: Connections, trust: ssl.SSLContext, name: str) -> None:
        self._tls: dict[str, Any] = {"ssl_context": trust, "server_hostname": name}
        super().__init__(connections)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **more: Any) -> None:  # noqa: FBT001, FBT002 - as requests has it
        """Make the pool of connections."""
        super().init_poolmanager(connections, maxsize, block, **more, **self._tls)

    def build_connection_pool_key_attributes(self, request: Any, *_: Any) -> Any:
        """Trust nobody else: neither the authorities that requests brings along nor those of the environment."""
        return super().build_connection_pool_key_attributes(request, verify=True)

    def cert_verify(self, conn: Any, *_: Any) -> None:
        """Trust nobody else."""
        conn.cert_reqs = "CERT_REQUIRED"


def _late(timeout: float) -> HttpAnswer:
    return HttpAnswer(error=f"no answer within {timeout:g} s", miss=Flaw.TIMEOUT)


def _missed(error: BaseException) -> HttpAnswer:
    """Tell why there is no answer: what these libraries raise wraps what happened, one in the other."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLError):
            return HttpAnswer(error=f"no TLS connection ({tls.words_of(cause)})", miss=tls.flaw_of(cause))
        if isinstance(cause, ConnectionRefusedError):
            return HttpAnswer(error="no answer (connection refused)", miss=Flaw.REFUSED)
        if isinstance(cause, urllib3.exceptions.NewConnectionError):
            return HttpAnswer(error=f"no answer (no connection: {type(error).__name__})", miss=Flaw.NO_CONNECTION)
    return HttpAnswer(error=f"no answer ({type(error).__name__})", miss=Flaw.CUT)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Give an error and what it came from, the innermost first."""
    known: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in known:
        known.append(at)
        at = at.__cause__ or at.__context__
    return reversed(known)
