"""Where things are on a host. Paths that Python and the host program share are here and in program/record.sh."""

from dataclasses import dataclass

STATE = "/var/lib/sockdeploy"
ROOM = "df -h /var/lib; findmnt -T /var/lib   # it must be writable and have room"
PROGRAMS = f"{STATE}/program"
UNITS = "/etc/systemd/system"


def reloads(current: str) -> str:
    """Say what has a reload load the new release; `current` is the link that leads to it by then."""
    return (
        f"the program has to enter {current} anew when it is reloaded: gunicorn does with --chdir {current} and "
        "without --preload"
    )


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of one service on a host: `root` holds releases, `state` what sockdeploy remembers (root only)."""

    service: str
    root: str

    @property
    def unit(self) -> str:
        """The service's unit name."""
        return f"{self.service}.service"

    @property
    def current(self) -> str:
        """The link that the unit runs from."""
        return f"{self.root}/current"

    @property
    def releases(self) -> str:
        """The folder of all releases."""
        return f"{self.root}/releases"

    def release(self, name: str) -> str:
        """The folder of one release."""
        return f"{self.releases}/{name}"

    @property
    def shared(self) -> str:
        """The folder of what outlives a release."""
        return f"{self.root}/shared"

    @property
    def state(self) -> str:
        """What sockdeploy keeps about the service: lock, history, good releases, digests, pending."""
        return f"{STATE}/{self.service}"

    @property
    def lock(self) -> str:
        """The file that a rollout holds with flock(2)."""
        return f"{self.state}/lock"
