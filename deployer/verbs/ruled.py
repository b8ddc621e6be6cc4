"""The rules while gates are asked without a rollout: readings of metrics, and what is said of each wave."""

from collections.abc import Callable
from concurrent.futures import Executor
from math import ceil

from deployer import events as ev
from deployer.gates import rules
from deployer.gates.evidence import Evidence, standing
from deployer.gates.verdict import Verdict
from deployer.plan.judging import Metrics
from deployer.plan.model import Plan
from deployer.readings import Meter, Reading, Subject
from deployer.rollout.metered import subjects
from deployer.rulings import Ruling


class Ruled:
    """The waves of a plan whose `metrics` are read with `meter` for `seconds`, beginning at `began`."""

    def __init__(self, plan: Plan, metrics: Metrics, meter: Meter, seconds: float, began: float) -> None:
        self._waves, self._metrics, self._meter = plan.waves, metrics, meter
        self._planned = max(1, ceil(seconds / metrics.interval))
        self._subjects = tuple(
            subject for wave in plan.waves for subject in subjects(metrics, wave.name, dict.fromkeys(wave.hosts, began))
        )
        self._readings: dict[Subject, Reading] = {}
        self._rulings: dict[str, tuple[Ruling, ...]] = {}
        self._looks = 0

    @property
    def passed(self) -> bool:
        """Whether everything that decides passes."""
        decided = {ruling.verdict for rulings in self._rulings.values() for ruling in rulings if ruling.deciding}
        return bool(self._rulings) and decided <= {Verdict.PASS}

    def read(self, pool: Executor) -> list[Reading]:
        """Read all subjects once, for `hear`."""
        return list(pool.map(self._meter, self._subjects))

    def hear(self, readings: list[Reading], now: float, tell: Callable[[ev.Event], None]) -> None:
        """Take in the readings of all subjects, judge every wave, and tell both."""
        for subject, reading in zip(self._subjects, readings, strict=True):
            self._readings[subject] = standing(self._readings.get(subject), reading)
            tell(ev.MetricsRead(at=now, subject=subject, reading=reading))
        self._looks += 1
        for wave in self._waves:
            evidence = self._evidence(wave.name)
            rulings = rules.judge_all([(rule, evidence) for rule in self._metrics.rules], self._looks, self._planned)
            self._rulings[wave.name] = rulings
            tell(ev.WaveJudged(at=now, wave=wave.name, look=self._looks, rulings=rulings))

    def _evidence(self, wave: str) -> Evidence:
        """Put together a wave's readings, and those of all other waves as its control."""
        own = {subject: reading for subject, reading in self._readings.items() if subject.wave == wave}
        control = tuple(reading for subject, reading in self._readings.items() if subject.wave != wave)
        return Evidence(tuple(own.values()), control, names=tuple(", ".join(subject.hosts) for subject in own))
