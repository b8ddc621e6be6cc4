"""Asking a URL from where sockdeploy runs."""

import threading
import time

import requests
import urllib3

from deployer.probes.answer import BODY_LIMIT, HttpAnswer
from deployer.probes.http import Headers


def ask(url: str, headers: Headers, timeout: float) -> HttpAnswer:
    """Ask `url`; the whole takes at most `timeout` seconds. Never raises for anything the service does."""
    began = time.monotonic()
    answers: list[HttpAnswer] = []

    def fetch() -> None:
        answers.append(_fetch(url, headers, timeout, began))

    # requests bounds each read, not the whole: an answer that drips in would go on for ever.
    asking = threading.Thread(target=fetch, daemon=True)
    asking.start()
    asking.join(timeout)
    return answers[0] if answers else HttpAnswer(error=f"no answer within {timeout:g} s", seconds=timeout)


def _fetch(url: str, headers: Headers, timeout: float, began: float) -> HttpAnswer:
    try:
        with requests.get(url, headers=dict(headers), timeout=timeout, allow_redirects=False, stream=True) as response:
            body = response.raw.read(BODY_LIMIT, decode_content=True)
            found = tuple((name.lower(), value) for name, value in response.headers.items())
            return HttpAnswer(response.status_code, found, body, time.monotonic() - began)
    except requests.Timeout:
        return HttpAnswer(error=f"no answer within {timeout:g} s", seconds=time.monotonic() - began)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        return HttpAnswer(error=f"no answer ({type(error).__name__})", seconds=time.monotonic() - began)
