"""GuardDuty's FindingCriteria: ``{"criterion": {path: {operator: value}}}``, read, checked and applied to a finding.

A finding matches when every condition holds. A condition holds for a path when any of the finding's values there fits;
``notEquals`` and ``notMatches`` hold when none does, so also when the finding has no such value. Texts are compared
exactly, upper and lower case being different. Booleans and numbers are written as texts (``"true"``, ``"443"``), times
are milliseconds since the epoch. A whole ``severity`` ``"7"`` means 7.0 to 7.9, as GuardDuty's bands are written (High
is ``["7", "8"]``). Ordering operators compare numbers and times; a text is neither greater nor less.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from math import inf, nextafter
from typing import Any, get_args

from vedette.errors import VedetteError
from vedette.findings.attributes import STATUS, FilterPath, Values, filter_paths, values_of
from vedette.findings.exact_text import storable
from vedette.findings.rows import OPEN, TriageStatus
from vedette.findings.wildcard import tidied, wildcard_match

MAX_CONDITIONS = 50
MAX_VALUES = 50
MAX_PATTERNS = 5
MAX_TEXT = 1024
"""Characters of one value or pattern."""

_LONG = 2**63


class FilterError(VedetteError):
    """Criteria that cannot be used; ``where`` is the path."""


class Op(Enum):
    """What a condition asks. GuardDuty's deprecated names mean the same as the new ones."""

    EQUALS = "equals"
    NOT_EQUALS = "notEquals"
    GREATER_THAN = "greaterThan"
    GREATER_THAN_OR_EQUAL = "greaterThanOrEqual"
    LESS_THAN = "lessThan"
    LESS_THAN_OR_EQUAL = "lessThanOrEqual"
    MATCHES = "matches"
    NOT_MATCHES = "notMatches"


_NAMES: Mapping[str, Op] = {op.value: op for op in Op} | {
    "eq": Op.EQUALS, "neq": Op.NOT_EQUALS, "gt": Op.GREATER_THAN, "gte": Op.GREATER_THAN_OR_EQUAL,
    "lt": Op.LESS_THAN, "lte": Op.LESS_THAN_OR_EQUAL,
}

COMPARED: Mapping[Op, Callable[[float, float], bool]] = {
    Op.GREATER_THAN: operator.gt, Op.GREATER_THAN_OR_EQUAL: operator.ge,
    Op.LESS_THAN: operator.lt, Op.LESS_THAN_OR_EQUAL: operator.le,
}
"""The ordering operators."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one path. ``texts`` for equality and wildcards, ``bound`` for ordering."""

    path: FilterPath
    op: Op
    texts: tuple[str, ...] = ()
    bound: int = 0

    @property
    def negative(self) -> bool:
        """It asks that something is not there."""
        return self.op in (Op.NOT_EQUALS, Op.NOT_MATCHES)

    def holds(self, values: Values) -> bool:
        """Whether it holds for a finding with these values at the path."""
        if self.op in COMPARED:
            compare, bound = COMPARED[self.op], float(self.bound)
            return any(number is not None and compare(number, bound) for number in values.values())
        if self.op in (Op.MATCHES, Op.NOT_MATCHES):
            patterns = [storable(pattern) for pattern in self.texts]
            fits = any(wildcard_match(pattern, storable(text)) for text in values for pattern in patterns)
        elif self.path.name == "severity":
            fits = any(
                number is not None and any(low <= number <= high for low, high in severity_ranges(self.texts))
                for number in values.values())
        else:
            fits = any(text in values for text in self.texts)
        return fits is not self.negative


@dataclass(frozen=True, slots=True)
class FindingCriteria:
    """Conditions that must all hold; none at all match every finding."""

    conditions: tuple[Condition, ...] = ()

    @classmethod
    def parse(cls, data: Any) -> FindingCriteria:
        """Read ``{"criterion": {path: {operator: value}}}``; an absent or empty criterion has no conditions.

        Raises:
            FilterError: naming the path and the operator that are wrong.
        """
        if not isinstance(data, Mapping) or not data.keys() <= {"criterion"}:
            raise FilterError('criteria are {"criterion": {path: {operator: value}}}')
        criterion = data.get("criterion")
        if criterion is None:
            criterion = {}
        if not isinstance(criterion, Mapping):
            raise FilterError("must be an object of path: {operator: value}", where="criterion")
        if len(criterion) > MAX_CONDITIONS:
            raise FilterError(f"names {len(criterion)} paths, at most {MAX_CONDITIONS} are allowed", where="criterion")
        return cls(tuple(
            _condition(checked_path(path), name, value)
            for path, operators in criterion.items()
            for name, value in _operators(path, operators)))

    def matches(self, document: Mapping[str, Any]) -> bool:
        """Whether a finding, given as its JSON document, matches; what people said of it is not in there."""
        values = values_of(document)
        return all(condition.holds(values.get(condition.path.name, {})) for condition in self.conditions)


