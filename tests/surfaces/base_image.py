"""The base on which the tests build the Dockerfile: a debootstrap tree with Python, imported. No registry is needed."""

import hashlib
import os
import platform
import tempfile
from pathlib import Path

from tests.fleet.base import machine_mirror
from tests.fleet.system import KEYRING, install_missing, remove_tree, run
from tests.surfaces.engine import Engine

SUITE = "bookworm"
PACKAGES = ("python3", "python3-pip", "python3-venv", "ca-certificates")
# pip and uv trust what this machine trusts. The path is none that the ca-certificates package writes.
BUNDLE = "etc/ssl/machine-bundle.pem"
TRUST = tuple(f"{name}=/{BUNDLE}" for name in ("PIP_CERT", "SSL_CERT_FILE"))
INDEX = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX")


def base_image(engine: Engine) -> str:
    """The base's tag; made on first use (about a minute), kept in the engine's cache."""
    bundle = _trusted().read_bytes()
    tag = f"sockdeploy-base:{_digest(bundle)}"
    if not engine.has(tag):
        install_missing()
        tree = Path(tempfile.mkdtemp(prefix="sockdeploy-base-", dir="/var/tmp"))
        try:
            _debootstrap(tree)
            (tree / BUNDLE).write_bytes(bundle)
            engine.feed(["import", *_settings(), "-", tag], ["tar", "-C", str(tree), "-c", "."])
        finally:
            remove_tree(tree)
    return tag


def _trusted() -> Path:
    """The file of certificates that this machine trusts."""
    named = (os.environ.get(name) for name in ("PIP_CERT", "SSL_CERT_FILE"))
    return Path(next(filter(None, named), "/etc/ssl/certs/ca-certificates.crt"))


def _settings() -> list[str]:
    """The image's environment, as `docker import` takes it: whom to trust, and this machine's package index."""
    values = [*TRUST, *(f"{name}={os.environ[name]}" for name in INDEX if name in os.environ)]
    return [word for value in values for word in ("--change", f"ENV {value}")]


def _digest(bundle: bytes) -> str:
    """Twelve hex digits over all that decides what is in the base."""
    text = "\n".join([SUITE, platform.machine(), *PACKAGES, *_settings()])
    return hashlib.sha256(text.encode() + bundle).hexdigest()[:12]


def _debootstrap(tree: Path) -> None:
    """In a mount namespace of its own, so that a killed one leaves no mounts behind."""
    argv = ["unshare", "--mount", "debootstrap", "--variant=minbase", f"--keyring={KEYRING}"]
    run([*argv, f"--include={','.join(PACKAGES)}", SUITE, str(tree), machine_mirror()])
    run(["rm", "-rf", str(tree / "var/cache/apt"), str(tree / "var/lib/apt/lists")])
