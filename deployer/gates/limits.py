"""Up to where a ruling's numbers are fine: by its own limit, or by the control's numbers."""

from deployer.rulings import Ruling

_SLACK = 1 + 1e-12
"""A share that is exactly the limit is within it, whatever rounding makes of it."""


def most(ruling: Ruling) -> float:
    """Give how many of the wave's requests may be bad to pass, not rounded: by its own limit, or like the control."""
    own = ruling.limit or 0.0
    return ruling.total * (max(own, _beside(ruling, ruling.control_bad)) if ruling.compared else own) * _SLACK


def surely(ruling: Ruling) -> float:
    """Give how many may be bad before it can fail, not rounded; beside the control its own limit does not count."""
    share = _beside(ruling, ruling.control_bad_most) if ruling.compared else ruling.limit or 0.0
    return ruling.total * share * _SLACK


def _beside(ruling: Ruling, control_bad: int) -> float:
    return max((ruling.max_ratio or 0.0) * control_bad / ruling.control_total, ruling.floor or 0.0)


def bound(ruling: Ruling) -> float | None:
    """Give the highest value of a gauge that is fine, None when there is neither a limit nor a control."""
    if not ruling.compared:
        return ruling.limit
    return max((ruling.max_ratio or 0.0) * (ruling.control_value or 0.0), ruling.floor or 0.0)
