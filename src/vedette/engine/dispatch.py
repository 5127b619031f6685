"""Which detectors meet which record: an index, so that a record meets only the rules that could fire."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, Generic, TypeVar

import polars as pl

from vedette.detectors.declare import CallsNamed, CallsWhere, Detector, FrameSelect, FrameWhere, Session, SessionsWhere
from vedette.detectors.known import Known
from vedette.detectors.signal import Signal
from vedette.engine.costs import Costs
from vedette.logs.cloudtrail import ApiCall, UserIdentity
from vedette.logs.kinds import Batch, Limits, LogKind
from vedette.logs.resolver_dns import COLUMNS, to_lookups
from vedette.logs.small_objects import BY_VALUE, Asked, LookupsTogether, Places, Rows
from vedette.logs.vpc_flow import oriented, to_flows

_MEMO = 200_000
"""Distinct values of a field remembered by the index; beyond that it starts afresh, to keep memory bounded."""

Hit = tuple[int, Any, Detector]
"""Position in the object, the record, the detector that wants it."""

_NOBODY = UserIdentity()
_ASKED = attrgetter("event_name", "source_ip", "user_agent", "user_identity")

V = TypeVar("V")

_Place = tuple[str | None, str, str, str | None, str | None]
"""The parts of a `Session`, as a record has them: plain, since one is made for each record."""


class _Index(dict[V, tuple[Detector, ...]], Generic[V]):
    """A value → the detectors whose test it passes, asked once for each distinct value. An absent value passes none."""

    def __init__(self, rules: Sequence[tuple[Callable[[Any, Known], bool], Detector]], known: Known) -> None:
        super().__init__()
        self._rules = rules
        self._known = known

    def __missing__(self, value: V) -> tuple[Detector, ...]:
        if len(self) >= _MEMO:
            self.clear()
        wanted: tuple[Detector, ...] = ()
        if value:
            wanted = tuple(detector for test, detector in self._rules if test(value, self._known))
        self[value] = wanted
        return wanted


def _of_session(test: Callable[[Session, Known], bool], place: _Place, known: Known) -> bool:
    return test(Session(*(part or "" for part in place)), known)


class Dispatcher:
    """The detectors of a run, indexed by what they want to see."""

    def __init__(self, detectors: Iterable[Detector], known: Known, costs: Costs | None = None) -> None:
        """``costs``: where what each detector costs is counted, if it is."""
        self.known = known
        self._costs = costs
        self.asked = Asked()
        """Look-ups that it has been asked about."""
        self._named: dict[str, list[tuple[str, Detector]]] = {}
        where: dict[str, list[tuple[Callable[[str, Known], bool], Detector]]] = {}
        sessions: list[tuple[Callable[[Session, Known], bool], Detector]] = []
        self._frames: dict[LogKind, list[tuple[FrameWhere, Detector]]] = {}
        for detector in detectors:
            for trigger in detector.on:
                if isinstance(trigger, CallsNamed):
                    for name in trigger.names:
                        self._named.setdefault(name, []).append((trigger.source, detector))
                elif isinstance(trigger, CallsWhere):
                    where.setdefault(trigger.field, []).append((trigger.test, detector))
                elif isinstance(trigger, SessionsWhere):
                    sessions.append((trigger.test, detector))
                else:
                    self._frames.setdefault(trigger.kind, []).append((trigger, detector))
        self._ips, self._agents, self._types = (
            _Index[str | None](where.get(field, ()), known) for field in ("source_ip", "user_agent", "identity_type"))
        self._sessions = _Index[_Place](
            [(partial(_of_session, test), detector) for test, detector in sessions], known)
        self._addresses = known.inventory.interface_addresses()
        self._lookup_columns = [
            _columns_read(rule.select, known) for rule, _ in self._frames.get(LogKind.DNS, ())]

    @property
    def lookups_by_value(self) -> bool:
        """Each selection of look-ups reads one of the columns whose distinct values can be asked about, or none."""
        return all(len(columns) <= 1 and columns <= BY_VALUE for columns in self._lookup_columns)

    def hits(self, batch: Batch) -> Iterator[Hit]:
        """The records of a batch that some detector wants, each with that detector."""
        if batch.calls is not None:
            return self._call_hits(batch.calls, batch.positions)
        if batch.frame is not None:
            return self.row_hits(batch.kind, self.oriented(batch.kind, batch.frame))
        return iter(())

    def oriented(self, kind: LogKind, frame: pl.DataFrame, objects: Places | None = None) -> pl.DataFrame:
        """The rows as selections look at them; ``objects`` as in `vedette.logs.flow_orientation.oriented`."""
        return oriented(frame, self._addresses, objects).collect() if kind is LogKind.VPC_FLOW else frame

    def flow_hits(self, frame: pl.DataFrame, flows: Rows) -> Iterator[tuple[int, Hit]]:
        """The rows of several objects that some detector wants, each with the number of its object.

        ``frame`` is that of ``flows``, oriented.
        """
        for detector, chosen in self._selected(LogKind.VPC_FLOW, frame):
            for owner, flow in zip(flows.owner[chosen].tolist(), to_flows(flows.at_home(frame, chosen)), strict=True):
                yield owner, (flow.position, flow, detector)

    def lookup_hits(self, lookups: LookupsTogether, limits: Limits) -> Iterator[tuple[int, Hit]]:
        """The same of look-ups. `lookups_by_value` must hold."""
        asking = [(detector, column, self._selection(rule, detector)) for (rule, detector), columns
                  in zip(self._frames.get(LogKind.DNS, ()), self._lookup_columns, strict=True) for column in columns]
        found = lookups.rows([(column, select) for _, column, select in asking], limits)
        if found is None:
            return
        rows, kept = found
        for (detector, _, _), chosen in zip(asking, kept, strict=True):
            if self._costs:
                self._costs.count(detector.name, chosen.len())
            records = to_lookups(rows.at_home(rows.frame, chosen))
            for owner, lookup in zip(rows.owner[chosen].tolist(), records, strict=True):
                yield owner, (lookup.position, lookup, detector)

    def _call_hits(self, calls: Sequence[ApiCall], positions: Sequence[int]) -> Iterator[Hit]:
        named = self._named
        by_ip, by_agent, by_type, by_session = self._ips, self._agents, self._types, self._sessions
        # All that the indexes ask of a record at once: this runs for every record there is.
        asked = map(_ASKED, calls)
        for place, (call, (name, address, program, identity)) in enumerate(zip(calls, asked, strict=True)):
            who = identity or _NOBODY
            found = named.get(name)
            ip, agent, kind = by_ip[address], by_agent[program], by_type[who.type]
            session = by_session[
                who.principal_id, who.account_id or call.account, address, call.vpc_endpoint_id,
                call.vpc_endpoint_account_id] if who.type == "AssumedRole" else ()
            if found or ip or agent or kind or session:
                wanted = {id(detector): detector for detector in (*ip, *agent, *kind, *session)}
                for source, detector in found or ():
                    if source == call.event_source:
                        wanted[id(detector)] = detector
                for detector in wanted.values():
                    if self._costs:
                        self._costs.count(detector.name, 1)
                    yield positions[place], call, detector

    def row_hits(self, kind: LogKind, frame: pl.DataFrame) -> Iterator[Hit]:
        """The rows of a frame (`oriented`) that some detector wants."""
        for detector, chosen in self._selected(kind, frame):
            rows = frame[chosen]
            records: Sequence[Any] = to_flows(rows) if kind is LogKind.VPC_FLOW else to_lookups(rows)
            for record in records:
                yield record.position, record, detector

    def _selected(self, kind: LogKind, frame: pl.DataFrame) -> Iterator[tuple[Detector, pl.Series]]:
        """The numbers of the rows that each detector wants. Only what its selection looks at is copied on the way."""
        rules = self._frames.get(kind, ())
        if not rules:
            return
        numbered = frame.with_row_index("row").lazy()
        asked = [rule.select(numbered, self.known).select("row") for rule, _ in rules]
        found = pl.collect_all(asked) if self._costs is None else [
            self._collected(each, detector) for each, (_, detector) in zip(asked, rules, strict=True)]
        for (_, detector), kept in zip(rules, found, strict=True):
            if kept.height:
                if self._costs:
                    self._costs.count(detector.name, kept.height)
                yield detector, kept["row"]

    def _selection(self, rule: FrameWhere, detector: Detector) -> Callable[[pl.LazyFrame], pl.LazyFrame]:
        if self._costs is None:
            return partial(_selection, rule.select, self.known)
        return lambda frame: self._collected(
            rule.select(frame, self.known).select("position"), detector).lazy()

    def _collected(self, asked: pl.LazyFrame, detector: Detector) -> pl.DataFrame:
        """Selected by itself, so that its cost can be told from others'."""
        since = self._costs.clock() if self._costs else 0
        found = asked.collect()
        if self._costs:
            self._costs.add(detector.name, since)
        return found

    def judge(self, detector: Detector, record: Any) -> Iterator[Signal]:
        """What a plain detector says of a record."""
        if detector.judge is None:
            raise TypeError(f"{detector.name} is keyed")
        if self._costs is None:
            yield from self._told(detector.judge(record, self.known))
            return
        since = self._costs.clock()
        said = list(self._told(detector.judge(record, self.known)))
        self._costs.add(detector.name, since)
        yield from said

    def _told(self, said: Signal | Iterable[Signal] | None) -> Iterator[Signal]:
        return (signal for signal in _said(said) if not self.known.trusts(signal.action))


def _said(said: Signal | Iterable[Signal] | None) -> Iterable[Signal]:
    return () if said is None else (said,) if isinstance(said, Signal) else said


def _selection(select: FrameSelect, known: Known, frame: pl.LazyFrame) -> pl.LazyFrame:
    return select(frame, known)


def _columns_read(select: FrameSelect, known: Known) -> frozenset[str]:
    """The columns of look-ups that a selection looks at, by what Polars asks an empty frame for."""
    read: set[str] = set()

    def noted(frame: pl.DataFrame) -> pl.DataFrame:
        read.update(frame.columns)
        return frame

    empty = pl.LazyFrame(schema=COLUMNS).map_batches(
        noted, projection_pushdown=True, predicate_pushdown=False, slice_pushdown=False)
    select(empty, known).select("position").collect()
    return frozenset(read - {"position"})
