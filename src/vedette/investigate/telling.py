"""What a profile tells of an entity's records, read from what is known already: kept tallies, sums, records themselves.

All that is looked at together is bounded, and a record is in one of the three.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_
from pathlib import Path
from typing import NamedTuple

import polars as pl

from vedette.engine.history import HistoryFile
from vedette.findings.chunks import batches
from vedette.investigate.alike import DAY, HOUR, one_by_one
from vedette.investigate.entity import Entity, EntityKind
from vedette.investigate.kept import SUMS, TALLIES, Kept, kept_of, read_rows
from vedette.investigate.kept_tallies import tallied_in
from vedette.investigate.naming import NAMES
from vedette.investigate.sightings import Past, columns_of, files_of, mind_patience, sighted
from vedette.investigate.sums import places_in
from vedette.investigate.tallies import columns_read, oriented_lines, tally
from vedette.investigate.wanted import Wanted

LOT = 1 << 21
"""Rows that are looked at together, about."""


def tallies(
    past: Past, wanted: Wanted, since: int, until: int, whole: Callable[[int, int], bool], cuts: Sequence[int],
    addresses: pl.DataFrame,
) -> Iterator[pl.DataFrame]:
    """What a profile tells of the same records, as tallies (`vedette.investigate.tallies`): as far as known already.

    ``whole`` says of a time from and to (ms) whether its records may be told of together, by the hour; what may not is
    told apart at ``cuts`` (ms). There may be more: records of the days of ``since`` and ``until``, where those may.
    ``addresses`` are the known ones of interfaces.

    Raises:
        As `sightings`.
    """
    if not wanted.possible:
        return
    log = wanted.log
    begin, end = since // DAY * DAY, -(-until // DAY) * DAY
    files = files_of(past, wanted, begin, end)
    anywhere = [file for file in files if file.begin is None]
    # A copy of a record may lie in a file of many hours: such hours are looked at record by record.
    apart = [rows.select(pl.col("time") // HOUR * HOUR)["time"]
             for rows in sighted(past, wanted, anywhere, since, until, columns_of(log))] if anywhere else []
    if not apart:
        files = [file for file in files if file.begin is not None]

    def together(begin: int, end: int) -> bool:
        return begin < until and end > since and whole(begin, end) and not any(
            hours.is_between(begin, end, closed="left").any() for hours in apart)

    kept = [one for one in kept_of(past.folder / log, files, TALLIES) if together(one.begin, one.end)]
    left, stretches = begin, list[tuple[int, int, Wanted]]()
    told = list[tuple[Kept, Wanted | None]]()
    for lot in _in_lots(_tallied(wanted, kept)):
        mind_patience(past)
        try:
            found = read_rows([place for part in lot for place in part.places], wanted.sees("account"),
                              columns_read(log, wanted.entity.kind))
        except (OSError, pl.exceptions.PolarsError):
            continue  # the records themselves are there
        told += [(part.of, part.left) for part in lot]
        yield oriented_lines(pl.concat(found), wanted.entity, addresses)
    for one, rest in sorted(told, key=lambda part: part[0]):
        if left < one.begin:
            stretches.append((left, one.begin, wanted))
        if rest is not None:
            stretches.append((one.begin, one.end, rest))
        left = one.end
    for first, last, who in [*stretches, (left, end, wanted)]:
        there = [file for file in files if file.begin is None or first <= file.begin < last]
        for rows in _alike_rows(past, who, there, max(first, since), min(last, until), together):
            for part in _apart(rows, cuts):
                yield tally(part, log, wanted.entity, addresses)


class _Places(NamedTuple):
    """What is to be read of sums or kept tallies."""

    of: Kept
    places: list[tuple[Path, int, int]]
    left: Wanted | None = None
    """What is wanted of the same time and not among it."""


def _tallied(wanted: Wanted, kept: Sequence[Kept]) -> Iterator[_Places]:
    """Tallies that are kept of what is wanted."""
    for one in kept:
        found = tallied_in(one.path)
        if (own := found.get(wanted.entity)) is not None:
            # Interfaces that are named without the entity, as far as anybody knows.
            still = [name for name in wanted.interfaces
                     if (other := found.get(Entity(EntityKind.INTERFACE, name))) is None
                     or other.instance != wanted.entity.value]
            places, but = [own], [wanted.entity]
        else:
            but = [entity for name in wanted.interfaces if (entity := Entity(EntityKind.INTERFACE, name)) in found]
            places = [found[entity] for entity in but]
            still = [name for name in wanted.interfaces if Entity(EntityKind.INTERFACE, name) not in but]
        if but:
            left = replace(wanted, interfaces=still, but=but)
            yield _Places(one, [(one.path, place.first, place.height) for place in places],
                          left if left.possible else None)


def _alike_rows(
    past: Past, wanted: Wanted, files: Sequence[HistoryFile], since: int, until: int,
    together: Callable[[int, int], bool],
) -> Iterator[pl.DataFrame]:
    """The records of some files, those that are alike in one row as far as that is known already."""
    log, names = wanted.log, wanted.noted()
    hours = {one: [hour for hour in range(one.begin, one.end, HOUR) if together(hour, hour + HOUR)]
             for one in kept_of(past.folder / log, files, SUMS)}
    summed = ((one, places_in(one.path, names)) for one, some in hours.items() if some)
    told: list[int] = []
    for lot in _in_lots(_Places(one, [(one.path, *place) for place in places])
                        for one, places in summed if places is not None):
        mind_patience(past)
        of = [hour for part in lot for hour in hours[part.of]]
        inside = reduce(or_, (pl.col("first").is_between(*stretch, closed="left") for stretch in _stretches(of)))
        try:
            found = read_rows([place for part in lot for place in part.places],
                              inside & wanted.sees(NAMES[log].account) & wanted.names())
        except (OSError, pl.exceptions.PolarsError):
            continue  # the records themselves are there
        told += of
        if any(rows.height for rows in found):
            yield pl.concat(found)
    left = since
    for begin, end in [*_stretches(told), (until, until)]:
        if left < begin:
            there = [file for file in files if file.begin is None or left - HOUR < file.begin < begin]
            for rows in sighted(past, wanted, there, left, begin, columns_of(log)):
                yield one_by_one(rows, log)
        left = max(left, end)


def _stretches(hours: Iterable[int]) -> list[tuple[int, int]]:
    """Times from and to (ms) of hours that follow each other, by when each begins."""
    found: list[tuple[int, int]] = []
    for hour in sorted(hours):
        begin = found.pop()[0] if found and found[-1][1] == hour else hour
        found.append((begin, hour + HOUR))
    return found


def _apart(rows: pl.DataFrame, cuts: Sequence[int]) -> Iterator[pl.DataFrame]:
    """Rows, apart by the times between cuts in which they are."""
    after = pl.sum_horizontal((pl.col("first") >= cut).cast(pl.UInt8) for cut in cuts)
    yield from rows.with_columns(after_=after).partition_by("after_", include_key=False)


def _in_lots(parts: Iterable[_Places]) -> Iterator[list[_Places]]:
    """What is read together."""
    return batches(parts, lambda one: sum(count for _, _, count in one.places), LOT)
