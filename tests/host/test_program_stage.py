"""stage, unstage and prune on real hosts, faults included."""

import subprocess
import time
from collections.abc import Callable

import pytest

from deployer.host.acts import Unstage
from deployer.host.command import call
from deployer.host.source import load_program
from tests.host.door import Artifact, token
from tests.host.stand import Stand


@pytest.fixture
def ready(stand: Stand) -> Stand:
    """Give a host that has the program and no release."""
    stand.inspect()
    return stand


def failure(stand: Stand, packed: Artifact, **more: object) -> tuple[str, str]:
    """Stage something that fails; the code, and what is left of it below releases/."""
    got = stand.door.fail(packed.stage(stand.site.service, stand.site.root, "r1", **more), packed.stream)
    return got.code, stand.host.sh(f"ls -A {stand.site.root}/releases", check=False)


def test_a_staged_release_has_its_id_its_owner_and_its_shared_links(ready: Stand) -> None:
    ready.stage("r1", owner="app:app", shared=("var/uploads/", ".env"))
    root = ready.site.root
    assert ready.host.read(f"{root}/releases/r1/RELEASE") == "r1\n"
    assert ready.host.sh(f"find {root}/releases/r1 ! -user app") == ""
    assert ready.host.sh(f"stat -c '%U %a' {root}/releases/r1") == "app 755\n"
    assert ready.host.sh(f"realpath {root}/releases/r1/var/uploads") == f"{root}/shared/var/uploads\n"
    assert ready.host.sh(f"readlink {root}/releases/r1/.env") == "../../shared/.env\n"
    assert ready.host.sh(f"stat -c %U {root}/shared/var/uploads") == "app\n"
    assert ready.host.sh(f"ls -A {root}/releases") == "r1\n"
    assert not ready.host.exists(f"{root}/current")


def test_the_same_release_again_is_already_there_and_another_content_is_refused(ready: Stand) -> None:
    packed = Artifact.of({"a": "one"})
    act = packed.stage(ready.site.service, ready.site.root, "r1")
    assert not ready.door.do(act, packed.stream).already
    assert ready.door.do(act, packed.stream).already
    assert failure(ready, Artifact.of({"a": "two"}))[0] == "release-exists"
    assert ready.host.read(f"{ready.site.root}/releases/r1/a") == "one"


def test_what_cannot_be_staged_is_named_and_leaves_nothing(ready: Stand) -> None:
    cut_off = Artifact(Artifact.of({"a": b"x" * 50000}).stream[:30000])
    wrong = "0" * 64
    assert failure(ready, cut_off, stream=wrong) == ("stream", "")
    assert failure(ready, Artifact.of({"a": "changed"}), stream=wrong) == ("stream", "")
    assert failure(ready, Artifact(b"this is no tar" * 1000)) == ("unpack", "")
    assert failure(ready, Artifact.of({"var->/etc": ""}), shared=("var/uploads/",)) == ("shared", "")
    assert failure(ready, Artifact.of({"RELEASE/x": ""})) == ("unpack", "")
    assert failure(ready, Artifact.of({"a": ""}), owner="nobody-here") == ("owner", "")


def test_an_artifact_cannot_write_outside_its_folder(ready: Stand) -> None:
    hostile = Artifact.of(
        {"RELEASE->/etc/motd": "", "../../escaped": "x", "/absolute": "x", "out->/etc": "", "out/passwd2": "x"}
    )
    ready.door.attempt(hostile.stage(ready.site.service, ready.site.root, "r1"), hostile.stream)
    assert not ready.host.exists("/etc/passwd2")
    assert not ready.host.exists("/absolute")
    assert not ready.host.exists(f"{ready.site.root}/escaped")
    assert "r1" not in ready.host.sh("cat /etc/motd", check=False)


def test_an_upload_that_is_killed_leaves_no_release_and_the_next_run_sweeps_its_litter(ready: Stand) -> None:
    packed = Artifact.of({"big": b"x" * 3_000_000})
    act = packed.stage(ready.site.service, ready.site.root, "r1")
    sent = call(act, load_program(), token=token(), sudo=True)
    argv = [*ready.host.enter("deploy"), "sh", "-c", sent.command]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(packed.stream[:1_000_000])
        process.stdin.flush()
        folder = f"{ready.site.root}/releases"
        until(lambda: ready.host.sh(f"ls -A {folder}/.staging-*/tree", check=False) != "")
        ready.host.sh("pkill -KILL -f '[s]tage token='", check=False)
    assert ready.host.sh(f"ls -A {folder}").startswith(".staging-")
    ready.door.do(packed.stage(ready.site.service, ready.site.root, "r1", rollout="r2"), packed.stream)
    assert ready.host.sh(f"ls -A {folder}") == "r1\n"
    assert ready.host.sh("pgrep -f '[s]tage token='", check=False) == ""


