"""What a host says that is fit for a rollout, to be made unfit in one place."""

from deployer.host.facts import Facts
from deployer.host.inspection import Inspection
from deployer.host.preflight import Wanted

SERVICE = "[Service]\nWorkingDirectory=/srv/app/current\nExecStart=/usr/bin/app\n"
SOCKET = "[Socket]\nListenStream=127.0.0.1:8080\n"
SHOWN = """\
Id=app.service
LoadState=loaded
ActiveState=active
UnitFileState=enabled

Id=app.socket
LoadState=loaded
ActiveState=active
UnitFileState=enabled
Listen=127.0.0.1:8080 (Stream)
Accept=no
Triggers=app.service"""
WANTED = Wanted("app", "/srv/app", "app.socket", release="v2", digest="0" * 64)
LISTENING = "tcp 0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 42 1 0"


def inspection(**change: str) -> Inspection:
    """Give what a good host says, with some keys changed."""
    good = {
        "uid": "0",
        "ssh_uid": "1000",
        "ssh_user": "deploy",
        "current_kind": "link",
        "current": "v1",
        "staged": "no",
        "held": "[42]",
    }
    pairs = [
        *(good | {"service_unit": "app.service", "socket_unit": "app.socket", "listening": LISTENING} | change).items()
    ]
    pairs += [("show", line) for line in change.get("show", SHOWN).splitlines()]
    pairs = [(key, value) for key, value in pairs if not (key == "show" and "\n" in value)]
    pairs = [(key, line) for key, value in pairs for line in (value.split("\n") if key == "listening" else [value])]
    pairs += [
        ("service_file", "/etc/app.service"),
        *(("service_line", line) for line in change.get("service", SERVICE).splitlines()),
    ]
    pairs += [
        ("socket_file", "/etc/app.socket"),
        *(("socket_line", line) for line in change.get("socket", SOCKET).splitlines()),
    ]
    pairs += [
        ("folder", "0 755 /srv"),
        ("folder", "1000 755 /srv/app"),
        ("disk", "1000000 4096 9 /srv/app"),
        ("disk", "1000 4096 9 /var"),
    ]
    return Inspection.read(Facts(tuple(pairs)))
