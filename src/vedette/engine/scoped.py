"""Whose lists act on which record: what is known may differ from account to account and from Region to Region.

The record's own account and Region decide, or, where it names none, those of its object's path. AWS's addresses and the
inventory are the same everywhere; only lists differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import polars as pl

from vedette.detectors.declare import Detector
from vedette.detectors.known import Known
from vedette.engine.call_numbers import CallNumbers
from vedette.engine.costs import Costs
from vedette.engine.dispatch import Dispatcher, Hit
from vedette.logs.cloudtrail import ApiCall
from vedette.logs.eks_audit import cluster_at
from vedette.logs.kinds import Batch, LogKind
from vedette.logs.small_objects import Places, Rows, SmallLookups
from vedette.sources import LogObject

Place = tuple[str, str]
"""An account and a Region."""

_PLACE = ("account_id", "region")


def account_of(record: Any) -> str:
    """The account whose log a record is of; empty when it does not say."""
    account: str = record.account if isinstance(record, ApiCall) else record.account_id
    return account


def _said(kind: LogKind, records: Sequence[Any]) -> set[tuple[Any, Any]]:
    """Where records say that they are of."""
    if kind is LogKind.CLOUDTRAIL:
        return {(call.recipient_account_id, call.region) for call in records}
    return {(one.account_id, one.region) for one in records}


def homes_of(batch: Batch, obj: LogObject) -> set[Place]:
    """Where the records of a batch are of: as they say, or where they do not, as their object's path does."""
    said: Iterable[tuple[str | None, str | None]] = ()
    if batch.structs is not None:
        said = _said(batch.kind, batch.structs)
    elif batch.frame is not None:
        nothing = pl.lit(None, pl.String)
        columns = (pl.col(name) if name in batch.frame.columns else nothing.alias(name) for name in _PLACE)
        said = batch.frame.lazy().select(*columns).unique().collect().rows()
    return {(account or obj.account, region or obj.region) for account, region in said}


def home_of_lookups(small: SmallLookups, obj: LogObject) -> Place:
    """Where the look-ups of an object are of, which is of one VPC: as its first says."""
    said = _HOMES.decode(small.text[:small.text.index(b"\n")])
    return said.account_id or obj.account, said.region or obj.region


class Scopes:
    """What is known, by account and Region."""

    def __init__(self, everywhere: Known, ruled: Mapping[Place, Known] | None = None) -> None:
        """``everywhere`` holds where ``ruled`` says nothing else. All share one inventory and AWS's addresses."""
        self.everywhere = everywhere
        self.ruled = dict(ruled or {})

    def at(self, account: str, region: str) -> Known:
        """What is known there."""
        return self.ruled.get((account, region), self.everywhere)

    def of(self, record: Any) -> Known:
        """What is known where a record (`vedette.engine.mapping.at_home`) is of."""
        if not self.ruled:
            return self.everywhere
        return self.at(account_of(record), record.region)

    def different(self) -> list[Known]:
        """Each different knowledge once, `everywhere` first."""
        return list(dict.fromkeys((self.everywhere, *self.ruled.values())))


Knowledge = Known | Scopes
"""One knowledge for all, or by account and Region."""


def scopes_of(known: Knowledge) -> Scopes:
    """The same, by account and Region."""
    return known if isinstance(known, Scopes) else Scopes(known)


