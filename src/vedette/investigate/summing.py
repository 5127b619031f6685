"""Makes sums of days that are over (`vedette.investigate.sums`), and removes those that count no more.

It runs with the upkeep of the history. What it holds at once is bounded by `AT_ONCE`; hours that are larger by
themselves are not summed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from vedette.engine.history import HistoryFile, rows_of
from vedette.engine.history_archive import SETTLED, written
from vedette.engine.history_derived import derive
from vedette.engine.history_files import (
    ORDER,
    begin_of,
    clear,
    counting,
    days_of,
    for_each,
    hours_in,
    is_being_merged,
)
from vedette.investigate.alike import DAY, HOUR, put_together
from vedette.investigate.sightings import columns_of, once_of
from vedette.investigate.sums import SUFFIX, Sums, counting_sums, name_of, write_sums
from vedette.logs.kinds import LogKind

AT_ONCE = 16 << 20
"""Bytes of files that are summed together, at most."""

_Hours = dict[int, list[Path]]
"""Files by when their hours begin (ms)."""


def sum_up(history: Path, now: int, stop: threading.Event) -> int:
    """Make the sums of days that ended, and were written to, `SETTLED` before ``now`` (ms). Returns how many.

    Ends early when ``stop`` is set.

    Raises:
        HistoryError: a file cannot be read or written. What can be summed is, none the less.
    """
    return for_each(
        (day for log in LogKind for day in days_of(history / log)), lambda day: _sum_day(day, now, stop))


def _sum_day(day: Path, now: int, stop: threading.Event) -> int:
    made = 0
    for part in _to_be_made(day, now):
        if stop.is_set():
            break
        _sum(day, LogKind(day.parent.name), *part)
        made += 1
    return made


def _to_be_made(day: Path, now: int) -> Iterator[tuple[_Hours, int, int]]:
    """Hours whose sums are wanted, with the first and the last of them. Sums that count no more are removed."""
    folders = hours_in(day)
    hours = {begin: counting(hour) for hour in folders if (begin := begin_of(hour)) is not None}
    there = _tidy(day, hours)
    if not hours:
        return
    midnight = min(hours) // DAY * DAY
    if midnight + DAY > now - SETTLED or any(
            is_being_merged(hour) or written(hour) > now - SETTLED for hour in folders):
        return
    for part in _parts(hours, there):
        first, last = ((hour - midnight) // HOUR for hour in (part[0], part[-1]))
        yield {hour: hours[hour] for hour in part}, first, last


def _tidy(day: Path, hours: _Hours) -> list[Sums]:
    """Remove what sums have left that count no more; those that do."""
    there = counting_sums(day, _names(hours))
    kept = tuple(one.places.name for one in there)
    for path in list(day.iterdir()):
        if path.is_file() and SUFFIX in path.name and not (kept and path.name.startswith(kept)):
            path.unlink()
    if not hours_in(day):
        clear(day)
    return there


def _parts(hours: _Hours, there: Sequence[Sums]) -> Iterator[list[int]]:
    """Hours that are to be summed together."""
    held: list[int] = []
    size = 0
    for hour in sorted(hours):
        more = sum(path.stat().st_size for path in hours[hour])
        left_out = more > AT_ONCE or any(one.begin <= hour < one.end for one in there)
        if held and (left_out or size + more > AT_ONCE):
            yield held
            held, size = [], 0
        if more and not left_out:
            held.append(hour)
            size += more
    if held:
        yield held


def _sum(day: Path, log: LogKind, hours: _Hours, first: int, last: int) -> None:
    rows, without_ends = put_together(
        ((begin, _rows(files, log, begin)) for begin, files in sorted(hours.items())), log)
    rows = rows.sort(ORDER[log][0], "first", maintain_order=True)
    write_sums(rows, without_ends, log, day / name_of(_names(hours).items(), first, last))


def _rows(files: list[Path], log: LogKind, begin: int) -> pl.DataFrame:
    """An hour's records, each once."""
    there = [HistoryFile(str(path), begin, archived=False) for path in files]
    return derive(once_of(lambda columns: rows_of(there, log, begin, begin + HOUR).select(columns), log,
                          columns_of(log)), log)


def _names(hours: _Hours) -> dict[int, list[str]]:
    return {begin: [path.name for path in files] for begin, files in hours.items() if files}
