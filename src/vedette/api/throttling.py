"""How much one access key may ask of the server, so that others are answered too."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from vedette.api.errors import ApiError, BadRequest
from vedette.findings.database import patience

BURST = 10
"""Seconds' worth of requests that a key which has been quiet may send at once."""

_KEYS = 10_000
"""Keys counted at once; beyond, those that have been quiet are forgotten, who lose nothing by it."""


class TooManyRequestsError(ApiError):
    """The key has asked too often. AWS's clients wait and try again, by the code and by the status."""

    CODE = "TooManyRequestsException"
    STATUS = 429


@dataclass(frozen=True, slots=True)
class Limits:
    """Of every key."""

    requests_per_second: int = 1_000
    """0: any number."""
    read_seconds: int = 30
    """How long the database may work on a request that changes nothing. 0: any time."""


class Throttle:
    """Counts the requests of each key. Used by one thread."""

    def __init__(self, limits: Limits, monotonic: Callable[[], float] = time.monotonic) -> None:
        """``monotonic`` gives seconds, and never goes back."""
        self._rate = limits.requests_per_second
        self._monotonic = monotonic
        self._left: dict[str, tuple[float, float]] = {}
        """By key: how many requests it could send, and when that was so."""

    def spend(self, key: str) -> None:
        """Count a request of the key.

        Raises:
            TooManyRequestsError: it has sent too many.
        """
        if not self._rate:
            return
        now, most = self._monotonic(), float(self._rate * BURST)
        left, then = self._left.get(key, (most, now))
        left = min(most, left + (now - then) * self._rate)
        if left < 1:
            raise TooManyRequestsError(
                f"The request is rejected because the access key has sent more than {self._rate} requests a second.")
        self._left[key] = left - 1, now
        if len(self._left) > _KEYS:
            self._left = {one: (held, at) for one, (held, at) in self._left.items()
                          if held + (now - at) * self._rate < most}


@contextmanager
def in_time(seconds: int) -> Iterator[None]:
    """What this thread asks the database in the block is broken off after so many seconds; 0: never.

    Raises:
        BadRequest: it was. AWS's clients do not send that again, as they would after a server's fault.
    """
    if not seconds:
        yield
        return
    with patience(seconds) as deadline:
        try:
            yield
        except DBAPIError as error:
            if not deadline.passed():
                raise
            raise BadRequest(f"The request is rejected because answering it took longer than {seconds} seconds: ask "
                             "for less, by conditions that fewer findings meet.") from error
