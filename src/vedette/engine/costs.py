"""What each detector costs: time and the records it was handed. Only kept where somebody asks for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import msgspec


class Cost(msgspec.Struct, array_like=True):
    """Of one detector."""

    time: int = 0
    """Nanoseconds."""
    records: int = 0
    """Records that its selections kept."""


class Costs:
    """Of all detectors, by name."""

    def __init__(self, clock: Callable[[], int] = time.process_time_ns) -> None:
        """``clock`` counts nanoseconds: of this process's CPUs, unless another is given."""
        self.clock = clock
        self._of: dict[str, Cost] = {}

    def add(self, detector: str, since: int) -> None:
        """Time from ``since`` (by the clock) till now."""
        spent = self.clock() - since
        self._of.setdefault(detector, Cost()).time += spent

    def count(self, detector: str, records: int) -> None:
        """So many records were handed to it."""
        self._of.setdefault(detector, Cost()).records += records

    def merge(self, other: Mapping[str, Cost]) -> None:
        """Add what was counted elsewhere."""
        for name, cost in other.items():
            mine = self._of.setdefault(name, Cost())
            mine.time += cost.time
            mine.records += cost.records

    def taken(self) -> dict[str, Cost]:
        """All that was counted since this was last asked."""
        found, self._of = self._of, {}
        return found

    def so_far(self) -> dict[str, Cost]:
        """All that was counted, by name."""
        return {name: Cost(cost.time, cost.records) for name, cost in list(self._of.items())}
