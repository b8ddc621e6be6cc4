"""A way to run acts on a host of the fleet, straight into its namespaces: the login shell is sh, there is no wire."""

import contextlib
import hashlib
import io
import secrets
import subprocess
import tarfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Self, TypeVar

from deployer import artifact
from deployer.facts import ListenerLook, UnitLook
from deployer.host.acts import ASKED, Act, Observe, Stage
from deployer.host.command import answer, call
from deployer.host.facts import Failure
from deployer.host.journal import JournalAnswer
from deployer.host.observed import CurlAnswer, Ended, Locked, Observed, Reader
from deployer.host.receipts import Staged
from deployer.host.source import load_program
from deployer.transport.base import Result
from tests.fleet.host import Host

T = TypeVar("T")
Told = TypeVar("Told", Locked, UnitLook, ListenerLook, CurlAnswer, JournalAnswer, Ended)


def token() -> str:
    """A token for one call."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class Door:
    """Runs acts on one host as `user`, who uses sudo unless root."""

    host: Host
    user: str = "root"

    def attempt(self, act: Act[T], stdin: bytes | None = None) -> T | Failure:
        """Run the act and give its answer, or why there is none."""
        mark = token()
        sent = call(act, load_program(), token=mark, sudo=self.user != "root")
        done = self.host.run(sent.command, user=self.user, stdin=sent.stdin if stdin is None else stdin, timeout=60)
        return answer(act, Result(done.returncode, done.stdout, done.stderr), mark)

    def do(self, act: Act[T], stdin: bytes | None = None) -> T:
        """Run an act that must end well."""
        got = self.attempt(act, stdin)
        assert not isinstance(got, Failure), f"{act.name}: {got.code}: {got.detail}\n{got.journal}"
        return got

    def fail(self, act: Act[T], stdin: bytes | None = None) -> Failure:
        """Run an act that must fail."""
        got = self.attempt(act, stdin)
        assert isinstance(got, Failure), got
        return got

    def observe(self, act: Observe) -> "Watch":
        """Start an observe execution."""
        mark = token()
        sent = call(act, load_program(), token=mark, sudo=self.user != "root")
        argv = [*self.host.enter(self.user), "sh", "-c", sent.command]
        pipe = subprocess.PIPE
        process = subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
        return Watch(process, Reader(mark))

    def upload(self, act: Stage) -> "Upload":
        """Start a stage execution that asks for what the host lacks."""
        mark = token()
        sent = call(act, load_program(), token=mark, sudo=self.user != "root")
        argv = [*self.host.enter(self.user), "sh", "-c", sent.command]
        process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return Upload(process, act, mark)


@dataclass(slots=True)
class Watch:
    """A running observe execution."""

    process: "subprocess.Popen[str]"
    reader: Reader
    seen: list[Observed] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        self.process.kill()
        self.process.wait()

    def send(self, line: str) -> None:
        """Write one line to it."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def events(self) -> Iterator[Observed]:
        """What it tells, until its output ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if (event := self.reader.feed(line)) is not None:
                self.seen.append(event)
                yield event

    def wait_for(self, kind: type[Told]) -> Told:
        """Give the next event of that kind."""
        for event in self.events():
            if isinstance(event, kind):
                return event
        raise AssertionError(f"no {kind.__name__}; seen {self.seen}")

    def end(self) -> float:
        """Close its input and read to its end; seconds that took."""
        assert self.process.stdin is not None
        begun = time.monotonic()
        self.process.stdin.close()
        for _ in self.events():
            pass
        self.process.wait(10)
        return time.monotonic() - begun


@dataclass(slots=True)
class Upload:
    """A running stage execution that asks back."""

    process: "subprocess.Popen[bytes]"
    act: Stage
    mark: str
    heard: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process.kill()
        self.process.wait()

    def write(self, data: bytes) -> None:
        """Write to it; whether it still reads is its own affair."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(data)
            self.process.stdin.flush()

    def asked(self) -> tuple[str, ...] | None:
        """Read what it asks for; None when it ended without asking."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.heard.append(line.decode().rstrip("\n"))
            if self.heard[-1] == ASKED:
                lines = tuple(self.heard[self.heard.index(self.mark) + 1 : -1])
                self.heard = [self.mark]
                return lines
        return None

    def end(self) -> Staged | Failure:
        """Close its input and read its answer."""
        self._close()
        assert self.process.stdout is not None
        rest = self.process.stdout.read()
        said = "".join(f"{line}\n" for line in self.heard).encode() + rest
        return answer(self.act, Result(self.process.wait(30), said), self.mark)

    def carry_out(self, packed: artifact.Artifact) -> tuple[set[str], Staged | Failure]:
        """Do all of it; the paths that were asked for, and the answer."""
        lists = packed.listing
        self.write(lists.attributes + lists.sums if self.act.packed is None else lists.packed)
        lines = self.asked()
        if lines is None:
            return set(), self.end()
        part = packed.part(lines)
        with part.open() as stream:
            self.write(f"{part.sha256} {part.size}\n".encode() + stream.read())
        return set(packed.listing.paths(lines)), self.end()

    def _close(self) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()


@dataclass(frozen=True, slots=True)
class Artifact:
    """A tar stream and its digest (any digest: the host only compares it)."""

    stream: bytes

    @classmethod
    def of(cls, files: Mapping[str, str | bytes]) -> "Artifact":
        """Pack files; a name with -> is a symbolic link."""
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name, content in files.items():
                link, arrow, aim = name.partition("->")
                info = tarfile.TarInfo(link)
                data = content.encode() if isinstance(content, str) else content
                info.mode, info.size = 0o755, len(data)
                if arrow:
                    info.type, info.linkname, info.size = tarfile.SYMTYPE, aim, 0
                tar.addfile(info, io.BytesIO(data))
        return cls(out.getvalue())

    @property
    def digest(self) -> str:
        """The SHA-256 of the stream."""
        return hashlib.sha256(self.stream).hexdigest()

    def stage(self, service: str, root: str, release: str, **more: object) -> Stage:
        """The act that stages it."""
        act = Stage(service, root, release, self.digest, self.digest, len(self.stream), rollout="r1", timeout=30)
        return replace(act, **more)  # type: ignore[arg-type]  # plain words of a test
