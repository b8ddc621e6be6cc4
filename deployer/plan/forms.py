"""The plan's form as JSON Schema, for editors; and which keys a section takes, for questions like "did you mean"."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from deployer.plan.report import Path
from deployer.plan.schema import PlanSection

Form = dict[str, Any]
"""A piece of JSON Schema; its values are any JSON."""


def json_schema() -> Form:
    """Give a plan's JSON Schema (draft 2020-12), for completion in editors. `${VAR}` may stand for any value."""
    schema = _without_null(PlanSection.model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "sockdeploy plan"}


def keys_at(path: Path) -> frozenset[str]:
    """Give the keys that the section at `path` takes; none when there is no such section."""
    schema = _schema()
    forms = [schema]
    for part in path:
        forms = [child for form in forms for branch in _branches(form, schema) for child in _children(branch, part)]
    return frozenset(
        key for form in forms for branch in _branches(form, schema) for key in branch.get("properties", ())
    )


@cache
def _schema() -> Form:
    return json_schema()


def _branches(form: Form, schema: Form) -> Iterator[Form]:
    """Give a form's alternatives, references followed."""
    if "$ref" in form:
        yield from _branches(schema["$defs"][form["$ref"].rpartition("/")[2]], schema)
    for alternative in form.get("anyOf", []) + form.get("oneOf", []):
        yield from _branches(alternative, schema)
    yield form


def _children(form: Form, part: str | int) -> Iterator[Form]:
    if isinstance(part, int):
        candidate = form.get("items")
    else:
        candidate = form.get("properties", {}).get(part, form.get("additionalProperties"))
    if isinstance(candidate, dict):
        yield candidate


def _without_null(form: Any) -> Any:
    """Take out what is only Python's: None as the default of what is not set, and as one of the types."""
    if isinstance(form, list):
        return [_without_null(item) for item in form if item != {"type": "null"}]
    if not isinstance(form, dict):
        return form
    kept = {key: _without_null(value) for key, value in form.items() if not (key == "default" and value is None)}
    options = kept.get("anyOf", [])
    if len(options) != 1:
        return kept
    del kept["anyOf"]
    return options[0] | kept
