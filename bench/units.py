"""The service that is deployed: the test app's units, as they are or as the examples of this repository have them."""

from tests.fleet import Host
from tests.fleet.site import Site

_LIFTED = {
    "[Unit]": "[Unit]\nStartLimitIntervalSec=0",
    "[Socket]": "[Socket]\nTriggerLimitIntervalSec=0",
    "Restart=on-failure": "Restart=always",
    "RestartSec=2": "RestartSec=1",
}
"""No start limit can close the port. With limits that can, sockdeploy lifts them while a release is being judged, which
costs each host two daemon-reloads."""


def lifted(text: str) -> str:
    """A unit's text without limits that can close the port."""
    for line, instead in _LIFTED.items():
        text = text.replace(line, instead)
    return text


def install(site: Site, host: Host, *, limits: bool) -> None:
    """Put units and a first release live on a host, as another tool would."""
    site.wipe(host)
    site.install(host, "before")
    if not limits:
        for name, text in site.units().items():
            host.write(f"/etc/systemd/system/{name}", lifted(text))
        host.systemctl("daemon-reload")
