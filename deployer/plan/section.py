"""What every mapping of the plan is made of: the section, its defaults, and keys that take more than one form."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, model_validator
from pydantic.config import JsonDict

FREE_KEYS: JsonDict = {"patternProperties": {"^x-": {}}}
"""What the JSON Schema of every mapping says of keys that are free for anchors."""


def default(
    value: str | list[str] | dict[str, str], description: str, alias: str | None = None, min_length: int | None = None
) -> Any:
    """Say what a key is when it is left out, as the user would write it: editors show it, and it is read like any."""
    return Field(value, alias=alias, description=description, min_length=min_length)


def shape(expected: str, kind: Callable[[object], str]) -> Discriminator:
    """Choose among the forms of one key. Tags stand in angle brackets, to be told from the user's own keys."""
    return Discriminator(kind, custom_error_type="shape", custom_error_message=expected)


def kind_of(value: object) -> str:
    """Name the form of a value that may be a text, a list or a mapping."""
    return "<text>" if isinstance(value, str) else "<list>" if isinstance(value, list) else "<mapping>"


def mapping_or_word(value: object) -> str:
    """Name the form of a value that may be a mapping or a word."""
    return "<text>" if isinstance(value, str | bool) else "<mapping>"


class Section(BaseModel):
    """A mapping of the plan: unknown keys are errors, `x-` keys are not looked at."""

    # `defer_build`: the whole plan's form is made at once, when it is needed, and not each section's for itself.
    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, json_schema_extra=FREE_KEYS, defer_build=True
    )

    @model_validator(mode="before")
    @classmethod
    def _free(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in data.items() if not str(key).startswith("x-")}
