"""Which findings match criteria: each condition's findings as bits, read from the postings, and what is in all.

Where the postings do not decide (a wildcard on ten thousand names, a number among as many), the finding may match: it
is asked in SQL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from math import inf
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, Text, bindparam, func, select

from vedette.findings.attributes import INDEXED, PROMOTED, index_key
from vedette.findings.bits import Bits, bits_of, both, decoded, either, members, size, without
from vedette.findings.clauses import Clauses, fits, is_whole
from vedette.findings.exact_text import MARK, storable
from vedette.findings.filters import COMPARED, Condition, FindingCriteria, Op, severity_ranges
from vedette.findings.postings import DAY, POSTED, TIMES, count_range
from vedette.findings.schema import attribute, detector, finding, posting
from vedette.findings.wildcard import wildcard_match

MANY = 20_000
"""Findings that an index is read for; what leaves more is asked finding by finding."""

VALUES = 2000
"""Values of one path that are looked at."""

ROWS = 10_000
"""Rows of postings that are read for a condition that does not name its values."""

ASKED = 300
"""So few findings are asked the rest of the conditions one by one."""

_PREFIX = INDEXED - 40
"""Characters that also a value has that is cut."""

_IN = 500
"""Values in one IN list."""


class _Judged(NamedTuple):
    """A condition, were it no negative one: the findings for which it holds, and those for which it may hold."""

    sure: Bits
    maybe: Bits | None
    """None: any of the rest."""


_HAVING = select(posting.c.part, posting.c.bits).where(
    posting.c.path == bindparam("path"), posting.c.value.in_(bindparam("values", expanding=True))
)
_EACH = _HAVING.add_columns(posting.c.value)
_ALL = select(posting.c.part, posting.c.bits, posting.c.value).where(posting.c.path == bindparam("path"))
_HOW_MANY = select(func.count()).select_from(
    select(posting.c.part).where(posting.c.path == bindparam("path")).limit(bindparam("most")).subquery())


def _one_by_one(begins: Callable[[ColumnElement[str]], ColumnElement[bool]]) -> Select[Any]:
    """The values of a path, each found by its place in the key after the one before."""
    table, path = posting.alias("one"), bindparam("path", type_=BigInteger)
    first = select(posting.c.value).where(posting.c.path == path, posting.c.value >= bindparam("prefix"))
    steps = select(first.order_by(posting.c.value).limit(1).scalar_subquery().label("value")).cte(
        "steps", recursive=True)
    after = select(table.c.value).where(table.c.path == path, table.c.value > steps.c.value)
    steps = steps.union_all(
        select(after.order_by(table.c.value).limit(1).scalar_subquery()).where(begins(steps.c.value)))
    return select(steps.c.value).where(begins(steps.c.value)).limit(bindparam("most"))


_VALUES = _one_by_one(lambda value: value.is_not(None))
_BEGUN = _one_by_one(lambda value: func.substr(value, 1, bindparam("length")) == bindparam("written", type_=Text))


class Postings:
    """Reads the table of postings."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def having(self, path: int, values: Iterable[str]) -> Bits:
        """The findings that have one of the values at the path."""
        found: Bits = {}
        for part, bits in self._rows(_HAVING, path, values):
            found[part] = found.get(part, 0) | decoded(bits)
        return found

    def having_any(self, path: int, values: Iterable[str]) -> Bits | None:
        """The same; None: that would be to read more than `ROWS`."""
        found: Bits = {}
        for read, (part, bits) in enumerate(self._rows(_HAVING, path, values)):
            if read == ROWS:
                return None
            found[part] = found.get(part, 0) | decoded(bits)
        return found

    def each(self, path: int, values: Iterable[str]) -> dict[str, Bits]:
        """The findings that have each of the values."""
        found: dict[str, Bits] = {}
        for part, bits, value in self._rows(_EACH, path, values):
            found.setdefault(value, {})[part] = decoded(bits)
        return found

    def all(self, path: int) -> dict[str, Bits] | None:
        """The findings that have each of the values of the path; None: that would be to read more than `ROWS`."""
        if (self._connection.scalar(_HOW_MANY, {"path": path, "most": ROWS + 1}) or 0) > ROWS:
            return None
        found: dict[str, Bits] = {}
        for part, bits, value in self._connection.execute(_ALL, {"path": path}):
            found.setdefault(value, {})[part] = decoded(bits)
        return found

    def values(self, path: int, most: int, prefix: str = "") -> list[str] | None:
        """All values that a path has and that begin so, by their bytes; None: there are more than ``most``."""
        written = storable(prefix)
        given = {"path": path, "prefix": prefix, "most": most + 1}
        found = list(self._connection.scalars(
            _BEGUN, {**given, "length": len(written), "written": written}) if written
            else self._connection.scalars(_VALUES, given))
        return None if len(found) > most else found

    def _rows(self, query: Select[Any], path: int, values: Iterable[str]) -> Iterator[Any]:
        rest = iter(values)
        while chunk := list(islice(rest, _IN)):
            yield from self._connection.execute(query, {"path": path, "values": chunk})


