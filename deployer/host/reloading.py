"""Whether a host's service can be made live by a reload, if that is what the plan asks for. Pure."""

from collections.abc import Iterator

from deployer.findings import Finding
from deployer.host.copy import settings_of
from deployer.host.inspection import Inspection
from deployer.host.layout import Layout, reloads
from deployer.host.wanted import Wanted


def reload_findings(inspection: Inspection, wanted: Wanted) -> Iterator[Finding]:
    """Find what forbids a reload; nothing where no release is live (the first one is started) or the unit is masked."""
    settings = settings_of(inspection, wanted)
    able = settings.many("Service", "ExecReload") or settings.one("Service", "Type") == "notify-reload"
    if able or not inspection.current or inspection.service.masked:
        return
    current = Layout(wanted.service, wanted.root).current
    yield Finding(
        "no-reload",
        f"{wanted.unit} cannot be reloaded: it has no ExecReload= and is not of Type=notify-reload",
        remedy=f"[Service]\nExecReload=/bin/kill -HUP $MAINPID\n# {reloads(current)}\n"
        "# or write strategy: restart in the plan",
    )
