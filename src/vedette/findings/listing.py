"""Finds findings: FindingCriteria as SQL, a page at a time.

Two ways lead to a page. *Along the order*: walk the index of the sort column and ask of each finding whether it
matches; quick when many do. *From the rare condition*: take the few findings that an index says one condition allows,
test the others, and sort; quick when few do. Counting each condition's findings, up to `FEW`, tells which way to go.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    asc,
    cast,
    desc,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
)
from sqlalchemy.sql.expression import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from vedette.findings.attributes import PROMOTED, FilterPath, index_key
from vedette.findings.exact_text import restored, storable
from vedette.findings.filters import (
    COMPARED,
    Condition,
    FilterError,
    FindingCriteria,
    Op,
    checked_path,
    severity_ranges,
)
from vedette.findings.schema import ExactText, attribute, detector, finding
from vedette.findings.wildcard import as_glob, as_like, wildcard_match

FEW = 2000
"""Findings that are quicker sorted than found along the order."""

MAX_LIMIT = 10_000

Sort = tuple[str, Literal["ASC", "DESC"]]
"""A filterable path and a direction."""

_NUMBERS = frozenset({"severity", "count", "created", "updated", "first_seen", "last_seen"})
_SMALLEST = -1.7e308
"""Stands for the number of a finding that has none."""


_Whole = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Page(NamedTuple):
    """Some findings' ids, in order, and where to go on."""

    ids: list[str]
    next_token: str | None
    """None: these were the last."""


class _Place(NamedTuple):
    value: Any
    seq: int


def list_findings(
    connection: Connection, criteria: FindingCriteria, sort: Sort, limit: int, after: str | None
) -> Page:
    """A page of the findings that match; `vedette.findings.store.Store.list` says more."""
    name, direction = sort
    path = checked_path(name)
    if direction not in ("ASC", "DESC"):
        raise FilterError(f"{str(direction)[:20]!r} is no order: use ASC or DESC", where="orderBy")
    if not 1 <= limit <= MAX_LIMIT:
        raise FilterError(f"must be 1 to {MAX_LIMIT}, not {limit}", where="maxResults")
    down = direction == "DESC"
    place = _place(after, path, direction) if after else None
    rows: list[tuple[Any, int, str]] = []
    for number, detector_id in connection.execute(select(detector.c.number, detector.c.detector_id)).all():
        conditions = [one for one in criteria.conditions if one.path.name != "service.detectorId"]
        others = [one for one in criteria.conditions if one.path.name == "service.detectorId"]
        if all(one.holds({detector_id: None}) for one in others):
            query = _Query(connection, number, detector_id, conditions, path)
            rows.extend(query.rows(down, limit + 1, place))
    rows.sort(key=lambda row: (_ordered(row[0]), row[1]), reverse=down)
    more = len(rows) > limit
    kept = rows[:limit]
    return Page([row[2] for row in kept], _token(path, direction, kept[-1]) if more else None)


