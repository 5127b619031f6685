"""Tries to sign in, spaced: after some that failed, of one user or from one address, each has to wait for the last.

Whoever guesses makes the user wait as well, for half a minute at most; a login link is not kept waiting by that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address

from vedette.api.errors import ApiError

FORGOTTEN = 900.0
"""Seconds without a try after which those before count no more."""

PATIENCE = 5.0
"""Seconds that a try is kept waiting; longer, it is refused."""

_KEYS = 10_000
"""Users and addresses that are remembered; the oldest are forgotten."""


class TooManyAttemptsError(ApiError):
    """Somebody has tried too often."""

    CODE = "TooManyRequestsException"
    STATUS = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(f"There were too many tries to sign in: try again in {seconds} seconds.")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Counted:
    """What tries are counted by."""

    name: str
    free: int
    """So many tries may fail before the next has to wait: a second, then twice as long after each."""
    longest: float
    """Seconds it waits at most."""


@dataclass(slots=True)
class _Tries:
    failed: int = 0
    free_at: float = 0.0
    last: float = 0.0


def of_user(name: str) -> Counted:
    """The tries to be a user, who need not exist."""
    return Counted(f"user {name}", 5, 30.0)


def of_address(address: str) -> Counted:
    """The tries from an address, which a proxy shares among many; of IPv6, from its network."""
    try:
        number = ip_address(address.partition("%")[0])
    except ValueError:
        return Counted("address", 20, 4.0)
    if isinstance(number, IPv6Address):
        address = str(number.ipv4_mapped or IPv6Network((number, 64), strict=False))
    return Counted(f"address {address}", 20, 4.0)


class Attempts:
    """Counts them. Of one thread."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """``monotonic`` gives seconds, and never goes back."""
        self._monotonic = monotonic
        self._tries: dict[str, _Tries] = {}

    def wait(self, counted: Sequence[Counted]) -> float:
        """How many seconds a try must wait, which counts as failed until `succeeded` is told.

        Raises:
            TooManyAttemptsError: longer than anybody is kept waiting; it does not count.
        """
        now = self._monotonic()
        tries = [(one, self._of(one.name, now)) for one in counted]
        wait = max(0.0, *(found.free_at - now for _, found in tries))
        if wait > PATIENCE:
            raise TooManyAttemptsError(int(wait) + 1)
        for one, found in tries:
            found.failed += 1
            beyond = found.failed - one.free
            pause = 0.0 if beyond < 0 else min(2.0 ** min(beyond, 10), one.longest)
            found.free_at, found.last = now + wait + pause, now
            self._keep(one.name, found)
        return wait

    def succeeded(self, counted: Sequence[Counted]) -> None:
        """The last try of these was no failure; of the first, none before it was either."""
        for place, one in enumerate(counted):
            found = self._tries.get(one.name)
            if found is not None and place == 0:
                del self._tries[one.name]
            elif found is not None:
                found.failed -= 1

    def _of(self, name: str, now: float) -> _Tries:
        found = self._tries.get(name)
        return _Tries() if found is None or now - found.last > FORGOTTEN else found

    def _keep(self, name: str, tries: _Tries) -> None:
        self._tries.pop(name, None)
        self._tries[name] = tries
        if len(self._tries) > _KEYS:
            del self._tries[next(iter(self._tries))]
