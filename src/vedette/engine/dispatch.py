"""Which detectors meet which record: an index, so that a record meets only the rules that could fire."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import polars as pl

from vedette.detectors.declare import CallsNamed, CallsWhere, Detector, FrameWhere
from vedette.detectors.known import Known
from vedette.detectors.signal import Signal
from vedette.logs.cloudtrail import ApiCall
from vedette.logs.kinds import Batch, LogKind
from vedette.logs.resolver_dns import to_lookups
from vedette.logs.vpc_flow import oriented, to_flows

_MEMO = 200_000
"""Distinct values of a field remembered by the index; beyond that it starts afresh, to keep memory bounded."""

Hit = tuple[int, Any, Detector]
"""Position in the object, the record, the detector that wants it."""

_FIELD_OF: dict[str, Callable[[ApiCall], str | None]] = {
    "source_ip": lambda call: call.source_ip,
    "user_agent": lambda call: call.user_agent,
    "identity_type": lambda call: call.identity.type,
    "principal_id": lambda call: call.identity.principal_id,
}


class _Index(dict[str | None, tuple[Detector, ...]]):
    """A field's value → the detectors whose test it passes, asked once for each distinct value."""

    def __init__(self, rules: Sequence[tuple[CallsWhere, Detector]], known: Known) -> None:
        super().__init__()
        self._rules = rules
        self._known = known

    def __missing__(self, value: str | None) -> tuple[Detector, ...]:
        if len(self) >= _MEMO:
            self.clear()
        wanted: tuple[Detector, ...] = ()
        if value:
            wanted = tuple(detector for rule, detector in self._rules if rule.test(value, self._known))
        self[value] = wanted
        return wanted


class Dispatcher:
    """The detectors of a run, indexed by what they want to see."""

    def __init__(self, detectors: Iterable[Detector], known: Known) -> None:
        self._known = known
        self._named: dict[str, list[tuple[str, Detector]]] = {}
        where: dict[str, list[tuple[CallsWhere, Detector]]] = {}
        self._frames: dict[LogKind, list[tuple[FrameWhere, Detector]]] = {}
        for detector in detectors:
            for trigger in detector.on:
                if isinstance(trigger, CallsNamed):
                    for name in trigger.names:
                        self._named.setdefault(name, []).append((trigger.source, detector))
                elif isinstance(trigger, CallsWhere):
                    where.setdefault(trigger.field, []).append((trigger, detector))
                else:
                    self._frames.setdefault(trigger.kind, []).append((trigger, detector))
        self._indexes = {field: _Index(rules, known) for field, rules in where.items()}
        self._addresses = known.inventory.interface_addresses()

    def hits(self, batch: Batch) -> Iterator[Hit]:
        """The records of a batch that some detector wants, each with that detector."""
        if batch.calls is not None:
            yield from self._call_hits(batch.calls, batch.positions)
        elif batch.frame is not None:
            yield from self._frame_hits(batch.kind, batch.frame)

    def _call_hits(self, calls: Sequence[ApiCall], positions: Sequence[int]) -> Iterator[Hit]:
        named = self._named
        nothing: list[tuple[str, Detector]] = []
        by_ip = self._indexes.get("source_ip", _Index((), self._known))
        by_agent = self._indexes.get("user_agent", _Index((), self._known))
        by_type = self._indexes.get("identity_type", _Index((), self._known))
        by_principal = self._indexes.get("principal_id", _Index((), self._known))
        for place, call in enumerate(calls):
            found = named.get(call.event_name, nothing)
            who = call.user_identity
            wanted = by_ip[call.source_ip] + by_agent[call.user_agent]
            if who is not None:
                wanted += by_type[who.type] + by_principal[who.principal_id]
            if found:
                wanted += tuple(detector for source, detector in found if source == call.event_source)
            if wanted:
                position = positions[place]
                for detector in dict.fromkeys(wanted):
                    yield position, call, detector

    def _frame_hits(self, kind: LogKind, frame: pl.DataFrame) -> Iterator[Hit]:
        rules = self._frames.get(kind)
        if not rules:
            return
        lazy = oriented(frame, self._addresses) if kind is LogKind.VPC_FLOW else frame.lazy()
        selected = pl.collect_all([rule.select(lazy, self._known) for rule, _ in rules])
        for (_, detector), rows in zip(rules, selected, strict=True):
            if not rows.height:
                continue
            records: Sequence[Any] = to_flows(rows) if kind is LogKind.VPC_FLOW else to_lookups(rows)
            for record in records:
                yield record.position, record, detector

    def judge(self, detector: Detector, record: Any) -> Iterator[Signal]:
        """What a plain detector says of a record."""
        if detector.judge is None:
            raise TypeError(f"{detector.name} is keyed")
        said = detector.judge(record, self._known)
        if isinstance(said, Signal):
            yield said
        elif said is not None:
            yield from said
