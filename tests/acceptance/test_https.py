"""Health asked by https: the certificate has to be of the right name, given by an authority that the plan trusts."""

from pathlib import Path
from typing import Any

from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment
from tests.probes.authority import Authority


def https(app: Deployment, authority: Authority, **changes: Any) -> dict[str, Any]:
    """Give the health gate that asks the site by https, as app.example.com."""
    url = f"https://127.0.0.1:{app.site.port}/healthz"
    headers = {"Host": "app.example.com"}
    return {"health": app.health(url=url, headers=headers, ca_file=str(authority.path), **changes)}


def release(app: Deployment, name: str, authority: Authority, *names: str) -> None:
    """Make a release that speaks https with a certificate of these names."""
    folder = app.release(name)
    (folder / "CERTIFICATE").write_bytes(authority.give(*names).path.read_bytes())


def installed(app: Deployment, name: str, authority: Authority, *names: str) -> None:
    """Have such a release live: one that speaks http would wait for the rest of a question that is asked by https."""
    app.install(name)
    for host in app.hosts:
        host.write(f"{app.site.root}/releases/{name}/CERTIFICATE", authority.give(*names).path.read_bytes())
        host.systemctl("restart", f"{app.site.service}.service")


def test_a_certificate_of_a_private_authority_is_checked(deploy: Deploy, tmp_path: Path) -> None:
    app = deploy("python")
    authority = Authority(tmp_path)
    installed(app, "r1", authority, "app.example.com")
    release(app, "r2", authority, "app.example.com")
    expect = {"release": {"json": "release"}, "body": "status", "json": {"status": "ok"}}
    app.plan("r2", gates=https(app, authority, expect=expect))
    ended = app.run("apply")
    assert ended.code == 0, ended.told
    release(app, "r3", authority, "127.0.0.1")
    app.plan("r3", gates=https(app, authority))
    ended = app.run("apply")
    assert ended.code == 1, ended.told
    assert ended.says("no TLS connection", "the certificate is of another name")
    assert app.current(app.hosts[0]) == "r2"
