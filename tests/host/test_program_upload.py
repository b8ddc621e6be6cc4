"""Uploads of what the live release lacks, on real hosts: what is taken over from there, and what never is."""

from pathlib import Path
from typing import Any

import pytest

from tests.host.shipping import ALL, V1, V2, Files, Shipping
from tests.host.stand import Stand


@pytest.fixture
def shipping(stand: Stand, tmp_path: Path) -> Shipping:
    """Give a host that has the program and no release."""
    return Shipping.ready(stand, tmp_path)


def test_one_file_that_differs_is_all_that_is_asked_for(each_stand: Stand, tmp_path: Path) -> None:
    _upgrade(Shipping.ready(each_stand, tmp_path))


def test_the_same_where_sh_is_busybox_and_the_user_is_root(busybox_stand: Stand, tmp_path: Path) -> None:
    _upgrade(Shipping.ready(busybox_stand, tmp_path))


def test_names_of_all_kinds_are_taken_over(shipping: Shipping) -> None:
    names = ["a b", " lead", "trail ", "it's", 'say "hi"', "-rf", "--", "$HOME", "`id`", "*", "[x]", "%s", "ü/é ñ", "~"]
    files = {name: name for name in names} | {"deep -x/%41 b": "deep"}
    shipping.live(files)
    assert shipping.part({**files, "new": "new"}) == {"new"}
    # sha256sum escapes a backslash, openssl does not: either way the release is right.
    odd = {**files, "back\\slash": "x", "C:\\n": "y"}
    shipping.part(odd, "r3")
    _is_as_sent_whole(shipping, odd, "r3")


def test_what_only_its_mode_sets_apart_is_asked_for(shipping: Shipping) -> None:
    shipping.live(V1)
    flipped = {"app.py +x": "one\n", "bin/run": "#!/bin/sh\n"}
    files = {name: text for name, text in V1.items() if name not in {"app.py", "bin/run +x"}} | flipped
    assert shipping.part(files) == {"app.py", "bin/run"}
    _is_as_sent_whole(shipping, files, "r2")


CHANGES = (
    "echo more >>app.py",
    "printf 'oni\\n' >app.py; touch -d @0 app.py",
    "chmod 600 app.py",
    "chmod 4644 app.py",
    "touch app.py",
    "rm app.py",
    "mv app.py elsewhere; ln -s elsewhere app.py",
    "mv app.py elsewhere; mkfifo -m 644 app.py; touch -d @0 app.py",
    "mv app.py elsewhere; mkdir app.py; mv elsewhere app.py/app.py",
    # A path that is two lines of a list, the second of which speaks of the pipe.
    "rm app.py; mkfifo app.py; odd=$(printf 'x\\n644 4 0 .'); mkdir \"$odd\"; printf 'one\\n' >\"$odd/app.py\"",
)


def test_a_live_file_that_is_not_what_it_was_is_asked_for_and_left_alone(shipping: Shipping) -> None:
    host, root = shipping.stand.host, shipping.stand.site.root
    shipping.live(V1)
    shipping.whole(V1, "whole")
    as_sent_whole = shipping.portrait("whole")
    host.sh(f"cp -a {root}/releases/r1 {root}/kept")
    for number, change in enumerate(CHANGES):
        host.sh(f"cd {root} && rm -rf releases/r1 && cp -a kept releases/r1 && cd releases/r1 && {change}")
        before = _listing(shipping)
        assert shipping.part(V1, f"n{number}") == {"app.py"}, change
        assert _listing(shipping) == before, change
        assert shipping.portrait(f"n{number}") == as_sent_whole, change


def test_a_live_folder_that_became_a_link_is_not_followed(shipping: Shipping) -> None:
    shipping.live(V1)
    shipping.stand.host.sh(f"cd {shipping.stand.site.root}/current && mv lib ../../lib && ln -s ../../lib lib")
    before = _listing(shipping)
    assert shipping.part(V1) == {"lib/deep/a.py", "lib/b.py"}
    assert _listing(shipping) == before
    _is_as_sent_whole(shipping, V1, "r2")


def test_the_modes_of_live_folders_do_not_matter(shipping: Shipping) -> None:
    shipping.live(V1)
    shipping.stand.host.sh(f"cd {shipping.stand.site.root}/current && chmod 3777 . && chmod 2700 lib && chmod 777 bin")
    assert shipping.part(V2) == {"app.py"}
    _is_as_sent_whole(shipping, V2, "r2")


def test_nothing_comes_along_that_the_release_does_not_hold(shipping: Shipping) -> None:
    shipping.live({**V1, "gone.py": "x", "old/gone.py": "x"}, shared=("var/uploads/", ".env"))
    shipping.stand.host.sh(
        f"cd {shipping.stand.site.root}/current && echo x >extra && mkdir cache && echo x >cache/lib && mkfifo pipe && "
        "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"sock\")' && "
        "echo kept >var/uploads/kept && ln -s /etc/passwd passwd && cp app.py lib/app.py && touch -d @0 lib/app.py"
    )
    assert shipping.part(V2) == {"app.py"}
    _is_as_sent_whole(shipping, V2, "r2")


