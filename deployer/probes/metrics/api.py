"""The HTTP API of a Prometheus server: one query at a time, within its time, asked again where that may help."""

import time
from collections.abc import Mapping

import requests
import urllib3
from tenacity import Retrying, retry_if_exception_type, stop_before_delay, wait_random_exponential

from deployer.clock import Clock
from deployer.plan.judging import Prometheus
from deployer.probes.cut import Connections, session
from deployer.probes.metrics import wrong
from deployer.probes.metrics.credentials import authorization
from deployer.probes.metrics.exposition import LIMIT
from deployer.probes.metrics.queries import Result, refusal, result
from deployer.readings import Unmeasured

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 2.0
"""Upper bounds in seconds of the first pause and of any; each is drawn evenly between 0 and its bound."""

SHORTEST = 0.1
"""Seconds that the last attempt has at least."""

_AGAIN = frozenset({429, 500, 502, 503, 504})
_REFUSED = frozenset({400, 422})
_LOGIN = frozenset({401, 403, 407})

Response = tuple[int, Mapping[str, str], bytes]


class _UnavailableError(Exception):
    """The server did not answer, or asks to come again."""


class Api:
    """A Prometheus server. `variables` hold the secrets that the plan names. UsageError when one is missing."""

    def __init__(self, source: Prometheus, variables: Mapping[str, str], clock: Clock) -> None:
        self._url = f"{source.url.rstrip('/')}/api/v1/query"
        self._headers = dict(source.headers)
        self._authorization = authorization(source, variables)
        self._verify: bool | str = source.ca_file or True
        self._clock = clock

    def query(self, rule: str, text: str, timeout: float, patience: float) -> Result | Unmeasured:
        """Ask a query for a rule: each attempt within `timeout` seconds, all of them within `patience`."""
        deadline = time.monotonic() + patience
        try:
            status, headers, body = Retrying(
                retry=retry_if_exception_type(_UnavailableError),
                wait=wait_random_exponential(multiplier=FIRST_PAUSE, max=LONGEST_PAUSE),
                stop=stop_before_delay(patience),
                sleep=self._pause,
                reraise=True,
            )(lambda: self._attempt(text, max(SHORTEST, min(timeout, deadline - time.monotonic()))))
        except _UnavailableError as error:
            return wrong.server_unavailable(str(error))
        except requests.exceptions.SSLError as error:
            return wrong.server_certificate(_reason(error))
        return _meaning(rule, status, headers, body)

    def _pause(self, seconds: float) -> None:
        if self._clock.sleep(seconds):
            raise _UnavailableError("asked to stop")

    def _attempt(self, text: str, timeout: float) -> Response:
        """Ask once."""
        got: list[Response | Exception] = []
        connections = Connections()

        def post() -> None:
            try:
                got.append(self._post(connections, text, timeout))
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                got.append(error)

        connections.within(timeout, post)
        response = got[0] if got else requests.Timeout()
        if isinstance(response, requests.exceptions.SSLError):
            raise response
        if isinstance(response, requests.Timeout):
            raise _UnavailableError(f"no answer within {timeout:g} s")
        if isinstance(response, Exception):
            raise _UnavailableError(_reason(response))
        if response[0] in _AGAIN:
            raise _UnavailableError(f"it answered {response[0]} {refusal(response[2])}".rstrip())
        return response

    def _post(self, connections: Connections, text: str, timeout: float) -> Response:
        form = {"query": text, "timeout": f"{timeout:.3f}"}  # nobody waits longer: the server need not either
        with session(connections) as asking, asking.post(
            self._url, form, headers=self._headers, auth=self._sign, verify=self._verify, timeout=timeout,
            allow_redirects=False, stream=True,
        ) as response:  # fmt: skip
            return response.status_code, response.headers, response.raw.read(LIMIT, decode_content=True)

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Say who asks. Being asked for this, requests does not look for a login in ~/.netrc."""
        if self._authorization:
            request.headers["Authorization"] = self._authorization
        return request


def _meaning(rule: str, status: int, headers: Mapping[str, str], body: bytes) -> Result | Unmeasured:
    if status in _REFUSED:
        return wrong.query_refused(rule, refusal(body))
    if status in _LOGIN:
        return wrong.server_login(status)
    if status != 200:
        return wrong.server_other(f"status {status}" + (f" to {headers['location']}" if "location" in headers else ""))
    try:
        found = result(body)
    except ValueError as error:
        return wrong.query_type(rule, str(error))
    if found is None:
        return wrong.server_other("a body that is not its JSON")
    return wrong.query_warned(rule, found.warnings) if found.warnings else found


def _reason(error: BaseException) -> str:
    """Name what is at the bottom of a library's error."""
    inner: object = error
    while isinstance(inner, BaseException):
        deeper = getattr(inner, "reason", None) or next(iter(inner.args), None)
        if not isinstance(deeper, BaseException):
            break
        inner = deeper
    return str(inner) or type(error).__name__
