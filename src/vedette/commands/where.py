"""``--where``: conditions as a person types them, to GuardDuty's FindingCriteria."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from vedette.errors import VedetteError
from vedette.findings.attributes import filter_paths
from vedette.findings.filters import FindingCriteria, checked_path
from vedette.logs.times import parse_time

_CONDITION = re.compile(r"\s*([A-Za-z0-9_.]+)\s*(!=|>=|<=|=|>|<)(.*)$", re.DOTALL)

_ORDERINGS = {">": "greaterThan", ">=": "greaterThanOrEqual", "<": "lessThan", "<=": "lessThanOrEqual"}


def criteria_from(conditions: Sequence[str]) -> FindingCriteria:
    """``path=value``, ``path!=value``, ``path>=n`` (``>``, ``<=``, ``<``). All must hold.

    Several ``=`` of one path mean any of the values. ``*`` and ``?`` in a value are wildcards. Times are ISO 8601.

    Raises:
        VedetteError: naming the condition that cannot be used.
    """
    criterion: dict[str, dict[str, Any]] = {}
    for text in conditions:
        match = _CONDITION.match(text)
        if match is None:
            raise VedetteError("is no condition: write path=value, path!=value or path>=number",
                               where=f"--where {text[:100]!r}")
        path, sign, value = match[1], match[2], match[3].strip()
        checked_path(path)
        operators = criterion.setdefault(path, {})
        if sign in _ORDERINGS:
            if _ORDERINGS[sign] in operators:
                raise VedetteError(f"is compared with {sign} twice", where=path)
            operators[_ORDERINGS[sign]] = _number(path, value)
        else:
            wild = "*" in value or "?" in value
            name = {"=": ("equals", "matches"), "!=": ("notEquals", "notMatches")}[sign][wild]
            operators.setdefault(name, []).append(str(_number(path, value)) if _is_time(path) else value)
        if "equals" in operators and "matches" in operators:
            # Both must hold, which no one means who gives two values.
            operators["matches"] += operators.pop("equals")
    return FindingCriteria.parse({"criterion": criterion})


def _is_time(path: str) -> bool:
    return filter_paths()[path].kind == "epoch-ms"


def _number(path: str, value: str) -> int:
    if _is_time(path):
        try:
            return parse_time(value if len(value) > 10 else f"{value}T00:00:00Z")
        except ValueError as error:
            raise VedetteError(f"{error}: give for example 2026-03-02 or 2026-03-02T09:00:00Z", where=path) from None
    if not (value.isascii() and value.removeprefix("-").isdigit() and len(value) < 19):
        raise VedetteError(f"{value[:40]!r} is not a whole number", where=path)
    return int(value)