class ScopedDispatcher:
    """A `Dispatcher` for each different knowledge, and which of them a record goes to. One costs what it costs alone.

    Each selects from its own records only: with many tenants, a record still meets one set of lists.
    """

    def __init__(self, detectors: Iterable[Detector], scopes: Scopes, costs: Costs | None = None) -> None:
        self._detectors = list(detectors)
        self._scopes = scopes
        self._costs = costs
        self.numbers = CallNumbers()
        """Of calls, for all that look at each."""
        self.everywhere = Dispatcher(self._detectors, scopes.everywhere, costs, self.numbers)
        self._made = {scopes.everywhere: self.everywhere}

    def of(self, record: Any) -> Dispatcher:
        """The one for a record that is at home."""
        return self._with(self._scopes.of(record)) if self._scopes.ruled else self.everywhere

    def forget_told(self) -> None:
        """What was told of an object is lost: see `FirstCalls.forget`."""
        for dispatcher in self._made.values():
            dispatcher.first_calls.forget()
            dispatcher.first_requests.forget()

    def hits(self, batch: Batch, obj: LogObject) -> Iterator[Hit]:
        """As `Dispatcher.hits`, of a batch of an object."""
        home = f"{obj.account}/{obj.region}/{cluster_at(obj.locator)}" if (
            batch.kind is LogKind.EKS_AUDIT) else ""
        if not self._scopes.ruled:
            yield from self.everywhere.hits(batch, home)
        elif batch.structs is not None:
            for dispatcher, part in self._parts(batch, batch.structs, obj):
                yield from dispatcher.hits(part, home)
        elif batch.frame is not None:
            frame = self.everywhere.oriented(batch.kind, batch.frame)
            for dispatcher, rows in self._rows(frame, np.zeros(frame.height, np.int64), [obj]):
                yield from dispatcher.row_hits(batch.kind, frame if rows is None else frame[rows])

    def flow_hits(self, flows: Rows, objects: Sequence[LogObject]) -> Iterator[tuple[int, Hit]]:
        """As `Dispatcher.flow_hits`; ``objects`` are those that ``flows.owner`` numbers."""
        frame = self.everywhere.oriented(flows.kind, flows.frame, flows.owner)
        if not self._scopes.ruled:
            yield from self.everywhere.flow_hits(frame, flows)
            return
        for dispatcher, rows in self._rows(frame, flows.owner, objects):
            if rows is None:
                yield from dispatcher.flow_hits(frame, flows)
            else:
                part = frame[rows]
                yield from dispatcher.flow_hits(part, Rows(flows.kind, part, flows.owner[rows], flows.line[rows]))

    def of_lookups(self, small: SmallLookups, obj: LogObject) -> Dispatcher | None:
        """The one that all records of an object go to, if it is one, and can be asked value by value."""
        if not self._scopes.ruled:
            return self.everywhere if self.everywhere.lookups_by_value else None
        try:
            homes = {(said.account_id or obj.account, said.region or obj.region)
                     for said in _HOMES.decode_lines(small.text)}
        except (msgspec.MsgspecError, ValueError):
            return None
        found = {self._scopes.at(*home) for home in homes}
        dispatcher = self._with(found.pop()) if len(found) == 1 else None
        return dispatcher if dispatcher and dispatcher.lookups_by_value else None

    def _with(self, known: Known) -> Dispatcher:
        made = self._made.get(known)
        if made is None:
            made = self._made[known] = Dispatcher(self._detectors, known, self._costs, self.numbers)
        return made

    def _parts(self, batch: Batch, structs: Sequence[Any], obj: LogObject) -> Iterator[tuple[Dispatcher, Batch]]:
        said = _said(batch.kind, structs)
        if all(account and region for account, region in said):
            found = {self._scopes.at(account, region) for account, region in said}
            if len(found) == 1:
                yield self._with(found.pop()), batch
                return
        parts: dict[Known, tuple[list[Any], list[int]]] = {}
        for one, position in zip(structs, batch.positions, strict=True):
            known = self._scopes.at(account_of(one) or obj.account, one.region or obj.region)
            mine, positions = parts.setdefault(known, ([], []))
            mine.append(one)
            positions.append(position)
        for known, (mine, positions) in parts.items():
            yield self._with(known), Batch(batch.kind, structs=mine, positions=positions)

    def _rows(
        self, frame: pl.DataFrame, owner: Places, objects: Sequence[LogObject]
    ) -> Iterator[tuple[Dispatcher, Places | None]]:
        """Each dispatcher with the numbers of its rows of a frame; None: all of them."""
        homes = pl.DataFrame({
            name: _filled(frame, name, owner, [getattr(one, path) for one in objects])
            for name, path in (("account_id", "account"), ("region", "region"))})
        different = homes.unique()
        knowns = [self._scopes.at(*home) for home in different.rows()]
        order = {known: number for number, known in enumerate(dict.fromkeys(knowns))}
        if len(order) <= 1:
            for known in order:
                yield self._with(known), None
            return
        numbered = different.with_columns(scope=pl.Series([order[known] for known in knowns], dtype=pl.UInt32))
        scope = homes.join(numbered, on=["account_id", "region"], how="left", maintain_order="left")["scope"].to_numpy()
        for known, number in order.items():
            yield self._with(known), np.flatnonzero(scope == number)


class _Home(msgspec.Struct):
    """Where a look-up was made, as its record says."""

    account_id: str | None = None
    region: str | None = None


_HOMES = msgspec.json.Decoder(_Home)


def _filled(frame: pl.DataFrame, name: str, owner: Places, paths: Sequence[str]) -> pl.Series:
    """A column, with the value of its object's path where a row has none."""
    said = frame[name] if name in frame.columns else pl.Series(name, [None], dtype=pl.String).new_from_index(
        0, frame.height)
    missing = said.is_null() | (said == "")
    if not missing.any():
        return said
    return said.zip_with(~missing, pl.Series(name, paths, dtype=pl.String)[owner]).rename(name)
