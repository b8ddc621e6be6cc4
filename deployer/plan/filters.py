"""The command line's filters: they leave hosts out, and never move one to another wave."""

from collections.abc import Sequence
from dataclasses import replace

from deployer.errors import UsageError
from deployer.plan.model import Host, Plan
from deployer.plan.resolve import nothing_means
from deployer.plan.selector import means
from deployer.plan.wrong import did_you_mean, listed


def select(plan: Plan, hosts: Sequence[str] = (), wave: str | None = None, through: str | None = None) -> Plan:
    """Give the plan with the selected hosts alone.

    `hosts` are names, globs or `label=value`, also several with commas between; `wave` is the one wave wanted,
    `through` the last one. UsageError when one of them means nothing, or when together they leave no host.
    """
    if wave is not None and through is not None:
        raise UsageError(
            "cannot go with --through", where="--wave", remedy="--wave is that wave alone, --through all waves up to it"
        )
    names = _waves(plan, wave, through)
    wanted = _hosts(plan, hosts)
    kept = [
        replace(each, hosts=tuple(host for host in each.hosts if host in wanted))
        for each in plan.waves
        if each.name in names
    ]
    waves = tuple(each for each in kept if each.hosts)
    if not waves:
        raise UsageError(
            "no host is left",
            where=_options(hosts, wave, through),
            remedy="see sockdeploy plan for the hosts of each wave",
        )
    chosen = {host for each in waves for host in each.hosts}
    notes = tuple(f"wave {each.name} is skipped: none of its hosts is selected" for each in kept if not each.hosts)
    return replace(
        plan, hosts=tuple(host for host in plan.hosts if host.name in chosen), waves=waves, notes=plan.notes + notes
    )


def _waves(plan: Plan, wave: str | None, through: str | None) -> tuple[str, ...]:
    for option, name in (("--wave", wave), ("--through", through)):
        if name is not None and name not in plan.wave_names:
            remedy = did_you_mean(name, plan.wave_names) or f"there are: {listed(plan.wave_names)}"
            raise UsageError(f"no wave is called {name!r}", where=option, remedy=remedy)
    if wave is not None:
        return (wave,)
    return plan.wave_names if through is None else plan.wave_names[: plan.wave_names.index(through) + 1]


def _hosts(plan: Plan, selectors: Sequence[str]) -> frozenset[str]:
    patterns = [pattern.strip() for selector in selectors for pattern in selector.split(",") if pattern.strip()]
    if not selectors:
        return frozenset(host.name for host in plan.hosts)
    if not patterns:
        # A script's variable that happens to be empty must not mean the whole fleet.
        found = repr(",".join(selectors))
        raise UsageError(f"expected hosts, found {found}", where="--hosts", remedy="leave it out to select every host")
    return frozenset(name for pattern in patterns for name in _meant(pattern, plan.hosts))


def _meant(pattern: str, hosts: Sequence[Host]) -> list[str]:
    names = [host.name for host in hosts if means(pattern, host)]
    if not names:
        message, remedy = nothing_means(pattern, hosts)
        raise UsageError(message, where="--hosts", remedy=remedy)
    return names


def _options(hosts: Sequence[str], wave: str | None, through: str | None) -> str:
    given = (("--hosts", ",".join(hosts)), ("--wave", wave), ("--through", through))
    return " ".join(f"{option} {value}" for option, value in given if value)
