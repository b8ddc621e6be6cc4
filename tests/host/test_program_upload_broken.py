"""Uploads of what the live release lacks that go wrong, on real hosts: each leaves the host as it was."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deployer.host.facts import Failure
from tests.host.door import Upload
from tests.host.shipping import V1, V2, Files, Shipping
from tests.host.stand import Stand
from tests.host.test_program_stage import until


@pytest.fixture
def shipping(stand: Stand, tmp_path: Path) -> Shipping:
    """Give a host that has the program and no release."""
    return Shipping.ready(stand, tmp_path)


def _to_the_lists(upload: Upload, lists: bytes, _head: bytes, _stream: bytes) -> None:
    upload.write(lists[:-20])


def _to_the_question(upload: Upload, lists: bytes, _head: bytes, _stream: bytes) -> None:
    upload.write(lists)
    upload.asked()


def _into_the_stream(upload: Upload, lists: bytes, head: bytes, stream: bytes) -> None:
    _to_the_question(upload, lists, head, stream)
    upload.write(head + stream[: len(stream) // 2])


PHASES = (_to_the_lists, _to_the_question, _into_the_stream)
Phase = Callable[[Upload, bytes, bytes, bytes], None]
BIG: Files = {**V1, "app.py": "x" * 300_000}


def test_an_upload_that_breaks_off_leaves_nothing(shipping: Shipping) -> None:
    shipping.live(V1)
    for phase in PHASES:
        with _begun(shipping, phase) as upload:
            _is_refused_as_broken(shipping, upload)


def test_an_upload_that_is_killed_leaves_what_the_next_one_sweeps(shipping: Shipping) -> None:
    shipping.live(V1)
    host, site = shipping.stand.host, shipping.stand.site
    for number, phase in enumerate(PHASES):
        litter = f".staging-{site.service}~killed-{number}"
        with _begun(shipping, phase, rollout=f"killed-{number}"):
            until(lambda litter=litter: host.exists(f"{site.root}/releases/{litter}/tree"))  # type: ignore[misc]
            host.sh("pkill -KILL -f '[s]tage token='", check=False)
            until(lambda: not host.sh("pgrep -f '[s]tage token='", check=False))
        until(lambda: not host.sh("pgrep -f '[.]staging-'", check=False))
        assert shipping.remaining() == {"r1", litter}
    assert shipping.part(BIG) == {"app.py"}
    assert shipping.remaining() == {"r1", "r2"}


def test_an_upload_that_stalls_ends_at_its_time_limit_and_leaves_nothing(shipping: Shipping) -> None:
    shipping.live(V1)
    for phase in PHASES:
        with _begun(shipping, phase, timeout=1) as upload:
            assert upload.asked() is None
            assert "code=timeout" in upload.heard
        assert shipping.remaining() == {"r1"}


def test_a_stream_that_is_not_what_was_announced_is_refused(shipping: Shipping) -> None:
    shipping.live(V1)
    with _begun(shipping, _to_the_question) as upload, shipping.packed(BIG) as packed, packed.open() as stream:
        upload.write(f"{'0' * 64} {packed.stream_size}\n".encode() + stream.read())
        _is_refused_as_broken(shipping, upload)


def test_what_announces_no_stream_is_refused(shipping: Shipping) -> None:
    shipping.live(V1)
    for head in ("", "x 5\n", f"{'0' * 64}\n", f"{'0' * 64} 1x\n", f"{'0' * 64} 9 9\n"):
        with _begun(shipping, _to_the_question) as upload:
            upload.write(head.encode())
            _is_refused_as_broken(shipping, upload)


def _is_refused_as_broken(shipping: Shipping, upload: Upload) -> None:
    got = upload.end()
    assert isinstance(got, Failure)
    assert got.code == "stream"
    assert shipping.remaining() == {"r1"}


def test_packed_lists_that_break_off_leave_nothing(shipping: Shipping) -> None:
    shipping.live(V1)
    with shipping.packed(V2) as packed, shipping.stand.door.upload(shipping.act(packed, "r2", packed=True)) as upload:
        upload.write(packed.listing.packed[:-10])
        assert isinstance(upload.end(), Failure)
    assert shipping.remaining() == {"r1"}


@contextlib.contextmanager
def _begun(shipping: Shipping, phase: Phase, **more: Any) -> Iterator[Upload]:
    """An upload of BIG that was carried out up to a phase."""
    with shipping.packed(BIG) as packed, shipping.stand.door.upload(shipping.act(packed, "r2", **more)) as upload:
        part = packed.part(f"{entry.sha256} *./{entry.path}" for entry in packed.files if entry.path == "app.py")
        with part.open() as stream:
            head = f"{part.sha256} {part.size}\n".encode()
            phase(upload, packed.listing.attributes + packed.listing.sums, head, stream.read())
        yield upload
