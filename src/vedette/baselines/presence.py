"""Which hosts of a neighbourhood have been there, on which days: whether there is enough of a history to judge by."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from zlib import crc32

import msgspec

DAY_MS = 86_400_000

REMEMBERED = 60
"""Days looked back, and days after which a host that was not seen is forgotten: two of what happens monthly."""
LEARNING = 14
"""Days since a host was first seen before anything is said of it: as long as GuardDuty learns at most."""
LEARNING_MS = LEARNING * DAY_MS
SEEN_ON = 7
"""Days on which it must have been seen: what runs one day a week has shown too little."""
HOSTS = 256
"""Hosts remembered of a neighbourhood: all that fit into a /24. Of those that come and go the least seen make room."""

_BITS = (1 << REMEMBERED) - 1


class Days(msgspec.Struct, array_like=True):
    """Days of the last `REMEMBERED`, as bits: the lowest is ``last``, the next the day before."""

    last: int = 0
    bits: int = 0

    def add(self, day: int) -> None:
        """The day is one of them."""
        if day > self.last:
            self.bits = (self.bits << min(day - self.last, REMEMBERED)) & _BITS
            self.last = day
        self.bits |= (1 << (self.last - day)) & _BITS

    def before(self, day: int, within: int = REMEMBERED) -> int:
        """How many of the ``within`` days before ``day`` (which does not count itself) are among them."""
        ahead = self.last - day
        bits = self.bits >> (ahead + 1) if ahead >= 0 else self.bits << (-ahead - 1)
        return (bits & ((1 << within) - 1)).bit_count()

    def merged(self, other: Days) -> Days:
        """The days of both."""
        early, late = sorted((self, other), key=lambda one: one.last)
        return Days(late.last, late.bits | (early.bits << min(late.last - early.last, REMEMBERED)) & _BITS)


class Host(msgspec.Struct, array_like=True):
    """One host's days."""

    first: int
    """The day on which it was first seen."""
    seen: Days
    news: Days
    """On which it did something that it had not done before."""
    begun: int = 0
    """How many such things it did on the last of these days."""

    def began(self, day: int) -> int:
        """It did something new on that day: so many were there before on the last such day."""
        if day > self.news.last or not self.news.bits:
            self.begun = 0
        self.news.add(day)
        self.begun += 1
        return self.begun - 1

    def merged(self, other: Host) -> Host:
        """What is known from both."""
        begun = max((one.news.last, one.begun) for one in (self, other))[1]
        return Host(min(self.first, other.first), self.seen.merged(other.seen), self.news.merged(other.news), begun)


def day_of(time: int) -> int:
    """The number of the day (UTC) of a time in milliseconds."""
    return time // DAY_MS


def host_number(name: str) -> int:
    """A host's name in four bytes."""
    return crc32(name.encode())


def saw(hosts: MutableMapping[int, Host], number: int, day: int) -> Host:
    """The host was there on that day. One that is new, or was away for too long, begins."""
    host = hosts.get(number)
    if host is not None and day <= host.seen.last + REMEMBERED:
        host.first = min(host.first, day)
        host.seen.add(day)
        return host
    if host is None and len(hosts) >= HOSTS:
        # Many at once, since finding out which costs as much as for one.
        least = sorted(hosts, key=lambda one: (hosts[one].seen.bits.bit_count(), hosts[one].seen.last, one))
        for one in least[:HOSTS // 8]:
            del hosts[one]
    hosts[number] = host = Host(day, Days(day, 1), Days(day, 0))
    return host


def is_settled(host: Host, day: int) -> bool:
    """What the host did before that day is history enough to judge it by."""
    return host.first <= day - LEARNING and host.seen.before(day) >= SEEN_ON


def still_there(hosts: Mapping[int, Host], day: int) -> dict[int, Host]:
    """The hosts that are not to be forgotten on that day."""
    return {number: host for number, host in hosts.items() if day <= host.seen.last + REMEMBERED}


def together(some: Mapping[int, Host], others: Mapping[int, Host]) -> dict[int, Host]:
    """The hosts of both; of too many, those that were seen most."""
    both = dict(some)
    for number, host in others.items():
        both[number] = both[number].merged(host) if number in both else host
    kept = sorted(both, key=lambda one: (both[one].seen.bits.bit_count(), both[one].seen.last, one))[-HOSTS:]
    return {number: both[number] for number in sorted(kept)}
