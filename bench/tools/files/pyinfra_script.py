"""For pyinfra at its quickest: the archive to every host, then all the rest as one script there."""

import os
import shlex
from pathlib import Path

from pyinfra.operations import files, server

WORDS = [os.environ[name] for name in ("SERVICE", "ROOT", "URL", "RELEASE")]
THERE = f"/tmp/pyinfra-{os.environ['RELEASE']}.tar"

files.put(src=f"{os.environ['WORK']}/release.tar", dest=THERE)
install = shlex.join(["sh", "-c", Path(os.environ["INSTALL"]).read_text(), "install", *WORDS, THERE])
server.shell(commands=[f"{install} && rm {THERE}"])
