"""Which detectors meet which record: an index, so that a record meets only the rules that could fire."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import count, product
from operator import attrgetter
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from vedette.detectors.declare import (
    CallsNamed,
    CallsUnlike,
    CallsWhere,
    DatabaseCallersWhere,
    DatabaseEvents,
    Detector,
    FrameSelect,
    FrameWhere,
    KubeCaller,
    KubeCallersWhere,
    KubeRequests,
    Session,
    SessionsWhere,
)
from vedette.detectors.known import Known
from vedette.detectors.signal import Signal
from vedette.engine.call_numbers import CallNumbers, CallTable
from vedette.engine.costs import Costs
from vedette.engine.first_calls import FirstCalls
from vedette.engine.first_requests import Asking, FirstRequests
from vedette.logs.cloudtrail import LATEST, ApiCall, UserIdentity
from vedette.logs.eks_audit import KubeCall
from vedette.logs.kinds import Batch, Limits, LogKind
from vedette.logs.rds import DbEvent, Did
from vedette.logs.resolver_dns import COLUMNS, to_lookups
from vedette.logs.small_objects import BY_VALUE, Asked, LookupsTogether, Places, Rows
from vedette.logs.vpc_flow import oriented, to_flows

_MEMO = 200_000
"""Distinct values of a field remembered by the index; beyond that it starts afresh, to keep memory bounded."""

_MOST_CALLERS = 50_000
"""The same of who calls from where, of which much more is held each."""

_LONG = 4_096
"""Characters of what is longer than a value ever is: it is not remembered, so that no records fill the memory."""

Hit = tuple[int, Any, Detector]
"""Position in the object, the record, the detector that wants it."""

_NOBODY = UserIdentity()

V = TypeVar("V")
Numbers = npt.NDArray[np.uint32]

_Who = tuple[str | None, str | None, str | None, str | None]
_Where = tuple[str, str | None, str | None, str | None, str | None]
_WHO = attrgetter("type", "principal_id", "account_id", "arn")
_Rules = Sequence[tuple[Callable[[str, Known], bool], Detector]]


_LIKE = attrgetter("account_id", "region", "cluster", "instance", "user", "database", "source", "application")
_HOUR = 3_600_000
_KubeCaller = tuple[str, tuple[str, ...] | None]
_KubeRules = Sequence[tuple[KubeRequests, Detector]]


def _test_of_caller(test: Callable[[KubeCaller, Known], bool], caller: _KubeCaller, known: Known) -> bool:
    username, addresses = caller
    return test(KubeCaller(username, addresses or ()), known)


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
        if len(str(value)) <= _LONG:
            self[value] = wanted
        return wanted


class _Callers(dict[tuple[_Who, _Where], tuple[int, tuple[Detector, ...]]]):
    """Who called from where → a number, and the detectors that want whatever they call. The same mostly call again."""

    def __init__(
        self, fields: Mapping[str, _Rules], sessions: Sequence[tuple[Callable[[Session, Known], bool], Detector]],
        known: Known,
    ) -> None:
        super().__init__()
        self._addresses, self._programs, self._types = (
            _Index[str | None](fields.get(field, ()), known) for field in ("source_ip", "user_agent", "identity_type"))
        self._sessions = _Index[Session](sessions, known)
        self._numbers = count()

    def __missing__(self, caller: tuple[_Who, _Where]) -> tuple[int, tuple[Detector, ...]]:
        if len(self) >= _MOST_CALLERS:
            self.clear()
        (kind, principal, account, _), (address, program, endpoint, endpoint_account, recipient) = caller
        wanted = (*self._addresses[address], *self._programs[program], *self._types[kind])
        if kind == "AssumedRole":
            wanted += self._sessions[Session(
                principal or "", account or recipient or "", address, endpoint or "", endpoint_account or "")]
        found = next(self._numbers), wanted
        if len(str(caller)) <= _LONG:
            self[caller] = found
        return found


class _Numbered:
    """What is known of a table's callers, by number: it is found out once, and at hand for each record."""

    def __init__(self, table: CallTable, callers: _Callers) -> None:
        self.table = table
        self._callers = callers
        self.who: list[int] = []
        """The number of who calls from where."""
        self.wanted: dict[int, tuple[Detector, ...]] = {}
        """The detectors that want whatever they call, of callers for whom there are any."""

    def catch_up(self) -> None:
        """Get to know the callers that have come to the table."""
        for number, (identity, *where) in enumerate(self.table.callers.things[len(self.who):], len(self.who)):
            who, wanting = self._callers[_WHO(identity or _NOBODY), tuple(where)]
            self.who.append(who)
            if wanting:
                self.wanted[number] = wanting


