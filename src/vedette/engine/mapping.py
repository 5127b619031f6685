"""The map step: log objects to what each of them says.

Pure: the same object and the same knowledge give the same output, whatever objects are mapped with it; but for calls of
which the first is enough (`vedette.engine.first_calls`), which an earlier object may have told.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from vedette.detectors.declare import Detector
from vedette.detectors.s3_calls import bucket_of, is_s3_data
from vedette.detectors.signal import Evidence, Signal
from vedette.engine.costs import Cost, Costs
from vedette.engine.dispatch import Dispatcher, Hit
from vedette.engine.history_writer import HistoryWriter
from vedette.engine.scoped import Knowledge, Place, ScopedDispatcher, home_of_lookups, homes_of, scopes_of
from vedette.errors import SourceError
from vedette.inventory import LEARNS_FROM, Fact, learn, learn_flows
from vedette.logs.cloudtrail import EARLIEST, LATEST, ApiCall
from vedette.logs.container import Decompressed
from vedette.logs.eks_audit import KubeCall, cluster_at
from vedette.logs.eks_audit import span as span_of_calls
from vedette.logs.flow_text import FlowLayout
from vedette.logs.kinds import Batch, DeadLetter, Limits, LogKind
from vedette.logs.rds import DbEvent, at, home_of
from vedette.logs.rds import span as span_of_events
from vedette.logs.reading import Reading
from vedette.logs.small_objects import (
    SMALL,
    LookupsTogether,
    SmallFlows,
    SmallLookups,
    flows_together,
    read_small,
)
from vedette.sources import LogObject

Opened = tuple[LogObject, BinaryIO | SourceError]
"""An object with its bytes, or with why they cannot be had."""

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,254}", re.ASCII)
"""The names of old buckets may be longer, and have more in them, than those of new ones."""
_BUCKETS = 1_000
"""Counted of an object."""

_TEACHING = frozenset(name for names in LEARNS_FROM.values() for name in names)


class KeyedRow(msgspec.Struct, frozen=True):
    """A record on its way to a keyed detector's key; ``record`` is its JSON."""

    detector: str
    key: str
    time: int
    evidence: Evidence
    record: bytes
    begins: bool = True
    """A memory may begin with it (`vedette.detectors.declare.Detector.begins`)."""


class ObjectRead(msgspec.Struct, kw_only=True):
    """All that the map step has to say about one object."""

    object: LogObject
    source: str
    records: dict[str, int] = {}
    """Records read, by log kind."""
    dead: list[DeadLetter] = []
    dead_count: int = 0
    passed_over: int = 0
    left_out: int = 0
    """Records that were not asked for: of other kinds, or outside the period."""
    buckets: dict[str, int] = {}
    """S3's data events among the records, by bucket, where they are counted."""
    of_functions: int = 0
    """Flow records of Lambda functions' interfaces among the records."""
    account: str = ""
    """Of its records, where its name tells none and all say the same one, where it is counted; so is the Region."""
    region: str = ""
    size: int = 0
    first_time: int | None = None
    last_time: int | None = None
    signals: list[tuple[str, Signal]] = []
    """(signal id, signal) of the plain detectors."""
    rows: list[KeyedRow] = []
    facts: list[Fact] = []
    history: list[str] = []
    """Files that the records of all objects of the task are in: told by its first object."""
    costs: dict[str, Cost] = {}
    """What the detectors cost on all objects of the task, where it is counted: told by its first object."""
    failed: str = ""
    """Why the object could not be opened, if it could not: it stays unread."""


class Period(msgspec.Struct, frozen=True):
    """Records from ``since`` up to, not including, ``until`` (ms); None is no bound."""

    since: int | None = None
    until: int | None = None

    def __bool__(self) -> bool:
        return self.since is not None or self.until is not None

    def holds(self, time: int) -> bool:
        """The time is inside."""
        return (self.since is None or time >= self.since) and (self.until is None or time < self.until)


