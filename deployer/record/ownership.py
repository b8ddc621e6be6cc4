"""Whose the files are: a container action writes as root into a workspace that belongs to somebody else."""

import os
from collections.abc import Iterator
from pathlib import Path


def adopt(path: Path, like: Path) -> None:
    """Hand `path`, all in it, and its parents below `like` to the owner of `like`.

    Only root can, others change nothing. Only what is root's changes hands, and links are never followed.
    """
    if os.geteuid() == 0:
        owner = like.stat()
        for each in (*_parents(path, like), *_tree(path)):
            if each.lstat().st_uid == 0:
                os.lchown(each, owner.st_uid, owner.st_gid)


def _parents(path: Path, like: Path) -> Iterator[Path]:
    return (parent for parent in path.resolve().parents if like.resolve() in parent.parents)


def _tree(path: Path) -> Iterator[Path]:
    if path.exists() or path.is_symlink():
        yield path
    if path.is_dir() and not path.is_symlink():
        for folder, folders, files in os.walk(path):
            yield from (Path(folder, name) for name in (*folders, *files))
