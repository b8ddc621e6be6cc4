"""For pyinfra: the deploy in its own operations."""

import os
import shlex

from pyinfra.operations import files, server, systemd

SERVICE, ROOT, URL, RELEASE = (os.environ[name] for name in ("SERVICE", "ROOT", "URL", "RELEASE"))
THERE = f"/tmp/pyinfra-{RELEASE}.tar"
FOLDER = f"{ROOT}/releases/{RELEASE}"

files.put(name="Upload", src=f"{os.environ['WORK']}/release.tar", dest=THERE)
files.directory(name="Folder", path=FOLDER)
unpack = f"tar -xf {THERE} -C {FOLDER} && echo {RELEASE} >{FOLDER}/RELEASE && rm {THERE}"
server.shell(name="Unpack", commands=[unpack])
# files.link removes the old link first: a shell's mv -T does not leave a moment without one.
server.shell(name="Switch", commands=[f"ln -s releases/{RELEASE} {FOLDER}.link && mv -T {FOLDER}.link {ROOT}/current"])
systemd.service(name="Restart", service=f"{SERVICE}.service", restarted=True)
answered = shlex.quote(f'"release": "{RELEASE}"')
asks = f"curl -fsS -m 3 {URL} | grep -qF {answered}"
server.shell(name="Answer", commands=[f"n=0; until {asks}; do n=$((n + 1)); [ $n -lt 600 ] || exit 1; sleep 0.1; done"])
