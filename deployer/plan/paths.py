"""Readers of paths: on the host, where mistakes are dear, and where sockdeploy runs."""

import re
from collections.abc import Callable
from posixpath import basename, join, normpath

from deployer.plan.wrong import WrongError, describe

ToLocal = Callable[[str], str]
"""Makes a path of the plan an absolute one on the machine that runs sockdeploy."""

SYSTEM_TREE = re.compile(
    "/(?:bin|boot|dev|etc|lib|lib32|lib64|libx32|lost[+]found|proc|run|sbin|sys|tmp|usr"
    "|var/(?:backups|cache|lock|log|mail|run|spool|tmp|lib/(?:apt|dpkg|private|sockdeploy|systemd)))(?:/.*)?"
)
"""Folders of the system: neither they nor anything in them can be a root."""

SYSTEM_FOLDERS = ("/var/lib", "/var/local", "/var/opt")
"""Folders that services share: something in them can be a root, they themselves cannot."""

_ROOT = re.compile(r"/(?!/)[A-Za-z0-9._@+,=:/-]*")
_RESERVED = "RELEASE"


def read_root(value: object) -> str:
    """Read the folder on the host that holds the releases: absolute, at least two components, none of the system's."""
    if not isinstance(value, str) or not _ROOT.fullmatch(value) or normpath(value) != value.rstrip("/"):
        raise WrongError(
            f"expected an absolute path like /srv/myapp (letters, digits, . _ - and no ..), got {describe(value)}"
        )
    root = normpath(value)
    if root.count("/") < 2:
        raise WrongError(
            f"expected a path of at least two components, got {value!r}",
            "give the service a folder of its own, like /srv/myapp",
        )
    if root in SYSTEM_FOLDERS or SYSTEM_TREE.fullmatch(root):
        raise WrongError(
            f"expected a folder of the service's own, got a system folder, {value!r}", f"write /srv/{basename(root)}"
        )
    return root


def read_shared(value: object) -> str:
    """Read an entry shared by all releases: relative to the release; with a trailing slash a folder."""
    if not isinstance(value, str) or not _is_inside(value):
        raise WrongError(f"expected a path inside the release without .. in it, got {describe(value)}")
    if value.rstrip("/") == _RESERVED:
        raise WrongError(f"{_RESERVED} cannot be shared", "sockdeploy writes the release's id there")
    return value


def local(path: str, folder: str, home: str) -> str:
    """Give a path where sockdeploy runs as an absolute one: `~` is `home`, the rest is relative to `folder`."""
    if path == "~" or path.startswith("~/"):
        path = home + path[1:]
    return normpath(join(folder, path))


def _is_inside(path: str) -> bool:
    plain = path.removesuffix("/")
    return (
        bool(plain)
        and plain.isprintable()
        and not path.startswith("/")
        and normpath(plain) == plain
        and plain.split("/")[0] not in {".", ".."}
    )
