"""The reduce and commit steps: one batch's outputs become state and findings, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from vedette.detectors.declare import Detector
from vedette.detectors.known import Known
from vedette.detectors.signal import Signal
from vedette.engine.keyed import KeyedJudge, KeyState, Pending
from vedette.engine.mapping import KeyedRow, ObjectRead, signal_id
from vedette.findings.finding import Writer
from vedette.findings.fold import (
    Fold,
    decode_fold,
    decode_signal,
    detector_id,
    encode_fold,
    encode_signal,
    finding_id,
    folded,
)
from vedette.findings.rows import FindingRow, KeyedState, LedgerEntry
from vedette.findings.store import Batch, OpenSignal, Store
from vedette.inventory import Inventory
from vedette.logs.kinds import DeadLetter

IDLE = 86_400_000
"""A memory that gets no records is looked at again after a day of event time (ms), to forget what has expired."""

_PENDING = msgspec.msgpack.Decoder(list[Pending])

Keys = dict[tuple[str, str], list[KeyedRow]]


@dataclass(slots=True)
class Committed:
    """What a commit changed."""

    new: set[str] = field(default_factory=set)
    """Ids of findings that were not there before."""
    changed: set[str] = field(default_factory=set)
    """Ids of findings that were written, the new ones too."""


class Committer:
    """Commits batches to one store."""

    def __init__(
        self, store: Store, detectors: Iterable[Detector], known: Known, writer: Writer, inventory: Inventory
    ) -> None:
        """``inventory`` is the one that ``writer`` reads: what the user gave, and what the logs have taught so far."""
        self._store = store
        self._known = known
        self._writer = writer
        self._inventory = inventory
        self._judges = {one.name: KeyedJudge(one, known) for one in detectors if one.keyed}

    def commit(self, reads: Sequence[ObjectRead], watermark: int) -> Committed:
        """Everything that ``reads`` say, or nothing at all. No record before ``watermark`` (ms) is still to come."""
        with self._store.transaction() as batch:
            _keep_books(batch, reads)
            settled: dict[str, list[tuple[str, Signal]]] = defaultdict(list)
            touched = self._plain(batch, reads)
            touched |= self._keyed(batch, reads, watermark, settled)
            for found, signals in batch.settle(watermark).items():
                settled[found].extend((one, decode_signal(payload)) for one, payload in signals)
            touched |= settled.keys()
            touched |= self._taught(batch, reads)
            return self._write(batch, touched, settled)

    def _plain(self, batch: Batch, reads: Sequence[ObjectRead]) -> set[str]:
        return batch.add_open(
            _open(one, signal) for read in reads for one, signal in read.signals)

    def _keyed(
        self, batch: Batch, reads: Sequence[ObjectRead], watermark: int,
        settled: dict[str, list[tuple[str, Signal]]],
    ) -> set[str]:
        keys: Keys = defaultdict(list)
        for read in reads:
            for row in read.rows:
                keys[row.detector, row.key].append(row)
        for name in self._judges:
            for due in batch.states_behind(name, watermark):
                keys.setdefault((name, due.key), [])
        touched: set[str] = set()
        by_detector: dict[str, list[str]] = defaultdict(list)
        for name, key in sorted(keys):
            by_detector[name].append(key)
        for name, names in by_detector.items():
            states = batch.states(name, names)
            for key in names:
                touched |= self._judge(batch, name, key, states.get(key), keys[name, key], watermark, settled)
        return touched

    def _judge(
        self, batch: Batch, name: str, key: str, stored: KeyedState | None, rows: Sequence[KeyedRow], watermark: int,
        settled: dict[str, list[tuple[str, Signal]]],
    ) -> set[str]:
        judge = self._judges.get(name)
        if judge is None:
            return set()
        state = KeyState(stored.version, stored.settled, _PENDING.decode(stored.pending)) if stored else None
        judged = judge.judge(state, rows, watermark)
        for one, signal in judged.settled:
            settled[finding_id(signal)].append((one, signal))
        touched = batch.replace_open(name, key, [_open(one, signal) for one, signal in judged.provisional])
        if judged.state is None:
            batch.delete_state(name, key)
        else:
            left = judged.state
            batch.put_state(KeyedState(
                detector=name, key=key, version=left.version, settled=left.memory,
                pending=msgspec.msgpack.encode(left.pending),
                watermark=left.pending[0].time if left.pending else watermark + IDLE))
        return touched

    def _taught(self, batch: Batch, reads: Sequence[ObjectRead]) -> set[str]:
        """Findings whose resource the logs have just told more about."""
        facts = [fact for read in reads for fact in read.facts]
        if not facts:
            return set()
        batch.put_facts(facts)
        changed = self._inventory.apply(facts)
        return batch.findings_of_entities(changed)

    def _write(
        self, batch: Batch, touched: Collection[str], settled: dict[str, list[tuple[str, Signal]]]
    ) -> Committed:
        done = Committed()
        if not touched:
            return done
        ids = sorted(touched)
        known = batch.base_of(ids)
        opened = batch.open_of(ids)
        for found in ids:
            base = decode_fold(known.get(found))
            if found in settled:
                base = folded(base, settled[found])
            stored = encode_fold(base)
            whole = folded(base, _signals(opened.get(found, ())))
            if whole.latest is None:
                batch.delete_finding(found)
                continue
            document = self._writer.document(whole)
            batch.put_finding(_row(whole, document), document, stored, whole.evidence)
            done.changed.add(found)
            if found not in known:
                done.new.add(found)
        return done


def _open(one: str, signal: Signal) -> OpenSignal:
    return one, finding_id(signal), max(signal.evidence).time, encode_signal(signal)


def _signals(payloads: Iterable[bytes]) -> Iterator[tuple[str, Signal]]:
    for payload in payloads:
        signal = decode_signal(payload)
        yield signal_id(signal), signal


def _keep_books(batch: Batch, reads: Sequence[ObjectRead]) -> None:
    # An object of which nothing was asked for has not been read: the next run may ask for more.
    batch.record_objects(_entry(read) for read in reads if read.records or not read.left_out)
    for read in reads:
        letters = [DeadLetter(-1, read.failed)] if read.failed else read.dead
        if letters:
            batch.add_dead_letters(read.object.locator, read.object.version, letters)


def _entry(read: ObjectRead) -> LedgerEntry:
    return LedgerEntry(
        source=read.source, object=read.object.locator, version=read.object.version,
        state="failed" if read.failed else "done", kind=",".join(sorted(read.records)),
        records=sum(read.records.values()), dead=read.dead_count, passed_over=read.passed_over, bytes=read.size,
        first_time=read.first_time, last_time=read.last_time, reason=read.failed)


def _row(fold: Fold, document: dict[str, Any]) -> FindingRow:
    signal = fold.latest
    if signal is None:
        raise ValueError("a finding has at least one signal")
    ref, key = signal.resource.instance, signal.resource.access_key
    details = document["resource"].get("instanceDetails", {})
    return FindingRow(
        id=document["id"], detector_id=detector_id(signal.account, signal.region), account=signal.account,
        region=signal.region, type=signal.type, severity=fold.severity, resource_type=signal.resource.kind,
        instance_id=details.get("instanceId", ""), interface_id=ref.interface_id if ref else "",
        access_key_id=key.access_key_id if key else "", principal_id=key.principal_id if key else "",
        bucket=signal.resource.buckets[0] if signal.resource.buckets else "", archived=False, count=fold.count,
        first_seen=fold.first_seen, last_seen=fold.last_seen, created=fold.first_seen, updated=fold.last_seen)
