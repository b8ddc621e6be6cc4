"""What a histogram's buckets say of its slow requests: exactly at a bucket's bound, between two of them a range."""

from collections.abc import Sequence
from math import isclose

from deployer.readings import Bucket


def slower(buckets: Sequence[Bucket], total: int, limit: float) -> tuple[int, int]:
    """Give how many of `total` were slower than `limit` (seconds): at least and at most, the same at a bucket's bound.

    `buckets` are cumulative and in order, without the last one that holds everything.
    """
    below = [bucket.count for bucket in buckets if _within(bucket.le, limit)]
    above = [bucket.count for bucket in buckets if bucket.le >= limit or isclose(bucket.le, limit, rel_tol=1e-9)]
    return total - (above[0] if above else total), total - (below[-1] if below else 0)


def beyond(buckets: Sequence[Bucket], limit: float) -> bool:
    """Say whether `limit` is at or above the highest bucket, so that nothing tells what was slower."""
    return not buckets or _within(buckets[-1].le, limit)


def estimate(buckets: Sequence[Bucket], total: int, quantile: float) -> float | None:
    """Give the quantile in seconds as a line between two buckets has it: close at best.

    None when there is nothing to tell, or it lies above the highest bucket.
    """
    rank = quantile * total
    start, before = 0.0, 0
    for bucket in buckets:
        if bucket.count >= rank and bucket.count > before:
            return start + (bucket.le - start) * (rank - before) / (bucket.count - before)
        start, before = bucket.le, bucket.count
    return None


def _within(le: float, limit: float) -> bool:
    return le <= limit or isclose(le, limit, rel_tol=1e-9)
