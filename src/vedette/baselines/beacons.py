"""How evenly a host comes back to a remote one: as a program does that waits and calls home, or as people and work do.

RITA's score (version 5) without its quarter for sizes: flow rows add up what several connections sent, and of the rows
of half a minute one is enough here. Three equal parts remain: *timing* (is the median interval in the middle of the
quartiles, by Bowley's skew, and are the others near it, by the median absolute deviation), *steadiness* (is there as
much in each part of the time), and *duration*. *When it fails:* a job, an agent or an application that asks a service
regularly is a beacon by every measure; what waits for exponentially distributed times is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean, median, pstdev, quantiles

import msgspec

SLOT = 30
"""Seconds within which a host has one contact: pages load from many connections at once."""
REMEMBERED = 48 * 3600
"""Seconds looked back: two rounds of what ordinary days do."""
KEPT = 1_440
"""Contacts remembered: a day of one a minute."""
LEAST = 30
"""Contacts that a judgement takes: quartiles of fewer say little."""
SHORTEST = 45
"""Seconds of a median interval: who comes back faster is simply there."""
WHOLE = 86_400
"""Seconds after which the duration says all it can."""
PARTS = 24
"""Parts of the time whose contacts are counted, at most; each must be long enough for two intervals."""


class Rhythm(msgspec.Struct, frozen=True):
    """What is told of a series of contacts."""

    score: float
    """From 0 to 1."""
    interval: int
    """The median, in seconds."""
    contacts: int
    span: int
    """Seconds from the first to the last."""


class Contacts(msgspec.Struct, array_like=True):
    """When one host began to talk to one remote host."""

    slot: int = -1
    """The last slot of which something was seen."""
    port: int = -1
    """The host's port in that slot: a connection that is still open shows again and again, and is no new contact."""
    times: list[int] = []
    """Seconds since the epoch, in order."""

    def add(self, time: int, port: int) -> bool:
        """A row of a connection that began here. True if it is a contact; others of the same half minute are none.

        ``port``: the host's; -1 where the row itself says that the connection is new. Rows come in the order of time,
        and only the first of a slot counts: so any that are left out, but the first, do not matter.
        """
        slot = time // SLOT
        if slot <= self.slot:
            return False
        open_still = 0 <= port == self.port
        self.slot, self.port = slot, port
        if open_still:
            return False
        self.times = [one for one in self.times if one > time - REMEMBERED][-KEPT + 1:]
        self.times.append(time)
        return True

    def merge(self, other: Contacts) -> Contacts:
        """What both saw: of each slot the first."""
        first: dict[int, int] = {}
        for time in sorted((*self.times, *other.times), reverse=True):
            first[time // SLOT] = time
        times = sorted(first.values())
        kept = [one for one in times if one > times[-1] - REMEMBERED][-KEPT:] if times else []
        slot, port = max((self.slot, self.port), (other.slot, other.port))
        return Contacts(slot, port, kept)


def rhythm(times: Sequence[int]) -> Rhythm | None:
    """The rhythm of contacts, which are in order; None where there are too few, or too dense."""
    if len(times) < LEAST:
        return None
    intervals = sorted(after - before for before, after in pairwise(times))
    low, middle, high = quantiles(intervals, n=4, method="inclusive")
    if middle < SHORTEST:
        return None
    skew = (low + high - 2 * middle) / (high - low) if low < middle < high else 0.0
    near = max(0.0, 1 - median(abs(one - middle) for one in intervals) / middle)
    span = times[-1] - times[0]
    score = ((1 - abs(skew) + near) / 2 + _steadiness(times, middle) + min(1.0, span / WHOLE)) / 3
    return Rhythm(score, round(middle), len(times), span)


def _steadiness(times: Sequence[int], interval: float) -> float:
    """One less the coefficient of variation of the contacts in equal parts of the time."""
    span = times[-1] - times[0] + 1
    parts = max(2, min(PARTS, int(span / (2 * interval))))
    counts = [0] * parts
    for one in times:
        counts[(one - times[0]) * parts // span] += 1
    return max(0.0, 1 - pstdev(counts) / fmean(counts))
