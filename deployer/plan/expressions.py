"""What a rule looks for: selectors of the series that hosts expose, or queries of a Prometheus server."""

import re

from deployer.gates.selector import SelectorError, parse
from deployer.plan.wrong import WrongError

HOSTS, WINDOW = "{{hosts}}", "{{window}}"
"""Stand in a query for a pattern of the hosts' names and addresses, and for the seconds since they were healthy."""

_PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}")
_PART = re.compile(r"(.+)_(?:bucket|count|sum)")


def check_selector(text: str) -> None:
    """See that it is a selector of series. WrongError says what is wrong with it."""
    if _PLACEHOLDER.search(text):
        remedy = f"leave {_PLACEHOLDER.findall(text)[0]} out: each host's own series are read"
        raise WrongError(f"expected a selector without placeholders, got {text!r}", remedy)
    _parse(text, 'write a metric\'s name and matchers: http_requests_total{code=~"5.."}')


def check_query(text: str, *, counts: bool) -> None:
    """See that a query has known placeholders alone; one that `counts` without a window must be a plain selector."""
    unknown = [each for each in _PLACEHOLDER.findall(text) if each not in {HOSTS, WINDOW}]
    if unknown:
        raise WrongError(f"expected {HOSTS} and {WINDOW} alone, got {unknown[0]}")
    if counts and WINDOW not in text:
        remedy = f"write a metric's name and matchers, or a query that counts over [{WINDOW}]"
        _parse(text.replace(HOSTS, "hosts"), remedy)


def check_histogram(text: str) -> None:
    """See that a selector names a histogram, and not one of the series that it is made of."""
    part = _PART.fullmatch(parse(text.replace(HOSTS, "hosts")).name)
    if part:
        raise WrongError(f"expected the histogram's own name, got {part[0]!r}", f"write {part[1]}")


def _parse(text: str, remedy: str) -> None:
    try:
        parse(text)
    except SelectorError as error:
        raise WrongError(f"no selector, at character {error.column} of {text!r}: {error.message}", remedy) from None