class Mapper:
    """Maps objects with one set of detectors and one state of knowledge."""

    def __init__(
        self, detectors: Iterable[Detector], known: Knowledge, *, limits: Limits | None = None,
        kinds: frozenset[LogKind] | None = None, period: Period | None = None, history: Path | None = None,
        costs: Costs | None = None, by_bucket: bool = False,
    ) -> None:
        """``history`` is where files for the event history are put, if any are to be.

        ``by_bucket``: S3's data events are counted by bucket, and records by their own account and Region where their
        object's name tells none.

        ``costs``: what each detector costs is counted by its clock, and told with the first object of each task.
        """
        self._costs = costs
        self._by_bucket = by_bucket
        self._dispatcher = ScopedDispatcher(detectors, scopes_of(known), costs)
        self._limits = limits or Limits()
        self._kinds = kinds
        self._period = period or Period()
        self._history = HistoryWriter(history, self._dispatcher.numbers) if history else None

    def map_objects(self, source: str, objects: Iterable[Opened]) -> list[ObjectRead]:
        """Read each object to its end; small ones of one log are read together, which saves most of their time.

        Raises:
            HistoryError: the event history cannot be written.
        """
        if self._history:
            self._history.start()
        reads: list[ObjectRead] = []
        waiting: list[tuple[int, SmallFlows | SmallLookups]] = []
        held = 0
        for obj, stream in objects:
            out = ObjectRead(object=obj, source=source)
            if isinstance(stream, SourceError):
                out.failed = str(stream)
            else:
                with stream:
                    try:
                        text = Decompressed(stream, self._limits)
                        small = self._small(obj, text)
                        if small is None:
                            self._read(out, text)
                        else:
                            waiting.append((len(reads), small))
                            held += len(small.text)
                    except SourceError as error:
                        out = ObjectRead(object=obj, source=source, failed=str(error))
                        self._dispatcher.forget_told()
                        if self._history:
                            self._history.failed()
            reads.append(out)
            if held >= 2 * self._limits.block:
                self._together([(reads[place], small) for place, small in waiting])
                waiting, held = [], 0
        self._together([(reads[place], small) for place, small in waiting])
        if self._history and reads:
            reads[0].history = self._history.finished()
        if self._costs and reads:
            reads[0].costs = self._costs.taken()
        return reads

    def _together(self, objects: Iterable[tuple[ObjectRead, SmallFlows | SmallLookups]]) -> None:
        flows: dict[FlowLayout, list[tuple[ObjectRead, SmallFlows]]] = {}
        lookups: dict[Dispatcher | None, list[tuple[ObjectRead, SmallLookups]]] = {}
        for out, small in objects:
            if isinstance(small, SmallFlows):
                flows.setdefault(small.layout, []).append((out, small))
            else:
                lookups.setdefault(self._dispatcher.of_lookups(small, out.object), []).append((out, small))
        for alike in flows.values():
            self._flows([out for out, _ in alike], [small for _, small in alike])
        for dispatcher, asked in lookups.items():
            outs, texts = [out for out, _ in asked], [small for _, small in asked]
            if dispatcher is None:
                self._one_by_one(outs, texts)
            else:
                self._lookups(dispatcher, outs, texts)

    def _small(self, obj: LogObject, text: Decompressed) -> SmallFlows | SmallLookups | None:
        """The object, if it can be read together with others. If not, its text stands at its beginning again."""
        if self._period or obj.size > SMALL:
            return None
        small = read_small(text, self._limits)
        if small is None:
            return None
        if (self._kinds is None or small.kind in self._kinds) and (
                isinstance(small, SmallFlows) or self._dispatcher.everywhere.lookups_by_value):
            return small
        text.unread(small.text)
        return None

    def _read(self, out: ObjectRead, text: Decompressed) -> None:
        reading = Reading(text, self._limits, self._kinds)
        homes: set[Place] = set()
        for batch in reading.batches():
            kept = self._within(batch)
            out.left_out += batch.records - kept.records
            self._times(kept, out)
            if kept.records:
                out.records[kept.kind] = out.records.get(kept.kind, 0) + kept.records
            for hit in self._dispatcher.hits(kept, out.object):
                self._judge(hit, out)
            self._learn(kept, out)
            if kept.kind is LogKind.VPC_FLOW and kept.frame is not None:
                out.of_functions += int(self._of_functions(kept.frame).sum())
            if self._asks_home(out.object):
                homes |= homes_of(kept, out.object)
            if self._by_bucket and kept.kind is LogKind.CLOUDTRAIL:
                out.buckets = _counted(out.buckets, kept.structs or ())
            if self._history:
                self._history.add(kept, out.object)
            self._dispatcher.numbers.let_go()
        if self._history:
            self._history.read()
        if len(homes) == 1:
            ((out.account, out.region),) = homes
        out.dead, out.dead_count = reading.dead, reading.dead_count
        out.passed_over, out.size = reading.passed_over, reading.size
        out.left_out += reading.left_out

    def _flows(self, outs: Sequence[ObjectRead], objects: Sequence[SmallFlows]) -> None:
        together = flows_together(objects, self._limits)
        if together is None:
            self._one_by_one(outs, objects)
            return
        for out, small in zip(outs, objects, strict=True):
            out.size, out.passed_over = small.size, small.lines
        for owner, rows, first, last in together.spans():
            out = outs[owner]
            out.records[LogKind.VPC_FLOW] = rows
            out.passed_over -= rows
            out.first_time, out.last_time = first * 1000, last * 1000
        for owner, hit in self._dispatcher.flow_hits(together, [out.object for out in outs]):
            self._judge(hit, outs[owner])
        for owner, rows in enumerate(np.bincount(together.owner[self._of_functions(together.frame)])):
            outs[owner].of_functions = int(rows)
        # A fact says when it was seen last, and all objects of a task are committed together: any of them may tell it.
        outs[0].facts.extend(learn_flows(together.frame))
        if self._history:
            self._history.add_together(together, [out.object for out in outs])

    def _of_functions(self, frame: pl.DataFrame) -> npt.NDArray[np.bool_]:
        """The rows of interfaces of Lambda functions."""
        functions = self._dispatcher.everywhere.known.inventory.interfaces_of_functions()
        if not functions:
            return np.zeros(frame.height, np.bool_)
        return frame["interface_id"].is_in(list(functions)).fill_null(value=False).to_numpy()

    def _lookups(
        self, dispatcher: Dispatcher, outs: Sequence[ObjectRead], objects: Sequence[SmallLookups]
    ) -> None:
        try:
            together = LookupsTogether(objects, dispatcher.asked)
            whole = together.whole() if self._history else None
        except (msgspec.MsgspecError, ValueError):
            self._one_by_one(outs, objects)
            return
        for out, small, (records, first, last) in zip(outs, objects, together.spans(), strict=True):
            out.size = small.size
            if self._asks_home(out.object):
                out.account, out.region = home_of_lookups(small, out.object)
            out.records[LogKind.DNS] = records
            out.first_time, out.last_time = first, last
        for owner, hit in dispatcher.lookup_hits(together, self._limits):
            self._judge(hit, outs[owner])
        if self._history and whole:
            self._history.add_together(whole, [out.object for out in outs])

    def _asks_home(self, obj: LogObject) -> bool:
        return self._by_bucket and not (obj.account and obj.region)

    def _one_by_one(self, outs: Sequence[ObjectRead], objects: Sequence[SmallFlows | SmallLookups]) -> None:
        """Some line of some object is not sound: each says for itself what it is about."""
        for out, small in zip(outs, objects, strict=True):
            self._read(out, Decompressed(io.BytesIO(small.text), self._limits))
            out.size = small.size

    def _within(self, batch: Batch) -> Batch:
        if not self._period:
            return batch
        if batch.structs is not None:
            kept = [(one, at) for one, at in zip(batch.structs, batch.positions, strict=True)
                    if self._period.holds(one.time)]
            return Batch(batch.kind, structs=[one for one, _ in kept], positions=[at for _, at in kept])
        frame = batch.frame if batch.frame is not None else pl.DataFrame()
        time = _time_of(batch.kind)
        if self._period.since is not None:
            frame = frame.filter(time >= self._period.since)
        if self._period.until is not None:
            frame = frame.filter(time < self._period.until)
        return Batch(batch.kind, frame=frame)

    def _times(self, batch: Batch, out: ObjectRead) -> None:
        if not batch.records:
            return
        first: int | None
        last: int | None
        if batch.kind is LogKind.CLOUDTRAIL:
            moments = [call.event_time for call in batch.structs or ()]
            first, last = (min(max(int(one(moments).timestamp() * 1000), EARLIEST), LATEST) for one in (min, max))
        elif batch.structs is not None:
            first, last = (span_of_events if batch.kind is LogKind.RDS else span_of_calls)(batch.structs)
        else:
            frame = batch.frame if batch.frame is not None else pl.DataFrame()
            first, last = frame.select(
                _time_of(batch.kind).min().alias("first"), _time_of(batch.kind).max().alias("last")).row(0)
        if first is not None and last is not None:
            out.first_time = first if out.first_time is None else min(first, out.first_time)
            out.last_time = last if out.last_time is None else max(last, out.last_time)

    def _judge(self, hit: Hit, out: ObjectRead) -> None:
        position, found, detector = hit
        record = at_home(found, out.object)
        dispatcher = self._dispatcher.of(record)
        if detector.key is not None:
            since = self._costs.clock() if self._costs else 0
            key = detector.key(record, dispatcher.known)
            begins = key is not None and (detector.begins is None or detector.begins(record))
            if self._costs:
                self._costs.add(detector.name, since)
            if key is not None:
                evidence = _evidence(record, position, out.object)
                out.rows.append(
                    KeyedRow(detector.name, key, evidence.time, evidence, msgspec.json.encode(record), begins))
            return
        for said in dispatcher.judge(detector, record):
            signal = msgspec.structs.replace(said, evidence=(_evidence(record, position, out.object),))
            out.signals.append((signal_id(signal), signal))

    def _learn(self, batch: Batch, out: ObjectRead) -> None:
        if batch.kind is LogKind.CLOUDTRAIL:
            for call in [call for call in batch.structs or () if call.event_name in _TEACHING]:
                if call.event_name in LEARNS_FROM.get(call.event_source, ()):
                    out.facts.extend(learn(call))
        elif batch.kind is LogKind.VPC_FLOW and batch.frame is not None:
            out.facts.extend(learn_flows(batch.frame))


