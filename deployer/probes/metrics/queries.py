"""Queries of a Prometheus server: what stands for hosts and window in them, what comes back, what it means. Pure."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from deployer.plan.expressions import HOSTS, WINDOW
from deployer.plan.judging import AnyRule, ErrorRule, LatencyRule
from deployer.plan.model import Host
from deployer.probes.metrics import wrong
from deployer.probes.metrics.counting import errors, latency, matched
from deployer.probes.metrics.picking import expressions
from deployer.probes.metrics.series import LE, Labels, Values, labels, shown, without
from deployer.readings import Counted, Unmeasured

_NAME = "__name__"
# In a class of its own each of them stands for itself, without a backslash, which PromQL's strings would eat.
_SPECIAL = {sign: f"[{sign}]" for sign in ".[]"}


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to a query: what is a number in it, and what the server wants to be known."""

    values: Values
    warnings: tuple[str, ...] = ()
    infos: tuple[str, ...] = ()


def hosts_pattern(hosts: Iterable[Host]) -> str:
    """Give a pattern of the hosts' names and addresses, with or without a port."""
    known = dict.fromkeys(each for host in hosts for each in (host.name, _address(host.address)))
    inner = "|".join("".join(_SPECIAL.get(sign, sign) for sign in each) for each in known)
    return f"({inner})(:[0-9]+)?"


def _address(address: str) -> str:
    """An IPv6 address has brackets in a label with a port."""
    return f"[{address}]" if ":" in address else address


def filled(query: str, pattern: str, window: float) -> str:
    """Give a query as it is sent; `window` is in seconds."""
    return query.replace(HOSTS, pattern).replace(WINDOW, f"{max(1, round(window))}s")


def windowed(rule: AnyRule) -> bool:
    """Say whether a rule's queries count over a window themselves; else their series are counters."""
    return any(WINDOW in query for query in queries(rule))


def queries(rule: AnyRule) -> tuple[str, ...]:
    """Give what is asked for a rule."""
    if isinstance(rule, LatencyRule) and WINDOW in rule.histogram:
        return (rule.histogram,)
    return expressions(rule)


def result(body: bytes) -> Result | None:
    """Read a server's answer; None when it is not one. ValueError when it is no vector and no scalar."""
    try:
        answer = json.loads(body)
        data, kind = answer["data"]["result"], answer["data"]["resultType"]
        told = [tuple(str(each) for each in answer.get(key) or ()) for key in ("warnings", "infos")]
        pairs: list[tuple[Labels, str]] = [((), data[1])] if kind == "scalar" else []
        if kind == "vector":
            pairs = [(_labels(each["metric"]), each["value"][1]) for each in data if "value" in each]
        values = {series: float(value) for series, value in pairs}
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return None
    if kind not in {"vector", "scalar"}:
        raise ValueError(kind)
    return Result({series: value for series, value in values.items() if math.isfinite(value)}, told[0], told[1])


def refusal(body: bytes) -> str:
    """Read what a server says of a query that it refuses; "" when it says nothing."""
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return ""


def counted(rule: ErrorRule | LatencyRule, values: Mapping[str, Values]) -> tuple[Counted | Unmeasured, ...]:
    """Count what windowed queries gave, each series for itself; `values` are by query."""
    if isinstance(rule, LatencyRule):
        groups: dict[Labels, dict[Labels, float]] = {}
        for series, value in values[rule.histogram].items():
            groups.setdefault(without(series, LE), {})[series] = value
        return tuple(latency(rule, group, shown(series))[0] for series, group in groups.items()) or (
            Counted(rule.name),
        )
    pairs = matched(values[rule.errors], values[rule.total])
    if pairs is None:
        return (wrong.unmatched(rule.name),)
    return tuple(errors(rule, bad, total, shown(series)) for series, (bad, total) in pairs.items()) or (
        Counted(rule.name),
    )


def _labels(metric: Mapping[str, str]) -> Labels:
    return without(labels(metric), _NAME)