def checked_path(name: Any) -> FilterPath:
    """The filterable path of that name.

    Raises:
        FilterError: there is none.
    """
    path = filter_paths().get(name) if isinstance(name, str) else None
    if path is None:
        shown = str(name)[:100]
        near = get_close_matches(shown, filter_paths(), 1, 0.8)
        raise FilterError(
            "is no path that findings can be filtered by" + (f", did you mean {near[0]}?" if near else ""), where=shown)
    return path


def severity_ranges(texts: Sequence[str]) -> list[tuple[float, float]]:
    """From and to, both included, of severities as criteria write them: ``"7"`` is 7.0 to 7.9, ``"7.5"`` just that.

    Ranges that touch are one: a band is one look-up.
    """
    ranges: list[tuple[float, float]] = []
    for low, high in sorted((float(text), float(text) if "." in text else _below(float(text) + 1)) for text in texts):
        if ranges and low <= nextafter(ranges[-1][1], inf):
            ranges[-1] = ranges[-1][0], max(high, ranges[-1][1])
        else:
            ranges.append((low, high))
    return ranges


def _below(number: float) -> float:
    return nextafter(number, -inf)


def _operators(path: str, operators: Any) -> list[tuple[Any, Any]]:
    if not isinstance(operators, Mapping) or not operators:
        raise FilterError("must be an object with an operator, such as {\"equals\": [\"…\"]}", where=str(path)[:100])
    return list(operators.items())


def _condition(path: FilterPath, name: Any, value: Any) -> Condition:
    op = _NAMES.get(name) if isinstance(name, str) else None
    if op is None:
        raise FilterError(f"{str(name)[:40]!r} is no operator: use one of {', '.join(_NAMES)}", where=path.name)
    if op in COMPARED:
        if isinstance(value, bool) or not isinstance(value, int) or not -_LONG <= value < _LONG:
            raise FilterError(f"{name} takes one whole number", where=path.name)
        return Condition(path, op, bound=value)
    if path.name == STATUS:
        return _of_status(path, op, name, value)
    if op in (Op.MATCHES, Op.NOT_MATCHES):
        if path.kind != "string":
            raise FilterError(f"{name} takes texts, and this is a number or a time", where=path.name)
        return Condition(path, op, tuple(map(tidied, _texts(path, name, value, MAX_PATTERNS))))
    texts = _texts(path, name, value, MAX_VALUES)
    if path.kind == "epoch-ms":
        if not all(map(_is_whole, texts)):
            raise FilterError(f"{name} takes times as milliseconds since the epoch", where=path.name)
        texts = tuple(str(int(text)) for text in texts)
    if path.name == "severity" and not all(map(_is_decimal, texts)):
        raise FilterError(f"{name} takes numbers, such as \"7\" and \"8\" for High", where=path.name)
    return Condition(path, op, texts)


def _of_status(path: FilterPath, op: Op, name: str, value: Any) -> Condition:
    """A condition on the triage's status. Nothing is kept of a finding that is open: it is none of the others."""
    every = get_args(TriageStatus)
    texts = _texts(path, name, value, MAX_VALUES)
    if op not in (Op.EQUALS, Op.NOT_EQUALS) or not set(texts) <= set(every):
        raise FilterError(f"takes equals and notEquals, with any of {', '.join(every)}", where=path.name)
    if OPEN not in texts:
        return Condition(path, op, texts)
    others = tuple(one for one in every if one not in texts)
    return Condition(path, Op.NOT_EQUALS if op is Op.EQUALS else Op.EQUALS, others)


def _texts(path: FilterPath, name: str, value: Any, most: int) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(one, str) for one in value):
        raise FilterError(f"{name} takes a list of texts", where=path.name)
    if not 1 <= len(value) <= most:
        raise FilterError(f"{name} takes 1 to {most} values, not {len(value)}", where=path.name)
    if any(len(one) > MAX_TEXT for one in value):
        raise FilterError(f"{name} takes values of at most {MAX_TEXT} characters", where=path.name)
    return tuple(value)


def _is_whole(text: str) -> bool:
    return text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 17


def _is_decimal(text: str) -> bool:
    whole, _, fraction = text.partition(".")
    return _is_whole(whole) and (not fraction or (fraction.isascii() and fraction.isdigit() and len(fraction) < 17))
