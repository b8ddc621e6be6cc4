"""The unit gate, on in every rollout: the service that was started still runs, behind the same listener."""

from dataclasses import dataclass

from deployer.facts import UnitLook
from deployer.gates.lost import EXCHANGED, which_lost
from deployer.gates.verdict import Judgement, Verdict


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the unit must keep: the invocation of its start, the listener's inode ("" when there is no socket).

    A look at another invocation is too early to count when it was taken before `started`, the host's clock when that
    start was seen, or shows `before`, the invocation that was replaced ("" for none). `folder` is the release's folder
    on the host; `prove` demands that the main process runs in it. `restarts` is what systemd had counted at that start.
    `addresses` are where it listens, in the order of the inodes.
    """

    invocation: str
    started: float
    inode: str
    folder: str
    prove: bool
    before: str = ""
    restarts: int = 0
    addresses: tuple[str, ...] = ()


def judge(look: UnitLook | None, baseline: Baseline, max_restarts: int) -> Judgement:
    """Judge the last look at a unit."""
    if look is None or _too_early(look, baseline):
        return Judgement("unit", Verdict.INCONCLUSIVE, "not-seen", "the unit was not seen since its start")
    evidence = describe(look)
    for wrong, code, message in _complaints(look, baseline, max_restarts):
        if wrong:
            return Judgement("unit", Verdict.FAIL, code, message, evidence)
    if not look.running:
        return Judgement("unit", Verdict.INCONCLUSIVE, "starting", f"the unit is {look.active} ({look.sub})", evidence)
    if baseline.prove and not _runs_in(look, baseline.folder):
        message = f"the main process does not run in {baseline.folder} (cwd {look.cwd or '?'}, exe {look.exe or '?'})"
        return Judgement("unit", Verdict.INCONCLUSIVE, "release-not-proven", message, evidence)
    return Judgement("unit", Verdict.PASS, "running", f"running as process {look.pid}", evidence)


def _too_early(look: UnitLook, baseline: Baseline) -> bool:
    early = look.clock <= baseline.started or (baseline.before != "" and look.invocation == baseline.before)
    return look.invocation != baseline.invocation and early


def _complaints(look: UnitLook, baseline: Baseline, max_restarts: int) -> tuple[tuple[bool, str, str], ...]:
    lost = baseline.inode != "" and not look.held
    swapped = baseline.inode not in {"", look.inode}
    which = which_lost(baseline.inode, look.inode, baseline.addresses)
    restarts = look.restarts - baseline.restarts
    restarted = look.invocation not in {baseline.invocation, ""} and max_restarts == 0
    return (
        (lost, "listener-lost", f"systemd no longer holds the listener{which}: connections may be refused"),
        (
            swapped,
            "listener-changed",
            f"the listener{which} is another one (inode {baseline.inode} before, {look.inode} now): {EXCHANGED}",
        ),
        (look.active == "failed", "unit-failed", f"the unit failed (Result={look.result})"),
        (restarts > max_restarts, "unit-restarted", f"the unit restarted {restarts} times by itself"),
        (restarted, "unit-restarted", "the unit was started again since its activation"),
        (look.active in {"inactive", "deactivating"}, "unit-stopped", "the unit stopped"),
    )


def _runs_in(look: UnitLook, folder: str) -> bool:
    return any(path == folder or path.startswith(folder + "/") for path in (look.cwd, look.exe))


def describe(look: UnitLook) -> tuple[str, ...]:
    """Say in lines what the look saw."""
    unit = f"unit: {look.active} ({look.sub}), Result={look.result}, MainPID={look.pid}, NRestarts={look.restarts}"
    listener = f"listener: inode {look.inode or 'none'}, {'held' if look.held else 'not held'} by systemd"
    return (unit, listener) if look.inode or look.socket_active else (unit,)
