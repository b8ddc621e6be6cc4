"""The journal gate: a release that answers well and logs what it must not is taken back; older lines do not count."""

from tests.acceptance.conftest import Deploy

IN_USE = "Address already in use"


def test_a_release_that_logs_a_failed_listen_is_taken_back_and_one_after_it_is_not_blamed(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    gates = {"health": app.health(), "journal": {"interval": "300ms"}}
    failed = app.apply("r2", "in-use", gates=gates)
    assert failed.code == 1, failed.told
    assert failed.says("gates.journal forbids", IN_USE)
    assert app.answers() == ["r1"]
    assert IN_USE in app.hosts[0].journal(f"{app.site.service}.service")
    ended = app.apply("r3", gates=gates)
    assert ended.code == 0, ended.told
    assert app.answers() == ["r3"]
