"""What a dead run left beside the live release, as something to mend. Pure."""

from deployer.findings import Finding
from deployer.host.inspection import Inspection
from deployer.host.wanted import Wanted


def left_beside(inspection: Inspection, _wanted: Wanted) -> Finding | None:
    """A second instance that nobody looks after: while somebody holds the lock it is theirs."""
    if not inspection.asides or inspection.locked:
        return None
    kinds = " and a ".join(aside.kind for aside in inspection.asides)
    serves = any(aside.kind == "bridge" for aside in inspection.asides)
    cost = "; clients may get answers of a release that nobody has judged" if serves else ""
    return Finding(
        "second-left",
        f"a run that did not end has left a {kinds} beside the live release{cost}",
        "\n".join(aside.told for aside in inspection.asides),
        "sockdeploy abort PLAN",
        soft=True,
    )
