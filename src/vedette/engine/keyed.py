"""Keyed detectors: one key's records in event-time order, exactly, however the files came.

A key has a memory that is *settled* up to the watermark (no earlier record can come any more) and rows that are
*pending* behind it. New rows join the pending ones. Those before the watermark are judged for good: the memory moves on
and their signals are final. The others are judged at once by a memory that is not kept, so a threshold that is crossed
fires now; their signals are provisional and are replaced the next time. So a late record changes what is found exactly
as if it had come in time.

Most batches of a server bring a key what follows on what it has. Then both memories, which are still at hand, go on
from where they are (`vedette.engine.key_states`): that rows may be judged in portions is what a memory is for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile, groupby, takewhile
from operator import attrgetter
from typing import Any

import msgspec

from vedette.detectors.declare import Detector, Memory, Row
from vedette.detectors.signal import Signal
from vedette.engine.key_states import AtHand, KeyState, Left, Pending
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

_PENDING = msgspec.msgpack.Decoder(list[Pending])
_EVIDENCE = attrgetter("evidence")


@dataclass(slots=True)
class Judged:
    """One key's outcome."""

    state: KeyState | None
    """None: nothing is left to keep."""
    settled: list[tuple[str, Signal]]
    provisional: list[tuple[str, Signal]]
    earliest: int | None = None
    """Of the rows that wait (ms); None: none does."""
    unread: int | None = None
    """There was a memory of this other version, which this build does not read: it was judged as if there were none."""


class KeyedJudge:
    """Runs one keyed detector."""

    def __init__(self, detector: Detector, known: Knowledge, at_hand: AtHand | None = None) -> None:
        """``at_hand``: where memories may stay from one batch to the next."""
        if detector.memory is None or detector.update is None:
            raise TypeError(f"{detector.name} is not keyed")
        self._update = detector.update
        self._memory = detector.memory
        self._scopes = scopes_of(known)
        self._name = detector.name
        self._at_hand = at_hand or AtHand()
        (kind,) = detector.kinds
        self._decode: Callable[[bytes], Any] = (
            decode_written if kind is LogKind.CLOUDTRAIL else msgspec.json.Decoder(_RECORD_OF[kind]).decode)

    def judge(self, key: str, state: KeyState | None, arrived: Iterable[KeyedRow], watermark: int) -> Judged:
        """Judge one key's ``arrived`` rows on top of its state. Rows up to ``watermark`` (ms) are settled."""
        new: dict[str, Pending] = {}
        for row in arrived:
            new.setdefault(row.evidence.record, Pending(row.time, row.evidence, row.record, row.begins))
        left = self._at_hand.take((self._name, key), state)
        judged = self._gone_on(key, left, new, watermark) if left else None
        return judged or self._from_state(key, state, new, watermark)

    def _from_state(self, key: str, state: KeyState | None, new: Mapping[str, Pending], watermark: int) -> Judged:
        before, unread = state.memory if state else b"", None
        if state is not None and before and state.version != self._memory.VERSION:
            before, unread = b"", state.version
        waiting = {row.evidence.record: row for row in (_PENDING.decode(state.pending) if state else ())}
        ordered = sorted({**new, **waiting}.values(), key=_EVIDENCE)
        ready, later = _apart(ordered, watermark)
        memory = self._restored(before)
        settled = self._run(_from_beginning(ready, before), memory)
        if memory.expire(watermark):
            memory, kept = self._memory(), b""
        else:
            kept = msgspec.msgpack.encode(memory)
        # What is kept is written: the memory itself may go on.
        provisional = self._run(_from_beginning(later, kept), memory)
        judged = self._judged(kept, later, settled, provisional)
        judged.unread = unread
        if judged.state and kept and later:
            self._at_hand.put((self._name, key), Left(judged.state, later, None, memory, provisional))
        return judged

    def _gone_on(self, key: str, left: Left, new: Mapping[str, Pending], watermark: int) -> Judged | None:
        """The same, from where its memories are; None: what has come does not simply follow."""
        waiting = {row.evidence.record for row in left.waiting}
        following = sorted((row for record, row in new.items() if record not in waiting), key=_EVIDENCE)
        if following and (following[0].time <= watermark or following[0].evidence < left.waiting[-1].evidence):
            return None
        ready, later = _apart(left.waiting, watermark)
        memory = self._restored(left.state.memory) if left.settled is None else left.settled
        settled = self._run(ready, memory)
        told = len(settled)
        if settled != left.provisional[:told] or memory.expire(watermark) or left.ahead.expire(watermark):
            return None
        provisional = left.provisional[told:] + self._run(following, left.ahead)
        later += following
        judged = self._judged(msgspec.msgpack.encode(memory), later, settled, provisional)
        if judged.state and later:
            self._at_hand.put((self._name, key), Left(judged.state, later, memory, left.ahead, provisional))
        return judged

    def _judged(
        self, kept: bytes, later: list[Pending], settled: list[tuple[str, Signal]],
        provisional: list[tuple[str, Signal]],
    ) -> Judged:
        state = KeyState(self._memory.VERSION, kept, msgspec.msgpack.encode(later)) if later or kept else None
        return Judged(state, settled, provisional, later[0].time if later else None)

    def _run(self, rows: Sequence[Pending], memory: Memory) -> list[tuple[str, Signal]]:
        if not rows:
            return []
        decoded = [Row(row.time, row.evidence, self._decode(row.record)) for row in rows]
        # A key's rows may be of several accounts or Regions: each is judged by what is known in its own.
        return [(signal_id(signal), signal)
                for known, portion in groupby(decoded, lambda row: self._scopes.of(row.record))
                for signal in self._update(list(portion), memory, known) if not known.trusts(signal.action)]

    def _restored(self, memory: bytes) -> Memory:
        return msgspec.msgpack.decode(memory, type=self._memory) if memory else self._memory()


def _apart(rows: Sequence[Pending], watermark: int) -> tuple[list[Pending], list[Pending]]:
    """Those up to the watermark, and those after it, of rows in order."""
    ready = list(takewhile(lambda row: row.time <= watermark, rows))
    return ready, list(rows[len(ready):])


def _from_beginning(rows: Sequence[Pending], memory: bytes) -> Sequence[Pending]:
    """Those that matter: without a memory, none before the first with which one may begin."""
    return rows if memory else list(dropwhile(lambda row: not row.begins, rows))
