"""The reduce and commit steps: one batch's outputs become state and findings, in one transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vedette.detectors.declare import Detector
from vedette.detectors.finding_type import FindingType
from vedette.detectors.signal import Signal
from vedette.engine.analysed import analysed, heard
from vedette.engine.costs import Costs
from vedette.engine.key_states import AtHand, KeyState
from vedette.engine.keyed import KeyedJudge
from vedette.engine.mapping import KeyedRow, ObjectRead, signal_id
from vedette.engine.scoped import Knowledge
from vedette.findings.configuration import RuleTrial
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
from vedette.findings.policy import Policy
from vedette.findings.rows import FindingRow, Handling, KeyedState, LedgerEntry
from vedette.findings.store import Batch, OpenSignal, Store
from vedette.inventory import Inventory
from vedette.logs.kinds import DeadLetter
from vedette.logs.times import format_time, parse_time

IDLE = 86_400_000
"""A memory that gets no records is looked at again after a day of event time (ms), to forget what has expired."""


@dataclass(frozen=True, slots=True)
class Service:
    """What a server that runs for months adds to a scan: findings are dated by the clock, and published."""

    clock: Callable[[], int]
    """The time, in milliseconds since the epoch. A client that asks what is new since it last asked goes by it."""
    destinations: tuple[str, ...] = ()
    """Destinations that take the findings of all accounts and Regions."""


Keys = dict[tuple[str, str], list[KeyedRow]]


@dataclass(slots=True)
class Committed:
    """What a commit changed."""

    new: set[str] = field(default_factory=set)
    """Ids of findings that were not there before."""
    changed: set[str] = field(default_factory=set)
    """Ids of findings that were written, the new ones too."""
    severities: list[float] = field(default_factory=list)
    """Of the new findings."""
    already_there: list[ObjectRead] = field(default_factory=list)
    """What another thread or process had committed before: it does not count again."""
    put_aside: Counter[tuple[str, int]] = field(default_factory=Counter)
    """(detector, version) → memories of a version that this build does not read, so that it began anew."""


class Committer:
    """Commits batches to one store."""

    def __init__(
        self, store: Store, detectors: Iterable[Detector], known: Knowledge, writer: Writer, inventory: Inventory,
        types: Mapping[str, FindingType], service: Service | None = None, rules: Collection[str] = (),
        costs: Costs | None = None,
    ) -> None:
        """``inventory`` is the one that ``writer`` reads: what the user gave, and what the logs have taught so far.

        ``rules`` are the custom detection rules that are live where no association says otherwise. ``costs``: where
        what the detectors with memories cost is counted, if it is.
        """
        self._store = store
        self._costs = costs
        self._writer = writer
        self._inventory = inventory
        self._types = types
        self._service = service
        self._rules = frozenset(rules)
        self._at_hand = AtHand()
        self._judges = {one.name: KeyedJudge(one, known, self._at_hand) for one in detectors if one.keyed}

    def commit(
        self, reads: Sequence[ObjectRead], watermark_of: Callable[[Sequence[ObjectRead]], int],
        first: Callable[[Batch], None] | None = None,
    ) -> Committed:
        """Everything that those of ``reads`` say that nobody has committed yet, or nothing at all.

        ``watermark_of`` them: no record before it (ms) is still to come. ``first`` is done first in the same
        transaction, while the objects are not entered yet.
        """
        with self._store.transaction() as batch:
            if first:
                first(batch)
            # Asked here, where no other process writes: it may have read the same objects meanwhile.
            unread = batch.unread([(read.object.locator, read.object.version) for read in reads])
            already_there = [read for read, new in zip(reads, unread, strict=True) if not new]
            reads = [read for read, new in zip(reads, unread, strict=True) if new]
            watermark = watermark_of(reads)
            policy = self._policy(batch)
            _keep_books(batch, reads)
            if self._service:
                batch.count_usage(analysed(reads), self._service.clock())
                batch.hear(heard(reads), self._service.clock())
                self._try_rules(batch, reads, policy, self._service.clock())
            settled: dict[str, list[tuple[str, Signal]]] = defaultdict(list)
            touched = self._plain(batch, reads, policy)
            put_aside: Counter[tuple[str, int]] = Counter()
            touched |= self._keyed(batch, reads, watermark, settled, policy, put_aside)
            for found, signals in batch.settle(watermark).items():
                settled[found].extend((one, decode_signal(payload)) for one, payload in signals)
            touched |= settled.keys()
            touched |= self._taught(batch, reads)
            done = self._write(batch, touched, settled, policy)
            done.already_there, done.put_aside = already_there, put_aside
            return done

    def _policy(self, batch: Batch) -> Policy:
        if self._service is None:
            return Policy.read(batch, rules=self._rules)
        return Policy.read(batch, self._service.destinations, now=self._service.clock(), rules=self._rules)

    def _plain(self, batch: Batch, reads: Sequence[ObjectRead], policy: Policy) -> set[str]:
        return batch.add_open(
            _open(one, signal) for read in reads for one, signal in read.signals if self._wanted(signal, policy))

    def _wanted(self, signal: Signal, policy: Policy) -> bool:
        return policy.wants(signal.account, signal.region, self._types[signal.type].plan, signal.rule)

    def _try_rules(self, batch: Batch, reads: Sequence[ObjectRead], policy: Policy, now: int) -> None:
        """Count what rules would have found that are only tried; a record that comes again later counts again."""
        tried = {one: (signal.account, signal.region, signal.rule) for read in reads for one, signal in read.signals
                 if signal.rule and policy.tries(
                     signal.account, signal.region, self._types[signal.type].plan, signal.rule)}
        for place, matches in sorted(Counter(tried.values()).items()):
            trial = batch.configuration(RuleTrial, *place) or RuleTrial(
                account=place[0], region=place[1], id=place[2], created=now)
            trial.matches, trial.updated = trial.matches + matches, now
            batch.configure(trial)

    def _keyed(
        self, batch: Batch, reads: Sequence[ObjectRead], watermark: int,
        settled: dict[str, list[tuple[str, Signal]]], policy: Policy, put_aside: Counter[tuple[str, int]],
    ) -> set[str]:
        keys: Keys = defaultdict(list)
        for read in reads:
            for row in read.rows:
                keys[row.detector, row.key].append(row)
        for due in batch.states_behind(self._judges, watermark):
            keys.setdefault((due.detector, due.key), [])
        self._at_hand.turn()
        touched: set[str] = set()
        by_detector: dict[str, list[str]] = defaultdict(list)
        for name, key in sorted(keys):
            by_detector[name].append(key)
        for name, names in by_detector.items():
            states = batch.states(name, names)
            for key in names:
                touched |= self._judge(batch, name, key, states.get(key), keys[name, key], watermark, settled,
                                       policy, put_aside)
        return touched

    def _judge(
        self, batch: Batch, name: str, key: str, stored: KeyedState | None, rows: Sequence[KeyedRow], watermark: int,
        settled: dict[str, list[tuple[str, Signal]]], policy: Policy, put_aside: Counter[tuple[str, int]],
    ) -> set[str]:
        judge = self._judges.get(name)
        if judge is None:
            return set()
        state = KeyState(stored.version, stored.settled, stored.pending) if stored else None
        since = self._costs.clock() if self._costs else 0
        judged = judge.judge(key, state, rows, watermark)
        if self._costs:
            self._costs.add(name, since)
        if stored and judged.unread is not None:
            batch.put_aside(stored)
            put_aside[name, judged.unread] += 1
        for one, signal in judged.settled:
            if self._wanted(signal, policy):
                settled[finding_id(signal)].append((one, signal))
        touched = batch.replace_open(name, key, [
            _open(one, signal) for one, signal in judged.provisional if self._wanted(signal, policy)])
        if judged.state is None:
            batch.delete_state(name, key)
        else:
            left = judged.state
            batch.put_state(KeyedState(
                detector=name, key=key, version=left.version, settled=left.memory, pending=left.pending,
                watermark=watermark + IDLE if judged.earliest is None else judged.earliest))
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
        self, batch: Batch, touched: Collection[str], settled: dict[str, list[tuple[str, Signal]]], policy: Policy
    ) -> Committed:
        done = Committed()
        if not touched:
            return done
        ids = sorted(touched)
        known, rows = batch.base_of(ids), batch.finding_row(ids)
        documents = {document["id"]: document for document in batch.get(ids)}
        handled = batch.handling(ids)
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
            written = self._written(whole, rows.get(found), documents.get(found), handled.get(found, Handling()))
            suppressor = ""
            if found not in known:
                suppressor = policy.suppressor(whole.latest.account, whole.latest.region, written)
                written["service"]["archived"] = bool(suppressor)
            batch.put_finding(_row(whole, written), written, stored, whole.evidence)
            if suppressor:
                batch.handle(found, Handling(suppressed_by=suppressor))
            elif self._service and written != documents.get(found) and not handled.get(found, Handling()).suppressed_by:
                policy.publish(batch, written, self._service.clock())
            done.changed.add(found)
            if found not in known:
                done.new.add(found)
                done.severities.append(whole.severity)
        return done

    def _written(
        self, whole: Fold, row: FindingRow | None, before: dict[str, Any] | None, handling: Handling
    ) -> dict[str, Any]:
        """The document, with what was said of the finding before. It is updated when it says something new."""
        if self._service is None:
            return self._writer.document(whole, archived=bool(row and row.archived), feedback=handling.feedback)
        now = self._service.clock()
        if row is None:
            return self._writer.document(whole, created=now, updated=now)
        written = self._writer.document(whole, archived=row.archived, created=row.created, updated=row.updated,
                                        feedback=handling.feedback)
        return written if written == before else {**written, "updatedAt": format_time(now)}


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
        instance_id=details.get("instanceId", ""),
        interface_id=ref.interface_id if ref else signal.resource.interface_of_function,
        access_key_id=key.access_key_id if key else "", principal_id=key.principal_id if key else "",
        bucket=signal.resource.buckets[0] if signal.resource.buckets else "",
        archived=document["service"]["archived"], count=fold.count, first_seen=fold.first_seen,
        last_seen=fold.last_seen, created=parse_time(document["createdAt"]), updated=parse_time(document["updatedAt"]))
