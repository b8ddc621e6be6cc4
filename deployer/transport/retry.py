"""When a connection is tried again: where the network failed, with full jitter; never after a refused login."""

from collections.abc import Callable
from typing import TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_random_exponential

from deployer.clock import Clock
from deployer.transport.base import TransportError, TransportFailure

ATTEMPTS = 4
"""The first attempt and three more."""

FIRST_PAUSE = 0.5
"""Upper bound of the first pause in seconds; it doubles, and each pause is drawn evenly between 0 and the bound."""

LONGEST_PAUSE = 8.0
"""No pause is longer, in seconds."""

PATIENCE = 60.0
"""No further attempt is begun after so many seconds."""

_T = TypeVar("_T")


def with_retries(attempt: Callable[[], _T], clock: Clock) -> _T:
    """Call `attempt` until it succeeds. Raises its last TransportError; a stopped clock ends it at once."""

    def pause(seconds: float) -> None:
        if clock.sleep(seconds):
            raise TransportError(TransportFailure.UNREACHABLE, "connecting was cancelled")

    return Retrying(
        retry=retry_if_exception(_network_failed),
        wait=wait_random_exponential(multiplier=FIRST_PAUSE, max=LONGEST_PAUSE),
        stop=stop_after_attempt(ATTEMPTS) | stop_after_delay(PATIENCE),
        sleep=pause,
        reraise=True,
    )(attempt)


def _network_failed(error: BaseException) -> bool:
    return isinstance(error, TransportError) and error.failure is TransportFailure.UNREACHABLE
