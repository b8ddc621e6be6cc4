"""`${VAR}` and `${VAR:-default}` in a value, expanded once; `$${` stands for a plain `${`."""

import re
from collections.abc import Mapping

from deployer.plan.wrong import WrongError, did_you_mean

_FORM = re.compile(r"\$\$\{|\$\{(?P<inside>[^}]*)(?P<end>\})?")
_INSIDE = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<fallback>:-(?P<default>.*))?", re.DOTALL)


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Put in the variables' values. As in a shell, a default also stands in for an empty variable.

    WrongError when a variable without a default is not set, or when `${` does not begin a variable.
    """
    return _FORM.sub(lambda form: _value(form, variables), text)


def _value(form: re.Match[str], variables: Mapping[str, str]) -> str:
    if form.group() == "$${":
        return "${"
    inside = _INSIDE.fullmatch(form["inside"]) if form["end"] else None
    if inside is None:
        raise WrongError(f"expected ${{NAME}} or ${{NAME:-default}}, got {form.group()!r}", "write $${ for a plain ${")
    name = inside["name"]
    if inside["fallback"]:
        return variables.get(name) or inside["default"]
    if name not in variables:
        hint = did_you_mean(name, variables) or f"set it, or give a default: ${{{name}:-default}}"
        raise WrongError(f"the variable {name} is not set", hint)
    return variables[name]