def test_shared_folders_are_linked_and_their_files_stay_where_they_are(shipping: Shipping) -> None:
    host, root = shipping.stand.host, shipping.stand.site.root
    shipping.live(V1, shared=("var/uploads/", ".env"))
    host.sh(f"echo kept >{root}/shared/var/uploads/kept")
    # What the next one brings there gives way, also when the live one has the same.
    files = {**V2, "var/uploads/kept": "kept\n"}
    assert shipping.part(files, shared=("var/uploads/", ".env")) == {"app.py", "var/uploads/kept"}
    assert (
        host.sh(f"cd {root}/releases/r2 && readlink .env var/uploads")
        == "../../shared/.env\n../../../shared/var/uploads\n"
    )
    assert host.read(f"{root}/releases/r2/var/uploads/kept") == "kept\n"


def test_files_become_folders_and_links_and_the_other_way_round(shipping: Shipping) -> None:
    shipping.live({"a": "a", "b/c": "c", "d->a": "", "e/f->../a": "", "g/h": "h", "same": "same"})
    files = {"a/x": "a", "b": "c", "d": "a", "e->a": "", "g->b": "", "same": "same"}
    assert shipping.part(files) == {"a/x", "b", "d"}
    _is_as_sent_whole(shipping, files, "r2")


def test_the_owner_is_the_one_that_is_asked_for_now(shipping: Shipping) -> None:
    shipping.live(V1, owner="app:app")
    assert shipping.part(V2) == {"app.py"}
    _is_as_sent_whole(shipping, V2, "r2")
    assert shipping.part(V2, "r3", owner="app:app") == {"app.py"}
    _is_as_sent_whole(shipping, V2, "r3", owner="app:app")


def test_all_is_asked_for_where_nothing_is_live(shipping: Shipping) -> None:
    root = shipping.stand.site.root
    for number, current in enumerate(("true", "ln -s releases/gone", "ln -s /dev/null", "mkdir", "touch")):
        shipping.stand.host.sh(f"mkdir -p {root} && rm -rf {root}/current && {current} {root}/current")
        assert shipping.part(V1, f"n{number}") == ALL, current
    _is_as_sent_whole(shipping, V1, "n0")


def test_a_release_that_is_there_is_not_asked_for_and_another_content_is_refused(shipping: Shipping) -> None:
    shipping.live(V1)
    shipping.part(V2)
    before = shipping.portrait("r2")
    assert shipping.part(V2) == set()
    assert shipping.fail(V1) == "release-exists"
    assert shipping.portrait("r2") == before


def test_an_upload_that_is_told_of_one_list_only_is_refused(shipping: Shipping) -> None:
    assert shipping.fail(V1, attributes=None) == "argument"


def test_where_a_tool_is_missing_the_release_comes_all_the_same(shipping: Shipping) -> None:
    v1, v2 = {**V1, "big": "x" * 2_100_000}, {**V2, "big": "x" * 2_100_000}
    shipping.live(v1)
    everything = {*ALL, "big"}
    for tool, asked in (("find", everything), ("awk", everything), ("xargs", {"app.py"}), ("openssl", {"app.py"})):
        with shipping.stand.without(tool):
            assert shipping.part(v2, tool) == asked, tool
        _is_as_sent_whole(shipping, v2, tool)


def test_thousands_of_files_are_taken_over_though_their_lists_come_packed(shipping: Shipping) -> None:
    # More than fits one command line.
    files = {f"some/folder/with/a/long/name/{number % 7}/and-a-file-{number:06}": str(number) for number in range(3000)}
    shipping.live(files)
    assert shipping.part({**files, "new": "new"}, packed=True) == {"new"}
    _is_as_sent_whole(shipping, {**files, "new": "new"}, "r2")


def test_a_disk_that_fills_up_while_files_are_taken_over_is_named_and_left_as_it_was(shipping: Shipping) -> None:
    # As a stream they would fit the disk; with a block each they do not.
    files = {f"f{number}": "x" for number in range(300)}
    shipping.live(files)
    shipping.stand.host.full_disk(shipping.stand.site.root, free_kib=600)
    assert shipping.fail({**files, "new": "new"}) == "disk-full"
    assert shipping.remaining() == {"r1"}


def _upgrade(shipping: Shipping) -> None:
    shipping.live(V1)
    assert shipping.part(V2) == {"app.py"}
    assert shipping.stand.host.read(f"{shipping.stand.site.root}/releases/r2/RELEASE") == "r2\n"
    assert shipping.remaining() == {"r1", "r2"}
    _is_as_sent_whole(shipping, V2, "r2")
    assert shipping.part(V1, "r4") == set()
    _is_as_sent_whole(shipping, V1, "r4")


def _is_as_sent_whole(shipping: Shipping, files: Files, release: str, **more: Any) -> None:
    shipping.whole(files, f"{release}-whole", **more)
    assert shipping.portrait(release) == shipping.portrait(f"{release}-whole")


def _listing(shipping: Shipping) -> str:
    """Everything below the live release, without reading a pipe."""
    return shipping.stand.host.sh(
        f"cd {shipping.stand.site.root}/releases/r1 && cat bin/run && find . -printf '%p %y %m %s %T@ %C@ %l\\n'"
    )
