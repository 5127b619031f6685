"""``vedette coverage``: what was read, where it has gaps, and which finding types are blind now, and why."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TextIO

from vedette.commands.knowledge import KnowledgeOptions, gather
from vedette.commands.state import opened
from vedette.detectors.blindness import Hindrance, blind, loaded_in
from vedette.detectors.catalogue import Catalogue, catalogue
from vedette.detectors.custom_rule import custom_rules
from vedette.detectors.known import Known
from vedette.findings.configuration import RuleAssociation, RuleOrganization
from vedette.findings.rows import LedgerEntry
from vedette.findings.store import Store
from vedette.logs.kinds import LogKind
from vedette.logs.times import format_time
from vedette.publish.plain_text import visible
from vedette.publish.summary import short_time
from vedette.sources.delivery import promise

_HOUR = 3_600_000
_DAY = 24 * _HOUR
_OLD = 90
"""Days after which AWS's address ranges are called old: they change every few days."""

GAPS_SHOWN = 10


@dataclass(slots=True)
class Stream:
    """One log kind of one account and Region, as the ledger has it."""

    objects: int = 0
    records: int = 0
    dead: int = 0
    failed: int = 0
    first: int | None = None
    last: int | None = None
    spans: set[tuple[int, int]] = field(default_factory=set)
    """(first hour, last hour) of each object's records, in hours since the epoch."""

    def add(self, entry: LedgerEntry) -> None:
        """Count an object."""
        self.objects += 1
        self.records += entry.records
        self.dead += entry.dead
        self.failed += entry.state == "failed"
        if entry.first_time is None or entry.last_time is None:
            return
        self.first = entry.first_time if self.first is None else min(self.first, entry.first_time)
        self.last = entry.last_time if self.last is None else max(self.last, entry.last_time)
        self.spans.add((entry.first_time // _HOUR, entry.last_time // _HOUR))

    def gaps(self) -> list[tuple[int, int]]:
        """(from, until) in ms of each run of whole hours that no object's first and last record enclose."""
        found: list[tuple[int, int]] = []
        reached: int | None = None
        for start, end in sorted(self.spans):
            if reached is not None and start > reached + 1:
                found.append(((reached + 1) * _HOUR, start * _HOUR))
            reached = end if reached is None else max(reached, end)
        return found


def coverage(state: str, options: KnowledgeOptions, out: TextIO) -> None:
    """Say all of it. The options are those of the scans: what they load decides what can fire."""
    known, _ = gather(options)
    with opened(state) as store:
        sources = _streams(store)
        live = {one.id for one in store.configured(RuleAssociation) if one.mode == "LIVE"} | {
            one.rule for one in store.configured(RuleOrganization) if one.mode == "LIVE"}
    now = time.time_ns() // 1_000_000
    if not sources:
        print("nothing was read yet", file=out)
    for source, streams in sorted(sources.items()):
        print(visible(source), file=out)
        for name, stream in sorted(streams.items()):
            for line in _said(name, stream, now):
                print(f"  {visible(line)}", file=out)
    read = {LogKind(kind) for streams in sources.values() for kinds, _, _ in streams for kind in kinds.split(",")
            if kind in set(LogKind)}
    _knowledge(known, out)
    _blind(catalogue(), read, known, out)
    _rules(live, out)


def _streams(store: Store) -> dict[str, dict[tuple[str, str, str], Stream]]:
    """Source -> (kinds, account, Region) -> what was read."""
    sources: dict[str, dict[tuple[str, str, str], Stream]] = {}
    for entry in store.ledger():
        told = promise(entry.object)
        name = (entry.kind, told.account, told.region)
        sources.setdefault(entry.source, {}).setdefault(name, Stream()).add(entry)
    return sources


def _said(name: tuple[str, str, str], stream: Stream, now: int) -> Iterator[str]:
    kinds, account, region = name
    of = "".join(f" {part}" for part in (account, region) if part)
    dead = f", {stream.dead:,} dead letters" if stream.dead else ""
    failed = f", {stream.failed:,} unreadable" if stream.failed else ""
    yield f"{kinds or 'no records'}{of}: {stream.objects:,} objects, {stream.records:,} records{dead}{failed}"
    if stream.first is None or stream.last is None:
        return
    yield (f"  records from {short_time(format_time(stream.first))} to {short_time(format_time(stream.last))}; "
           f"the last is {_age(now - stream.last)} old now")
    gaps = stream.gaps()
    if not gaps:
        return
    hours = sum(until - start for start, until in gaps) // _HOUR
    yield (f"  {len(gaps):,} gaps, {hours:,} whole hours without records: lost, or nothing happened "
           "(the ledger cannot tell which)")
    for start, until in gaps[:GAPS_SHOWN]:
        yield (f"    {short_time(format_time(start))[:16]} to {short_time(format_time(until))[:16]} "
               f"({(until - start) // _HOUR} h)")
    if len(gaps) > GAPS_SHOWN:
        yield f"    … and {len(gaps) - GAPS_SHOWN} more"


def _age(span: int) -> str:
    if span < 2 * _HOUR:
        return f"{max(span, 0) // 60_000} minutes"
    return f"{span // _HOUR} hours" if span < 2 * _DAY else f"{span // _DAY:,} days"


def _knowledge(known: Known, out: TextIO) -> None:
    days = known.aws.age // _DAY
    old = f": old, give --aws-ranges ({known.aws.location} changes every few days)" if days > _OLD else ""
    print(f"\nAWS address ranges: {days} days old{old}", file=out)


def _blind(known_types: Catalogue, read: set[LogKind], known: Known, out: TextIO) -> None:
    hindered = blind(known_types, read, loaded_in(known))
    print(f"\n{len(known_types.types) - len(hindered)} of {len(known_types.types)} finding types can fire", file=out)
    by_reason: dict[str, list[str]] = {}
    for name, each in hindered.items():
        by_reason.setdefault(_united(each), []).append(name)
    for reason, names in sorted(by_reason.items()):
        print(f"blind, {reason}:", file=out)
        for name in names:
            print(f"  {name}", file=out)
    for broken in known_types.broken:
        said = broken.reason.strip().splitlines()[-1]
        print(f"detector file {broken.module} cannot be loaded: {visible(said)}", file=out)


def _rules(live: set[str], out: TextIO) -> None:
    """Types of custom detection rules fire where a rule of theirs is turned on, whatever is read and loaded."""
    rules = custom_rules()
    types = {one.kind.name for one in rules.values()}
    print(f"{len(types)} types are of custom detection rules, of which {len(live & rules.keys())} of {len(rules)} are "
          "live in some account here; the others find nothing but in scans that are given them (--custom-rule)",
          file=out)


def _united(hindrances: Iterable[Hindrance]) -> str:
    """Any one detector without a hindrance would do."""
    return " or ".join(dict.fromkeys(" and ".join(_said_of(one)) for one in hindrances))


def _said_of(one: Hindrance) -> Iterator[str]:
    yield from (f"no {kind} logs were read" for kind in one.unread)
    yield from (_absence(need) for need in one.needs)


def _absence(need: frozenset[str]) -> str:
    categories = sorted(one.partition(":")[2] for one in need if one.startswith("feed:"))
    said = [f"no feed of category {', '.join(categories)} is loaded (--feeds)"] if categories else []
    said += [words for one, words in _ABSENT.items() if one in need]
    return " and ".join(said)


_ABSENT = {
    "threat-list": "no threat list is loaded (--threat-list)",
    "aws-ranges": "AWS's address ranges are empty (--aws-ranges)",
    "inventory": "no inventory is loaded (--inventory)",
    "geo": "no database of cities is loaded (--geo-city)",
}
