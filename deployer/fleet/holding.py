"""Why a rollout is held and what had passed by then: known before any host is told to put it on record."""

from dataclasses import dataclass

from deployer.events import Event, WaveHeld, WavePassed


@dataclass(slots=True)
class Holding:
    """Hears every event of a rollout. `passed` are its waves so far; `held` None: it is not held."""

    passed: tuple[str, ...] = ()
    held: WaveHeld | None = None

    def __call__(self, event: Event) -> None:
        """Take an event in."""
        match event:
            case WavePassed(wave=wave):
                self.passed = (*self.passed, wave)
            case WaveHeld():
                self.held = event
            case _:
                pass
