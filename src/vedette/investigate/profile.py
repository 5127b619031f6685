"""An entity's profile: when it was seen and how much, what it called, whom it met, and which findings name it.

A function of the event history, the findings and what is known of the estate: no clock. Records are counted once,
however often they were delivered. What is usual, and what is new, is told from `usual_since` on; where the history does
not reach back before ``since``, nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import polars as pl

from vedette.detectors.known import Known
from vedette.engine.history import history_begin
from vedette.findings.store import Store
from vedette.inventory import Inventory
from vedette.investigate.alike import DAY, HOUR
from vedette.investigate.entity import Entity, EntityKind
from vedette.investigate.facts import facts_of
from vedette.investigate.finding_entities import entities_of, findings_of
from vedette.investigate.naming import logs_of
from vedette.investigate.sightings import Past
from vedette.investigate.tallies import CALLED, SEEN, TALLY, WHEN
from vedette.investigate.telling import LOT, tallies
from vedette.investigate.wanted import Scope, Wanted
from vedette.logs.kinds import LogKind
from vedette.logs.times import parse_time

BEFORE = 45 * DAY
"""What is looked at before ``since``, to know what is usual (ms), at most: `usual_since`."""

AROUND = 4
"""So long a part of the time that is asked for is told of before it and after it, at most: `around`."""

BUCKETS = 200
"""Stretches of time that activity is shown in, at most."""

CALLS = 500
"""Different calls that are told, the most frequent first."""

PEERS = 100
"""Others that are told of a kind and a log, the most frequent first."""

PLACED = 2000
"""Addresses that are looked up on the map, the most frequent first."""

DRAWN = 8
"""Others of a kind and a log that the graph has, the most frequent first."""

_MINUTE = 60_000
_WIDTHS = (*(_MINUTE * minutes for minutes in (1, 5, 15, 60, 180, 360, 720)), DAY, 7 * DAY, 28 * DAY, 365 * DAY)

_INSIDE = ("count", "failed", "bytes_in", "bytes_out")
_FIGURES = (*_INSIDE, "before")
_TOGETHER = {**{name: TALLY[name] for name in ("part", "value", "name")},
             **dict.fromkeys((*_FIGURES, "first", "last"), pl.Int64())}


class Bucket(msgspec.Struct, frozen=True):
    """What was done in a stretch of time."""

    start: int
    end: int
    count: int
    failed: int
    usual: float | None
    """Records of as long a time, on average of the time before; None: there is no history of it."""


class Activity(msgspec.Struct, frozen=True):
    """What a log has of the entity."""

    log: LogKind
    buckets: list[Bucket]
    around: list[Bucket]
    """The same of some time before ``since`` and after ``until``: what it was doing when the time begins and ends."""


class Looked(msgspec.Struct, frozen=True):
    """A log that was looked at."""

    log: LogKind
    since: int | None
    """When its history begins; None: nothing of it was received."""


class Call(msgspec.Struct, frozen=True, rename="camel"):
    """A call that the entity made or that concerns it."""

    service: str
    name: str
    succeeded: int
    failed: int
    first: int
    last: int
    is_new: bool


class Peer(msgspec.Struct, frozen=True, rename="camel"):
    """Something else that the entity's records name."""

    kind: EntityKind
    value: str
    log: LogKind
    count: int
    bytes_in: int | None
    bytes_out: int | None
    is_new: bool
    first: int
    last: int


class Place(msgspec.Struct, frozen=True):
    """Where addresses are."""

    country: str
    city: str
    lat: float | None
    """Degrees; None, as of `lon`: the databases do not say."""
    lon: float | None
    asn: str
    count: int


class FindingLine(msgspec.Struct, frozen=True, rename="camel"):
    """A finding in a line."""

    id: str
    type: str
    title: str
    severity: float
    count: int
    first_seen: int
    last_seen: int
    archived: bool
    account_id: str
    region: str


class Node(msgspec.Struct, frozen=True):
    """An entity in the graph."""

    kind: EntityKind
    value: str


class Edge(msgspec.Struct, frozen=True, rename={"source": "from", "target": "to"}):
    """Two nodes, by their places, that records or findings name together."""

    source: int
    target: int
    label: str
    """The log, or ``findings``."""
    count: int


class Graph(msgspec.Struct, frozen=True):
    """Who goes with whom. The first node is the entity."""

    nodes: list[Node]
    edges: list[Edge]


class Fact(msgspec.Struct, frozen=True):
    """Something that is known of the entity."""

    name: str
    value: str


