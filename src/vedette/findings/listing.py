"""Lists findings in order, a page at a time.

`vedette.findings.selection` says which findings match. Few are read and sorted. Of many, the values they are sorted by
are gone through in their order, and each value's findings taken from the postings, until the page is full. Times are
posted by the day: a day's findings are read and sorted, or, being many, met while walking the index of that time.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, asc, desc, func, literal, select, tuple_

from vedette.findings.attributes import PROMOTED, FilterPath
from vedette.findings.bits import PART, Bits, both, either, members, size, without
from vedette.findings.exact_text import restored, storable
from vedette.findings.filters import FilterError, FindingCriteria, checked_path
from vedette.findings.postings import DAY, POSTED, TIMES, count_range
from vedette.findings.schema import attribute, finding
from vedette.findings.selection import VALUES, Selection

FEW = 2000
"""So many findings at most are read and sorted, rather than met along an index; fewer, where they stand dense in it."""

MAX_LIMIT = 10_000

Sort = tuple[str, Literal["ASC", "DESC"]]
"""A filterable path and a direction."""

_SMALLEST = -1.7e308
"""Stands for the number of a finding that has none."""

_FEW_VALUES = 50
"""Values of an attribute that are gone through; findings are sorted by more of them in SQL."""

_AHEAD = 8
"""Values of which the findings are read at once."""

_STEP, _LONGEST_STEP = 500, 8000
"""Entries of an index that are read at first, and at most, at once."""

_FRUITLESS = 4
"""Entries of an index for each finding sought, after which they are rather read."""

_Whole = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Page(NamedTuple):
    """Some findings' ids, in order, and where to go on."""

    ids: list[str]
    next_token: str | None
    """None: these were the last."""


class _Place(NamedTuple):
    """Where a finding stands in an order, as the database compares it."""

    value: Any
    seq: int


class _Layer(NamedTuple):
    """Findings whose sort values lie from ``first`` to ``last``."""

    first: Any
    last: Any
    posted: str
    """The value that they are posted with."""


def list_findings(
    connection: Connection, criteria: FindingCriteria, sort: Sort, limit: int, after: str | None,
    detectors: Collection[str] | None = None,
) -> Page:
    """A page of the findings that match; `vedette.findings.store.Store.list` says more."""
    name, direction = sort
    path = checked_path(name)
    if direction not in ("ASC", "DESC"):
        raise FilterError(f"{str(direction)[:20]!r} is no order: use ASC or DESC", where="orderBy")
    if not 1 <= limit <= MAX_LIMIT:
        raise FilterError(f"must be 1 to {MAX_LIMIT}, not {limit}", where="maxResults")
    place = _place(after, path, direction) if after else None
    selection = Selection(connection, criteria, detectors)
    rows = _Order(connection, selection, path, direction == "DESC", place).rows(limit + 1)
    more = len(rows) > limit
    kept = rows[:limit]
    return Page([one for _, one in kept], _token(path, direction, kept[-1][0]) if more else None)


