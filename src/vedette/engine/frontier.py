"""How far time has surely come when several sources feed one state, none of which ever ends.

The watermark of a commit is the least of all sources' frontiers, less the lateness bound. A source's frontier is

- nothing (`EARLIEST`: nobody settles anything) until it has caught up for the first time, since what it has is unknown;
- while it works on a backlog that it knows (a listing), the earliest moment that an object not yet committed can hold;
- while there is a backlog that it does not know (a queue hands messages out in any order), the earliest moment met
  among the last thousand objects, once there are so many;
- when it has caught up, the time that its records have come to: that which several of its last objects ended at,
  since one record dated 9999 must not make all others late, and never beyond the clock;
- nothing to wait for (`LATEST`) when it has had nothing, or could not be asked, for longer than the lateness bound. So
  a quiet source holds the others for that long at most, and one that is away does not fill the memory of the rest.

Time is that of the records, not the clock: old logs that are dropped into a watched folder are judged as they were
written. So the watermark may go back. Memory that was settled stays settled; what comes with an older time to a key
whose memory has moved on is judged late. Findings are thus the same in whatever order objects come within the lateness
bound, and after an outage of any length of all sources or of one that shares no key with others. What is not exact:
keys fed by several sources of which one comes back after more than the bound.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from copy import deepcopy

from vedette.engine.mapping import ObjectRead
from vedette.engine.pipeline import WITNESSES
from vedette.engine.plan import EARLIEST, LATENESS, LATEST

_LAST = 64
"""Objects among whose ends the time is looked for that the records have come to."""

_MET = 1_000
"""Objects after which the earliest of an unknown backlog is taken to have been met."""


class Frontier:
    """One source's."""

    def __init__(self) -> None:
        self._ends: deque[int] = deque(maxlen=_LAST)
        self._starts: deque[int] = deque(maxlen=_MET)
        self._following = EARLIEST
        """The earliest moment that a known object, not yet committed, can hold."""
        self._caught_up = False
        self._since: float | None = None
        """When it last had something, or was first asked: seconds on a clock that only grows."""

    def begin(self, earliest: int, caught_up: bool, now: float) -> None:
        """Objects are worked on that can hold ``earliest``; ``caught_up``: nothing older waits behind them."""
        self._following, self._caught_up, self._since = earliest, caught_up, now

    def committed(self, reads: Iterable[ObjectRead], following: int, clock: int, now: float) -> None:
        """``reads`` are in the database, and the next objects can hold ``following``; ``clock`` is the time in ms."""
        for read in reads:
            if read.last_time is not None and read.first_time is not None:
                self._ends.append(min(read.last_time, clock))
                self._starts.append(read.first_time)
        self._following, self._since = following, now

    def rest(self, caught_up: bool) -> None:
        """All that was handed out is committed; ``caught_up``: and nothing older waits."""
        self._following, self._caught_up = LATEST, caught_up
        if caught_up:
            self._starts.clear()

    def at(self, now: float) -> int:
        """How far this source has come (ms), at ``now`` (s)."""
        if self._since is None:
            self._since = now
        if (now - self._since) * 1000 > LATENESS:
            return LATEST
        met = min(self._starts) if len(self._starts) == _MET else EARLIEST
        return min(self._following, LATEST if self._caught_up else met, self._reached())

    def _reached(self) -> int:
        return sorted(self._ends)[-WITNESSES] if len(self._ends) >= WITNESSES else EARLIEST


class Frontiers:
    """All sources' together. Threads may share it."""

    def __init__(self, names: Iterable[str], monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._of = {name: Frontier() for name in names}

    def begin(self, name: str, earliest: int, caught_up: bool) -> None:
        """As `Frontier.begin`."""
        with self._lock:
            self._of[name].begin(earliest, caught_up, self._monotonic())

    def committed(self, name: str, reads: Iterable[ObjectRead], following: int, clock: int) -> None:
        """As `Frontier.committed`."""
        with self._lock:
            self._of[name].committed(reads, following, clock, self._monotonic())

    def rest(self, name: str, caught_up: bool) -> None:
        """As `Frontier.rest`."""
        with self._lock:
            self._of[name].rest(caught_up)

    def watermark(self, name: str, reads: Iterable[ObjectRead], following: int, clock: int) -> int:
        """No record before this (ms) is still to come, once these ``reads`` of a source are committed as well."""
        with self._lock:
            now = self._monotonic()
            own = deepcopy(self._of[name])
            own.committed(reads, following, clock, now)
            others = (one.at(now) for other, one in self._of.items() if other != name)
            return min(own.at(now), *others, LATEST) - LATENESS
