"""What speaks for a thief whatever it is that he does, and what against: the models of calls and of buckets share it.

A term is what a thing adds to the logarithm of the odds that it is a thief rather than the principal at work ("nats").
So terms add up, and a finding can show each. A model has terms of its own besides. The weights were fitted
to calls of companies that are made up, and rounded: see docs/habits.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.baselines.habits import Habits
from vedette.detectors.unusual import SPREE, Burst

NEWS = {"network": 0.3, "program": 0.35, "time": 0.3}
"""By kind, what a nat counts of how seldom somebody does anything new."""
ELSEWHERE, FARTHEST = 0.25, 3.0
"""What a nat counts of how seldom a new network is used; and the most that these come to."""
OTHER_HANDS = 1.5
"""Nats: both the network and the program are new."""
KNOWN, KNOWN_DAYS = 4.0, 14
"""Nats if somebody was active on so many days, and less for fewer: of a newcomer it is no news that he does what is
new."""


def caller_weighed(
    habits: Habits, who: str, burst: Burst, news: Mapping[str, float], days: float,
) -> dict[str, float]:
    """What speaks for a thief, and what against (nats), by what it is.

    Args:
        news: what a nat counts of how seldom somebody does anything new, of the model's own kinds.
        days: on how many he was active.
    """
    kinds = burst.kinds()
    networks = sum(one.weighs for trait, one in burst.odd.items() if trait.startswith("network:"))
    return {f"new {kind}": share * habits.novelty(who, kind, min(kinds[kind], SPREE))
            for kind, share in {**news, **NEWS}.items()} | {
        "networks": min(FARTHEST, networks),
        "network and program": OTHER_HANDS if kinds["network"] and kinds["program"] else 0.0,
        "known for long": KNOWN * min(days / KNOWN_DAYS, 1.0),
    }
