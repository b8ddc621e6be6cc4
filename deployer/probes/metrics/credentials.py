"""What says who asks for metrics, from variables that the plan names; and all of it that must never be printed."""

import base64
from collections.abc import Mapping

from deployer.errors import UsageError
from deployer.plan.judging import Metrics, Prometheus


def authorization(source: Prometheus, variables: Mapping[str, str]) -> str:
    """Give the value of the header that says who asks, "" for none. UsageError when a variable is not set."""
    if source.bearer_env:
        return f"Bearer {_held(source.bearer_env, variables)}"
    if source.basic_env:
        return f"Basic {_encoded(_held(source.basic_env, variables))}"
    return ""


def secrets(metrics: Metrics | None, variables: Mapping[str, str]) -> tuple[str, ...]:
    """Give everything that metrics are asked with and that must never be printed."""
    if metrics is None:
        return ()
    source = metrics.source
    found = [value for name, value in source.headers if name.lower() != "host"]
    if isinstance(source, Prometheus):
        bearer, basic = (variables.get(name or "", "").strip() for name in (source.bearer_env, source.basic_env))
        found += [bearer, *((basic, basic.partition(":")[2], _encoded(basic)) if basic else ())]
    return tuple(filter(None, found))


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _held(name: str, variables: Mapping[str, str]) -> str:
    text = variables.get(name, "").strip()
    if not text:
        remedy = "set it, or leave the key out of gates.metrics.source"
        raise UsageError(f"the variable {name} is not set, and Prometheus is to be asked with it", remedy=remedy)
    return text
