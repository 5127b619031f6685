"""Keyed detectors: one key's records in event-time order, exactly, however the files came.

A key has a memory that is *settled* up to the watermark (no earlier record can come any more) and rows that are
*pending* behind it. New rows join the pending ones. Those before the watermark are judged for good: the memory moves on
and their signals are final. The others are judged at once by a memory that is not kept, so a threshold that is crossed
fires now; their signals are provisional and are replaced the next time. So a late record changes what is found exactly
as if it had come in time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import dropwhile, groupby
from typing import Any

import msgspec

from vedette.detectors.declare import Detector, Memory, Row
from vedette.detectors.signal import Evidence, Signal
from vedette.engine.mapping import KeyedRow, signal_id
from vedette.engine.scoped import Knowledge, scopes_of
from vedette.logs.cloudtrail import ApiCall, decode_written
from vedette.logs.eks_audit import KubeCall
from vedette.logs.kinds import LogKind
from vedette.logs.rds import DbEvent
from vedette.logs.resolver_dns import Lookup
from vedette.logs.vpc_flow import Flow

_RECORD_OF: dict[LogKind, type[Any]] = {
    LogKind.CLOUDTRAIL: ApiCall, LogKind.VPC_FLOW: Flow, LogKind.DNS: Lookup, LogKind.EKS_AUDIT: KubeCall,
    LogKind.RDS: DbEvent,
}


class Pending(msgspec.Struct, frozen=True):
    """A row that waits for the watermark."""

    time: int
    evidence: Evidence
    record: bytes
    begins: bool = True
    """A memory may begin with it."""


@dataclass(slots=True)
class KeyState:
    """What is kept of one key between batches."""

    version: int
    """Of the memory's class."""
    memory: bytes
    """The settled memory; no bytes are an empty one."""
    pending: list[Pending]


@dataclass(slots=True)
class Judged:
    """One key's outcome."""

    state: KeyState | None
    """None: nothing is left to keep."""
    settled: list[tuple[str, Signal]]
    provisional: list[tuple[str, Signal]]
    unread: int | None = None
    """There was a memory of this other version, which this build does not read: it was judged as if there were none."""


class KeyedJudge:
    """Runs one keyed detector."""

    def __init__(self, detector: Detector, known: Knowledge) -> None:
        if detector.memory is None or detector.update is None:
            raise TypeError(f"{detector.name} is not keyed")
        self._update = detector.update
        self._memory = detector.memory
        self._scopes = scopes_of(known)
        self._name = detector.name
        (kind,) = detector.kinds
        self._decode: Callable[[bytes], Any] = (
            decode_written if kind is LogKind.CLOUDTRAIL else msgspec.json.Decoder(_RECORD_OF[kind]).decode)

    def judge(self, state: KeyState | None, arrived: Iterable[KeyedRow], watermark: int) -> Judged:
        """Judge one key's ``arrived`` rows on top of its state. Rows up to ``watermark`` (ms) are settled."""
        unread = None
        if state is not None and state.memory and state.version != self._memory.VERSION:
            unread, state = state.version, KeyState(self._memory.VERSION, b"", state.pending)
        waiting = {row.evidence.record: row for row in (state.pending if state else ())}
        for row in arrived:
            waiting.setdefault(row.evidence.record, Pending(row.time, row.evidence, row.record, row.begins))
        ordered = sorted(waiting.values(), key=lambda row: row.evidence)
        ready = [row for row in ordered if row.time <= watermark]
        later = [row for row in ordered if row.time > watermark]

        before = state.memory if state else b""
        memory = self._restored(before)
        settled = self._run(_from_beginning(ready, before), memory)
        if memory.expire(watermark):
            memory, kept = self._memory(), b""
        else:
            kept = msgspec.msgpack.encode(memory)
        left = KeyState(self._memory.VERSION, kept, later)
        # What is kept is written: the memory itself may go on.
        provisional = self._run(_from_beginning(later, kept), memory)
        return Judged(left if later or kept else None, settled, provisional, unread)

    def _run(self, rows: Sequence[Pending], memory: Memory) -> list[tuple[str, Signal]]:
        if not rows:
            return []
        decoded = [Row(row.time, row.evidence, self._decode(row.record)) for row in rows]
        # A key's rows may be of several accounts or Regions: each is judged by what is known in its own. That rows may
        # be judged in portions is what a memory is for.
        return [(signal_id(signal), signal)
                for known, portion in groupby(decoded, lambda row: self._scopes.of(row.record))
                for signal in self._update(list(portion), memory, known) if not known.trusts(signal.action)]

    def _restored(self, memory: bytes) -> Memory:
        return msgspec.msgpack.decode(memory, type=self._memory) if memory else self._memory()


def _from_beginning(rows: Sequence[Pending], memory: bytes) -> Sequence[Pending]:
    """Those that matter: without a memory, none before the first with which one may begin."""
    return rows if memory else list(dropwhile(lambda row: not row.begins, rows))
