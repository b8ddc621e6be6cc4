"""An upload: what a host is told, what it asks for, what it is sent then, and what becomes of one that misbehaves."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path
from typing import BinaryIO

import pytest

from deployer.artifact import Artifact, load
from deployer.facts import Verb
from deployer.fleet.caller import MARGIN, Caller
from deployer.fleet.upload import Upload
from deployer.host.acts import Compare, Stage
from deployer.host.facts import MALFORMED, NO_ANSWER, TRUNCATED, Failure
from deployer.host.receipts import Staged
from deployer.host.source import Program
from deployer.plan.model import Plan
from deployer.task import Run, Task
from deployer.transport.base import Process, Result, TransportError, TransportFailure
from deployer.transport.fake import FakeProcess, FakeTransport

LOST = Result(None, reason="the connection was lost")
ACT = Stage("app", "/srv/app", "r2", "d" * 64, None, 1, "r-1", attributes=1, sums=1, timeout=40)
DONE = ("bytes=7", "end=ok")
STAGED = Staged(already=False, bytes=7)


class Host(FakeProcess):
    """A host program that prints its lines whatever it is told; `token` stands for the caller's in them."""

    def __init__(self, *lines: str, end: Result | None = None) -> None:
        super().__init__()
        self._said = lines
        self._end = end or Result(0)
        self.sources: list[BinaryIO] = []

    def begun(self, command: str) -> "Host":
        """Print all, and end."""
        for line in self._said:
            self.say(line.replace("token", _token(command)))
        self.end(self._end)
        return self

    def feed(self, source: BinaryIO, *, last: bool = False) -> None:
        self.sources.append(source)
        super().feed(source, last=last)


def _token(command: str) -> str:
    found = re.search(r" token=(\w+) ", command)
    assert found is not None
    return found[1]


class Endless(Host):
    """Prints the same line for ever."""

    def lines(self) -> Iterator[str]:
        yield from (line for line in self._said[:-1])
        yield from repeat(self._said[-1])


@dataclass(frozen=True, slots=True)
class Scene:
    """An artifact of three files, and uploads of it."""

    artifact: Artifact

    def uploads(self, transport: FakeTransport) -> Upload:
        """Give the uploads over a transport."""
        plan = Plan("app", "/srv/app", "dist", (), ())
        run = Run(plan, Task("r-1", Verb.APPLY, "r2"), Program(""), lambda: 0.0, lambda _: False, lambda _: None)
        transport.connect()
        return Upload(self.artifact, Caller(run, transport))

    @property
    def opening(self) -> bytes:
        """What a host is told first."""
        return self.artifact.listing.attributes + self.artifact.listing.sums

    def lines(self, *paths: str) -> list[str]:
        """Give the lines that ask for files."""
        return [f"{entry.sha256} *./{entry.path}" for entry in self.artifact.files if entry.path in paths]

    def upload(self, host: Host, act: Stage = ACT) -> tuple[Staged | Failure, Upload]:
        """Carry an upload out."""
        return self.over(FakeTransport(process=host.begun), act)

    def over(self, transport: FakeTransport, act: Stage = ACT) -> tuple[Staged | Failure, Upload]:
        """Carry an upload out over a transport."""
        upload = self.uploads(transport)
        return upload.carry_out(act), upload


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    for name in ("a", "b c", "d"):
        (tmp_path / "dist" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "dist" / name).write_text(name * 1000)
    with load(tmp_path / "dist") as artifact:
        yield Scene(artifact)


def _failure(got: Staged | Failure) -> tuple[str, bool]:
    assert isinstance(got, Failure)
    return got.code, got.unknown


@pytest.mark.parametrize("paths", [(), ("a",), ("b c", "d"), ("a", "b c", "d")], ids=str)
def test_a_host_is_sent_exactly_what_it_asks_for_with_its_sum_before_it(scene: Scene, paths: tuple[str, ...]) -> None:
    host = Host("token", *scene.lines(*paths), "send=yes", *DONE)
    got, upload = scene.upload(host)
    part = scene.artifact.part(scene.lines(*paths))
    with part.open() as stream:
        assert host.fed == [scene.opening, f"{part.sha256} {part.size}\n".encode(), stream.read()]
    assert (got, host.ended, host.closed) == (STAGED, True, True)
    assert (upload.need.files, upload.need.size) == (len(paths), len(scene.opening) + part.size)
    assert all(source.closed for source in host.sources[2:])


