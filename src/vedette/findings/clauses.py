"""Conditions as SQL, asked of one finding after another."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    any_,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.sql.expression import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from vedette.findings.attributes import PROMOTED, index_key
from vedette.findings.filters import COMPARED, Condition, Op, severity_ranges
from vedette.findings.schema import ExactText, attribute, finding
from vedette.findings.wildcard import as_glob, as_like, wildcard_match

NUMBERS = frozenset({"severity", "count", "created", "updated", "first_seen", "last_seen"})
"""Columns of the finding's row that hold numbers."""


class Clauses:
    """Makes the SQL of one database."""

    def __init__(self, connection: Connection) -> None:
        self._sqlite = connection.dialect.name == "sqlite"

    def among(self, seqs: Iterable[int], seq: ColumnElement[int] = finding.c.seq) -> ColumnElement[bool]:
        """The finding is one of these. They travel as one value, so that there may be many.

        ``seq`` is where another table names the finding.
        """
        if self._sqlite:
            asked = func.json_each(f"[{','.join(map(str, seqs))}]").table_valued("value")
            return seq.in_(select(asked.c.value))
        return seq == any_(literal(list(seqs), ARRAY(BigInteger)))

    def of(self, numbers: Collection[int]) -> ColumnElement[bool]:
        """The finding is one of these detectors'."""
        return self._plain(finding.c.detector).in_(numbers)

    def holds(self, condition: Condition) -> ColumnElement[bool]:
        """The condition holds for the finding."""
        if condition.path.name in PROMOTED:
            column = finding.c[PROMOTED[condition.path.name]]
            found = self._promoted(condition, self._plain(column))
        else:
            # PostgreSQL would rather join all that two conditions allow than look at a few findings; an OFFSET keeps
            # it from that.
            each = select(attribute.c.seq).where(attribute.c.seq == finding.c.seq, self._attribute(condition))
            found = exists(each if self._sqlite else each.offset(0))
        return not_(found) if condition.negative else found

    def _plain(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """The column so that SQLite chooses no index by it: it knows nothing of how many rows a condition leaves."""
        return UnaryExpression(column, operator=custom_op("+"), type_=column.type) if self._sqlite else column

    def _promoted(self, condition: Condition, column: ColumnElement[Any]) -> ColumnElement[bool]:
        name = PROMOTED[condition.path.name]
        texts = condition.texts
        if condition.op in COMPARED:
            return COMPARED[condition.op](column, condition.bound) if name in NUMBERS else false()  # type: ignore[arg-type,return-value]
        if name == "archived":
            return column.in_([value for value in (0, 1) if fits(condition, "true" if value else "false")])
        if condition.op in (Op.MATCHES, Op.NOT_MATCHES):
            return self._wildcard(cast(column, ExactText) if name in NUMBERS else column, texts)
        if name == "severity":
            return or_(*(and_(column >= low, column <= high) for low, high in severity_ranges(texts)))
        if name in NUMBERS:
            return column.in_([int(text) for text in texts if is_whole(text)])
        return column.in_([index_key(text) for text in texts])

    def _attribute(self, condition: Condition) -> ColumnElement[bool]:
        here = attribute.c.path == condition.path.number
        if condition.op in COMPARED:
            bound, number = float(condition.bound), self._plain(attribute.c.number)
            return and_(here, COMPARED[condition.op](number, bound))  # type: ignore[arg-type]
        if condition.op in (Op.MATCHES, Op.NOT_MATCHES):
            whole = func.coalesce(attribute.c.long_value, attribute.c.value)
            return and_(here, self._wildcard(whole, condition.texts))
        return and_(here, attribute.c.value.in_([index_key(text) for text in condition.texts]))

    def _wildcard(self, column: ColumnElement[Any], patterns: Iterable[str]) -> ColumnElement[bool]:
        if self._sqlite:
            return or_(*(column.bool_op("GLOB")(as_glob(one)) for one in patterns))
        return or_(*(column.like(as_like(one), escape="\\") for one in patterns))


def fits(condition: Condition, text: str) -> bool:
    """A value is one that an equality or a wildcard asks for; what a negative condition makes of it is left aside."""
    if condition.op in (Op.MATCHES, Op.NOT_MATCHES):
        return any(wildcard_match(one, text) for one in condition.texts)
    return text in condition.texts


def is_whole(text: str) -> bool:
    """It is how a whole number of 64 bits is written."""
    return text.isascii() and text.removeprefix("-").isdigit() and len(text) < 19 and str(int(text)) == text
