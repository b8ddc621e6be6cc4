"""Whether a host has the place for a release: root, room, owners, `current`, and the release id. Pure."""

from collections.abc import Iterator

from deployer.findings import Finding
from deployer.host.inspection import Folder, Inspection
from deployer.host.wanted import Wanted

_SPARE = 16 * 1024 * 1024
_STATE_NEED = 1024 * 1024
_OTHERS_MAY_WRITE = 0o022


def place_findings(inspection: Inspection, wanted: Wanted) -> Iterator[Finding]:
    """Find what is wrong with the user, the root folder, the disks."""
    if inspection.uid != 0:
        yield Finding(
            "not-root",
            f"the host program runs as user id {inspection.uid}, it must be root",
            remedy="set ssh.sudo: true, or log in as root",
        )
    if inspection.writable:
        yield Finding(
            "not-writable",
            f"nothing can be written under {wanted.root}",
            inspection.writable,
            f"findmnt -T {wanted.root}   # mount it read-write",
        )
    if not inspection.owner_exists:
        yield Finding(
            "owner", "the host does not know the plan's owner", remedy="create the user, or change owner: in the plan"
        )
    yield from (
        _unsafe(folder, inspection) for folder in dict.fromkeys(inspection.folders) if not _safe(folder, inspection)
    )
    yield from _room(inspection, wanted)


def release_findings(inspection: Inspection, wanted: Wanted) -> Iterator[Finding]:
    """Find what is wrong with `current` and the release id."""
    if inspection.current_kind == "other":
        yield Finding(
            "current",
            f"{wanted.root}/current is a real file or folder: it must be a link that can be replaced at once",
            remedy=f"cd {wanted.root} && mkdir releases; mv current releases/before && ln -s releases/before current",
        )
    if wanted.release is not None and inspection.staged == "other" and not wanted.goes_back:
        yield Finding(
            "release-exists",
            f"release {wanted.release} is on the host with another content: choose another id",
            f"{wanted.root}/releases/{wanted.release}",
        )
    if wanted.goes_back and not wanted.returns and inspection.staged == "no":
        yield Finding(
            "not-staged",
            f"release {wanted.release} is not on the host",
            f"{wanted.root}/releases/{wanted.release}",
            "apply it instead",
        )


def _safe(folder: Folder, inspection: Inspection) -> bool:
    return folder.uid in {0, inspection.ssh_uid} and not folder.mode & _OTHERS_MAY_WRITE


def _unsafe(folder: Folder, inspection: Inspection) -> Finding:
    return Finding(
        "unsafe-folder",
        f"{folder.path} must belong to root or {inspection.ssh_user} and be writable by nobody else: "
        "others could swap what root unpacks and runs",
        f"owner {folder.uid}, mode {folder.mode:04o}",
        f"chown root {folder.path}; chmod go-w {folder.path}",
    )


def _room(inspection: Inspection, wanted: Wanted) -> Iterator[Finding]:
    if wanted.digest is None or inspection.staged == "yes":
        return
    needs = (wanted.need * 11 // 10 + _SPARE, _STATE_NEED)
    for disk, need in zip(inspection.disks, needs, strict=False):
        if disk.free < need:
            yield Finding(
                "disk",
                f"not enough room at {disk.path}",
                f"{_mib(disk.free)} free, {_mib(need)} needed",
                f"df -h {disk.path}",
            )


def _mib(count: int) -> str:
    return f"{count / 1024 / 1024:.1f} MiB"
