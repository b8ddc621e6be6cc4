"""A rule's verdict on a wave with everything it was made of, so that a reader can recompute it from the report."""

from dataclasses import dataclass

from deployer.gates.verdict import Verdict
from deployer.plan.judging import Policy
from deployer.readings import Unmeasured


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one rule says of one wave at one look. Shares are 0..1, latencies seconds.

    `kind` is errors, latency or value. `code` is stable kebab-case, `message` one line in plain words, `needed` what
    would have to be true to pass ("" when it does). `deciding` False: reported only.

    Counts over the wave's hosts: `bad` of `total` (of the worst series, when a query gives several); `bad_most` is the
    most that may be bad where buckets leave it open, else `bad`. `low` and `high` bound the share with 95 % confidence
    (Clopper-Pearson). `limit` is the most that may be bad (a share) or the gauge's maximum, None when only the control
    judges. It fails when `tail` < `level`: `tail` is P(X >= bad | total, limit), or Fisher's one-sided p against the
    control when `compared`; `level` is alpha over `looks`, `rules` and the `among` series that were judged, see
    `rates.level`. `proved`: `high` is within the limit. `estimate` is the interpolated quantile, `threshold` the time
    that the limit's share may exceed, both in seconds. `values` are the last ones of the worst host, called `host`, and
    `control_value` the control's. `idle_passes`: no request at all may pass.
    `waiting` counts readings that have not shown the rule's numbers yet; nothing passes while there are any.
    `policy` is what a verdict other than PASS and FAIL leads to when the wave's time is over, None for those two.
    """

    rule: str
    kind: str
    verdict: Verdict
    code: str
    message: str
    needed: str = ""
    deciding: bool = True
    look: int = 0
    looks: int = 1
    rules: int = 1
    series: str = ""
    among: int = 1
    host: str = ""
    waiting: int = 0
    bad: int = 0
    bad_most: int = 0
    total: int = 0
    low: float = 0.0
    high: float = 1.0
    limit: float | None = None
    tail: float = 1.0
    level: float = 0.0
    min_requests: int = 0
    proved: bool = False
    idle_passes: bool = False
    threshold: float | None = None
    estimate: float | None = None
    values: tuple[float, ...] = ()
    compared: bool = False
    control_bad: int = 0
    control_bad_most: int = 0
    control_total: int = 0
    control_value: float | None = None
    control_before: bool = False
    max_ratio: float | None = None
    floor: float | None = None
    policy: Policy | None = None
    unmeasured: tuple[Unmeasured, ...] = ()
    warnings: tuple[str, ...] = ()
