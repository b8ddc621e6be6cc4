"""What can be decided: an act on a host, a hook, or something that is now known to be so."""

from dataclasses import dataclass

from deployer.events import Event
from deployer.facts import Act
from deployer.rollout.state import Defeat


@dataclass(frozen=True, slots=True)
class Do:
    """Carry out an act on a host."""

    host: str
    act: Act


@dataclass(frozen=True, slots=True)
class RunHook:
    """Run the plan's hooks of a point, for a wave ("" for the whole rollout); `defeat` is what they follow, if one."""

    point: str
    wave: str = ""
    defeat: Defeat | None = None


@dataclass(frozen=True, slots=True)
class Declare:
    """State what follows from what is known: the event happens by being declared."""

    event: Event


Decision = Do | RunHook | Declare
