"""How much counters have grown since a baseline, by PromQL's rule for resets. It keeps what it was told, no more."""

from deployer.probes.metrics.series import Labels, Values


class Growth:
    """The counters of one selector. What they stand at in the beginning is not counted, whatever it is.

    A series that is born later starts at 0. One that falls has begun anew at 0, as PromQL has it.
    """

    def __init__(self, start: Values) -> None:
        self._last = dict(start)
        self._grown: dict[Labels, float] = dict.fromkeys(start, 0.0)

    @property
    def grown(self) -> Values:
        """What each series has grown by."""
        return self._grown

    def see(self, now: Values) -> bool:
        """Take what the series stand at now; True when one of them fell."""
        fell = False
        for series, value in now.items():
            last = self._last.get(series, 0.0)
            fell = fell or value < last
            self._grown[series] = self._grown.get(series, 0.0) + (value - last if value >= last else value)
            self._last[series] = value
        return fell
