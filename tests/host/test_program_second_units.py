"""Units of every shape that can run twice, copied on real systemd hosts."""

from dataclasses import replace

import pytest

from deployer.host.copy import Kind
from deployer.host.second import Accepts
from tests.fleet.system import wait_until
from tests.host.beside import Beside
from tests.host.stand import Stand

STRICT = """\
[Unit]
Requires={name}.socket
After={name}.socket
[Service]
Type=notify
NonBlocking=true
{user}
StateDirectory=%N
RuntimeDirectory=%N
EnvironmentFile={root}/current/settings.env
WorkingDirectory={root}/current
ExecStart=/usr/bin/python3 -B {root}/current/service.py
ProtectSystem=strict
PrivateTmp=yes
Restart=always
RestartSec=1
"""


@pytest.mark.systemd
def test_a_dynamic_user_keeps_its_folders_while_a_copy_runs_the_new_code(each_stand: Stand) -> None:
    each_stand.deploy("v1")
    check_folders(each_stand, "DynamicUser=yes")


def test_a_user_of_the_hosts_own_keeps_its_folders_while_a_copy_runs_the_new_code(live: Stand) -> None:
    check_folders(live, "User=app")


def check_folders(live: Stand, user: str) -> None:
    """Run copies of a hardened unit; code, settings and user must be right, and nobody's folders change."""
    name, root, host = live.site.service, live.site.root, live.host
    live.stage("v2")
    for release in ("v1", "v2"):
        host.write(f"{root}/releases/{release}/settings.env", f"WHICH={release}\n")
    host.write(f"/etc/systemd/system/{live.unit}", STRICT.format(name=name, root=root, user=user))
    host.sh(f"systemctl daemon-reload && systemctl restart {live.unit}")
    host.sh(f"echo kept >/run/{name}/mine; echo kept >/var/lib/{name}/mine")
    find = f"find /run/{name}/ /var/lib/{name}/ /run/private /var/lib/private -printf '%p %l %u %i %m\\n'"
    folders = f"{find} 2>/dev/null | grep {name} | sort; cat /run/{name}/mine /var/lib/{name}/mine"
    for kind in Kind:
        copy = Beside(live, kind)
        before = copy.state(), host.sh(folders)
        begun = copy.begin()
        assert (copy.state(), host.sh(folders)) == before
        seen = host.sh(f"cat /proc/{begun.look.pid}/environ; cat /proc/{begun.look.pid}/cmdline").split("\0")
        assert begun.look.cwd == f"{root}/releases/v2"
        assert {"WHICH=v2", f"RUNTIME_DIRECTORY=/run/{name}", f"{root}/releases/v2/service.py"} <= set(seen)
        users = host.sh(f"stat -c %u /proc/{before[0]['MainPID']} /proc/{begun.look.pid}").split()
        assert users[0] == users[1] != "0"
        for pid in (before[0]["MainPID"], begun.look.pid):
            host.sh(f'for f in /run/{name} /var/lib/{name}; do nsenter -t {pid} -m -- sh -c "echo kept >$f/mine"; done')
        copy.dismiss()
        assert (copy.state(), host.sh(folders)) == before
        assert copy.left() == ""
    host.sh(f"rm -rf /var/lib/private/{name} /var/lib/{name}")


ALL_SOCKETS = """\
import os, select, socket
release = open("RELEASE").read().strip()
listeners = [socket.socket(fileno=3 + number) for number in range(int(os.environ["LISTEN_FDS"]))]
while True:
    for listener in select.select(listeners, [], [])[0]:
        try:
            connection, _ = listener.accept()
        except BlockingIOError:
            continue
        connection.recv(4096)
        connection.sendall(b'HTTP/1.0 200 OK\\r\\n\\r\\n{"release": "%s"}' % release.encode())
        connection.close()
"""
CLIENT = 'import socket, time; taken = socket.socket(socket.AF_UNIX); taken.connect("{path}"); time.sleep(60)'
TEMPLATE = """\
[Unit]
Requires={base}@%i.socket {base}-admin.socket
After={base}@%i.socket {base}-admin.socket
[Service]
Type={ready}
NonBlocking=true
User=app
Sockets={base}-admin.socket
WorkingDirectory=/srv/%p@%i/current
ExecStart=/usr/bin/python3 -B /srv/%N/current/all.py %i
"""


@pytest.mark.parametrize("ready", ["simple", "exec"])
def test_an_instance_with_a_port_and_a_unix_socket_is_copied_with_both(stand: Stand, ready: str) -> None:
    base, host = stand.site.service, stand.host
    one = replace(stand, site=replace(stand.site, service=f"{base}@1"))
    path, root = f"/run/{base}/admin.sock", one.site.root
    one.inspect()
    for release in ("v1", "v2"):
        one.stage(release)
        host.write(f"{root}/releases/{release}/all.py", ALL_SOCKETS)
    host.write(f"/etc/systemd/system/{base}@.service", TEMPLATE.format(base=base, ready=ready))
    host.write(
        f"/etc/systemd/system/{base}@.socket", f"[Socket]\nListenStream={one.site.listen}\nFileDescriptorName=web\n"
    )
    admin = f"[Socket]\nListenStream={path}\nService={base}@1.service\nSocketUser=app\nSocketMode=0600\n"
    host.write(f"/etc/systemd/system/{base}-admin.socket", admin)
    host.sh(f"ln -s releases/v1 {root}/current; systemctl daemon-reload; systemctl start {one.socket} {one.unit}")
    bridge, rehearsal = Beside(one), Beside(one, Kind.REHEARSAL)
    before = bridge.state()
    fds = "readlink /proc/%s/fd/[34] | sort"
    begun = rehearsal.begin()
    (web, web_private), (unix, unix_private) = begun.addresses
    assert (web, unix) == (one.site.listen, path)
    assert ":" not in unix_private  # in a health URL the request's path would begin there
    assert rehearsal.answering(f"http://{web_private}/") == {"v2"}
    assert '"v2"' in host.sh(f"curl -s --unix-socket {unix_private} http://localhost/")
    assert host.sh(f"stat -c '%U %a' {unix_private}") == "app 600\n"
    names = host.sh(f"tr '\\0' '\\n' </proc/{begun.look.pid}/environ | grep LISTEN_FDNAMES").partition("=")[2]
    assert set(names.strip().split(":")) == {"web", f"{base}-admin.socket"}
    rehearsal.dismiss()
    begun = bridge.begin()
    assert host.sh(fds % begun.look.pid) == host.sh(fds % before["MainPID"])
    assert bridge.answering() == {"v1", "v2"}
    bridge.dismiss()
    assert bridge.state() == before
    assert bridge.left() == ""
    accepts = Accepts(one.site.service, one.socket, (f"unix:{path}",))
    assert not one.door.do(accepts).accepts
    host.sh(f"systemd-run --collect --unit={base}-client python3 -c '{CLIENT.format(path=path)}'")
    wait_until(lambda: one.door.do(accepts).accepts, "the connection on the unix socket was not seen", 30)
    # The service first: it would fail when a client that said nothing leaves.
    host.sh(f"systemctl stop {one.unit} {one.socket} {base}-admin.socket; systemctl stop {base}-client")
    host.sh(f"rm /etc/systemd/system/{base}*; rm -r {root}; ! systemctl is-failed {one.unit}")
