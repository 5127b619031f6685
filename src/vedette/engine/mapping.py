"""The map step: one log object to what it says. Pure: the same object and the same knowledge give the same output."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import msgspec
import polars as pl

from vedette.detectors.declare import Detector
from vedette.detectors.known import Known
from vedette.detectors.signal import Evidence, Signal
from vedette.engine.dispatch import Dispatcher
from vedette.inventory import LEARNS_FROM, Fact, learn, learn_flows
from vedette.logs.cloudtrail import ApiCall
from vedette.logs.container import Readable
from vedette.logs.kinds import Batch, DeadLetter, Limits, LogKind
from vedette.logs.reading import Reading
from vedette.sources import LogObject


class KeyedRow(msgspec.Struct, frozen=True):
    """A record on its way to a keyed detector's key; ``record`` is its JSON."""

    detector: str
    key: str
    time: int
    evidence: Evidence
    record: bytes


class ObjectRead(msgspec.Struct, kw_only=True):
    """All that the map step has to say about one object."""

    object: LogObject
    source: str
    records: dict[str, int] = {}
    """Records read, by log kind."""
    dead: list[DeadLetter] = []
    dead_count: int = 0
    passed_over: int = 0
    size: int = 0
    first_time: int | None = None
    last_time: int | None = None
    signals: list[tuple[str, Signal]] = []
    """(signal id, signal) of the plain detectors."""
    rows: list[KeyedRow] = []
    facts: list[Fact] = []
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
        self, detectors: Iterable[Detector], known: Known, *, limits: Limits | None = None,
        kinds: frozenset[LogKind] | None = None, period: Period | None = None,
    ) -> None:
        self._known = known
        self._dispatcher = Dispatcher(detectors, known)
        self._limits = limits or Limits()
        self._kinds = kinds
        self._period = period or Period()

    def map_object(self, source: str, obj: LogObject, stream: Readable) -> ObjectRead:
        """Read one object to its end."""
        reading = Reading(stream, self._limits, self._kinds)
        out = ObjectRead(object=obj, source=source)
        for batch in reading.batches():
            kept = self._within(batch)
            self._times(kept, out)
            out.records[kept.kind] = out.records.get(kept.kind, 0) + kept.records
            self._judge(kept, out)
            self._learn(kept, out)
        out.dead, out.dead_count = reading.dead, reading.dead_count
        out.passed_over, out.size = reading.passed_over, reading.size
        return out

    def _within(self, batch: Batch) -> Batch:
        if not self._period:
            return batch
        if batch.calls is not None:
            kept = [(call, at) for call, at in zip(batch.calls, batch.positions, strict=True)
                    if self._period.holds(call.time)]
            return Batch(batch.kind, calls=[call for call, _ in kept], positions=[at for _, at in kept])
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
        if batch.calls is not None:
            ordered = min(batch.calls, key=_event_time), max(batch.calls, key=_event_time)
            first, last = ordered[0].time, ordered[1].time
        else:
            frame = batch.frame if batch.frame is not None else pl.DataFrame()
            first, last = frame.select(
                _time_of(batch.kind).min().alias("first"), _time_of(batch.kind).max().alias("last")).row(0)
        if first is not None and last is not None:
            out.first_time = first if out.first_time is None else min(first, out.first_time)
            out.last_time = last if out.last_time is None else max(last, out.last_time)

    def _judge(self, batch: Batch, out: ObjectRead) -> None:
        for position, found, detector in self._dispatcher.hits(batch):
            record = at_home(found, out.object)
            evidence = Evidence(record.time, record_identity(record), out.object.locator, out.object.version, position)
            if detector.keyed:
                self._send(detector, record, evidence, out)
                continue
            for said in self._dispatcher.judge(detector, record):
                signal = msgspec.structs.replace(said, evidence=(evidence,))
                out.signals.append((signal_id(signal), signal))

    def _send(self, detector: Detector, record: Any, evidence: Evidence, out: ObjectRead) -> None:
        key = detector.key(record, self._known) if detector.key else None
        if key is not None:
            out.rows.append(KeyedRow(detector.name, key, evidence.time, evidence, msgspec.json.encode(record)))

    def _learn(self, batch: Batch, out: ObjectRead) -> None:
        if batch.calls is not None:
            for call in batch.calls:
                names = LEARNS_FROM.get(call.event_source)
                if names and call.event_name in names:
                    out.facts.extend(learn(call))
        elif batch.kind is LogKind.VPC_FLOW and batch.frame is not None:
            out.facts.extend(learn_flows(batch.frame))


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
    if isinstance(record, ApiCall) or (record.account_id and record.region):
        return record
    return msgspec.structs.replace(
        record, account_id=record.account_id or obj.account, region=record.region or obj.region)


def _event_time(call: ApiCall) -> Any:
    return call.event_time


def _time_of(kind: LogKind) -> pl.Expr:
    return pl.col("start").cast(pl.Int64) * 1000 if kind is LogKind.VPC_FLOW else pl.col("time")