class Selection:
    """The findings of some detectors that match criteria."""

    def __init__(self, connection: Connection, criteria: FindingCriteria, detectors: Collection[str] | None) -> None:
        """``detectors`` are the ids of those whose findings count; None is all."""
        if connection.dialect.name == "postgresql" and not connection.in_transaction():
            # What is asked one after another must be of one moment, as it is on SQLite.
            connection.execution_options(isolation_level="REPEATABLE READ")
        self._connection = connection
        self._conditions = [one for one in criteria.conditions if one.path.name != "service.detectorId"]
        self.clauses = Clauses(connection)
        self.postings = Postings(connection)
        self.detectors: dict[str, int] = {}
        """Id and number of the detectors whose findings are seen."""
        self.bits: Bits = {}
        """The findings that match, and those that may."""
        self.unsure: list[Condition] = []
        """What is to be asked of each finding in `bits`."""
        self._maybe: Bits | None = {}
        """Those of `bits` that are to be asked; None: all of them."""
        self._strangers = False
        """Among `bits` are findings of other detectors."""
        self._every = self._choose(criteria, detectors)
        self._select()

    def of(self, seqs: Iterable[int]) -> list[ColumnElement[bool]]:
        """What an SQL query asks to see those of ``seqs``, which are some of `bits`, that match."""
        ours = [self.clauses.of(self.detectors.values())] if self._strangers else []
        return [self.clauses.among(seqs), *ours, *map(self.clauses.holds, self.unsure)]

    def where(self) -> list[ColumnElement[bool]]:
        """What an SQL query asks to see all that match."""
        # To name them is quicker, but for so many of them that reading everything is.
        plain = all(one.path.name in PROMOTED for one in self._conditions)
        if plain and size(self.bits) > MANY:
            ours = [] if self._every else [self.clauses.of(self.detectors.values())]
            return [*ours, *map(self.clauses.holds, self._conditions)]
        return self.of(members(self.bits))

    def exact(self) -> Bits:
        """Those that match, and no others."""
        if self._strangers or self._maybe is None:
            return bits_of(self._connection.scalars(select(finding.c.seq).where(*self.where())))
        asked = both(self.bits, self._maybe)
        if not asked:
            return self.bits
        found = self._connection.scalars(select(finding.c.seq).where(*self.of(members(asked))))
        return either(without(self.bits, asked), bits_of(found))

    def _choose(self, criteria: FindingCriteria, among: Collection[str] | None) -> bool:
        """Sets the detectors; True when they are all there are."""
        asked = [one for one in criteria.conditions if one.path.name == "service.detectorId"]
        every = True
        for number, name in self._connection.execute(select(detector.c.number, detector.c.detector_id)):
            if (among is None or name in among) and all(one.holds({name: None}) for one in asked):
                self.detectors[name] = number
            else:
                every = False
        return every

    def _select(self) -> None:
        bits: Bits | None = None
        open_ones: list[tuple[Condition, Bits | None]] = []
        for condition in sorted(self._conditions, key=_turn):
            if bits is not None and size(bits) <= ASKED:
                open_ones.append((condition, None))
                continue
            sure, maybe = self._judged(condition, bits)
            if condition.negative:
                bits = without(self._everything() if bits is None else bits, sure)
            elif maybe is not None:
                allowed = either(sure, maybe) if maybe else sure
                bits = allowed if bits is None else both(bits, allowed)
            if maybe is None or maybe:
                open_ones.append((condition, maybe))
        if not self._every and bits is not None and size(bits) <= ASKED:
            self._strangers = True
        elif not self._every:
            ours = self.postings.having(POSTED["detector"], map(str, self.detectors.values()))
            bits = ours if bits is None else both(bits, ours)
        self.bits = self._everything() if bits is None else bits
        self.unsure = [one for one, maybe in open_ones if maybe is None or both(self.bits, maybe)]
        open_bits = [maybe for _, maybe in open_ones]
        self._maybe = None if None in open_bits else either(*(one for one in open_bits if one is not None))

    def _everything(self) -> Bits:
        return self.postings.having(POSTED["archived"], ("false", "true"))

    def _judged(self, condition: Condition, bits: Bits | None) -> _Judged:
        """``bits`` are the findings of which it is asked, None: all."""
        path = condition.path
        name = PROMOTED.get(path.name)
        if name is None:
            return self._attribute(condition)
        if name in TIMES:
            return self._time(condition, name, bits)
        if name == "count":
            return self._count(condition)
        if condition.op in COMPARED and name != "severity":
            return _Judged({}, {})
        if name == "id":
            return self._id(condition)
        if condition.op in (Op.EQUALS, Op.NOT_EQUALS) and name != "severity":
            return _Judged(self.postings.having(path.number, map(index_key, condition.texts)), {})
        return self._text(condition) if name != "severity" else self._severity(condition)

    def _text(self, condition: Condition) -> _Judged:
        """A wildcard on a column of texts, which are as they are posted."""
        values = self._begun(condition)
        return _Judged({}, None) if values is None else self._sure(condition, self._fitting(condition, values))

    def _sure(self, condition: Condition, values: Iterable[str]) -> _Judged:
        """Of these values it is known that the condition holds, and of no others."""
        found = self.postings.having_any(condition.path.number, values)
        return _Judged({}, None) if found is None else _Judged(found, {})

    def _begun(self, condition: Condition) -> set[str] | None:
        """The posted values that begin as a wildcard's patterns do; None: there are too many to look at."""
        found: set[str] = set()
        for pattern in condition.texts:
            prefix = re.split(r"[*?]", pattern[:_PREFIX])[0]
            values = self.postings.values(condition.path.number, VALUES, prefix)
            if values is None:
                return None
            found.update(values)
        return found

    @staticmethod
    def _fitting(condition: Condition, values: Iterable[str]) -> list[str]:
        patterns = [storable(pattern) for pattern in condition.texts]
        return [value for value in values if any(wildcard_match(one, storable(value)) for one in patterns)]

    def _id(self, condition: Condition) -> _Judged:
        if condition.op in (Op.EQUALS, Op.NOT_EQUALS):
            return _Judged(bits_of(self._connection.scalars(
                select(finding.c.seq).where(finding.c.id.in_(condition.texts)))), {})
        return _Judged({}, None)

    def _severity(self, condition: Condition) -> _Judged:
        values = self.postings.values(condition.path.number, VALUES)
        if values is None:
            return _Judged({}, None)
        if condition.op in COMPARED:
            holding = [one for one in values if COMPARED[condition.op](float(one), condition.bound)]
        else:
            ranges = severity_ranges(condition.texts)
            holding = [one for one in values if any(low <= float(one) <= high for low, high in ranges)]
        return self._sure(condition, holding)

    def _count(self, condition: Condition) -> _Judged:
        number = condition.path.number
        values = self.postings.values(number, VALUES)
        if values is None:
            return _Judged({}, None)
        ranges = {text: count_range(int(text)) for text in values}
        if condition.op in COMPARED:
            low, high = _between(condition)
            sure = [text for text, (first, end) in ranges.items() if low <= first and end <= high]
            maybe = [text for text, (first, end) in ranges.items() if low < end and first < high]
        else:
            exact = {text for text, (first, end) in ranges.items() if end == first + 1}
            sure = [text for text in exact if fits(condition, text)]
            maybe = sure + [text for text in ranges.keys() - exact if self._counted(condition, ranges[text])]
        return self._both(number, sure, set(maybe) - set(sure))

    def _both(self, path: int, sure: Iterable[str], maybe: Iterable[str]) -> _Judged:
        holding, open_ones = self.postings.having_any(path, sure), self.postings.having_any(path, maybe)
        return _Judged({}, None) if holding is None else _Judged(holding, open_ones)

    @staticmethod
    def _counted(condition: Condition, within: tuple[int, int]) -> bool:
        """A count of a range may be one that an equality or a wildcard asks for."""
        if condition.op in (Op.MATCHES, Op.NOT_MATCHES):
            return True
        return any(is_whole(text) and within[0] <= int(text) < within[1] for text in condition.texts)

    def _time(self, condition: Condition, name: str, bits: Bits | None) -> _Judged:
        column, number = finding.c[name], condition.path.number
        if condition.op not in COMPARED:
            found = self._few(select(finding.c.seq).where(
                column.in_([int(text) for text in condition.texts if is_whole(text)])))
            return _Judged({}, None) if found is None else _Judged(found, {})
        low, high = _between(condition)
        values = self.postings.values(number, VALUES)
        if values is None:
            return _Judged({}, None)
        inside: list[str] = []
        sure, maybe = Bits(), Bits()
        for text in values:
            first, end = int(text) * DAY, (int(text) + 1) * DAY
            if low <= first and end <= high:
                inside.append(text)
            elif low < end and first < high:
                day = self.postings.having(number, (text,))
                asked = day if bits is None else both(bits, day)
                found = None if size(asked) <= ASKED else self._few(select(finding.c.seq).where(
                    column >= max(low, first), column < min(high, end)))
                sure, maybe = (sure, either(maybe, asked)) if found is None else (either(sure, found), maybe)
        if 2 * len(inside) <= len(values):
            return _Judged(either(sure, self.postings.having(number, inside)), maybe)
        # Every finding has one day: those of the other days are sooner read.
        outside = self.postings.having(number, set(values) - set(inside))
        return _Judged(either(sure, without(self._everything() if bits is None else bits, outside)), maybe)

    def _attribute(self, condition: Condition) -> _Judged:
        number = condition.path.number
        if condition.op in COMPARED:
            return self._number(condition)
        if condition.op in (Op.EQUALS, Op.NOT_EQUALS):
            return _Judged(self.postings.having(number, map(index_key, condition.texts)), {})
        values = self._begun(condition)
        if values is None:
            return _Judged({}, None)
        # What was cut off may match another way than what stands in its place.
        cut = {one for one in values if MARK in one}
        return self._both(number, self._fitting(condition, values - cut), cut)

    def _number(self, condition: Condition) -> _Judged:
        path, compare, bound = condition.path, COMPARED[condition.op], float(condition.bound)
        values = self.postings.values(path.number, VALUES)
        if values is not None:
            # A text such as "5" is written as the number 5 is, and is none.
            maybe = self.postings.having_any(path.number, (
                one for one in values if (value := _as_number(one)) is not None and compare(value, bound)))
            if maybe is not None:
                return _Judged({}, maybe)
        found = self._few(select(attribute.c.seq).where(
            attribute.c.path == path.number, compare(attribute.c.number, bound)))  # type: ignore[arg-type]
        return _Judged({}, None) if found is None else _Judged(found, {})

    def _few(self, query: Select[Any]) -> Bits | None:
        """The findings that a query finds, None when they are many."""
        found = self._connection.scalars(query.limit(MANY + 1)).all()
        return None if len(found) > MANY else bits_of(found)


def _turn(condition: Condition) -> int:
    """What probably leaves the fewest findings comes first, what leaves many or is dear last."""
    if condition.negative:
        return 3
    if condition.op is not Op.EQUALS:
        return 2
    return int(condition.path.name in PROMOTED and condition.path.name != "id")


def _between(condition: Condition) -> tuple[float, float]:
    """From and to (not included) of the whole numbers for which an ordering condition holds."""
    bound = condition.bound
    return {
        Op.GREATER_THAN: (bound + 1, inf), Op.GREATER_THAN_OR_EQUAL: (bound, inf),
        Op.LESS_THAN: (-inf, bound), Op.LESS_THAN_OR_EQUAL: (-inf, bound + 1),
    }[condition.op]


def _as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
