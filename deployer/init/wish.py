"""What somebody wants files for: the options with their questions and defaults, and all of them read together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from deployer.errors import UsageError
from deployer.init import readers
from deployer.init.readers import Address, Kind
from deployer.init.running import check_run
from deployer.plan import paths, scalars
from deployer.plan.wrong import WrongError

T_co = TypeVar("T_co", covariant=True)

Answers = Mapping[str, str]
"""Texts by option name, without the dashes."""


@dataclass(frozen=True, slots=True)
class Option(Generic[T_co]):
    """An option: its reader, what a person is asked (nothing: never), and its default (None: it must be given)."""

    name: str
    read: Callable[[str], T_co]
    question: str = ""
    default: str | None = ""

    def of(self, answers: Answers) -> T_co:
        """Read the option's answer, or its default. UsageError when it makes no sense."""
        try:
            return self.read(answers.get(self.name, self.default or ""))
        except WrongError as error:
            raise UsageError(error.message, where=f"--{self.name}", remedy=error.remedy) from None


SERVICE = Option("service", readers.read_service, "Name of the service", None)
KIND = Option("kind", scalars.one_of(Kind), "What runs it: gunicorn, uvicorn, node or binary", None)
RUN = Option("run", readers.read_run, "What it runs: app:application, main:app, server.js, bin/hello --flag", None)
HOSTS = Option("hosts", readers.read_hosts, "Hosts, with commas between: web-1=10.0.0.11,web-2=10.0.0.12", None)
LISTEN = Option("listen", readers.read_listen, "Address and port that clients ask", "127.0.0.1:8080")
HEALTH = Option("health", readers.read_health, 'Path that answers 200 and {"release": ID}', "/healthz")
ARTIFACT = Option("artifact", readers.read_artifact, "Folder, file or archive that is rolled out", "dist/")
WRAP = Option("wrap", readers.read_wrap, "Where it listens by itself, if it cannot take a socket from systemd")
ROOT = Option("root", lambda text: paths.read_root(text) if text else "")
USER = Option("user", readers.read_user)
SHARED = Option("shared", readers.read_shared)
SSH_USER = Option("ssh-user", readers.read_login, default="deploy")

OPTIONS: tuple[Option[object], ...] = (
    SERVICE, KIND, RUN, HOSTS, LISTEN, HEALTH, ARTIFACT, WRAP, ROOT, USER, SHARED, SSH_USER,
)  # fmt: skip
"""Every option, in the order of the questions."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A service and its hosts. `run` is a command line, or the application's name for gunicorn and uvicorn.

    `hosts` are names with addresses. `account` is user:group, "" for one that systemd makes up. `shared` entries end in
    / for a folder. `wrap` is where the service listens by itself; None when it takes systemd's socket.
    """

    service: str
    kind: Kind
    run: str
    hosts: tuple[tuple[str, str], ...]
    listen: Address
    health: str
    artifact: str
    root: str
    account: str
    shared: tuple[str, ...]
    ssh_user: str
    wrap: Address | None

    @classmethod
    def read(cls, answers: Answers) -> "Wish":
        """Read the answers. UsageError when one makes no sense, or when they do not go together."""
        service = SERVICE.of(answers)
        wish = cls(
            service, KIND.of(answers), RUN.of(answers), HOSTS.of(answers), LISTEN.of(answers), HEALTH.of(answers),
            ARTIFACT.of(answers), ROOT.of(answers) or f"/srv/{service}", USER.of(answers), SHARED.of(answers),
            SSH_USER.of(answers), WRAP.of(answers),
        )  # fmt: skip
        check_run(wish.kind, wish.run)
        _check_wrap(wish)
        _check_shared(wish)
        return wish

    @property
    def folders(self) -> tuple[str, ...]:
        """The shared folders, which the service may write to."""
        return tuple(entry.rstrip("/") for entry in self.shared if entry.endswith("/"))


def _check_wrap(wish: Wish) -> None:
    if wish.wrap is None:
        return
    if wish.kind in {Kind.GUNICORN, Kind.UVICORN}:
        raise UsageError(f"{wish.kind} takes the socket from systemd", where="--wrap", remedy="leave --wrap out")
    if wish.wrap.port == wish.listen.port:
        remedy = "give each a port of its own"
        raise UsageError(
            f"HAProxy and the service cannot both have port {wish.wrap.port}", where="--wrap", remedy=remedy
        )


def _check_shared(wish: Wish) -> None:
    if wish.folders and not wish.account:
        remedy = "--user app (an account that is on the hosts) will own it"
        raise UsageError("a shared folder needs somebody to own it", where="--shared", remedy=remedy)
