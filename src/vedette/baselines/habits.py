"""Rarity with back-off: how surprising it is that somebody does a thing, from what he, his peers and all do.

What somebody shows on a day is a set of **traits**, each of a kind: an API, a network, a program, a Region. Counted are
*principal-days*: how often something is done on one day says little, on how many days says much. Counts fade with a
half-life, so that what was normal last year is not for ever. Three levels are counted: the principal, its peers, all;
or four, where the peers are a small group within a larger one (`WITHIN`).

Two questions are asked of a trait that is new to somebody (`Habits.novelty`, `Habits.choice`). Does he show anything
new at all? A machine with a role of its own never does, an administrator does daily. And why this? What his peers do
every day is a likely thing to begin with; what nobody in the account ever did is not. Both answers are logarithms of
probabilities ("nats"), so they add up.

A day is judged by the days before it, and learned when it is over: nothing becomes normal while it happens.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Self

import msgspec

HALF_LIFE = 30.0
"""Days in which a count fades to half."""
_LEFT = [math.pow(0.5, days / HALF_LIFE) for days in range(400)]
"""What is left of a count after so many days."""
PRIOR_DAYS = 2.0
"""A level with less history than this is believed less than the one above it."""
FORGOTTEN = 0.05
"""A faded count that counts no more: after a single day, 130 days later."""
GONE_DAYS = 120
"""Days after which somebody who has not been seen is forgotten."""
TRAITS = 300
"""Remembered of a principal: an administrator shows some hundred, a scanner that asks every API there is no more."""
ALL_TRAITS = 20_000
"""Remembered of peers, and of all: AWS has some 18,000 APIs, and few accounts use 1,000."""
PRINCIPALS = 5_000
"""Remembered: those seen last."""
SETTLING = 7
"""Active days in which all that somebody does is new: they say nothing of how often he does new things later."""

WITHIN = " / "
"""Stands between the name of a group and that of one within it: ``IAMUser / payments``. What the small group
does is likelier than the larger one says. That a few colleagues never do a thing, or anything new, says nothing."""

FRESH_DAYS = {"api": 0.2, "denied": 0.1, "network": 0.08, "program": 0.05, "region": 0.03, "time": 0.1, "bucket": 0.08,
              "model": 0.05, "volume": 0.08, "country": 0.02, "mfa": 0.01,
              "request": 0.1, "namespace": 0.08, "image": 0.1, "right": 0.05, "user": 0.03}
"""By kind: the share of days on which somebody of whom nothing is known does something new. Prior, soon outweighed."""
UNKNOWN = {"api": 1e-3, "denied": 1e-3, "network": 1e-3, "program": 3e-3, "region": 1e-2, "time": 0.1, "bucket": 2e-3,
           "model": 1e-2, "volume": 2e-3, "country": 1e-2, "mfa": 0.3,
           "request": 3e-3, "namespace": 1e-2, "image": 5e-3, "right": 3e-3, "user": 1e-2}
"""By kind: how likely a single trait is that nobody has ever shown. There are thousands of APIs and networks."""
RUN = 4.0
"""How many new things of a kind somebody does on average on a day on which he does any: they come in runs."""
SURPRISE = 12.0
"""The most that one trait can say (nats): about 1 in 160,000."""


class Count(msgspec.Struct, array_like=True):
    """Days that count, faded."""

    weight: float = 0.0
    day: int = 0

    def at(self, day: int) -> float:
        """The count on a day, not before the last one that was counted."""
        days = day - self.day
        if days <= 0:
            return self.weight
        return self.weight * (_LEFT[days] if days < len(_LEFT) else math.pow(0.5, days / HALF_LIFE))

    def add(self, day: int, number: float = 1.0) -> None:
        """Count on a day."""
        self.weight, self.day = self.at(day) + number, max(day, self.day)

    def joined(self, other: Count) -> Count:
        """Both."""
        day = max(self.day, other.day)
        return Count(self.at(day) + other.at(day), day)

    def without(self, other: Count, day: int) -> Count:
        """What is left on a day of a count in which the other is."""
        return Count(max(0.0, self.at(day) - other.at(day)), max(day, self.day))


class Level(msgspec.Struct, array_like=True):
    """What a principal does, or several: ``traits`` are ``kind:value``."""

    days: Count = msgspec.field(default_factory=Count)
    """Principal-days."""
    settled: Count = msgspec.field(default_factory=Count)
    """Those of principals that are no longer settling in."""
    traits: dict[str, Count] = msgspec.field(default_factory=dict)
    fresh: dict[str, Count] = msgspec.field(default_factory=dict)
    """By kind: on how many of the settled days something new to the principal was shown."""

    def share(self, trait: str, day: int, prior: float) -> float:
        """On what share of the days the trait is shown; ``prior`` is the answer of one level up."""
        count = self.traits.get(trait)
        return ((count.at(day) if count else 0.0) + PRIOR_DAYS * prior) / (self.days.at(day) + PRIOR_DAYS)

    def fresh_share(self, kind: str, day: int, prior: float) -> float:
        """On what share of the days something new of the kind is shown."""
        count = self.fresh.get(kind)
        return ((count.at(day) if count else 0.0) + PRIOR_DAYS * prior) / (self.settled.at(day) + PRIOR_DAYS)

    def learn(self, day: int, traits: Iterable[str], fresh: Iterable[str], *, settled: bool) -> None:
        """A principal-day: what was shown, and the kinds of which something was new."""
        self.days.add(day)
        for trait in traits:
            self.traits.setdefault(trait, Count()).add(day)
        if settled:
            self.settled.add(day)
            for kind in fresh:
                self.fresh.setdefault(kind, Count()).add(day)

    def prune(self, day: int, most: int) -> None:
        """Forget what has faded, and what is shown least beyond so many traits."""
        self.traits = {trait: count for trait, count in self.traits.items() if count.at(day) >= FORGOTTEN}
        if len(self.traits) > most:
            kept = sorted(self.traits, key=lambda trait: (self.traits[trait].at(day), trait))[-most:]
            self.traits = {trait: self.traits[trait] for trait in sorted(kept)}

    def joined(self, other: Level) -> Level:
        """Both."""
        return Level(self.days.joined(other.days), self.settled.joined(other.settled),
                     _joined(self.traits, other.traits), _joined(self.fresh, other.fresh))

    def without(self, other: Level, day: int) -> Level:
        """What is left on a day of several principals, of whom the other is one. Counts fade alike, so it is exact."""
        left = Level(self.days.without(other.days, day), self.settled.without(other.settled, day),
                     _without(self.traits, other.traits, day), _without(self.fresh, other.fresh, day))
        left.prune(day, ALL_TRAITS)
        return left


class Profile(msgspec.Struct, array_like=True):
    """One principal."""

    peers: str
    """Whose ways its own are compared with: the name of a group."""
    first: int
    """Its first day."""
    last: int
    """Its last."""
    own: Level = msgspec.field(default_factory=Level)
    active: int = 0
    """Days that it was seen, not faded."""
    today: dict[str, int] = msgspec.field(default_factory=dict)
    """What it shows on its last day → when first (ms). Learned when the day is over."""


class Rarity(msgspec.Struct, frozen=True):
    """How often a trait was seen: faded days, and of how many."""

    own: float
    own_days: float
    peers: float
    peer_days: float
    all: float
    all_days: float


class Habits(msgspec.Struct):
    """What is normal in one account."""

    first: int = 0
    """The first day of which anything is known; 0 before that."""
    day: int = 0
    """The day that is going on: every earlier one is learned."""
    lived: Count = msgspec.field(default_factory=Count)
    """Days on which anybody did anything."""
    everybody: Level = msgspec.field(default_factory=Level)
    groups: dict[str, Level] = msgspec.field(default_factory=dict)
    profiles: dict[str, Profile] = msgspec.field(default_factory=dict)

    def turn(self, day: int) -> None:
        """A day begins: those before it are over, and are learned. Days only go forward."""
        if day <= self.day:
            return
        self.first = self.first or day
        shown = [profile for profile in self.profiles.values() if profile.today]
        if shown:
            self.lived.add(self.day)
        for profile in shown:
            self._learn(profile)
        self.day = day
        self._forget()

    def is_settled(self, days: int) -> bool:
        """So many days lie behind, on half of which, not faded yet, somebody did something."""
        return self.day - self.first >= days and self.lived.at(self.day) >= days / 2

    def show(self, principal: str, peers: str, traits: Iterable[str], time: int) -> list[str]:
        """Somebody shows traits at a time (ms) of the day that is going on. Returns those not yet shown today."""
        profile = self.profiles.get(principal)
        if profile is None:
            if len(self.profiles) >= PRINCIPALS:
                self._make_room()
            profile = self.profiles[principal] = Profile(peers, self.day, self.day)
        profile.peers, profile.last = peers, self.day
        new = [trait for trait in traits if trait not in profile.today]
        if len(profile.today) + len(new) > TRAITS:
            new = new[:max(0, TRAITS - len(profile.today))]
        profile.today.update(dict.fromkeys(new, time))
        return new

    def knows(self, principal: str, trait: str) -> bool:
        """Somebody has shown the trait on an earlier day that is not forgotten; while he settles in, a peer of his."""
        profile = self.profiles[principal]
        if profile.active >= SETTLING or trait in profile.own.traits:
            return trait in profile.own.traits
        return trait in (self.groups.get(_around(profile.peers)[0]) or _NOBODY).traits

    def rarity(self, principal: str, trait: str) -> Rarity:
        """How often the trait was seen before today."""
        profile, day = self.profiles[principal], self.day
        levels = (profile.own, self.groups.get(profile.peers) or _NOBODY, self.everybody)
        told = [(level.traits[trait].at(day) if trait in level.traits else 0.0, level.days.at(day)) for level in levels]
        (own, own_days), (peers, peer_days), (everybody, all_days) = told
        return Rarity(own, own_days, peers, peer_days, everybody, all_days)

    def usual(self, principal: str, kind: str, most: int) -> list[tuple[str, float]]:
        """The traits of a kind that somebody shows most, without the kind, and on how many faded days."""
        own, day = self.profiles[principal].own, self.day
        shown = [(-count.at(day), trait) for trait, count in own.traits.items() if trait.startswith(f"{kind}:")]
        return [(trait.partition(":")[2], -days) for days, trait in sorted(shown)[:most]]

    def choice(self, principal: str, trait: str) -> float:
        """How surprising it is that one of the principal's kind does this (nats), whether he himself did it or not."""
        kind, _, _ = trait.partition(":")
        profile, day = self.profiles[principal], self.day
        share = self.everybody.share(trait, day, UNKNOWN[kind])
        large, *within = _around(profile.peers)
        if (group := self.groups.get(large)) is not None:
            share = group.share(trait, day, share)
        for name in within:
            if (group := self.groups.get(name)) is not None:
                share = max(share, group.share(trait, day, share))
        return min(SURPRISE, -math.log(share))

    def novelty(self, principal: str, kind: str, number: int) -> float:
        """How surprising so many new traits of a kind are on one day (nats)."""
        if not number:
            return 0.0
        profile, day = self.profiles[principal], self.day
        share = self.everybody.fresh_share(kind, day, FRESH_DAYS[kind])
        if (group := self.groups.get(_around(profile.peers)[0])) is not None:
            share = group.fresh_share(kind, day, share)
        if profile.active >= SETTLING:
            share = profile.own.fresh_share(kind, day, share)
        return min(SURPRISE, -math.log(min(share, 1.0)) - (number - 1) * math.log(1 - 1 / RUN))

    def forget(self, principal: str) -> bool:
        """Forget somebody, and take his days out of those of his peers and of all. False: he is not known.

        What he did while he had other peers stays with these, and so does that anybody did anything on his days.
        """
        profile = self.profiles.pop(principal, None)
        if profile is None:
            return False
        self.everybody = self.everybody.without(profile.own, self.day)
        for name in _around(profile.peers):
            if (group := self.groups.pop(name, None)) is not None:
                left = group.without(profile.own, self.day)
                if left.days.at(self.day) >= FORGOTTEN:
                    self.groups[name] = left
        return True

    def merged(self, other: Self) -> Habits:
        """Of both: one account's records may have been split between two places."""
        day = max(self.day, other.day)
        profiles = dict(self.profiles)
        for name, theirs in other.profiles.items():
            ours = profiles.get(name)
            profiles[name] = theirs if ours is None else _one(ours, theirs)
        firsts = [one for one in (self.first, other.first) if one]
        groups = dict(self.groups)
        for name, level in other.groups.items():
            groups[name] = groups[name].joined(level) if name in groups else level
        lived = max(self.lived, other.lived, key=lambda count: count.at(day))  # of the same days, as far as can be told
        return Habits(min(firsts, default=0), day, lived, self.everybody.joined(other.everybody), groups, profiles)

    def _learn(self, profile: Profile) -> None:
        own, day, settled = profile.own, profile.last, profile.active >= SETTLING
        new = Counter(trait.partition(":")[0] for trait in profile.today if trait not in own.traits)
        groups = [self.groups.setdefault(name, Level()) for name in _around(profile.peers)]
        for level in (own, *groups, self.everybody):
            level.learn(day, profile.today, new, settled=settled)
        profile.active += 1
        profile.today = {}
        own.prune(day, TRAITS)

    def _forget(self) -> None:
        day = self.day
        self.profiles = {name: one for name, one in self.profiles.items() if day - one.last < GONE_DAYS}
        self.groups = {name: one for name, one in self.groups.items() if one.days.at(day) >= FORGOTTEN}
        for level in (self.everybody, *self.groups.values()):
            level.prune(day, ALL_TRAITS)

    def _make_room(self) -> None:
        """Many at once, since finding out whom costs as much as for one."""
        oldest = sorted(self.profiles, key=lambda name: (self.profiles[name].last, name))
        for name in oldest[:PRINCIPALS // 10]:
            del self.profiles[name]


_NOBODY = Level()


def _around(peers: str) -> tuple[str, ...]:
    """A group's name, and before it that of the one that it is within."""
    large, within, _ = peers.partition(WITHIN)
    return (large, peers) if within else (peers,)


def _joined(one: dict[str, Count], other: dict[str, Count]) -> dict[str, Count]:
    both = dict(one)
    for name, count in other.items():
        both[name] = both[name].joined(count) if name in both else count
    return both


def _without(one: dict[str, Count], other: dict[str, Count], day: int) -> dict[str, Count]:
    return {name: count.without(other[name], day) if name in other else count for name, count in one.items()}


def _one(ours: Profile, theirs: Profile) -> Profile:
    # Of one day, what names a smaller group knows more.
    early, late = sorted((ours, theirs), key=lambda one: (one.last, one.peers))
    today = dict(late.today)
    if early.last == late.last:
        for trait, time in early.today.items():
            today[trait] = min(time, today.get(trait, time))
    return Profile(late.peers, min(ours.first, theirs.first), late.last, ours.own.joined(theirs.own),
                   max(ours.active, theirs.active), today)
