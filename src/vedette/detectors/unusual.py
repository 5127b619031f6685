"""What is unusual for somebody, his peers and the account: what the detectors that ask this have in common.

A call shows traits (`vedette.detectors.traits`); on how many days who shows which is counted
(`vedette.baselines.habits`). What is new to somebody, closely spaced, is a **burst**, and is added up: how seldom he
does something new, and how unlikely the new thing is among his peers. What the kinds of traits weigh is a detector's
`Scale`.

How much of something is done in a day is a trait too: that it came to 1,024, to 4,096, … (`AccountHabits.reached`). So
that somebody deletes a hundred times what he ever did is new just as an API is that he never called.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import msgspec

from vedette.baselines.habits import Habits, Rarity
from vedette.detectors.declare import SPAN, Memory, Row
from vedette.detectors.signal import Evidence
from vedette.detectors.traits import DAY_MS

LEARNING_DAYS = 14
"""Of an account's history before anything is said: two weeks show what is done weekly. As GuardDuty's models. On half
of the days something must have been done, and not too long ago: a few old records are no history."""
WINDOW_MS = 3 * 3_600_000
"""What is new within this time is one burst. Thieves in a hurry take minutes, careful ones some hours."""
FADES = 0.8
"""What each further deed counts of the one before: who rolls out a service calls fifty new APIs, a thief five."""
SPREE = 6
"""More new things of a kind than these say no more of whether somebody does new things at all."""
MOST = 50
"""Traits, APIs and records remembered of a burst, and shown."""
MOST_TOLD = 20_000
"""Different calls of a part of the day that are remembered."""
STEP = 4
"""From one level of a volume to the next. What is less than a step above what was seen before is no news."""
MOST_AMOUNTS = 5_000
"""Volumes of a day that are added up: those that were begun first."""
USUAL = 3
"""Usual values of a kind that a finding shows beside the unusual ones."""
CONTEXT = frozenset({"country", "mfa"})
"""Kinds that a finding tells, but that make no burst: a new country comes with a new network, and how somebody signed
in says what he is like, not what he does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What the traits of a family of calls weigh."""

    expected: Mapping[str, float]
    """Kinds, in the order in which they are told → nats that a new trait ordinarily says: only what is more counts."""
    deeds: frozenset[str]
    """Kinds that say what was done. Each further one in a burst counts less."""
    weight: Callable[[str, str, Collection[str]], float]
    """What a trait, by kind and value, counts against others: 1, or less. Also given: what is new in the burst so far,
    as that may have said it already."""
    least: Mapping[str, int] = field(default_factory=dict)
    """Unit → the first level of a volume of a day. What is less than the second is never news."""


class Oddity(msgspec.Struct, array_like=True):
    """A trait that is new to its principal."""

    time: int
    weighs: float
    """What it says beyond what anything new says (nats)."""
    seen: Rarity
    evidence: Evidence


class Burst(msgspec.Struct, array_like=True):
    """What is new to a principal, closely spaced."""

    odd: dict[str, Oddity] = {}
    apis: dict[str, bool] = {}
    """All that was called since, in the order of the first calls → whether these succeeded."""
    said: dict[str, int] = {}
    """What was said of it → how many new things that told of."""

    def kinds(self) -> Counter[str]:
        """How many traits there are of each kind."""
        return Counter(trait.partition(":")[0] for trait in self.odd)

    def is_several(self, context: Collection[str] = CONTEXT) -> bool:
        """More is new than one thing. A new hour is none, nor is context; what was called and refused is one."""
        kinds = self.kinds()
        twice = sum(f"api:{trait[7:]}" in self.odd for trait in self.odd if trait.startswith("denied:"))
        return kinds.total() - kinds["time"] - sum(kinds[kind] for kind in context) - twice >= 2

    def by_kind(self, kinds: Iterable[str]) -> dict[str, list[str]]:
        """The values of its traits. Of a volume, the highest level."""
        found: dict[str, list[str]] = {kind: [] for kind in kinds}
        highest: dict[str, int] = {}
        for trait in self.odd:
            kind, _, value = trait.partition(":")
            if kind == "volume":
                what, _, level = value.rpartition(": ")
                highest[what] = max(highest.get(what, 0), int(level))
            else:
                found[kind].append(value)
        if highest:
            found["volume"] = [f"{what}: {level}" for what, level in highest.items()]
        return found

    def evidence(self) -> list[Evidence]:
        """The records in which something new was seen first."""
        return sorted({one.evidence for one in self.odd.values()})


class AccountHabits(Memory):
    """What is normal in an account, and what is going on that is not."""

    LEARNS = LEARNING_DAYS * DAY_MS
    BYTES = 3 << 20
    """Of 5,000 principals of an account, with what they do on a day; 2 kB each is typical of those who do much."""

    habits: Habits = msgspec.field(default_factory=Habits)
    bursts: dict[str, Burst] = {}
    span: int = 0
    """The part of the day that is going on, counted since the epoch."""
    told: dict[int, None] = {}
    """What was told of it, as short numbers: of calls that are alike the first counts, however many are given."""
    counting: int = 0
    """The day of which volumes are added up."""
    amounts: dict[str, float] = {}
    """Who did what → how much of it that day."""

    def is_told(self, time: int, alike: str) -> bool:
        """Such a call was told in the same part of the day; and from now on it is."""
        # No checksum: a caller chooses his program's name, and could choose one that was told already.
        digest = blake2b(alike.encode("utf-8", "surrogatepass"), digest_size=7).digest()
        span, number = time // (SPAN * 1000), int.from_bytes(digest, "big")
        if span != self.span:
            self.span, self.told = span, {}
        if number in self.told:
            return True
        if len(self.told) < MOST_TOLD:
            self.told[number] = None
        return False

    @property
    def tells_again(self) -> bool:
        """There is no room to remember what was told: how often it comes now depends on who reads it."""
        return len(self.told) >= MOST_TOLD

    def reached(self, time: int, who: str, what: str, unit: str, amount: float, scale: Scale) -> list[str]:
        """Add to what somebody does of something on a day. Returns, as traits, the levels that it came to by that.

        The first level is the unit's least, each further one `STEP` times the one before.
        """
        if (day := time // DAY_MS) > self.counting:
            self.counting, self.amounts = day, {}
        key = f"{who}\0{what}, {unit}"
        before = self.amounts.get(key)
        if before is None and len(self.amounts) >= MOST_AMOUNTS:
            return []
        after = self.amounts[key] = (before or 0.0) + amount
        levels, level = [], scale.least[unit]
        while level <= after:
            if level > (before or 0.0):
                levels.append(f"volume:{what}, {unit}: {level}")
            level *= STEP
        return levels

    def expire(self, watermark: int) -> bool:
        """Forget bursts that are over, and who has not been seen for long."""
        self.bursts = {who: burst for who, burst in self.bursts.items()
                       if any(one.time > watermark - WINDOW_MS for one in burst.odd.values())}
        return not self.habits.profiles

    def forget_principal(self, name: str) -> bool:
        """Forget it. What was told of this part of the day may be told again, so that it is learned again."""
        known = self.habits.forget(name)
        if known:
            self.bursts.pop(name, None)
            self.told = {}
            self.amounts = {key: amount for key, amount in self.amounts.items() if not key.startswith(f"{name}\0")}
        return known

    def merge(self, other: AccountHabits) -> AccountHabits:
        """Of both."""
        bursts = dict(self.bursts)
        for who, theirs in other.bursts.items():
            if (ours := bursts.get(who)) is None:
                bursts[who] = theirs
                continue
            odd = dict(ours.odd)
            for trait, one in theirs.odd.items():
                odd[trait] = min(one, odd.get(trait, one), key=lambda found: found.evidence)
            apis = {api: ours.apis.get(api, False) or theirs.apis.get(api, False) for api in theirs.apis | ours.apis}
            said = {tactic: max(ours.said.get(tactic, 0), theirs.said.get(tactic, 0))
                    for tactic in ours.said | theirs.said}
            bursts[who] = Burst(odd, apis, said)
        span, counting = max(self.span, other.span), max(self.counting, other.counting)
        told = {number: None for one in (self, other) if one.span == span for number in one.told}
        amounts: dict[str, float] = {}
        for memory in (self, other):
            for key, amount in memory.amounts.items() if memory.counting == counting else ():
                amounts[key] = amounts.get(key, 0.0) + amount
        return AccountHabits(self.habits.merged(other.habits), bursts, span, told, counting, amounts)


def noticed(
    memory: AccountHabits, row: Row[Any], who: str, peers: str, traits: Sequence[str], deed: tuple[str, bool],
    scale: Scale,
) -> tuple[Burst, list[str]] | None:
    """Somebody shows traits. Returns the burst that is going on, and what of the traits is new in it.

    None: nothing is known yet of what is usual, or nothing unusual is going on.

    Args:
        deed: the API that was called, or what else was asked for, and whether it succeeded.
    """
    habits = memory.habits
    habits.turn(row.time // DAY_MS)
    new = habits.show(who, peers, traits, row.time)
    if not habits.is_settled(LEARNING_DAYS):
        return None
    burst = memory.bursts.get(who)
    odd = [trait for trait in new if _is_odd(habits, who, trait, scale)]
    if burst is None and not odd:
        return None
    burst = memory.bursts[who] = burst or Burst()
    burst.odd = {trait: one for trait, one in burst.odd.items() if one.time > row.time - WINDOW_MS}
    if not burst.odd and not odd:
        del memory.bursts[who]
        return None
    if not burst.odd:
        burst = memory.bursts[who] = Burst()
    if len(burst.apis) < MOST:
        burst.apis.setdefault(*deed)
    for trait in odd:
        if len(burst.odd) < MOST:
            burst.odd[trait] = Oddity(
                row.time, _weighs(habits, who, trait, burst, scale), habits.rarity(who, trait), row.evidence)
    return burst, odd


def _is_odd(habits: Habits, who: str, trait: str, scale: Scale) -> bool:
    """It is new to him; of a volume, also the level below is."""
    if habits.knows(who, trait):
        return False
    return not trait.startswith("volume:") or steps_beyond(habits, who, trait, scale) > 0


def steps_beyond(habits: Habits, who: str, volume: str, scale: Scale) -> int:
    """How many levels lie between a volume and the highest level that he was known to come to."""
    what, _, level = volume.rpartition(": ")
    least, below, steps = scale.least[what.rpartition(", ")[2]], int(level) // STEP, 0
    while below >= least and not habits.knows(who, f"{what}: {below}"):
        below, steps = below // STEP, steps + 1
    return steps


def _weighs(habits: Habits, who: str, trait: str, burst: Burst, scale: Scale) -> float:
    kind, _, value = trait.partition(":")
    return max(0.0, habits.choice(who, trait) - scale.expected[kind]) * scale.weight(kind, value, burst.odd)


def unlikely(habits: Habits, who: str, burst: Burst, scale: Scale) -> float:
    """How unlikely the burst is (nats). One new thing is no burst, whatever it is."""
    kinds = burst.kinds()
    if not burst.is_several():
        return 0.0
    deeds, others = [], 0.0
    for trait, one in burst.odd.items():
        if trait.partition(":")[0] in scale.deeds:
            deeds.append(one.weighs)
        else:
            others += one.weighs
    return others + sum(weighs * FADES**place for place, weighs in enumerate(sorted(deeds, reverse=True))) + sum(
        habits.novelty(who, kind, min(number, SPREE)) for kind, number in kinds.items())


# What a finding tells of a burst


def profiles(habits: Habits, who: str, burst: Burst, by_kind: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """As `explained`, and in GuardDuty's form."""
    return {
        "anomalies": {"anomalousAPIs": _by_service(burst)},
        "unusualBehavior": {
            f"unusual{name}UserIdentityProfiling": ", ".join(by_kind[kind])
            for kind, name in _GUARDDUTYS.items() if kind in by_kind
        },
    } | explained(habits, who, burst, by_kind)


