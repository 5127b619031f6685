"""What FindingCriteria can name in a finding, and the values found there.

``filter_attributes.txt`` holds GuardDuty's filterable paths (API model of 2017-11-28, CreateFilter) and those of what
people say of findings beside their documents, a path and its kind on each line. A line's number is kept in databases:
lines are added at the end, never moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any, Literal

import msgspec

from vedette.findings.exact_text import MARK
from vedette.logs.times import parse_time

Kind = Literal["string", "int", "epoch-ms"]

INDEXED = 256
"""Characters of a value that an index holds; PostgreSQL's limit is about 2,700 bytes."""

_EXACT_WHOLE = 2**53
"""Beyond this a double no longer holds every whole number, so such a number is only compared as text."""


@dataclass(frozen=True, slots=True)
class FilterPath:
    """One path that criteria can name."""

    number: int
    name: str
    kind: Kind


@dataclass(slots=True)
class _Node:
    path: FilterPath | None = None
    below: dict[str, _Node] = field(default_factory=dict)


Values = dict[str, float | None]
"""A finding's values at one path: the text (booleans ``true``/``false``), and the number where it is one.

Times are milliseconds since the epoch, in both.
"""

PROMOTED: Mapping[str, str] = {
    "accountId": "account",
    "createdAt": "created",
    "id": "id",
    "region": "region",
    "resource.resourceType": "resource_type",
    "service.archived": "archived",
    "service.count": "count",
    "service.detectorId": "detector_id",
    "service.eventFirstSeen": "first_seen",
    "service.eventLastSeen": "last_seen",
    "severity": "severity",
    "type": "type",
    "updatedAt": "updated",
}
"""Paths with a column of their own in the finding's row, which every finding has."""


STATUS, ASSIGNEE = "triage.status", "triage.assignee"
"""Paths of what people said of a finding, which is not in its document."""


@cache
def filter_paths() -> Mapping[str, FilterPath]:
    """Every path that criteria can name."""
    text = files("vedette.findings").joinpath("filter_attributes.txt").read_text("utf-8")
    paths: dict[str, FilterPath] = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, kind = line.split(" ")
        paths[name] = FilterPath(number, name, kind)  # type: ignore[arg-type]
    return paths


@cache
def _tree() -> _Node:
    # Some fields are spelled otherwise on the wire than in the list of paths (hostIPC, LoginAttributes).
    root = _Node()
    for path in filter_paths().values():
        node = root
        for part in path.name.lower().split("."):
            node = node.below.setdefault(part, _Node())
        node.path = path
    return root


def values_of(document: Mapping[str, Any]) -> dict[str, Values]:
    """What a finding holds at each filterable path. Lists are flattened; empty and null are absent.

    ``service.additionalInfo`` is read in both its forms: keys of its own, and JSON text in ``value``.
    """
    found: dict[str, Values] = {}
    _collect(document, _tree(), found)
    return found


def _collect(item: Any, node: _Node, found: dict[str, Values]) -> None:
    if isinstance(item, Mapping):
        for key, inner in item.items():
            below = node.below.get(key.lower())
            if below is not None:
                _collect(inner, below, found)
                if key == "additionalInfo" and isinstance(inner, Mapping):
                    _collect(_written_out(inner.get("value")), below, found)
    elif isinstance(item, list | tuple):
        for inner in item:
            _collect(inner, node, found)
    elif item is not None and item != "" and node.path is not None:
        text, number = _value(item, node.path.kind)
        values = found.setdefault(node.path.name, {})
        if values.get(text) is None:
            values[text] = number


def _written_out(text: Any) -> Any:
    try:
        return msgspec.json.decode(text) if isinstance(text, str) else None
    except msgspec.DecodeError:
        return None


def _value(item: Any, kind: Kind) -> tuple[str, float | None]:
    if isinstance(item, bool):
        return ("true" if item else "false"), None
    if kind == "epoch-ms":
        return _time(item)
    if isinstance(item, int | float):
        return number_text(item), _exact(item)
    return str(item), None


def _time(item: Any) -> tuple[str, float | None]:
    # Finding's own times are ISO text; the model's other timestamps are seconds since the epoch.
    try:
        millis = parse_time(item) if isinstance(item, str) else round(item * 1000)
    except (ValueError, OverflowError):
        return str(item), None
    return str(millis), _exact(millis)


def _exact(number: float) -> float | None:
    return float(number) if abs(number) < _EXACT_WHOLE else None


def number_text(number: float) -> str:
    """A number as criteria write it: whole numbers without a fraction."""
    if isinstance(number, float):
        return str(int(number)) if number.is_integer() else repr(number)
    return str(number)


def index_key(text: str) -> str:
    """``text`` as an index holds it: a long one is cut, and a digest keeps different texts different."""
    if len(text) <= INDEXED:
        return text
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return f"{text[:INDEXED - 40]}{MARK}#{digest}"
