"""Releases of a test's own making, sent to a host whole or as far as the live one there lacks them."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from deployer import artifact
from deployer.host.acts import Stage
from deployer.host.facts import Failure
from deployer.host.receipts import Staged
from tests.host.stand import Stand

Files = Mapping[str, str]
"""Content by path. A path with ` +x` behind it is executable, one with -> a link, one with a / at the end a folder."""

V1: Files = {
    "app.py": "one\n", "bin/run +x": "#!/bin/sh\n", "lib/deep/a.py": "deep\n", "lib/b.py": "b\n", "empty": "",
    "bin/again->run": "", "none/": "",
}  # fmt: skip
V2: Files = {**V1, "app.py": "two\n"}
ALL = {"app.py", "bin/run", "lib/deep/a.py", "lib/b.py", "empty"}


@dataclass(frozen=True, slots=True)
class Shipping:
    """A stand that releases are sent to, packed in `folder`; none of them is activated."""

    stand: Stand
    folder: Path

    @classmethod
    def ready(cls, stand: Stand, folder: Path) -> "Shipping":
        """Have a host that has the program and no release."""
        stand.inspect()
        packed = folder / "packed"
        packed.mkdir()
        return cls(stand, packed)

    @contextlib.contextmanager
    def packed(self, files: Files) -> Iterator[artifact.Artifact]:
        """Pack files as the command does."""
        folder = self.folder / f"packed-{len(list(self.folder.iterdir()))}"
        folder.mkdir()
        for name, content in files.items():
            _make(folder, name, content)
        with artifact.load(folder) as packed:
            yield packed

    def act(self, payload: artifact.Artifact, release: str, *, packed: bool = False, **more: Any) -> Stage:
        """Give the act that stages what the live release lacks; the lists may come packed."""
        site, listing = self.stand.site, payload.listing
        act = Stage(
            site.service, site.root, release, payload.digest, None, payload.stream_size, rollout="r1", timeout=50,
            attributes=len(listing.attributes), sums=len(listing.sums), packed=len(listing.packed) if packed else None,
        )  # fmt: skip
        return replace(act, **more)

    def whole(self, files: Files, release: str, **more: Any) -> None:
        """Send all of a release."""
        with self.packed(files) as packed, packed.open() as stream:
            act = self.act(packed, release, stream=packed.stream_sha256, attributes=None, sums=None, **more)
            self.stand.door.do(act, stream.read())

    def live(self, files: Files, **more: Any) -> None:
        """Have a live release r1."""
        self.whole(files, "r1", **more)
        self.stand.host.sh(f"ln -sfn releases/r1 {self.stand.site.root}/current")

    def part(self, files: Files, release: str = "r2", **more: Any) -> set[str]:
        """Send what the live release lacks; the paths that were asked for."""
        with self.packed(files) as packed, self.stand.door.upload(self.act(packed, release, **more)) as upload:
            asked, got = upload.carry_out(packed)
        assert isinstance(got, Staged), got
        return asked

    def fail(self, files: Files, release: str = "r2", **more: Any) -> str:
        """Send what the live release lacks, in vain; the code."""
        with self.packed(files) as packed, self.stand.door.upload(self.act(packed, release, **more)) as upload:
            _, got = upload.carry_out(packed)
        assert isinstance(got, Failure), got
        return got.code

    def portrait(self, release: str) -> str:
        """Everything that can be told of a release on the host, apart from the times of what the host writes."""
        return self.stand.host.sh(
            f"cd {self.stand.site.root}/releases/{release} && stat -c '%A %U:%G' . && "
            "find . -mindepth 1 ! -path ./RELEASE -printf '%P %y %m %T@ %u:%g %n %l\\n' | sort && "
            "find . -type f ! -path ./RELEASE -exec sha256sum {} + | sort"
        )

    def remaining(self) -> set[str]:
        """What there is below releases/, litter included."""
        return set(self.stand.host.sh(f"ls -A {self.stand.site.root}/releases").split())


def _make(folder: Path, name: str, content: str) -> None:
    path, arrow, aim = name.partition("->")
    plain = path.removesuffix(" +x")
    made = folder / plain
    made.parent.mkdir(parents=True, exist_ok=True)
    if arrow:
        made.symlink_to(aim)
    elif path.endswith("/"):
        made.mkdir(exist_ok=True)
    else:
        made.write_text(content)
        made.chmod(0o755 if path != plain else 0o644)