class Profile(msgspec.Struct, frozen=True, rename="camel"):
    """All that is known of an entity from ``since`` up to, not including, ``until`` (ms)."""

    kind: EntityKind
    value: str
    since: int
    until: int
    history_on: bool
    first_seen: int | None
    """From `usual_since` on."""
    last_seen: int | None
    logs: list[Looked]
    facts: list[Fact]
    activity: list[Activity]
    calls: list[Call]
    peers: list[Peer]
    geography: list[Place]
    findings: list[FindingLine]
    graph: Graph


@dataclass(frozen=True)
class Sources:
    """What profiles are made from."""

    store: Store
    past: Past | None
    """None: no event history is kept."""
    known: Known
    inventory: Inventory
    """With what the logs have told."""
    scope: Scope | None = None
    """Whose records are seen; None: everybody's."""
    detectors: Collection[str] | None = None
    """Whose findings are seen; None: everybody's."""


def profile(sources: Sources, entity: Entity, since: int, until: int) -> Profile:
    """An entity's profile.

    Raises:
        HistoryError: the event history cannot be read.
    """
    past = sources.past
    logs = {log: history_begin(past.folder, log, past.archive) if past else None for log in logs_of(entity.kind)}
    told = [seen for log, begin in logs.items() if past and begin is not None
            and (seen := _seen(sources, past, log, entity, begin, since, until))]
    documents = findings_of(sources.store, entity, sources.detectors, since, until)
    lines = [line_of(one) for one in documents]
    peers = [peer for one in told for peer in one.peers(entity)]
    firsts = [one.first for one in told if one.first is not None] + [one.first_seen for one in lines]
    lasts = [one.last for one in told if one.last is not None] + [one.last_seen for one in lines]
    return Profile(
        kind=entity.kind, value=entity.value, since=since, until=until, history_on=past is not None,
        first_seen=min(firsts, default=None), last_seen=max(lasts, default=None),
        logs=[Looked(log, begin) for log, begin in logs.items()] if past else [],
        facts=[Fact(*one) for one in facts_of(entity, sources.known, sources.inventory)],
        activity=[one.activity() for one in told], calls=_calls(told), peers=peers,
        geography=_geography(entity, told, sources.known), findings=lines,
        graph=_graph(entity, peers, documents))


def line_of(document: Mapping[str, Any]) -> FindingLine:
    """A finding in a line."""
    service = document["service"]
    return FindingLine(
        id=document["id"], type=document["type"], title=document["title"], severity=document["severity"],
        count=service["count"], first_seen=parse_time(service["eventFirstSeen"]),
        last_seen=parse_time(service["eventLastSeen"]), archived=service["archived"],
        account_id=document["accountId"], region=document["region"])


def wanted_of(sources: Sources, log: LogKind, entity: Entity) -> Wanted:
    """What is looked for in a log."""
    interfaces = _interfaces(entity, sources.inventory) if log is LogKind.VPC_FLOW else ()
    return Wanted(log, entity, sources.scope, tuple(sorted(interfaces)))


