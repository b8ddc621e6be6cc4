"""Base trees: one debootstrap per suite and package set, kept outside the checkout, the lower layer of every host."""

import hashlib
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fleet import recipe
from tests.fleet.system import KEYRING, FleetError, install_missing, locked, remove_tree, require_root, run

DEFAULT_MIRROR = "http://deb.debian.org/debian"
SOURCE = re.compile(r"^(?:URIs:\s*|deb\s+(?:\[[^\]]*\]\s+)?)((?:https?|file)://\S+/debian)/?(?:\s|$)", re.MULTILINE)


def cache_folder() -> Path:
    """Where bases are kept: SOCKDEPLOY_FLEET_CACHE, else ${XDG_CACHE_HOME:-~/.cache}/sockdeploy-fleet."""
    if chosen := os.environ.get("SOCKDEPLOY_FLEET_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sockdeploy-fleet"


def machine_mirror(apt: Path = Path("/etc/apt")) -> str:
    """The Debian mirror of this machine's own apt sources (deb822 or one-line), else deb.debian.org."""
    files = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]
    text = "\n".join(file.read_text(errors="replace") for file in files if file.is_file())
    found = SOURCE.search(text)
    return found[1] if found else DEFAULT_MIRROR


def base_tree(suite: str, packages: Iterable[str] = ()) -> Path:
    """The tree of `suite` with the usual packages and `packages`; made on first use (a minute), then found again."""
    if suite not in recipe.SUITES:
        raise FleetError(f"unknown suite {suite!r}: expected one of {', '.join(recipe.SUITES)}")
    wanted = sorted({*recipe.PACKAGES, *packages})
    tree = cache_folder() / f"{suite}-{_digest(suite, wanted)}"
    if not tree.exists():
        require_root()
        install_missing()
        with locked(tree.with_name(f".{tree.name}.lock")):
            if not tree.exists():
                _build(suite, wanted, tree)
    return tree


def base_trees(suites: Iterable[str], packages: Sequence[str] = ()) -> Mapping[str, Path]:
    """Several bases, missing ones made side by side."""
    wanted = sorted(set(suites))
    with ThreadPoolExecutor(max_workers=len(wanted) or 1) as pool:
        return dict(zip(wanted, pool.map(lambda suite: base_tree(suite, packages), wanted), strict=True))


def _digest(suite: str, packages: Sequence[str]) -> str:
    """Twelve hex digits over all that decides what is in a base."""
    text = "\n".join([suite, platform.machine(), *packages, recipe.RECIPE])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _build(suite: str, packages: Sequence[str], tree: Path) -> None:
    """Build in a folder beside `tree` and rename it into place; what a killed build left is removed first."""
    for leftover in tree.parent.glob(f".{tree.name}.build-*"):
        remove_tree(leftover)
    work = tree.with_name(f".{tree.name}.build-{os.getpid()}")
    work.mkdir(mode=0o755)
    try:
        _write(work, recipe.FILES_FIRST)
        _debootstrap(suite, packages, work)
        _furnish(work)
        work.rename(tree)
    except BaseException:
        remove_tree(work)
        raise


def _debootstrap(suite: str, packages: Sequence[str], work: Path) -> None:
    """Run debootstrap in a mount namespace of its own, so that a killed one leaves no mounts behind."""
    log = work.with_name(f"{work.name.lstrip('.').rpartition('.')[0]}.log")
    argv = ["unshare", "--mount", "debootstrap", "--variant=minbase", f"--keyring={KEYRING}"]
    argv += [f"--include={','.join(packages)}", suite, str(work), machine_mirror()]
    with log.open("wb") as output:
        code = subprocess.run(argv, stdout=output, stderr=subprocess.STDOUT, check=False).returncode
    if code != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise FleetError(f"debootstrap {suite} failed ({code}), the last lines of {log}:\n{tail}")


def _furnish(work: Path) -> None:
    """Users, files and masks of the recipe; drop what each host must have of its own."""
    for user in recipe.USERS:
        run(["chroot", str(work), *user])
    _write(work, recipe.FILES)
    for unit in recipe.MASKED:
        (work / "etc/systemd/system" / unit).symlink_to("/dev/null")
    for pattern in recipe.REMOVED:
        for path in work.glob(pattern):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    # Newer than /usr, so that systemd rebuilds no caches on every boot.
    for stamp in ("etc/.updated", "var/.updated"):
        (work / stamp).touch()


def _write(work: Path, files: Mapping[str, tuple[int, str]]) -> None:
    for name, (mode, text) in files.items():
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(mode)