def test_an_upload_that_stalls_ends_at_its_time_limit_and_leaves_nothing(ready: Stand) -> None:
    packed = Artifact.of({"big": b"x" * 300_000})
    act = packed.stage(ready.site.service, ready.site.root, "r1", timeout=1)
    sent = call(act, load_program(), token=token(), sudo=True)
    argv = [*ready.host.enter("deploy"), "sh", "-c", sent.command]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(packed.stream[:100_000])
        process.stdin.flush()
        assert b"code=timeout" in process.stdout.read()
    assert ready.host.sh(f"ls -A {ready.site.root}/releases") == ""
    assert ready.host.sh("pgrep -f '[s]tage token='", check=False) == ""


def test_a_full_disk_is_named_and_left_as_it_was(ready: Stand) -> None:
    ready.stage("r0")
    ready.host.full_disk(ready.site.root, free_kib=400)
    packed = Artifact.of({f"f{number}": b"x" * 30_000 for number in range(20)})
    assert failure(ready, packed) == ("disk-full", "r0\n")
    assert "disk" in ready.codes(release="r1", digest="0" * 64, need=600_000)


def test_a_disk_that_fills_up_while_unpacking_is_named(ready: Stand) -> None:
    ready.stage("r0")
    ready.host.full_disk(ready.site.root, free_kib=600)
    # A megabyte of holes would fit the stream; unpacked with its small files it does not fit the disk.
    packed = Artifact.of({f"f{number}": b"x" for number in range(300)})
    assert failure(ready, packed)[0] == "disk-full"


def test_a_read_only_root_is_refused_and_left_as_it_was(ready: Stand) -> None:
    ready.stage("r0")
    ready.host.read_only(ready.site.root)
    assert "not-writable" in ready.codes()
    assert failure(ready, Artifact.of({"a": ""})) == ("state", "r0\n")


def test_prune_keeps_current_way_back_newest_good_and_what_others_made(live: Stand) -> None:
    for release in ("v2", "v3", "v4"):
        live.stage(release)
        live.activate(release)
        live.confirm(release)
    live.stage("bad")
    live.host.sh(f"mkdir {live.site.root}/releases/by-hand")
    live.stage("v5")
    live.activate("v5")
    assert set(live.prune(1).removed) == {"v1", "v2", "bad"}
    assert set(live.host.sh(f"ls -A {live.site.root}/releases").split()) == {"v3", "v4", "v5", "by-hand"}
    live.confirm("v5")
    # The way back is still the newest of the others, and one more is kept.
    assert set(live.prune(1).removed) == set()
    assert set(live.prune(0).removed) == {"v3"}
    assert {one.release for one in live.inspect().good} == {"v4", "v5"}


def test_a_confirm_says_whether_there_is_something_to_prune(live: Stand) -> None:
    def told(release: str, keep: int) -> bool:
        live.stage(release)
        live.activate(release)
        prunes = live.confirm(release, keep)
        assert prunes == bool(live.prune(keep).removed), release
        return prunes

    assert [told("v2", 1), told("v3", 1), told("v4", 1)] == [False, False, True]
    live.stage("stray")
    assert [told("v5", 9), told("v6", 9), told("v7", 0)] == [True, False, True]


def test_what_another_tool_made_is_nothing_to_prune(stand: Stand) -> None:
    stand.site.install(stand.host, "by-hand")
    stand.inspect()
    for release, prunes in (("v1", False), ("v2", False), ("v3", True)):
        stand.stage(release)
        stand.activate(release)
        assert stand.confirm(release, 0) == prunes
        assert bool(stand.prune(0).removed) == prunes
    assert stand.host.exists(f"{stand.site.root}/releases/by-hand")


def test_unstage_removes_only_what_was_never_live(live: Stand) -> None:
    live.stage("v2")
    assert live.unstage("v2")
    assert not live.unstage("v2")
    assert live.door.fail(Unstage(live.site.service, live.site.root, "v1")).code == "in-use"


def until(condition: Callable[[], bool]) -> None:
    """Wait up to 30 s for something to become true."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
