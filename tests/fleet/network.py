"""The wires of a fleet: one bridge with a /24 of its own, and per host a network namespace with one veth into it."""

import json
import re
import shutil
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network
from pathlib import Path

from tests.fleet.system import FleetError, run

SUBNETS = range(255)
BRIDGE_FILTER = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")


@dataclass(frozen=True, slots=True)
class Network:
    """Bridge `sdfN` with 10.213.N.1/24; host number k (from 0) has 10.213.N.(k+11) behind veth `sdfN-k`."""

    number: int

    @property
    def bridge(self) -> str:
        """The bridge's interface name."""
        return f"sdf{self.number}"

    @property
    def gateway(self) -> str:
        """The machine's own address on the bridge."""
        return f"10.213.{self.number}.1"

    def address(self, host: int) -> str:
        """The address of host number `host`."""
        return f"10.213.{self.number}.{host + 11}"

    def veth(self, host: int) -> str:
        """The machine's end of a host's wire."""
        return f"{self.bridge}-{host}"

    def create(self) -> None:
        """Make the bridge; where the machine filters bridged packets, let this bridge's through."""
        run(["ip", "link", "add", self.bridge, "type", "bridge"])
        run(["ip", "address", "add", f"{self.gateway}/24", "dev", self.bridge])
        run(["ip", "link", "set", self.bridge, "up"])
        if _bridged_packets_are_filtered():
            run(["iptables", "-w", "10", "-I", "FORWARD", *self._own_traffic()])

    def remove(self) -> None:
        """Take the bridge away, with what `create` opened; no error when it is gone."""
        if BRIDGE_FILTER.exists() and shutil.which("iptables"):
            run(["iptables", "-w", "10", "-D", "FORWARD", *self._own_traffic()], check=False)
        run(["ip", "link", "delete", self.bridge], check=False)

    def plug(self, host: int, namespace: str) -> None:
        """Make namespace and wire of one host."""
        veth = self.veth(host)
        run(["ip", "netns", "add", namespace])
        run(["ip", "link", "add", veth, "type", "veth", "peer", "name", "host0", "netns", namespace])
        run(["ip", "link", "set", veth, "master", self.bridge, "up"])
        inside = ("link set lo up", f"address add {self.address(host)}/24 dev host0", "link set host0 up")
        run(["ip", "-n", namespace, "-batch", "-"], stdin="\n".join(inside) + "\n")

    def unplug(self, host: int, namespace: str) -> None:
        """Take both away; no error when they are gone."""
        self.unmute(host)
        run(["ip", "link", "delete", self.veth(host)], check=False)
        run(["ip", "netns", "delete", namespace], check=False)

    def mute(self, host: int) -> None:
        """Drop every packet from and to a host, until `unmute`."""
        chain = "chain {0} {{ type filter hook {0} device {1} priority 0; policy drop; }}\n"
        chains = chain.format("ingress", self.veth(host)) + chain.format("egress", self.veth(host))
        run(["nft", "-f", "-"], stdin=f"table netdev {self._table(host)} {{\n{chains}}}\n")

    def unmute(self, host: int) -> None:
        """Let packets through again; no error when they were. The rules would outlive the wire and catch the next."""
        table = f"table netdev {self._table(host)}"
        run(["nft", "-f", "-"], stdin=f"add {table}\ndelete {table}\n")

    def _table(self, host: int) -> str:
        return f"fleet_{self.bridge}_{host}"

    def _own_traffic(self) -> list[str]:
        return ["-i", self.bridge, "-o", self.bridge, "-j", "ACCEPT"]


def free_network() -> Network:
    """The first subnet that no interface and no route of this machine uses; call it while holding the fleets' lock."""
    links = {link["ifname"] for link in json.loads(run(["ip", "-json", "link"]))}
    routes = _routes()
    for number in SUBNETS:
        subnet = ip_network(f"10.213.{number}.0/24")
        if f"sdf{number}" not in links and not any(subnet.overlaps(route) for route in routes):
            return Network(number)
    raise FleetError("no free subnet in 10.213.0.0/16: see `python3 -m tests.fleet list`, and `ip route`")


def _routes() -> list[IPv4Network]:
    """Every route except the default one."""
    found = [route["dst"] for route in json.loads(run(["ip", "-json", "-4", "route"]))]
    return [IPv4Network(dst, strict=False) for dst in found if re.match(r"\d", dst) and not dst.startswith("0.0.0.0")]


def _bridged_packets_are_filtered() -> bool:
    """True when iptables sees bridged packets (a container engine's default), whose FORWARD policy may drop them."""
    filtered = BRIDGE_FILTER.exists() and BRIDGE_FILTER.read_text().strip() == "1"
    return filtered and shutil.which("iptables") is not None