def width_of(since: int, until: int) -> int:
    """How long a bucket is (ms): the shortest of some round ones of which `BUCKETS` are enough."""
    return next((width for width in _WIDTHS if until - since <= (BUCKETS - 1) * width),
                -(-(until - since) // BUCKETS))


def usual_since(since: int) -> int:
    """From when on (ms) it is looked at what is usual: a day's begin, since days are told as one."""
    return -(-(since - BEFORE) // DAY) * DAY


def around(since: int, until: int) -> tuple[int, int]:
    """From when and until when (ms) activity is told: in whole buckets, also before ``since`` and after ``until``."""
    width, more = width_of(since, until), min((until - since) // AROUND, BEFORE - DAY)
    return min(-(-(since - more) // width) * width, since), max((until + more) // width * width, until)


@dataclass
class _Seen:
    """What a log has of the entity."""

    log: LogKind
    since: int
    until: int
    covered: int
    """Of the time before ``since``, how much the log's history has (ms)."""
    first: int | None = None
    last: int | None = None
    before: int = 0
    """Records before ``since``."""
    records: int = 0
    """Records from then on."""
    counts: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Records and failed ones by the time that a bucket begins at."""
    together: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_TOGETHER))
    """What was called and met, by part, value and name; of records before ``since`` only ``before``, how many."""
    more: list[pl.DataFrame] = field(default_factory=list)
    """The same, not added up yet."""

    def whole(self, begin: int, end: int) -> bool:
        """The records from ``begin`` to ``end`` (ms) may be told of together, by the hour."""
        if any(begin < moment < end for moment in (usual_since(self.since), self.since, self.until)):
            return False
        first, last = around(self.since, self.until)
        return end <= first or begin >= last or not width_of(self.since, self.until) % HOUR

    def take(self, lines: pl.DataFrame) -> None:
        """Some of its tallies, each of records between two of ``since`` and ``until``."""
        self._count(lines.select("part", "first", "count", "failed").filter(pl.col("part") == WHEN))
        lines = lines.select("part", "value", "name", *_INSIDE, "first", "last")
        early, inside = pl.col("first") < self.until, pl.col("first") >= self.since
        seen = lines.filter((pl.col("part") == SEEN) & early)
        if seen.is_empty():
            return
        self.first, self.last = _least(self.first, seen["first"].min()), _most(self.last, seen["last"].max())
        self.records += int(seen.filter(inside)["count"].sum())
        self.before += int(seen.filter(~inside)["count"].sum())
        self.more.append(lines.lazy().filter((pl.col("part") != WHEN) & (pl.col("part") != SEEN) & early).with_columns(
            *(pl.when(inside).then(name).otherwise(0).alias(name) for name in _INSIDE),
            *(pl.when(inside).then(name).alias(name) for name in ("first", "last")),
            before=pl.when(inside).then(0).otherwise("count")).select(*_TOGETHER).collect())
        if sum(one.height for one in self.more) > LOT:
            self.end()

    def _count(self, lines: pl.DataFrame) -> None:
        width = width_of(self.since, self.until)
        time = pl.col("first")
        begin, end = around(self.since, self.until)
        when = lines.filter(time.is_between(begin, end, closed="left"))
        # A bucket ends where the time does that is asked for.
        edge = pl.when(time < self.since).then(begin).when(time < self.until).then(self.since).otherwise(self.until)
        buckets = when.group_by(pl.max_horizontal(time // width * width, edge)).agg(
            pl.col("count").sum(), pl.col("failed").sum())
        for start, count, failed in buckets.iter_rows():
            had = self.counts.get(start, (0, 0))
            self.counts[start] = (had[0] + count, had[1] + failed)

    def end(self) -> None:
        """Add up what was taken."""
        if not self.more:
            return
        lines = pl.concat([self.together, *self.more])
        self.more = []
        sums = (*(pl.col(name).sum() for name in _FIGURES), pl.col("first").min(), pl.col("last").max())
        parts = []
        for part in lines["part"].unique():
            # Who groups by one column is quicker, and only calls have two.
            by = ["value", "name"] if part == CALLED else ["value"]
            same = {"part": pl.lit(part, TALLY["part"]), "name": pl.lit(None, pl.String)}
            parts.append(lines.lazy().filter(pl.col("part") == part).group_by(by).agg(*sums).with_columns(
                **{name: told for name, told in same.items() if name not in by}).select(lines.columns))
        self.together = pl.concat(pl.collect_all(parts))

    def most_met(self, kind: EntityKind, most: int) -> pl.DataFrame:
        """What of a kind is met most."""
        met = self.together.filter((pl.col("part") == str(kind)) & (pl.col("count") > 0))
        return met.top_k(most, by=["count", "value"], reverse=[False, True]).sort(
            "count", "value", descending=[True, False])

    def activity(self) -> Activity:
        usual = self.before / self.covered if self.covered else None
        begin, end = around(self.since, self.until)
        return Activity(self.log, self._buckets(self.since, self.until, usual), [
            *self._buckets(begin, self.since, None), *self._buckets(self.until, end, None)])

    def _buckets(self, since: int, until: int, usual: float | None) -> list[Bucket]:
        width = width_of(self.since, self.until)
        found = []
        for place in range(since // width, -(-until // width)):
            start, end = max(place * width, since), min((place + 1) * width, until)
            count, failed = self.counts.get(start, (0, 0))
            found.append(Bucket(start, end, count, failed, None if usual is None else usual * (end - start)))
        return found

    def peers(self, entity: Entity) -> list[Peer]:
        found = []
        parts = set(self.together["part"].unique())
        for kind in sorted(kind for kind in EntityKind if str(kind) in parts):
            bytes_too = self.log is LogKind.VPC_FLOW and kind is EntityKind.IP
            others = self.most_met(kind, PEERS + 1).filter((pl.col("value") != entity.value) | (kind != entity.kind))
            found += [
                Peer(kind=kind, value=row["value"], log=self.log, count=row["count"],
                     bytes_in=row["bytes_in"] if bytes_too else None,
                     bytes_out=row["bytes_out"] if bytes_too else None,
                     is_new=self.covered > 0 and not row["before"], first=row["first"], last=row["last"])
                for row in others.head(PEERS).iter_rows(named=True)]
        return found

    def calls(self) -> list[Call]:
        made = self.together.filter((pl.col("part") == CALLED) & (pl.col("count") > 0))
        return [
            Call(service=row["value"] or "", name=row["name"] or "", succeeded=row["count"] - row["failed"],
                 failed=row["failed"], first=row["first"], last=row["last"],
                 is_new=self.covered > 0 and not row["before"])
            for row in made.iter_rows(named=True)]


def _seen(
    sources: Sources, past: Past, log: LogKind, entity: Entity, begin: int, since: int, until: int
) -> _Seen | None:
    wanted = wanted_of(sources, log, entity)
    seen = _Seen(log, since, until, max(since - max(begin, usual_since(since)), 0))
    addresses = _own_addresses(sources.inventory)
    last = around(since, until)[1]
    for lines in tallies(past, wanted, usual_since(since), last, seen.whole, (since, until), addresses):
        seen.take(lines)
    seen.end()
    return seen if seen.first is not None else None


def _interfaces(entity: Entity, inventory: Inventory) -> Iterable[str]:
    """The interfaces that are known to be the entity's, where flows may name them alone."""
    if entity.kind is EntityKind.INSTANCE:
        interfaces = (inventory.instance_details(instance_id=entity.value) or {}).get("networkInterfaces", ())
        return [one["networkInterfaceId"] for one in interfaces if "networkInterfaceId" in one]
    if entity.kind is EntityKind.FUNCTION:
        return [one for one in inventory.interfaces_of_functions()
                if [arn.rpartition(":")[2] for arn in inventory.functions_of(one)] == [entity.value]]
    return ()


def _own_addresses(inventory: Inventory) -> pl.DataFrame:
    pairs = [(interface, address) for interface, addresses in inventory.interface_addresses().items()
             for address in addresses]
    return pl.DataFrame(pairs, schema={"interface_id": pl.String, "address": pl.String}, orient="row")


def _calls(told: Iterable[_Seen]) -> list[Call]:
    found = [call for one in told for call in one.calls()]
    return sorted(found, key=lambda one: (-one.succeeded - one.failed, one.service, one.name))[:CALLS]


def _geography(entity: Entity, told: Iterable[_Seen], known: Known) -> list[Place]:
    counts: dict[str, int] = {}
    for one in told:
        if entity.kind is EntityKind.IP:
            counts[entity.value] = counts.get(entity.value, 0) + one.records
        else:
            for value, count in one.most_met(EntityKind.IP, PLACED).select("value", "count").iter_rows():
                counts[value] = counts.get(value, 0) + count
    places: dict[Place, int] = {}
    for value, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:PLACED]:
        facts = known.geo.of(value)
        if facts is not None and count:
            network = " ".join(part for part in (facts.asn and f"AS{facts.asn}", facts.asn_org) if part)
            where = Place(facts.country_code or facts.country_name, facts.city, facts.lat, facts.lon, network, 0)
            places[where] = places.get(where, 0) + count
    return sorted(
        (msgspec.structs.replace(where, count=count) for where, count in places.items()),
        key=lambda one: (-one.count, one.country, one.city, one.asn, str((one.lat, one.lon))))


def _graph(entity: Entity, peers: Iterable[Peer], documents: Iterable[Mapping[str, Any]]) -> Graph:
    edges: dict[tuple[Entity, str], int] = {}
    drawn: dict[tuple[EntityKind, LogKind], int] = {}
    for peer in peers:
        place = (peer.kind, peer.log)
        drawn[place] = drawn.get(place, 0) + 1
        if drawn[place] <= DRAWN:
            edges[Entity(peer.kind, peer.value), peer.log] = peer.count
    for document in documents:
        for named in entities_of(document):
            if named.entity != entity:
                edges[named.entity, "findings"] = edges.get((named.entity, "findings"), 0) + 1
    nodes = [entity, *sorted({other for other, _ in edges})]
    places = {one: place for place, one in enumerate(nodes)}
    return Graph([Node(one.kind, one.value) for one in nodes], [
        Edge(0, places[other], label, count) for (other, label), count in sorted(edges.items())])


def _least(one: int | None, other: Any) -> int:
    return int(other) if one is None else min(one, int(other))


def _most(one: int | None, other: Any) -> int:
    return int(other) if one is None else max(one, int(other))
