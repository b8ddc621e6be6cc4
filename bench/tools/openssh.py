"""The measure of all: ssh and tar, one connection per host, all in the background at once."""

from bench.tools.base import FILES, Stage, packing


class OpenSsh:
    """A shell loop."""

    name = "OpenSSH loop"

    def prepare(self, stage: Stage) -> None:
        """Nothing: the loop is the repository."""

    def command(self, stage: Stage, release: str) -> tuple[list[str], dict[str, str]]:
        """The loop."""
        return packing("sh", str(FILES / "openssh.sh")), {**stage.variables, "RELEASE": release}