def test_a_host_that_has_the_release_already_asks_for_nothing_and_is_sent_nothing_more(scene: Scene) -> None:
    host = Host("token", "already=yes", "end=ok")
    got, _ = scene.upload(host)
    assert (got, host.fed, host.ended, host.closed) == (Staged(already=True, bytes=0), [scene.opening], False, True)


def test_a_whole_release_is_sent_as_one_stream(scene: Scene) -> None:
    sent: list[bytes] = []

    def answer(command: str, stdin: bytes) -> Result:
        sent.append(stdin)
        return Result(0, _token(command).encode() + b"\nbytes=7\nend=ok\n")

    artifact = scene.artifact
    got, upload = scene.over(
        FakeTransport(answer), replace(ACT, stream=artifact.stream_sha256, attributes=None, sums=None)
    )
    with artifact.open() as stream:
        assert sent == [stream.read()]
    assert (got, upload.need.files, upload.need.size) == (STAGED, 3, artifact.stream_size)


def test_what_stands_before_the_token_is_noise_even_when_it_looks_like_a_question(scene: Scene) -> None:
    host = Host("Welcome!", "send=yes", "0 *./strange", "end=ok", "token", *scene.lines("a"), "send=yes", *DONE)
    got, upload = scene.upload(host)
    assert (got, upload.need.files, len(host.fed)) == (STAGED, 1, 3)


def test_line_ends_of_a_terminal_do_no_harm(scene: Scene) -> None:
    host = Host(*(f"{line}\r" for line in ("token", *scene.lines("a"), "send=yes", *DONE)))
    got, upload = scene.upload(host)
    assert (got, upload.need.files) == (STAGED, 1)


@pytest.mark.parametrize("line", ["0 *./etc/shadow", "", "already=yes", "token", "send=no"])
def test_a_host_that_asks_for_what_was_not_offered_is_sent_nothing_and_told_apart(scene: Scene, line: str) -> None:
    host = Host("token", *scene.lines("a"), line, "send=yes", *DONE)
    got, _ = scene.upload(host)
    assert _failure(got) == (MALFORMED, False)
    assert isinstance(got, Failure)
    assert "what the release does not hold" in got.detail
    assert (host.fed, host.ended, host.closed) == ([scene.opening], False, True)


@pytest.mark.parametrize("lines", [("noise",), ("token", "0 *./x"), ("token", ""), ("token", "x" * 60_000)], ids=repr)
def test_a_host_that_prints_for_ever_is_given_up(scene: Scene, lines: tuple[str, ...]) -> None:
    host = Endless(*lines)
    got, _ = scene.upload(host)
    assert _failure(got) == (MALFORMED, False)
    assert isinstance(got, Failure)
    assert "without end" in got.detail
    assert (host.closed, len(host.fed)) == (True, 1)


def test_a_host_that_goes_on_printing_after_the_upload_is_given_up(scene: Scene) -> None:
    class Chatty(Host):
        def lines(self) -> Iterator[str]:
            yield from super().lines()
            yield from repeat("more")

    host = Chatty("token", *scene.lines("a"), "send=yes")
    got, _ = scene.upload(host)
    assert (_failure(got), host.closed, host.ended) == ((MALFORMED, False), True, True)


def test_all_that_was_offered_may_be_asked_for_and_told_about(scene: Scene) -> None:
    told = ["word=" + "x" * 1000] * 1000
    got, upload = scene.upload(Host("token", *scene.lines("a", "b c", "d"), "send=yes", *told, *DONE))
    assert (got, upload.need.files) == (STAGED, 3)