def explained(habits: Habits, who: str, burst: Burst, kinds: Iterable[str]) -> dict[str, Any]:
    """What is unusual, how often each was seen before and by whom; what is usual instead; and who the peers are."""
    unusual = {kind: [trait for trait in burst.odd if trait.startswith(f"{kind}:")] for kind in kinds}
    return {
        "unusual": [_told(trait, burst.odd[trait]) for trait in burst.odd],
        "usual": {
            kind: [{"value": value, "daysSeenWithPrincipal": round(days, 1)}
                   for value, days in habits.usual(who, kind, USUAL)] for kind, traits in unusual.items() if traits
        },
        "peers": habits.profiles[who].peers,
    }


_GUARDDUTYS = {"api": "APIs", "network": "ASNs", "program": "UserAgents", "region": "Regions", "bucket": "Buckets",
               "model": "Models"}
"""Kind → its name within the keys of GuardDuty's findings."""


def _by_service(burst: Burst) -> str:
    """``iam.amazonaws.com:[CreateUser:success], …``, as GuardDuty writes it."""
    services: dict[str, list[str]] = {}
    for api, succeeded in burst.apis.items():
        service, _, name = api.partition(":")
        services.setdefault(f"{service}.amazonaws.com", []).append(f"{name}:{'success' if succeeded else 'failure'}")
    return ", ".join(f"{service}:[{', '.join(names)}]" for service, names in services.items())


