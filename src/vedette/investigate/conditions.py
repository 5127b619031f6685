"""What is asked of the columns of a log's records, derived ones among them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Literal

import msgspec
import polars as pl

from vedette.engine.history_derived import DERIVED
from vedette.engine.history_rows import SCHEMAS
from vedette.errors import VedetteError
from vedette.logs.kinds import LogKind


class Operator(StrEnum):
    """How a column is compared."""

    EQUALS = "equals"
    """Of several conditions of it on one column, one must hold; of all others each."""
    NOT_EQUALS = "notEquals"
    BEGINS_WITH = "beginsWith"
    NOT_BEGINS_WITH = "notBeginsWith"
    CONTAINS = "contains"
    NOT_CONTAINS = "notContains"
    GREATER_THAN = "greaterThan"
    GREATER_THAN_OR_EQUAL = "greaterThanOrEqual"
    LESS_THAN = "lessThan"
    LESS_THAN_OR_EQUAL = "lessThanOrEqual"
    EXISTS = "exists"
    MISSING = "missing"
    """Nothing stands there, or an empty text."""


class Condition(msgspec.Struct, frozen=True):
    """Something that must hold of a column."""

    column: str
    operator: Operator
    value: str = ""
    """A whole number, or ``true`` or ``false``, where the column holds such; of `Operator.EXISTS` and
    `Operator.MISSING` empty."""


Holds = Literal["text", "texts", "number", "truth"]
"""What stands in a column; of texts one must be as is asked, or none where it is asked that it is not so."""

_ALWAYS = (Operator.EQUALS, Operator.NOT_EQUALS, Operator.EXISTS, Operator.MISSING)
_TEXTS = (*_ALWAYS, Operator.BEGINS_WITH, Operator.NOT_BEGINS_WITH, Operator.CONTAINS, Operator.NOT_CONTAINS)
OPERATORS: dict[Holds, tuple[Operator, ...]] = {
    "text": _TEXTS, "texts": _TEXTS, "truth": _ALWAYS,
    "number": (*_ALWAYS, Operator.GREATER_THAN, Operator.GREATER_THAN_OR_EQUAL, Operator.LESS_THAN,
               Operator.LESS_THAN_OR_EQUAL),
}
"""How a column can be compared, by what stands in it."""

_NOT = {
    Operator.NOT_EQUALS: Operator.EQUALS, Operator.NOT_BEGINS_WITH: Operator.BEGINS_WITH,
    Operator.NOT_CONTAINS: Operator.CONTAINS, Operator.MISSING: Operator.EXISTS,
}
"""What must not hold."""

_SIGNS = {
    "!=": Operator.NOT_EQUALS, "!^": Operator.NOT_BEGINS_WITH, "!:": Operator.NOT_CONTAINS,
    ">=": Operator.GREATER_THAN_OR_EQUAL, "<=": Operator.LESS_THAN_OR_EQUAL, "=": Operator.EQUALS,
    "^": Operator.BEGINS_WITH, ":": Operator.CONTAINS, ">": Operator.GREATER_THAN, "<": Operator.LESS_THAN,
}
_WRITTEN = re.compile(r"(\w+)(!=|!\^|!:|>=|<=|=|\^|:|>|<)(.*)", re.DOTALL)
_LARGEST = 1 << 63
_SHOWN = 100


def holds(log: LogKind, column: str) -> Holds:
    """What stands in a column of a log, or in a derived one.

    Raises:
        VedetteError: the log has no such column.
    """
    if column in DERIVED[log]:
        return "text"
    kind = SCHEMAS[log].get(column)
    if kind is None:
        there = ", ".join((*SCHEMAS[log], *DERIVED[log]))
        raise VedetteError(f"is no column of {log}: give {there}", where=column[:_SHOWN])
    if kind == pl.Boolean:
        return "truth"
    return "text" if kind == pl.String else "number" if kind.is_numeric() else "texts"


def written(text: str) -> Condition:
    """A condition as it is typed: ``event_name=ConsoleLogin``, ``user_agent:kali``, ``srcport>1024``.

    The signs are ``=  !=  ^`` (begins with) ``!^  :`` (contains) ``!:  >  >=  <  <=``; ``error_code=`` alone asks for
    records without one, ``error_code!=`` for those with one.

    Raises:
        VedetteError: it is none.
    """
    found = _WRITTEN.fullmatch(text)
    if not found:
        raise VedetteError("is no condition: write COLUMN=VALUE, or another of != ^ !^ : !: > >= < <= in place of =",
                           where=text[:_SHOWN])
    column, sign, value = found.groups()
    operator = _SIGNS[sign]
    if not value and operator in (Operator.EQUALS, Operator.NOT_EQUALS):
        operator = Operator.MISSING if operator is Operator.EQUALS else Operator.EXISTS
    return Condition(column, operator, value)


def asked_of(log: LogKind, conditions: Iterable[Condition]) -> list[pl.Expr]:
    """What the rows of a log are asked for conditions: each must hold. Null is never given.

    Raises:
        VedetteError: one cannot be asked; says which, and what can.
    """
    equals: dict[str, list[pl.Expr]] = {}
    others: list[pl.Expr] = []
    for one in conditions:
        if one.operator is Operator.EQUALS:
            equals.setdefault(one.column, []).append(_expression(log, one))
        else:
            others.append(_expression(log, one))
    return [*(reduce(or_, some) for some in equals.values()), *others]


def _expression(log: LogKind, one: Condition) -> pl.Expr:
    kind = holds(log, one.column)
    if one.operator not in OPERATORS[kind]:
        raise VedetteError(f"{one.operator} cannot be asked of it: give {', '.join(OPERATORS[kind])}", where=one.column)
    positive = _NOT.get(one.operator)
    asked = _positive(kind, one, positive or one.operator).fill_null(value=False)
    return ~asked if positive else asked


def _positive(kind: Holds, one: Condition, operator: Operator) -> pl.Expr:
    column = pl.col(one.column)
    if operator is Operator.EXISTS:
        if one.value:
            raise VedetteError(f"{one.operator} is asked without a value", where=one.column)
        return {"text": column != "", "texts": column.list.len() > 0}.get(kind, column.is_not_null())
    match kind:
        case "text":
            return _told(column, operator, one.value)
        case "texts":
            if operator is Operator.EQUALS:
                return column.list.contains(one.value)
            return column.list.eval(_told(pl.element(), operator, one.value)).list.any()
        case "truth":
            if one.value not in ("true", "false"):
                raise VedetteError("is true or false", where=one.column)
            return column == (one.value == "true")
    number = pl.lit(_number(one), pl.Int64)
    match operator:
        case Operator.GREATER_THAN:
            return column > number
        case Operator.GREATER_THAN_OR_EQUAL:
            return column >= number
        case Operator.LESS_THAN:
            return column < number
        case Operator.LESS_THAN_OR_EQUAL:
            return column <= number
    return column == number


def _told(text: pl.Expr, operator: Operator, value: str) -> pl.Expr:
    if operator is Operator.BEGINS_WITH:
        return text.str.starts_with(value)
    return text.str.contains(value, literal=True) if operator is Operator.CONTAINS else text == value


def _number(one: Condition) -> int:
    text = one.value.strip()
    # The longest number there can be has 20 characters: no others are counted out.
    number = int(text) if len(text) <= 20 and re.fullmatch(r"[+-]?[0-9]+", text) else _LARGEST
    if not -_LARGEST <= number < _LARGEST:
        raise VedetteError("is compared with a whole number", where=one.column)
    return number


def values_of(conditions: Sequence[Condition]) -> dict[str, list[str]]:
    """The values of which a column must hold one, for each column of which that is asked."""
    found: dict[str, list[str]] = {}
    for one in conditions:
        if one.operator is Operator.EQUALS:
            found.setdefault(one.column, []).append(one.value)
    return found
