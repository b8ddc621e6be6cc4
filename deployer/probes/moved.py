"""A health URL put to another address of the host: where a rehearsed release answers instead of the live one. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from deployer.plan.addresses import port_of
from deployer.plan.model import Health

_UNIX = "unix:"


def moved(health: Health, url: str, places: Mapping[str, str]) -> Health | None:
    """Give the health gate with `url` put where `places` says, from live to private addresses; None: nowhere.

    Addresses are `127.0.0.1:8080`, `[::1]:8080` or `/run/app.sock`; a port tells which is meant, since a socket may
    listen on all addresses. The service is asked by its own name: its Host header stays what it was.
    """
    if url.startswith(_UNIX):
        path, _, rest = url.removeprefix(_UNIX).partition(":")
        return replace(health, url=f"{_UNIX}{places[path]}:{rest}") if path in places else None
    parts = urlsplit(url)
    live = next((place for place in places if place.rpartition(":")[2] == str(port_of(url))), None)
    if live is None:
        return None
    named = any(name.lower() == "host" for name, _ in health.headers)
    headers = health.headers if named else (*health.headers, ("Host", parts.netloc))
    return replace(health, url=parts._replace(netloc=places[live]).geturl(), headers=headers)