class _Query:
    """The matching findings of one detector."""

    def __init__(
        self, connection: Connection, number: int, detector_id: str, conditions: Iterable[Condition], sort: FilterPath
    ) -> None:
        self._connection = connection
        self._sqlite = connection.dialect.name == "sqlite"
        self._number = number
        self._conditions = list(conditions)
        self._column = PROMOTED.get(sort.name)
        self._order: ColumnElement[Any]
        if self._column == "detector_id":
            self._order = literal(detector_id)
        elif self._column is not None:
            self._order = finding.c[self._column]
        else:
            self._order = _least(sort)

    def rows(self, down: bool, limit: int, place: _Place | None) -> list[tuple[Any, int, str]]:
        """(sort value, seq, id) of the first ``limit`` after ``place``."""
        rare, fewest = self._rarest()
        if fewest == 0:
            return []
        scattered = fewest <= FEW or any(map(_is_one_id, self._conditions))
        turn = desc if down else asc
        order = self._order.label("place")
        query = (
            select(order, finding.c.seq, finding.c.id)
            .where(
                (self._hidden(finding.c.detector) if scattered else finding.c.detector) == self._number,
                *(self._clause(one) for one in self._conditions))
            .order_by(turn(order), turn(finding.c.seq)).limit(limit))
        if place is not None:
            here = tuple_(self._order, finding.c.seq)
            there = tuple_(literal(place.value, self._order.type), literal(place.seq))
            query = query.where(here < there if down else here > there)
        if rare is not None and fewest <= FEW:
            query = query.where(finding.c.seq.in_(rare))
        return [(value, seq, one) for value, seq, one in self._connection.execute(query)]

    def _hidden(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """The column so that SQLite chooses no index by it: it knows nothing of how many rows a condition leaves."""
        return UnaryExpression(column, operator=custom_op("+"), type_=column.type) if self._sqlite else column

    def _rarest(self) -> tuple[Select[Any] | None, int]:
        """The condition that an index says allows the fewest findings, and how many; `FEW` + 1 stands for more."""
        best: Select[Any] | None = None
        fewest = FEW + 1
        for condition in self._conditions:
            allowed = self._allowed(condition)
            if allowed is not None:
                capped = allowed.limit(FEW + 1).subquery()
                count = self._connection.scalar(select(func.count()).select_from(capped)) or 0
                if count < fewest:
                    best, fewest = allowed, count
                if fewest == 0:
                    break
        return best, fewest

    def _allowed(self, condition: Condition) -> Select[Any] | None:
        """The findings that a condition allows, where an index finds them; None where it does not."""
        if condition.negative or condition.op is Op.MATCHES or condition.path.name == "id":
            return None
        if condition.path.name in PROMOTED:
            column = finding.c[PROMOTED[condition.path.name]]
            return select(finding.c.seq).where(
                finding.c.detector == self._number, self._promoted(condition, column))
        return select(attribute.c.seq).where(attribute.c.detector == self._number, self._attribute(condition))

    def _clause(self, condition: Condition) -> ColumnElement[bool]:
        if condition.path.name in PROMOTED:
            column = finding.c[PROMOTED[condition.path.name]]
            # What the walked index begins with, and one id, may be looked up.
            seen = _is_one_id(condition) or (
                self._column == "updated" and column.name == "archived" and len(_archived(condition)) == 1)
            holds = self._promoted(condition, column if seen else self._hidden(column))
        else:
            holds = exists().where(attribute.c.seq == finding.c.seq, self._attribute(condition))
        return not_(holds) if condition.negative else holds

    def _promoted(self, condition: Condition, column: ColumnElement[Any]) -> ColumnElement[bool]:
        name = PROMOTED[condition.path.name]
        texts = condition.texts
        if condition.op in COMPARED:
            return COMPARED[condition.op](column, condition.bound) if name in _NUMBERS else false()  # type: ignore[arg-type,return-value]
        if name == "archived":
            fitting = _archived(condition)
            return column == fitting[0] if len(fitting) == 1 else column.in_(fitting)
        if condition.op in (Op.MATCHES, Op.NOT_MATCHES):
            return self._wildcard(cast(column, ExactText) if name in _NUMBERS else column, texts)
        if name == "severity":
            return or_(*(and_(column >= low, column <= high) for low, high in severity_ranges(texts)))
        if name in _NUMBERS:
            return column.in_([int(text) for text in texts if _canonical(text)])
        return column.in_([index_key(text) for text in texts])

    def _attribute(self, condition: Condition) -> ColumnElement[bool]:
        here = attribute.c.path == condition.path.number
        if condition.op in COMPARED:
            bound = float(condition.bound)
            return and_(here, COMPARED[condition.op](attribute.c.number, bound))  # type: ignore[arg-type]
        if condition.op in (Op.MATCHES, Op.NOT_MATCHES):
            whole = func.coalesce(attribute.c.long_value, attribute.c.value)
            return and_(here, self._wildcard(whole, condition.texts))
        return and_(here, attribute.c.value.in_([index_key(text) for text in condition.texts]))

    def _wildcard(self, column: ColumnElement[Any], patterns: Iterable[str]) -> ColumnElement[bool]:
        if self._sqlite:
            return or_(*(column.bool_op("GLOB")(as_glob(one)) for one in patterns))
        return or_(*(column.like(as_like(one), escape="\\") for one in patterns))


def _is_one_id(condition: Condition) -> bool:
    return condition.path.name == "id" and condition.op is Op.EQUALS


def _archived(condition: Condition) -> list[int]:
    """The values of the column that fit a condition, leaving aside that it may be a negative one."""
    if condition.op in (Op.MATCHES, Op.NOT_MATCHES):
        fits = [any(wildcard_match(one, text) for one in condition.texts) for text in ("false", "true")]
    else:
        fits = [text in condition.texts for text in ("false", "true")]
    return [value for value in (0, 1) if fits[value]]


def _canonical(text: str) -> bool:
    """It is how a whole number of 64 bits is written."""
    return text.isascii() and text.removeprefix("-").isdigit() and len(text) < 19 and str(int(text)) == text


def _least(path: FilterPath) -> ColumnElement[Any]:
    """What a finding without a column for the path is sorted by: its least value there."""
    column, none = (attribute.c.value, "") if path.kind == "string" else (attribute.c.number, _SMALLEST)
    least = select(func.min(column)).where(attribute.c.seq == finding.c.seq, attribute.c.path == path.number)
    return func.coalesce(least.scalar_subquery(), literal(none, column.type))


def _token(path: FilterPath, direction: str, row: tuple[Any, int, str]) -> str:
    return urlsafe_b64encode(msgspec.json.encode((path.name, direction, _ordered(row[0]), row[1]))).decode()


def _ordered(value: Any) -> Any:
    """A sort value as the database compares it."""
    return storable(value) if isinstance(value, str) else value


def _place(token: str, path: FilterPath, direction: str) -> _Place:
    number = PROMOTED.get(path.name) in {*_NUMBERS, "archived"} or (path.name not in PROMOTED and path.kind != "string")
    shape: Any = tuple[str, str, float | _Whole, _Whole] if number else tuple[str, str, str, _Whole]
    try:
        name, order, value, seq = msgspec.json.decode(urlsafe_b64decode(token.encode()), type=shape)
    except (ValueError, msgspec.MsgspecError) as error:
        raise FilterError("is no token that this list gave", where="nextToken") from error
    if (name, order) != (path.name, direction):
        raise FilterError(f"belongs to a list sorted by {name[:100]} {order[:100]}", where="nextToken")
    return _Place(restored(value) if isinstance(value, str) else value, seq)