def _counted(buckets: Mapping[str, int], calls: Sequence[ApiCall]) -> dict[str, int]:
    """The S3 data events among the calls, by bucket, added to others.

    What no bucket can be called, and what comes after very many, counts as of none: names come from outside.
    """
    counts = Counter(buckets)
    for call in calls:
        if is_s3_data(call):
            name = bucket_of(call)
            counts[name if name in counts or (len(counts) < _BUCKETS and _BUCKET.fullmatch(name)) else ""] += 1
    return dict(counts)


def _evidence(record: Any, position: int, obj: LogObject) -> Evidence:
    return Evidence(record.time, record_identity(record), obj.locator, obj.version, position)


def record_identity(record: Any) -> str:
    """What makes a record itself wherever it is delivered: its event id, or a digest of all it says."""
    if isinstance(record, ApiCall):
        return record.event_id or blake2b(msgspec.json.encode(record), digest_size=8).hexdigest()
    return str(record.record)


def signal_id(signal: Signal) -> str:
    """The same statement about the same record (or about a window that ends with it) has the same id."""
    last = max(signal.evidence)
    parts = (signal.type, signal.account, signal.region, *signal.identity, last.record)
    return blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()


def at_home(record: Any, obj: LogObject) -> Any:
    """The record with the account and Region of its delivery path, where it names none itself (default flow logs)."""
    if isinstance(record, ApiCall):
        if record.account and record.region:
            return record
        account = record.recipient_account_id if record.account else obj.account or None
        return msgspec.structs.replace(record, recipient_account_id=account, region=record.region or obj.region)
    if isinstance(record, KubeCall) and not record.cluster:
        record = msgspec.structs.replace(record, cluster=cluster_at(obj.locator))
    if isinstance(record, DbEvent) and not record.home:
        record = at(msgspec.structs.replace(record), home_of(unquote(obj.locator)), record.account_id)
    if record.account_id and record.region:
        return record
    return msgspec.structs.replace(
        record, account_id=record.account_id or obj.account, region=record.region or obj.region)


def _time_of(kind: LogKind) -> pl.Expr:
    return pl.col("start").cast(pl.Int64) * 1000 if kind is LogKind.VPC_FLOW else pl.col("time")
