"""A text that must not be printed: private keys, passphrases, tokens."""

from collections.abc import Mapping

VARIABLES = frozenset(
    {"SOCKDEPLOY_SSH_KEY", "SOCKDEPLOY_SSH_KEY_PASSPHRASE", "INPUT_SSH-KEY", "INPUT_SSH-KEY-PASSPHRASE"}
)
"""Variables of this process that may hold a secret which no other program needs."""


def without_secrets(variables: Mapping[str, str]) -> dict[str, str]:
    """Give the variables for a program that is not ours: all but those secrets."""
    return {name: value for name, value in variables.items() if name not in VARIABLES}


class Secret:
    """Holds a secret text. `str`, `repr` and formatting hide it; only `reveal` gives it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself. Never print, log or store the answer."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(("Secret", self._text))

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def __reduce__(self) -> str | tuple[object, ...]:
        msg = "a Secret is not written to disk or sent to another process"
        raise TypeError(msg)