class _Order:
    """The findings of a selection in the order of a path, from a place on."""

    def __init__(
        self, connection: Connection, selection: Selection, path: FilterPath, down: bool, place: _Place | None
    ) -> None:
        self._connection = connection
        self._selection = selection
        self._path = path
        self._column = PROMOTED.get(path.name)
        self._down = down
        self._place = place
        self._needed = 0

    def rows(self, limit: int) -> list[tuple[_Place, str]]:
        """The first ``limit`` findings: their place and id."""
        self._needed = at_once = limit
        found: list[tuple[_Place, str]] = []
        places = self._places()
        while len(found) < limit and (some := list(islice(places, at_once))):
            query = select(finding.c.seq, finding.c.id).where(*self._selection.of(seq for _, seq in some))
            ids: dict[int, str] = dict(self._connection.execute(query).all())
            found.extend((one, ids[one.seq]) for one in some if one.seq in ids)
            at_once *= 2
        return found[:limit]

    def _places(self) -> Iterator[_Place]:
        """Where the findings stand that match or may match."""
        bits = self._selection.bits
        if self._column is None:
            return self._by_attribute(bits)
        if size(bits) <= FEW and self._column != "detector_id":
            return self._read(bits)
        layers = self._layers(self._column)
        return self._met(bits, None, size(bits)) if layers is None else self._by_layer(bits, layers)

    def _layers(self, column: str) -> list[_Layer] | None:
        """What the values of a column are posted with, rising; None: no order can be told from that."""
        if column == "detector_id":
            return sorted(_Layer(storable(one), storable(one), str(number))
                          for one, number in self._selection.detectors.items())
        if column == "id":
            return None
        values = self._selection.postings.values(POSTED[column], VALUES)
        return None if values is None else sorted(_layer(column, one) for one in values)

    def _by_layer(self, bits: Bits, layers: list[_Layer]) -> Iterator[_Place]:
        pool: Bits = {}
        pooled: list[_Layer] = []
        there = 0
        for layer, posted in self._filled(layers):
            found = both(bits, posted)
            if layer.first == layer.last:
                yield from self._met(pool, pooled, there)
                pool, pooled, there = {}, [], 0
                yield from self._later(_Place(layer.first, seq) for seq in members(found, down=self._down))
            else:
                pool = either(pool, found)
                pooled.append(layer)
                there += size(posted)
                if size(pool) >= self._needed:
                    yield from self._met(pool, pooled, there)
                    pool, pooled, there = {}, [], 0
        yield from self._met(pool, pooled, there)

    def _filled(self, layers: list[_Layer]) -> Iterator[tuple[_Layer, Bits]]:
        """Each layer from the place on with all its findings, in the order asked for."""
        path = POSTED.get(self._column or "", POSTED["detector"])
        place = self._place
        left = iter(layers[::-1] if self._down else layers)
        if place is not None:
            left = (one for one in left if (one.first <= place.value if self._down else one.last >= place.value))
        while some := list(islice(left, _AHEAD)):
            posted = self._selection.postings.each(path, [one.posted for one in some])
            for layer in some:
                yield layer, posted.get(layer.posted, {})

    def _met(self, bits: Bits, layers: list[_Layer] | None, there: int) -> Iterator[_Place]:
        """The findings ``bits``, which are among ``there`` in ``layers`` (None: anywhere), as an index meets them."""
        count = size(bits)
        if not count:
            return
        # To read one is dearer than to pass one by.
        if self._column not in {*TIMES, "id"} or (count <= FEW and count * count < self._needed * there):
            yield from self._read(bits)
            return
        column = finding.c[self._column]
        query = select(column, finding.c.seq)
        if layers:
            query = query.where(
                column >= min(one.first for one in layers), column <= max(one.last for one in layers))
        turn = desc if self._down else asc
        query = query.order_by(turn(column), turn(finding.c.seq))
        place, walked = self._place, 0
        step = max(_STEP, 2 * self._needed * there // count)
        while True:
            beyond = [] if place is None else [self._beyond(column, place)]
            rows = self._connection.execute(query.where(*beyond).limit(step)).all()
            for value, seq in rows:
                place = _Place(_ordered(value), seq)
                if bits.get(seq // PART, 0) >> seq % PART & 1:
                    yield place
            walked += len(rows)
            if len(rows) < step:
                return
            if walked > _FRUITLESS * count:
                # They stand far from here.
                yield from self._read(bits, place)
                return
            step = min(2 * step, max(step, _LONGEST_STEP))

    def _read(self, bits: Bits, place: _Place | None = None) -> Iterator[_Place]:
        """The findings ``bits`` (from another place on) after looking at each."""
        query = select(finding.c[self._column or "id"], finding.c.seq).where(
            self._selection.clauses.among(members(bits)))
        found = [_Place(_ordered(value), seq) for value, seq in self._connection.execute(query)]
        found.sort(reverse=self._down)
        return self._later(found, place)

    def _by_attribute(self, bits: Bits) -> Iterator[_Place]:
        """A finding with several values there counts with its least."""
        postings = self._selection.postings
        values = postings.values(self._path.number, _FEW_VALUES) if self._path.kind == "string" else None
        if values is None or size(bits) <= FEW:
            return self._sorted_in_sql()
        posted = postings.each(self._path.number, values)
        layers: list[tuple[str, Bits]] = []
        for value in values:
            layers.append((storable(value), both(bits, posted[value])))
            bits = without(bits, posted[value])
        layers.insert(0, ("", bits))
        if self._down:
            layers.reverse()
        return self._later(
            _Place(value, seq) for value, found in layers for seq in members(found, down=self._down))

    def _sorted_in_sql(self) -> Iterator[_Place]:
        turn = desc if self._down else asc
        least = _least(self._path)
        order = least.label("place")
        query = (
            select(order, finding.c.seq).where(*self._selection.where())
            .order_by(turn(order), turn(finding.c.seq)).limit(self._needed))
        if self._place is not None:
            query = query.where(self._beyond(least, self._place))
        for value, seq in self._connection.execute(query):
            yield _Place(_ordered(value), seq)

    def _beyond(self, column: ColumnElement[Any], place: _Place) -> ColumnElement[bool]:
        value = restored(place.value) if isinstance(place.value, str) else place.value
        here, there = tuple_(column, finding.c.seq), tuple_(literal(value, column.type), literal(place.seq))
        return here < there if self._down else here > there

    def _later(self, places: Iterable[_Place], place: _Place | None = None) -> Iterator[_Place]:
        """Those after the place (another than the order's)."""
        after = place or self._place
        if after is None:
            return iter(places)
        return (one for one in places if (one < after if self._down else one > after))


def _layer(column: str, posted: str) -> _Layer:
    if column in TIMES:
        first = int(posted) * DAY
        return _Layer(first, first + DAY - 1, posted)
    if column == "count":
        first, end = count_range(int(posted))
        return _Layer(first, end - 1, posted)
    value: Any = float(posted) if column == "severity" else int(posted == "true") if column == "archived" else storable(
        posted)
    return _Layer(value, value, posted)


def _least(path: FilterPath) -> ColumnElement[Any]:
    """What a finding without a column for the path is sorted by: its least value there."""
    column, none = (attribute.c.value, "") if path.kind == "string" else (attribute.c.number, _SMALLEST)
    least = select(func.min(column)).where(attribute.c.seq == finding.c.seq, attribute.c.path == path.number)
    return func.coalesce(least.scalar_subquery(), literal(none, column.type))


def _ordered(value: Any) -> Any:
    """A sort value as the database compares it."""
    return storable(value) if isinstance(value, str) else value


def _token(path: FilterPath, direction: str, place: _Place) -> str:
    return urlsafe_b64encode(msgspec.json.encode((path.name, direction, *place))).decode()


def _place(token: str, path: FilterPath, direction: str) -> _Place:
    column = PROMOTED.get(path.name)
    value: Any = str
    if column in {*TIMES, "count", "archived"}:
        value = _Whole
    elif column == "severity" or (column is None and path.kind != "string"):
        value = float
    try:
        name, order, value, seq = msgspec.json.decode(
            urlsafe_b64decode(token.encode()), type=tuple[str, str, value, _Whole])
    except (ValueError, msgspec.MsgspecError) as error:
        raise FilterError("is no token that this list gave", where="nextToken") from error
    if (name, order) != (path.name, direction):
        raise FilterError(f"belongs to a list sorted by {name[:100]} {order[:100]}", where="nextToken")
    return _Place(value, seq)
