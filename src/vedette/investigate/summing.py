"""Makes what is kept of hours that are over (`vedette.investigate.kept`), and removes what counts no more.

It runs with the upkeep of the history. Sums are made of a day that is over, and before that of each hour of it that is;
tallies of a day from its sums. What is held at once is bounded by `AT_ONCE` and `TOGETHER`; hours that are larger by
themselves are not summed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import polars as pl

from vedette.engine.history import HistoryFile, history_files, rows_of
from vedette.engine.history_archive import SETTLED, Archive, written
from vedette.engine.history_derived import derive
from vedette.engine.history_files import ORDER, begin_of, clear, days_of, for_each, hours_in, is_being_merged
from vedette.investigate.alike import DAY, HOUR, columns_told, put_together
from vedette.investigate.kept import ROWS, SUMS, TALLIES, Kept, counting_in, name_of
from vedette.investigate.kept_tallies import is_worth_it, write_tallies
from vedette.investigate.sightings import columns_of, once_of
from vedette.investigate.sums import write_sums
from vedette.logs.kinds import LogKind

AT_ONCE = 16 << 20
"""Bytes of files that are summed together, at most."""

TOGETHER = 96 << 20
"""Bytes of files of which tallies are made together, at most."""

_Hours = dict[int, list[HistoryFile]]
"""Files by when their hours begin (ms)."""


def sum_up(history: Path, now: int, stop: threading.Event, archive: Archive | None = None) -> int:
    """Make sums and tallies of what ended, and was written to, `SETTLED` before ``now`` (ms). Returns how many.

    Ends early when ``stop`` is set.

    Raises:
        HistoryError: a file cannot be read or written. What can be summed is, none the less.
    """
    days: dict[Path, _Hours] = {}
    for log in LogKind:
        days |= {day: {} for day in days_of(history / log)}
        for file in history_files(history, log, archive=archive):
            if file.begin is not None:
                day = history / log / file.location.rsplit("/", 3)[1]
                days.setdefault(day, {}).setdefault(file.begin, []).append(file)

    def work(day: Path) -> int:
        made = 0
        for write in _to_be_made(day, LogKind(day.parent.name), days[day], now, archive):
            if stop.is_set():
                break
            day.mkdir(parents=True, exist_ok=True)
            write()
            made += 1
        return made

    return for_each(days, work)


def _to_be_made(
    day: Path, log: LogKind, hours: _Hours, now: int, archive: Archive | None
) -> Iterator[Callable[[], None]]:
    """What writes something of a day that is wanted, one after the other. What counts no more is removed."""
    _tidy(day, hours)
    if not hours:
        if not hours_in(day):
            clear(day)
        return
    midnight = min(hours) // DAY * DAY
    for begin, end in _over(day, midnight, now):
        mine = {hour: hours[hour] for hour in sorted(hours) if begin <= hour < end}
        for part in _parts(mine, _counting(day, mine, SUMS)):
            yield partial(_sum, day, log, {hour: mine[hour] for hour in part}, archive)
    if not _is_over(midnight, now):
        return
    kept = _counting(day, hours, TALLIES)
    for some in _together(hours, _counting(day, hours, SUMS)):
        mine = {hour: files for hour, files in hours.items() if some[0].begin <= hour < some[-1].end}
        parts = [one.path for one in some]
        if is_worth_it(parts) and not any(one.begin <= some[0].begin and some[-1].end <= one.end for one in kept):
            yield partial(write_tallies, parts, log, _place(day, mine, TALLIES))


def _is_over(midnight: int, now: int) -> bool:
    return midnight + DAY <= now - SETTLED


def _over(day: Path, midnight: int, now: int) -> list[tuple[int, int]]:
    """The day, or hours of it, that is over and to which nothing was written lately: from and to (ms)."""
    busy = [begin_of(hour) for hour in hours_in(day) if is_being_merged(hour) or written(hour) > now - SETTLED]
    if _is_over(midnight, now):
        return [] if busy else [(midnight, midnight + DAY)]
    return [(hour, hour + HOUR) for hour in range(midnight, midnight + DAY, HOUR)
            if hour + HOUR <= now - SETTLED and hour not in busy]


def _tidy(day: Path, hours: _Hours) -> None:
    """Remove what is kept of a day and counts no more."""
    try:
        there = list(day.iterdir())
    except FileNotFoundError:
        return
    count = {one.path.name for what in (SUMS, TALLIES) for one in _counting(day, hours, what)}
    for path in there:
        if path.is_file() and not count & {path.name, path.name.removesuffix(ROWS)} and any(
                what in path.name for what in (SUMS, TALLIES)):
            path.unlink()


def _parts(hours: _Hours, there: Sequence[Kept]) -> Iterator[list[int]]:
    """Hours that are to be summed together."""
    sizes = {hour: sum(file.size for file in files) for hour, files in hours.items()}
    if sum(sizes.values()) <= AT_ONCE:
        # In parts before, of which some may be left.
        if sizes and not any(one.begin <= min(sizes) and max(sizes) < one.end for one in there):
            yield list(sizes)
        return
    several = [one for one in there if one.end - one.begin > HOUR]
    groups: list[list[int]] = []
    held: list[int] = []
    for hour, more in sizes.items():
        left_out = more > AT_ONCE or any(one.begin <= hour < one.end for one in several)
        if held and (left_out or sum(sizes[one] for one in held) + more > AT_ONCE):
            groups.append(held)
            held = []
        if not left_out:
            held.append(hour)
    groups += [held] if held else []
    # Hours that were summed while the day was not over are summed together now, where there are others.
    yield from (group for group in groups if not any(
        (one.begin, one.end) == (group[0], group[-1] + HOUR) for one in there))


def _together(hours: _Hours, sums: Sequence[Kept]) -> Iterator[list[Kept]]:
    """Sums of which tallies are to be made together: of hours without others between them that are not summed."""
    held: list[Kept] = []
    size = 0
    for one in sums:
        more = sum(file.size for hour, files in hours.items() if one.begin <= hour < one.end for file in files)
        if held and (size + more > TOGETHER or any(held[-1].end <= hour < one.begin for hour in hours)):
            yield held
            held, size = [], 0
        held.append(one)
        size += more
    if held:
        yield held


def _sum(day: Path, log: LogKind, hours: _Hours, archive: Archive | None) -> None:
    rows, without_ends = put_together(
        (_rows(files, log, begin, archive) for begin, files in sorted(hours.items())), log)
    # What says the same lies together.
    texts = [name for name in columns_told(log) if rows.schema[name] == pl.String]
    rows = rows.sort(ORDER[log][0], *texts, "first", maintain_order=True)
    write_sums(rows, without_ends, log, _place(day, hours, SUMS))


def _rows(files: list[HistoryFile], log: LogKind, begin: int, archive: Archive | None) -> pl.DataFrame:
    """An hour's records, each once."""
    return derive(once_of(lambda columns: rows_of(files, log, begin, begin + HOUR, archive).select(columns), log,
                          columns_of(log)), log)


def _place(day: Path, hours: _Hours, what: str) -> Path:
    """Where something is kept of some hours of a day."""
    first, last = (hour % DAY // HOUR for hour in (min(hours), max(hours)))
    return day / name_of(_names(hours).items(), first, last, what)


def _counting(day: Path, hours: _Hours, what: str) -> list[Kept]:
    return counting_in(day, _names(hours), what)


def _names(hours: _Hours) -> dict[int, list[str]]:
    return {begin: [file.location.rpartition("/")[2] for file in files] for begin, files in hours.items()}
