"""What summary.json keeps, as values again."""

from collections.abc import Mapping
from typing import Any

from deployer.gates.verdict import Verdict
from deployer.plan.judging import Policy
from deployer.readings import Unmeasured
from deployer.rulings import Ruling


def revived(kept: Mapping[str, Any]) -> Ruling:
    """Make a ruling of what the report keeps of it."""
    changed = {
        "verdict": Verdict(kept["verdict"]),
        "policy": Policy(kept["policy"]) if kept["policy"] else None,
        "values": tuple(float(value) for value in kept["values"]),
        "unmeasured": tuple(Unmeasured(**each) for each in kept["unmeasured"]),
        "warnings": tuple(kept["warnings"]),
    }
    return Ruling(**{**kept, **changed})
