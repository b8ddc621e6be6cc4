"""One request of our own and what became of it, and the counts of many."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from deployer.facts import Requests
from deployer.gates.flaws import TLS, Flaw
from deployer.probes.answer import HttpAnswer


class Fate(StrEnum):
    """What became of a request."""

    OK = "ok"
    BAD = "bad"  # an answer, with a wrong status
    REFUSED = "refused"  # nobody took the connection
    CUT = "cut"  # the connection ended before a whole answer had come
    LATE = "late"  # nothing came in time


_FATES = {
    Flaw.REFUSED: Fate.REFUSED, Flaw.NO_CONNECTION: Fate.REFUSED, Flaw.TIMEOUT: Fate.LATE, Flaw.CUT: Fate.CUT,
    **dict.fromkeys(TLS, Fate.CUT),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shot:
    """A request that has ended: who answered ("" when nobody known did), how, and after how many seconds."""

    release: str
    fate: Fate
    seconds: float


def shot(answer: HttpAnswer, release: str | None, status: int) -> Shot | None:
    """Give what an answer means; None when the service could not be asked at all. `status` is the one that is right."""
    if answer.status is None:
        return Shot("", _FATES[answer.miss], answer.seconds) if answer.miss else None
    return Shot(release or "", Fate.OK if answer.status == status else Fate.BAD, answer.seconds)


def count(shots: Iterable[Shot], under_way: int) -> tuple[Requests, ...]:
    """Count requests by release, in the order of their first answers; `under_way` have not ended yet."""
    groups: dict[str, list[Shot]] = {}
    for each in shots:
        groups.setdefault(each.release, []).append(each)
    if under_way:
        groups.setdefault("", [])
    return tuple(_counted(release, group, 0 if release else under_way) for release, group in groups.items())


def _counted(release: str, shots: list[Shot], under_way: int) -> Requests:
    fates = [each.fate for each in shots]
    good = sorted(each.seconds for each in shots if each.fate is Fate.OK)
    return Requests(
        release=release,
        sent=len(shots) + under_way,
        ok=len(good),
        bad=fates.count(Fate.BAD),
        refused=fates.count(Fate.REFUSED),
        cut=fates.count(Fate.CUT),
        late=fates.count(Fate.LATE),
        open=under_way,
        p50=_rank(good, 0.5),
        p99=_rank(good, 0.99),
        slowest=_rank(good, 1.0),
    )


def _rank(values: list[float], share: float) -> float:
    """Give the nearest-rank percentile, rounded to 0.1 ms; 0 of nothing."""
    return round(values[max(0, ceil(share * len(values)) - 1)], 4) if values else 0.0
