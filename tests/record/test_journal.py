"""The journal keeps every event, survives its writer's death, and says where it is wrong."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployer.errors import UsageError
from deployer.events import Event, HostConfirmed, HostPruned, HostStaged, Ticked, Warned, event_types
from deployer.record.entry import decode, encode
from deployer.record.journal import Journal, read

STAGED = HostStaged(at=12.5, host="web-1", sent=7, size=9)
PRUNED = HostPruned(at=13.5, host="web-1", removed=("r0", "r00"))


def _write(path: Path, *events: Event) -> None:
    journal = Journal(path)
    for event in events:
        journal(event)
    journal.close()


@given(st.one_of(*(st.from_type(kind) for kind in event_types().values())))
def test_every_event_survives_the_way_through_a_line(event: Event) -> None:
    line = encode(event)
    # By repr: a NaN is not equal to itself, and 1 must not become 1.0.
    assert repr(decode(line)) == repr(event)
    assert line.isascii()
    assert "\n" not in line


def test_a_line_is_on_disk_before_the_call_returns(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "journal.jsonl"
    journal = Journal(path)
    journal(STAGED)
    assert json.loads(path.read_text()) == {"event": "HostStaged", "at": 12.5, "host": "web-1", "sent": 7, "size": 9}
    journal.close()


def test_a_journal_from_before_uploads_had_parts_is_read_with_what_was_so_then(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    lines = ('{"event":"HostStaged","at":1,"host":"a","sent":7}', '{"event":"HostConfirmed","at":2,"host":"a"}')
    path.write_text("".join(f"{line}\n" for line in lines))
    assert read(path) == [
        HostStaged(at=1, host="a", sent=7, size=0),
        HostConfirmed(at=2, host="a", prunes=True),
    ]


def test_ticks_are_not_written(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    _write(path, Ticked(at=1), STAGED, Ticked(at=2))
    assert read(path) == [STAGED]


def test_an_empty_journal_has_no_events(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    _write(path)
    assert read(path) == []


def test_a_torn_last_line_at_any_byte_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    _write(path, STAGED, PRUNED)
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for cut in range(first, len(whole) - 1):
        path.write_bytes(whole[:cut])
        assert read(path) == [STAGED]
    path.write_bytes(whole[:-1])
    assert read(path) == [STAGED, PRUNED]


@pytest.mark.parametrize("torn", [b'{"event":"HostSt', b"\xff\xfe", b""])
def test_a_journal_is_continued_after_a_torn_line(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(encode(STAGED).encode() + b"\n" + torn)
    _write(path, PRUNED)
    assert read(path) == [STAGED, PRUNED]


def test_a_last_line_that_lacks_only_its_newline_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(encode(STAGED).encode())
    _write(path, PRUNED)
    assert read(path) == [STAGED, PRUNED]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "no JSON"),
        ("[]", "expected a JSON object"),
        ('{"event":"HostStagd","at":1}', "HostStaged"),
        ('{"event":"HostStaged","at":1}', "missing fields ['host']"),
        ('{"event":"HostStaged","at":1,"host":"a","seize":2}', "unknown fields ['seize']"),
        ('{"event":"HostStaged","at":true,"host":"a"}', "HostStaged.at: expected float, got bool"),
        ('{"event":"HostPruned","at":1,"host":"a","removed":[1]}', "HostPruned.removed[0]: expected str, got int"),
        ('{"event":"HostPruned","at":1,"host":"a","removed":"r"}', "HostPruned.removed: expected a list"),
        ('{"event":"ActStarted","at":1,"host":"a","act":"dance"}', "ActStarted.act: expected one of inspect, observe"),
        ('{"event":"HealthSeen","at":1,"host":"a","look":3}', "HealthSeen.look: expected an object"),
    ],
)
def test_a_wrong_line_is_named_by_file_and_line(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text(f"{encode(STAGED)}\n{line}\n{encode(PRUNED)}\n")
    with pytest.raises(UsageError) as caught:
        read(path)
    assert caught.value.where == f"{path}:2"
    assert says in str(caught.value)


def test_a_secret_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path, lambda text: text.replace('a"b', "***"))
    journal(Warned(at=1, message='key a"b leaked'))
    journal.close()
    assert read(path) == [Warned(at=1, message="key *** leaked")]


def test_a_printed_journal_commands_no_ci_system() -> None:
    hostile = "::error::x ##[error]x \x1b[0Ksection_start:1:x\r\x1b[0K \\::set-output name=a::b \u202e"
    event = Warned(at=1, message=hostile)
    line = encode(event)
    assert not any(mark in line for mark in ("::", "##[", "section_", "\x1b", "\r", "\u202e"))
    assert decode(line) == event
