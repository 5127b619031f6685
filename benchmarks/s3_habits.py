"""How well unusual use of buckets is told from ordinary use: ``python -m benchmarks.s3_habits SEED …`` writes
docs/s3-habits.md.

What is judged is the detector itself, call by call, in `benchmarks.s3_world`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from benchmarks.s3_world import world
from vedette.detectors.declare import SPAN, Row
from vedette.detectors.known import Known
from vedette.detectors.s3 import unusual_access as detector
from vedette.detectors.signal import Evidence
from vedette.detectors.unusual import AccountHabits, unlikely
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory

PAGE = Path("docs/s3-habits.md")
DAYS, FIRST_ATTACK = 60, 21
THRESHOLDS = (14.0, 18.0, 20.0, 22.0, 24.0, 26.0, 28.0, 32.0, 36.0)
_KNOWN = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=Inventory())


@dataclass
class Judged:
    """A seed's outcome."""

    calls: int = 0
    given: int = 0
    """Of these, calls that the detector was given."""
    cpu: float = 0.0
    """Seconds in the detector: choosing what it is given, and judging it."""
    attacks: dict[str, float] = field(default_factory=dict)
    """The highest sum that each attack reached (nats)."""
    ordinary: dict[tuple[str, int], float] = field(default_factory=dict)
    """(principal, day) of ordinary work → its highest sum."""
    why: dict[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    """The same → what was unusual."""
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

    def false_at(self, recall: float) -> float:
        """False findings in a million calls at the threshold that has this recall."""
        told = sorted(self.attacks.values(), reverse=True)
        return self.false(told[int(recall * len(told)) - 1]) / self.calls * 1e6


def judged(seed: int) -> Judged:
    """Give every call of a company to the detector, as the engine does."""
    found = Judged()
    judge = detector.unusual_access.update
    assert judge is not None
    memory = AccountHabits()
    told: set[tuple[str, ...]] = set()
    likes: dict[tuple[object, ...], tuple[str, ...] | None] = {}
    span = 0
    attackers: set[str] = set()
    for call, attack in world(seed, DAYS, FIRST_ATTACK):
        found.calls += 1
        if attack:
            found.attacks.setdefault(attack, 0.0)
            attackers.add(call.event_id)
        begun = time.process_time()
        if call.time // 1000 // SPAN != span:
            span, told = call.time // 1000 // SPAN, set()
        asked = (id(call.user_identity), call.source_ip, call.user_agent, call.event_name, call.error_code,
                 bytes(call.raw_request))
        if asked not in likes:
            likes[asked] = detector.alike(call, _KNOWN)
        like = likes[asked]
        wanted = like is not None and (like not in told or detector.counted(call))
        found.cpu += time.process_time() - begun
        if not wanted or like is None:
            continue
        told.add(like)
        found.given += 1
        row = Row(call.time, Evidence(call.time, call.event_id, "", "", 0), call)
        begun = time.process_time()
        for _ in judge([row], memory, _KNOWN):
            pass
        found.cpu += time.process_time() - begun
        who, _ = detector.who_uses(call)
        burst = memory.bursts.get(who)
        if not burst or not burst.odd:
            continue
        total = unlikely(memory.habits, who, burst, detector.SCALE)
        if attack:
            found.attacks[attack] = max(total, found.attacks[attack])
        elif not any(one.evidence.record in attackers for one in burst.odd.values()):
            day = (who, memory.habits.day)
            if total > found.ordinary.get(day, 0.0):
                found.ordinary[day], found.why[day] = total, tuple(
                    f"{trait} {one.weighs:.1f}" for trait, one in burst.odd.items())
    found.sizes = [len(msgspec.msgpack.encode(profile)) for profile in memory.habits.profiles.values()]
    return found
