"""`units:`: the plan owns the unit files; an upgrade may change them, and a revert restores them."""

from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment

MARK = "Environment=GENERATION={}\n"


def test_changed_units_are_installed_with_the_release_and_restored_by_a_revert(deploy: Deploy) -> None:
    app = deploy("python")
    host, service = app.hosts[0], f"{app.site.service}.service"
    first = app.apply("r1", units=_units(app, "one"))
    assert first.code == 0, first.told
    second = app.apply("r2", units=_units(app, "two"))
    assert second.code == 0, second.told
    assert host.show(service, "Environment")["Environment"] == "GENERATION=two"
    broken = app.apply("r3", "fail500", units=_units(app, "three"))
    assert broken.code == 1, broken.told
    assert app.answers() == ["r2"]
    shown = host.show(service, "Environment", "NeedDaemonReload")
    assert shown == {"Environment": "GENERATION=two", "NeedDaemonReload": "no"}
    back = app.run("rollback", "--to", "r1")
    assert back.code == 0, back.told
    assert app.answers() == ["r1"]
    assert host.show(service, "Environment")["Environment"] == "GENERATION=one"


def _units(app: Deployment, generation: str) -> list[str]:
    """The sample units with a mark in the service."""
    paths = app.site.unit_files()
    service = next(path for path in paths if path.suffix == ".service")
    service.write_text(service.read_text().replace("[Service]\n", "[Service]\n" + MARK.format(generation)))
    return [str(path) for path in paths]
