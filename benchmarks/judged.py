"""What a detector of the unusual comes to in a made-up company: the attacks it finds, and what ordinary work costs."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

DAYS, FIRST_ATTACK = 60, 21


@dataclass
class Judged:
    """A seed's outcome."""

    calls: int = 0
    given: int = 0
    """Of these, calls that the detector was given."""
    attacks: dict[str, float] = field(default_factory=dict)
    """The highest sum that each attack reached (nats)."""
    ordinary: dict[tuple[str, int], float] = field(default_factory=dict)
    """(principal, day) of ordinary work → its highest sum."""
    sizes: list[int] = field(default_factory=list)
    """Bytes that are kept of each principal."""

    @property
    def days(self) -> int:
        """On which there was something to find."""
        return DAYS - FIRST_ATTACK

    def recall(self, threshold: float) -> float:
        """The share of attacks that came to so much."""
        return sum(one >= threshold for one in self.attacks.values()) / len(self.attacks)

    def false(self, threshold: float) -> int:
        """How many principal-days of ordinary work came to so much."""
        return sum(one >= threshold for one in self.ordinary.values())

    def at_budget(self, alerts_a_day: int) -> float:
        """The least threshold at which ordinary work gives no more than so many alerts a day."""
        told = sorted(self.ordinary.values(), reverse=True)
        number = alerts_a_day * self.days
        return math.nextafter(told[number], math.inf) if len(told) > number else 0.0

    def false_at(self, recall: float) -> float:
        """False findings in a million calls at the threshold that has this recall."""
        told = sorted(self.attacks.values(), reverse=True)
        return self.false(told[int(recall * len(told)) - 1]) / self.calls * 1e6


def spread(values: Sequence[float]) -> str:
    """``median (least–most)``"""
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"
