"""Rules and evidence for tests, in few words."""

from deployer.gates.evidence import Evidence, Look
from deployer.gates.rules import judge
from deployer.plan.judging import AnyRule, Compare, ErrorRule, LatencyRule, ValueRule
from deployer.readings import Bucket, Counted, Reading
from deployer.rulings import Ruling

ERRORS = ErrorRule("error-rate", 0.01, errors="errors", total="total")
COMPARED = ErrorRule("error-rate", 0.01, Compare(2.0, 0.005), errors="errors", total="total")
LATENCY = LatencyRule("latency", 0.3, histogram="seconds")
QUEUE = ValueRule("queue", 100.0, value="queue")
LOOK = Look(3, 30, 1)


def errors(bad: int, total: int, series: str = "") -> Reading:
    """Read so many errors of so many requests."""
    return Reading((Counted("error-rate", series, bad, total),))


def latencies(total: int, **below: int) -> Reading:
    """Read a histogram: `le300=90` says that 90 took at most 300 ms."""
    buckets = tuple(Bucket(int(le[2:]) / 1000, count) for le, count in below.items())
    return Reading((Counted("latency", total=total, buckets=buckets),))


def values(*each: float, series: str = "") -> Reading:
    """Read a gauge's last values."""
    return Reading((Counted("queue", series, values=each),))


def judged(rule: AnyRule, *readings: Reading, control: tuple[Reading, ...] = (), look: Look = LOOK) -> Ruling:
    """Judge readings beside those of a control; the hosts are called web-1 and so on."""
    names = tuple(f"web-{number}" for number in range(1, len(readings) + 1))
    return judge(rule, Evidence(readings, control, names=names), look)