class _Askings(dict[tuple[Any, ...], Asking | None]):
    """What is asked of a cluster, by whom and from where → who wants that; None: nobody, and so it is with most."""

    def __init__(self, requests: Mapping[tuple[str, str, str], _KubeRules], callers: _Index[_KubeCaller]) -> None:
        super().__init__()
        self._requests = requests
        self._callers = callers
        self._numbers = count()

    def __missing__(self, asking: tuple[Any, ...]) -> Asking | None:
        if len(self) >= _MOST_CALLERS:
            self.clear()
        verb, resource, part, username, addresses = asking
        rules = self._requests.get((verb, resource, part), ())
        always = {id(detector): detector for detector in (
            *(detector for rule, detector in rules if rule.alike is None), *self._callers[username, addresses])}
        firsts = tuple((rule, detector) for rule, detector in rules if rule.alike and id(detector) not in always)
        found = Asking(next(self._numbers), username.startswith("system:"), firsts, tuple(always.values())) if (
            firsts or always) else None
        if len(str(asking)) <= _LONG:
            self[asking] = found
        return found


class Dispatcher:
    """The detectors of a run, indexed by what they want to see."""

    def __init__(
        self, detectors: Iterable[Detector], known: Known, costs: Costs | None = None,
        numbers: CallNumbers | None = None,
    ) -> None:
        """``costs``: where what each detector costs is counted, if it is.

        ``numbers``: what numbers calls, for others as well.
        """
        self.known = known
        self._costs = costs
        self.asked = Asked()
        """Look-ups that it has been asked about."""
        self._named: dict[str, list[tuple[str, Detector]]] = {}
        where: dict[str, list[tuple[Callable[[str, Known], bool], Detector]]] = {}
        sessions: list[tuple[Callable[[Session, Known], bool], Detector]] = []
        self._frames: dict[LogKind, list[tuple[FrameWhere, Detector]]] = {}
        unlike: list[tuple[CallsUnlike, Detector]] = []
        self._requests: dict[tuple[str, str, str], list[tuple[KubeRequests, Detector]]] = {}
        kube_callers: list[tuple[Callable[[_KubeCaller, Known], bool], Detector]] = []
        self._deeds: dict[str, list[Detector]] = {}
        self._first_logins: list[Detector] = []
        places: list[tuple[Callable[[str, Known], bool], Detector]] = []
        for detector in detectors:
            for trigger in detector.on:
                if isinstance(trigger, CallsNamed):
                    for name in trigger.names:
                        self._named.setdefault(name, []).append((trigger.source, detector))
                elif isinstance(trigger, CallsWhere):
                    where.setdefault(trigger.field, []).append((trigger.test, detector))
                elif isinstance(trigger, SessionsWhere):
                    sessions.append((trigger.test, detector))
                elif isinstance(trigger, CallsUnlike):
                    unlike.append((trigger, detector))
                elif isinstance(trigger, KubeRequests):
                    for resource, verb in product(trigger.resources, trigger.verbs):
                        name, _, part = resource.partition("/")
                        self._requests.setdefault((verb, name, part), []).append((trigger, detector))
                elif isinstance(trigger, KubeCallersWhere):
                    kube_callers.append((partial(_test_of_caller, trigger.test), detector))
                elif isinstance(trigger, DatabaseEvents):
                    if trigger.first and Did.LOGGED_IN in trigger.dids:
                        self._first_logins.append(detector)
                    for did in trigger.dids - ({Did.LOGGED_IN} if trigger.first else set()):
                        self._deeds.setdefault(did, []).append(detector)
                elif isinstance(trigger, DatabaseCallersWhere):
                    places.append((trigger.test, detector))
                else:
                    self._frames.setdefault(trigger.kind, []).append((trigger, detector))
        self._numbers = numbers or CallNumbers()
        self._callers = _Callers(where, sessions, known)
        self._numbered: _Numbered | None = None
        self._askings = _Askings(self._requests, _Index[_KubeCaller](kube_callers, known))
        self._places = _Index[str](places, known)
        self.first_calls = FirstCalls(unlike, known)
        """Of calls that are alike."""
        self.first_requests = FirstRequests(known)
        self._addresses = known.inventory.interface_addresses()

    @cached_property
    def _lookup_columns(self) -> list[frozenset[str]]:
        return [_columns_read(rule.select, self.known) for rule, _ in self._frames.get(LogKind.DNS, ())]

    @property
    def lookups_by_value(self) -> bool:
        """Each selection of look-ups reads one of the columns whose distinct values can be asked about, or none."""
        return all(len(columns) <= 1 and columns <= BY_VALUE for columns in self._lookup_columns)

    def hits(self, batch: Batch, home: str = "") -> Iterator[Hit]:
        """The records of a batch that some detector wants, each with that detector.

        ``home``: what the object's path says of where they were written, as far as records may not say it.
        """
        if batch.kind is LogKind.CLOUDTRAIL:
            return self._call_hits(batch.structs or (), batch.positions)
        if batch.kind is LogKind.EKS_AUDIT:
            return self._request_hits(batch.structs or (), batch.positions, home)
        if batch.kind is LogKind.RDS:
            return self._event_hits(batch.structs or (), batch.positions)
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
        chosen, wanted = self._selected(LogKind.VPC_FLOW, frame)
        owners, records = flows.owner[chosen].tolist(), to_flows(flows.at_home(frame, chosen))
        for detector, places in wanted:
            for place in places:
                yield owners[place], (records[place].position, records[place], detector)

    def lookup_hits(self, lookups: LookupsTogether, limits: Limits) -> Iterator[tuple[int, Hit]]:
        """The same of look-ups. `lookups_by_value` must hold."""
        asking = [(detector, column, self._selection(rule, detector), rule.rcode) for (rule, detector), columns
                  in zip(self._frames.get(LogKind.DNS, ()), self._lookup_columns, strict=True) for column in columns]
        found = lookups.rows([(column, select, rcode) for _, column, select, rcode in asking], limits)
        if found is None:
            return
        rows, kept = found
        for (detector, *_), chosen in zip(asking, kept, strict=True):
            if self._costs:
                self._costs.count(detector.name, chosen.len())
            records = to_lookups(rows.at_home(rows.frame, chosen))
            for owner, lookup in zip(rows.owner[chosen].tolist(), records, strict=True):
                yield owner, (lookup.position, lookup, detector)

    def _call_hits(self, calls: Sequence[ApiCall], positions: Sequence[int]) -> Iterator[Hit]:
        # This runs for every record there is: all that is asked of each is asked in one expression.
        said = self._numbers.of(calls)
        if self._numbered is None or self._numbered.table is not said.table:
            self._numbered = _Numbered(said.table, self._callers)
        numbered = self._numbered
        numbered.catch_up()
        by_caller, by_name = numbered.wanted, self._named
        for place in [place for place, (caller, call) in enumerate(zip(said.callers, calls, strict=True))
                      if caller in by_caller or call.event_name in by_name]:
            call = calls[place]
            wanted = {id(detector): detector for detector in by_caller.get(said.callers[place], ())}
            for source, detector in by_name.get(call.event_name, ()):
                if source == call.event_source:
                    wanted[id(detector)] = detector
            for detector in wanted.values():
                if self._costs:
                    self._costs.count(detector.name, 1)
                yield positions[place], call, detector
        for place, first, detector in self.first_calls.of(said, numbered.who):
            if self._costs:
                self._costs.count(detector.name, 1)
            yield positions[place], first, detector

    def _request_hits(self, calls: Sequence[KubeCall], positions: Sequence[int], home: str) -> Iterator[Hit]:
        # As of calls.
        askings = self._askings
        asking = [askings[call.verb, call.about.resource, call.about.subresource, call.who.username, call.source_ips]
                  for call in calls]
        places = [place for place, asked in enumerate(asking) if asked]
        wanted = [asked for asked in asking if asked]
        firsts = self.first_requests.of([calls[place] for place in places], wanted, home)
        for place, asked, first in zip(places, wanted, firsts, strict=True):
            for detector in {id(one): one for one in (*first, *asked.always)}.values() if first or asked.always else ():
                if self._costs:
                    self._costs.count(detector.name, 1)
                yield positions[place], calls[place], detector

    def _event_hits(self, events: Sequence[DbEvent], positions: Sequence[int]) -> Iterator[Hit]:
        # As of calls.
        deeds = [event.did for event in events]
        for place in _first_logins(events, deeds):
            for detector in self._first_logins:
                if self._costs:
                    self._costs.count(detector.name, 1)
                yield positions[place], events[place], detector
        done = map(self._deeds.get, deeds)
        places = self._places
        where = [places[event.source] for event in events]
        for place, (by_deed, by_place) in enumerate(zip(done, where, strict=True)):
            if by_deed or by_place:
                for detector in {id(one): one for one in (*(by_deed or ()), *by_place)}.values():
                    if self._costs:
                        self._costs.count(detector.name, 1)
                    yield positions[place], events[place], detector

    def row_hits(self, kind: LogKind, frame: pl.DataFrame) -> Iterator[Hit]:
        """The rows of a frame (`oriented`) that some detector wants."""
        chosen, wanted = self._selected(kind, frame)
        rows = frame[chosen]
        records: Sequence[Any] = to_flows(rows) if kind is LogKind.VPC_FLOW else to_lookups(rows)
        for detector, places in wanted:
            for place in places:
                yield records[place].position, records[place], detector

    def _selected(self, kind: LogKind, frame: pl.DataFrame) -> tuple[Numbers, list[tuple[Detector, list[int]]]]:
        """The numbers of the rows that some detector wants, and which of these each wants.

        Only what a selection looks at is copied on the way.
        """
        rules = self._frames.get(kind, ())
        numbered = frame.with_row_index("row").lazy()
        # Several detectors may share a selection.
        sharing: dict[tuple[FrameSelect, str], list[Detector]] = {}
        for rule, detector in rules:
            sharing.setdefault((rule.select, rule.rcode), []).append(detector)
        asked = [select(numbered.filter(pl.col("rcode") == rcode) if rcode else numbered, self.known).select("row")
                 for select, rcode in sharing]
        found = pl.collect_all(asked) if self._costs is None else [
            self._collected(each, detectors[0]) for each, detectors in zip(asked, sharing.values(), strict=True)]
        wanted = [(detector, kept["row"].to_numpy())
                  for detectors, kept in zip(sharing.values(), found, strict=True) if kept.height
                  for detector in detectors]
        if self._costs:
            for detector, numbers in wanted:
                self._costs.count(detector.name, len(numbers))
        chosen = np.unique(np.concatenate([np.empty(0, np.uint32), *(numbers for _, numbers in wanted)]))
        return chosen, [(detector, np.searchsorted(chosen, numbers).tolist()) for detector, numbers in wanted]

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


def _first_logins(events: Sequence[DbEvent], deeds: Sequence[str]) -> list[int]:
    """The places of log-ins that are the first of their like in an hour."""
    first: dict[tuple[Any, ...], tuple[int, int]] = {}
    for place in [place for place, did in enumerate(deeds) if did == Did.LOGGED_IN]:
        event = events[place]
        key = (*_LIKE(event), event.moment // _HOUR)
        moment, other = first.get(key, (LATEST, -1))
        if other < 0 or event.moment < moment or (
                event.moment == moment and event.record < events[other].record):
            first[key] = event.moment, place
    return [place for _, place in first.values()]


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