def test_all_of_a_list_that_was_packed_may_be_asked_for(tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    for number in range(6000):
        (tmp_path / "dist" / f"{number:0200}").touch()
    with load(tmp_path / "dist") as artifact:
        packed, lines = artifact.listing.packed, artifact.listing.sums.decode().splitlines()
        assert len(packed) * 10 < len(artifact.listing.sums) > 1 << 20
        host = Host("token", *lines, "send=yes", *DONE)
        got, upload = Scene(artifact).upload(host, replace(ACT, packed=len(packed)))
        assert (got, host.fed[0], upload.need.files) == (STAGED, packed, 6000)
        assert upload.need.size == len(packed) + artifact.stream_size


def test_a_question_asked_twice_is_answered_once(scene: Scene) -> None:
    host = Host("token", *scene.lines("a"), "send=yes", *scene.lines("d"), "send=yes", *DONE)
    got, upload = scene.upload(host)
    assert (got, upload.need.files, len(host.fed)) == (STAGED, 1, 3)


def test_a_failure_before_the_question_is_the_programs_own(scene: Scene) -> None:
    host = Host("token", "code=disk-full", "detail=no%20room", "end=failed", end=Result(1))
    got, _ = scene.upload(host)
    assert isinstance(got, Failure)
    assert (got.code, got.detail, got.unknown, host.fed) == ("disk-full", "no room", False, [scene.opening])


def test_a_failure_after_the_upload_is_the_programs_own(scene: Scene) -> None:
    got, _ = scene.upload(Host("token", "send=yes", "code=stream", "detail=x", "end=failed", end=Result(1)))
    assert _failure(got) == ("stream", False)


def test_an_answer_after_the_upload_that_cannot_be_is_a_failure(scene: Scene) -> None:
    got, _ = scene.upload(Host("token", "send=yes", "bytes=many", "end=ok"))
    assert _failure(got) == (MALFORMED, False)


LOSSES: dict[str, Callable[[Scene], tuple[list[str], str]]] = {
    "at once": lambda _: ([], NO_ANSWER),
    "before the question": lambda _: (["token"], TRUNCATED),
    "in the question": lambda scene: (["token", *scene.lines("a"), "send"], TRUNCATED),
    "after the question": lambda scene: (["token", *scene.lines("a"), "send=yes"], TRUNCATED),
    "in the answer": lambda scene: (["token", *scene.lines("a"), "send=yes", "bytes=7", "end=o"], TRUNCATED),
}


@pytest.mark.parametrize("when", LOSSES)
def test_a_connection_that_is_lost_leaves_the_end_unknown(scene: Scene, when: str) -> None:
    lines, code = LOSSES[when](scene)
    host = Host(*lines, end=LOST)
    got, _ = scene.upload(host)
    assert _failure(got) == (code, True)
    assert isinstance(got, Failure)
    assert "the connection was lost" in got.detail
    assert host.closed


def test_an_end_without_an_answer_is_a_failure_with_what_was_said_instead(scene: Scene) -> None:
    got, _ = scene.upload(Host("noise", end=Result(1, stderr=b"sudo: a password is required\n")))
    assert got == Failure(NO_ANSWER, "sudo: a password is required", status=1)


def test_a_connection_that_cannot_be_used_leaves_the_end_unknown(scene: Scene) -> None:
    def refuse(_command: str) -> Process:
        raise TransportError(TransportFailure.LOST, "the connection to web-1 was lost")

    got, _ = scene.over(FakeTransport(process=refuse))
    assert isinstance(got, Failure)
    assert (got.code, got.detail, got.unknown) == (NO_ANSWER, "the connection to web-1 was lost", True)


def test_an_upload_has_its_time_limit_and_what_the_host_needs_to_keep_it(scene: Scene) -> None:
    host = Host("token", "send=yes", *DONE)
    scene.upload(host)
    assert host.limits == [40 + MARGIN]


def test_a_comparison_tells_what_an_upload_would_take_and_sends_nothing(scene: Scene) -> None:
    host = Host("token", *scene.lines("a", "d"), "send=yes", "end=ok")
    need = scene.uploads(FakeTransport(process=host.begun)).compare(Compare("app", "/srv/app", 1, 1))
    part = scene.artifact.part(scene.lines("a", "d"))
    assert need is not None
    assert (need.files, need.size) == (2, len(scene.opening) + part.size)
    assert (b"".join(host.fed), host.ended, host.closed) == (scene.opening, True, True)


@pytest.mark.parametrize(
    "lines",
    [("token", "0 *./strange", "send=yes", "end=ok"), ("token", "code=state", "end=failed"), ("token",), ()],
    ids=["strange", "failed", "cut off", "silent"],
)
def test_a_comparison_that_fails_tells_nothing(scene: Scene, lines: tuple[str, ...]) -> None:
    host = Host(*lines, end=Result(1))
    assert scene.uploads(FakeTransport(process=host.begun)).compare(Compare("app", "/srv/app", 1, 1)) is None
    assert host.closed
