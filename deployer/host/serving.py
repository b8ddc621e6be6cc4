"""Whether a host's service runs what `current` points to. Pure."""

from collections.abc import Iterator

from deployer.findings import Finding
from deployer.host.inspection import Inspection
from deployer.host.layout import Layout
from deployer.host.unitfile import Settings
from deployer.host.wanted import Wanted


def service_findings(inspection: Inspection, wanted: Wanted) -> Iterator[Finding]:
    """Find what is wrong with the service unit."""
    service = inspection.service
    if service.masked:
        yield Finding("masked", f"{wanted.unit} is masked", service.fragment, f"systemctl unmask {wanted.unit}")
        return
    if wanted.text(wanted.unit) is None:
        if not service.exists:
            yield Finding(
                "service-missing",
                f"the host has no {wanted.unit}",
                remedy=f"add {wanted.unit} to units: in the plan, or install it",
            )
            return
        if service.load != "loaded":
            yield Finding(
                "service-broken",
                f"systemd calls {wanted.unit} {service.load}",
                service.properties.one("LoadError"),
                f"systemd-analyze verify {wanted.unit}",
            )
            return
    if not _runs_current(inspection, wanted):
        yield _elsewhere(inspection, wanted)


def _runs_current(inspection: Inspection, wanted: Wanted) -> bool:
    """Look in the unit's text, then at what its paths lead to when links are followed, then at the live process."""
    place = Layout(wanted.service, wanted.root)
    settings = service_settings(inspection, wanted)
    if settings.mentions("Service", place.current):
        return True
    # A unit that names one release's own folder runs that one for ever.
    if wanted.text(wanted.unit) is not None or settings.mentions("Service", place.releases):
        return False
    led = (inspection.runs, inspection.cwd, inspection.exe)
    return any(
        path.startswith(f"{inspection.real_releases or place.releases}/") for line in led for path in line.split("\n")
    )


def _elsewhere(inspection: Inspection, wanted: Wanted) -> Finding:
    place = Layout(wanted.service, wanted.root)
    settings = service_settings(inspection, wanted)
    seen = [f"{key}={value}" for key in ("WorkingDirectory", "ExecStart") for value in settings.many("Service", key)]
    return Finding(
        "not-current",
        f"{wanted.unit} runs nothing under {place.current}: switching releases would change nothing",
        "\n".join(seen),
        f"[Service]\nWorkingDirectory={place.current}\nExecStart={place.current}/…",
    )


def service_settings(inspection: Inspection, wanted: Wanted) -> Settings:
    """The plan's unit file with the host's drop-ins, or the host's own."""
    text = wanted.text(wanted.unit)
    fragment, *drop_ins = inspection.service.texts or ("",)
    return Settings.read(wanted.unit, [fragment if text is None else text, *drop_ins])
