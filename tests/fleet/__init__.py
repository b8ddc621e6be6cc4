"""Real systemd hosts on one machine, for tests, demo and benches; `python3 -m tests.fleet --help` for people."""

from tests.fleet.fleet import Fleet
from tests.fleet.host import Host, SshCounts
from tests.fleet.system import FleetError

__all__ = ["Fleet", "FleetError", "Host", "SshCounts"]
