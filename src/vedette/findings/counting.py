"""Counts findings that match criteria: over time, by the values of a path, by severity.

Where the postings tell it, whole days and few values, nothing is read of the findings themselves: a million are counted
in a tenth of a second.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Connection, desc, func, literal, select

from vedette.findings.attributes import PROMOTED, FilterPath, number_text
from vedette.findings.bits import PART, Bits, bits_of, both, members, size
from vedette.findings.exact_text import MARK
from vedette.findings.filters import Condition, FindingCriteria, Op, checked_path
from vedette.findings.postings import DAY, POSTED
from vedette.findings.schema import attribute, finding
from vedette.findings.selection import Selection

FEW = 150_000
"""Findings whose times are read, to place them within a day."""

LOOKED_AT = 10_000
"""Findings whose values are read, where these are too many to be told by the postings."""

_DAYS = 100_000
"""On which findings can have been updated: three centuries."""

_EXACT = frozenset({"account", "region", "type", "resource_type", "severity", "archived"})
"""Columns that are posted as they are."""

Severities = Mapping[float, int]
"""How many findings have each severity."""


class Bucket(NamedTuple):
    """Findings that were updated in a stretch of time (ms, ``end`` not included)."""

    start: int
    end: int
    severities: Severities


class Counted(NamedTuple):
    """The commonest values of a path, each with its findings, and how many findings were looked at."""

    values: list[tuple[str, int]]
    among: int
    """The newest of those that match, where there are too many to look at all."""


def updated_between(criteria: FindingCriteria, since: int, until: int | None = None) -> FindingCriteria:
    """The criteria, of findings that were updated from ``since`` to ``until`` (ms, not included) only."""
    path = checked_path("updatedAt")
    within = [Condition(path, Op.GREATER_THAN_OR_EQUAL, bound=since)]
    if until is not None:
        within.append(Condition(path, Op.LESS_THAN, bound=until))
    return FindingCriteria((*criteria.conditions, *within))


def by_severity(
    connection: Connection, criteria: FindingCriteria, detectors: Collection[str] | None,
) -> Severities:
    """How many findings match, by severity."""
    selection = Selection(connection, criteria, detectors)
    bits = selection.exact()
    return {severity: count for severity, found in _severities(selection).items()
            if (count := size(both(bits, found)))}


def histogram(
    connection: Connection, criteria: FindingCriteria, detectors: Collection[str] | None, since: int, until: int,
    buckets: int,
) -> list[Bucket]:
    """The findings that match and were updated from ``since`` to ``until`` (ms), in at most ``buckets`` stretches.

    Where there are many findings, stretches are whole UTC days, so there may be fewer of them.
    """
    selection = Selection(connection, updated_between(criteria, since, until), detectors)
    width = -(-(until - since) // buckets)
    bits = selection.exact()
    if width < DAY and (_within(selection, since, until) <= FEW or until - since <= 2 * DAY):
        starts = range(since, until, width)
        counted = _by_time(connection, selection, bits, (since, until), width)
    else:
        first = since - since % DAY
        width = -(-(until - first) // (buckets * DAY)) * DAY
        starts = range(first, until, width)
        counted = _by_day(selection, bits, first, width)
    return [Bucket(max(start, since), min(start + width, until), counted.get(place, {}))
            for place, start in enumerate(starts)]


def commonest(
    connection: Connection, criteria: FindingCriteria, detectors: Collection[str] | None, names: Collection[str],
    most: int,
) -> dict[str, Counted]:
    """The commonest values of each path, at most so many, among the findings that match.

    Raises:
        FilterError: there is no such path.
    """
    paths = {name: checked_path(name) for name in names}
    selection = Selection(connection, criteria, detectors)
    bits = selection.exact()
    newest: Bits | None = None
    found: dict[str, Counted] = {}
    for name, path in paths.items():
        having = _posted(selection, path, bits)
        if having is not None:
            found[name] = Counted(_top(connection, path, having, most), size(bits))
            continue
        newest = _newest(bits) if newest is None else newest
        found[name] = Counted(_read(connection, selection, path, newest, most), size(newest))
    return found


def _severities(selection: Selection) -> dict[float, Bits]:
    postings = selection.postings.all(POSTED["severity"]) or {}
    return {float(text): found for text, found in postings.items()}


def _within(selection: Selection, since: int, until: int) -> int:
    """How many findings, of whichever kind, were updated on the days of that time."""
    days = selection.postings.values(POSTED["updated"], _DAYS) or []
    wanted = [day for day in days if since // DAY <= int(day) <= until // DAY]
    return size(selection.postings.having(POSTED["updated"], wanted))


def _by_day(selection: Selection, bits: Bits, first: int, width: int) -> dict[int, dict[float, int]]:
    """By the number of the stretch."""
    severities = {severity: both(bits, found) for severity, found in _severities(selection).items()}
    days = selection.postings.values(POSTED["updated"], _DAYS) or []
    places = {day: (int(day) * DAY - first) // width for day in days}
    counted: dict[int, dict[float, int]] = {}
    for day, found in selection.postings.each(
            POSTED["updated"], [day for day, place in places.items() if place >= 0]).items():
        for severity, having in severities.items():
            if count := size(both(found, having)):
                here = counted.setdefault(places[day], {})
                here[severity] = here.get(severity, 0) + count
    return counted


def _by_time(
    connection: Connection, selection: Selection, bits: Bits, within: tuple[int, int], width: int,
) -> dict[int, dict[float, int]]:
    """The same, of the times as an index has them, which knows no more of the findings; of few, each is read."""
    since, until = within
    wanted = (selection.clauses.among(members(bits)),) if size(bits) <= LOOKED_AT else (
        finding.c.updated >= since, finding.c.updated < until)
    updated, seqs = _numbers(connection, (finding.c.updated, finding.c.seq), wanted)
    if not len(seqs):
        return {}
    places = (updated - since) // width
    counted: dict[int, dict[float, int]] = {}
    for severity, found in _severities(selection).items():
        among = _flags(both(bits, found), int(seqs.max()))[seqs]
        numbers, counts = np.unique(places[among], return_counts=True)
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
            counted.setdefault(number, {})[severity] = count
    return counted


def _numbers(
    connection: Connection, columns: Sequence[ColumnElement[int]], wanted: Iterable[ColumnElement[bool]],
) -> list[npt.NDArray[np.int64]]:
    """Columns of whole numbers, each come as one value: a row for each finding takes four times as long."""
    sqlite = connection.dialect.name == "sqlite"
    gathered = func.json_group_array if sqlite else func.array_agg
    row = connection.execute(select(*(gathered(column) for column in columns)).where(*wanted)).one()
    return [np.array(msgspec.json.decode(one, type=list[int]) if sqlite else one or [], np.int64) for one in row]


def _flags(bits: Bits, last: int) -> npt.NDArray[np.bool_]:
    """For each seq up to the last, whether it is one of these."""
    flags = np.zeros((last // PART + 1, PART), np.bool_)
    for part, found in bits.items():
        if part < len(flags):
            flags[part] = np.unpackbits(np.frombuffer(found.to_bytes(PART // 8, "little"), np.uint8), bitorder="little")
    return flags.ravel()


def _posted(selection: Selection, path: FilterPath, bits: Bits) -> dict[str, Bits] | None:
    """Each value of the path with its findings among these; None: there are too many, or they are posted otherwise."""
    column = PROMOTED.get(path.name)
    if column is not None and column not in _EXACT:
        return None
    found = selection.postings.all(path.number)
    return None if found is None else {
        value: here for value, having in found.items() if (here := both(bits, having))}


def _top(connection: Connection, path: FilterPath, having: Mapping[str, Bits], most: int) -> list[tuple[str, int]]:
    counts = {value: size(found) for value, found in having.items()}
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:most]
    return [(_whole(connection, path, value, having[value]) if MARK in value else value, count)
            for value, count in ordered]


def _whole(connection: Connection, path: FilterPath, value: str, having: Bits) -> str:
    """The text of which an index holds the beginning alone, as one of the findings has it that have it."""
    found = connection.scalar(select(attribute.c.long_value).where(
        attribute.c.seq == next(members(having)), attribute.c.path == path.number, attribute.c.value == value))
    return value if found is None else str(found)


def _newest(bits: Bits) -> Bits:
    if size(bits) <= LOOKED_AT:
        return bits
    found: list[int] = []
    for seq in members(bits, down=True):
        found.append(seq)
        if len(found) == LOOKED_AT:
            break
    return bits_of(found)


def _read(
    connection: Connection, selection: Selection, path: FilterPath, bits: Bits, most: int,
) -> list[tuple[str, int]]:
    """The same, after looking at each finding."""
    if not bits:
        return []
    column = PROMOTED.get(path.name)
    total = func.count().label("total")
    if column == "detector_id":
        numbers = {number: name for name, number in selection.detectors.items()}
        query = select(finding.c.detector, total).group_by(finding.c.detector)
        rows = connection.execute(query.where(selection.clauses.among(members(bits))))
        return sorted(((numbers[number], count) for number, count in rows), key=lambda one: -one[1])[:most]
    if column is not None:
        value: ColumnElement[Any] = finding.c[column]
        query = select(value, total).where(selection.clauses.among(members(bits))).group_by(value)
    else:
        value = func.coalesce(attribute.c.long_value, attribute.c.value)
        # PostgreSQL would rather read all values of the path than join those of some findings.
        query = select(value, total).where(
            selection.clauses.among(members(bits), attribute.c.seq), attribute.c.path == path.number).group_by(value)
    rows = connection.execute(query.order_by(desc(total), value).limit(literal(most)))
    return [(number_text(one) if isinstance(one, int | float) else one, count) for one, count in rows]