def _told(trait: str, one: Oddity) -> dict[str, Any]:
    kind, _, value = trait.partition(":")
    seen = one.seen
    return {
        kind: value, "nats": round(one.weighs, 1),
        "daysSeenWithPrincipal": round(seen.own, 1), "principalDays": round(seen.own_days, 1),
        "daysSeenWithPeers": round(seen.peers, 1), "peerDays": round(seen.peer_days, 1),
        "daysSeenInAccount": round(seen.all, 1), "accountDays": round(seen.all_days, 1),
    }


_KIND_WORDS = {"api": ("API", "APIs"), "denied": ("refusal", "refusals"), "network": ("network", "networks"),
               "program": ("program", "programs"), "region": ("Region", "Regions"), "time": ("time", "times"),
               "bucket": ("bucket", "buckets"), "model": ("model", "models"), "volume": ("volume", "volumes"),
               "request": ("request", "requests"), "namespace": ("namespace", "namespaces"),
               "image": ("image", "images"), "right": ("right", "rights"), "user": ("assumed user", "assumed users"),
               "country": ("country", "countries"), "mfa": ("sign-in", "sign-ins")}


def sentence(by_kind: Mapping[str, Sequence[str]]) -> str:
    """``APIs iam:CreateUser, iam:ListUsers; network AS64500``"""
    return "; ".join(f"{_KIND_WORDS[kind][len(values) > 1]} {listed(values)}"
                     for kind, values in by_kind.items() if values)


def listed(values: Sequence[str]) -> str:
    """Some of them, and how many more there are."""
    return ", ".join(values[:5]) + (f" and {len(values) - 5} more" if len(values) > 5 else "")
