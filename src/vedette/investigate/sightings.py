"""The records of the event history that name an entity: each once, a stretch of time after the other.

All that a stretch holds is looked at together, so its size is bounded; a record and its copies are of one moment, and
so of one stretch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import polars as pl

from vedette.engine.history import HistoryFile, history_files, rows_between, rows_of
from vedette.engine.history_archive import Archive
from vedette.engine.history_derived import derive
from vedette.engine.history_names import places_of
from vedette.engine.history_rows import PLACE, SCHEMAS
from vedette.errors import HistoryError
from vedette.findings.database import out_of_patience
from vedette.investigate.naming import NAMES
from vedette.investigate.wanted import Wanted
from vedette.logs.kinds import LogKind

STRETCH = 192 << 20
"""Bytes of files that are read together, about."""

Rows = Callable[[Sequence[str]], pl.LazyFrame]
"""Rows with the columns that are asked for."""


class TooLongError(HistoryError):
    """The history has too much to look through in the time there is."""


class Part(NamedTuple):
    """What is to be read of a file."""

    file: HistoryFile
    ranges: list[tuple[int, int]] | None
    """First rows and numbers of rows that are to be read; None: all are."""


class Picks(Protocol):
    """Which rows of a log are looked at."""

    @property
    def log(self) -> LogKind:
        """The log."""

    def may(self) -> pl.Expr:
        """The rows, by what stands in its columns."""

    def noted(self) -> list[str] | None:
        """Of which one is among the names of a file that holds such rows; None: they are not noted."""


class Past(NamedTuple):
    """An event history."""

    folder: Path
    archive: Archive | None = None


def columns_of(log: LogKind) -> list[str]:
    """What a profile reads of a log, in the order of its schema."""
    names = NAMES[log]
    read = {"time", "region", names.account, *names.columns, *(
        name for one in names.namings for name in one.columns)}
    read |= set(names.failed.meta.root_names())
    return [name for name in SCHEMAS[log] if name in read]


def sightings(
    past: Past, wanted: Wanted, since: int, until: int, columns: Sequence[str] | None = None
) -> Iterator[pl.DataFrame]:
    """The records from ``since`` up to, not including, ``until`` (ms), each once, in the order of stretches.

    ``columns`` are those that are wanted, `columns_of` unless given; ``object``, ``object_version`` and ``position``
    are of one of a record's copies.

    Raises:
        HistoryError: the history cannot be read.
        TooLongError: what this thread may take (`vedette.findings.database.patience`) is over.
    """
    chosen = list(columns or columns_of(wanted.log))
    if wanted.possible:
        files = files_of(past, wanted, since, until)
        yield from (rows.select(chosen) for rows in sighted(past, wanted, files, since, until, chosen))


def mind_patience(past: Past) -> None:
    """Go on if there is time.

    Raises:
        TooLongError: there is none left.
    """
    if out_of_patience():
        raise TooLongError("takes too long to look through", where=str(past.folder))


def files_of(past: Past, picks: Picks, since: int, until: int) -> list[HistoryFile]:
    """The files that can hold such records from ``since`` to ``until`` (ms).

    Raises:
        HistoryError: the history cannot be read.
    """
    return history_files(past.folder, picks.log, since, until, past.archive)


def sighted(
    past: Past, wanted: Wanted, files: Sequence[HistoryFile], since: int, until: int, columns: list[str]
) -> Iterator[pl.DataFrame]:
    """Those records of some files, with derived columns, each once.

    Raises:
        As `sightings`.
    """
    read = list(dict.fromkeys([*columns, *columns_of(wanted.log)]))
    for begin, end, some in _stretches(wanted, files, since, until):
        mind_patience(past)
        try:
            found = derive(once_of(picked(past, wanted, some, begin, end), wanted.log, read), wanted.log)
        except pl.exceptions.PolarsError as error:
            raise HistoryError(f"a file cannot be read: {error}", where=str(past.folder)) from error
        found = found.filter(wanted.names())
        if found.height:
            yield found


def picked(past: Past, picks: Picks, files: Sequence[Part], begin: int, end: int) -> Rows:
    """Of a stretch of time, from and to (ms), the rows that are looked at, with some columns."""
    whole = [file.file for file in files if file.ranges is None]
    parts = [(file.file.location, *one) for file in files for one in file.ranges or ()]
    log, may = picks.log, picks.may()

    def rows(columns: Sequence[str]) -> pl.LazyFrame:
        # What picks the rows is read too.
        read = [name for name in SCHEMAS[log] if name in {*columns, "time", *may.meta.root_names()}]
        inside = may & (pl.col("time") >= begin) & (pl.col("time") < end)
        found = [rows_of(whole, log, begin, end, past.archive).filter(may).select(read)] if whole else []
        found += [rows_between(parts, log, read, inside).lazy()] if parts else []
        return pl.concat(found).select(columns)

    return rows


def _stretches(
    wanted: Wanted, files: Sequence[HistoryFile], since: int, until: int
) -> Iterator[tuple[int, int, list[Part]]]:
    """Stretches of time, from and to, and the files in which their records lie."""
    anywhere: list[Part] = []
    hours: dict[int, list[Part]] = {}
    names = wanted.noted()
    for file in files:
        if (part := part_of(file, names)) is None:
            continue
        if file.begin is None:
            anywhere.append(part)
        else:
            hours.setdefault(file.begin, []).append(part)
    begin, held, some = since, 0, list[Part]()
    for hour in sorted(hours):
        size = sum(one.file.size for one in hours[hour] if one.ranges is None)
        if some and held + size > STRETCH:
            yield begin, hour, some + anywhere
            begin, held, some = hour, 0, []
        some += hours[hour]
        held += size
    if some or anywhere:
        yield begin, until, some + anywhere


def part_of(file: HistoryFile, names: Sequence[str] | None) -> Part | None:
    """What is to be read of a file by those who look for names, as `Picks.noted` has them; None: nothing."""
    ranges = None if names is None or file.archived else places_of(Path(file.location), names)
    return None if ranges == [] else Part(file, ranges)


def once_of(rows: Rows, log: LogKind, columns: list[str]) -> pl.DataFrame:
    """As `vedette.engine.history.once`, reading only what is asked for unless some of it is alike."""
    found = rows(columns).collect()
    told = [name for name in columns if name not in PLACE]
    if log is not LogKind.CLOUDTRAIL:
        return _told_once(rows, log, columns) if _alike(found, told) else found
    named = (found["event_id"] != "").fill_null(value=False)
    again = found.select("account", "event_id").is_duplicated() & named
    parts = [found.filter(named & ~again)]
    if again.any():
        parts.append(found.filter(again).sort(columns).unique(["account", "event_id"], keep="first"))
    nameless = found.filter(~named)
    if _alike(nameless, told):
        nameless = _told_once(rows, log, columns, pl.col("event_id").fill_null("") == "")
    return pl.concat([*parts, nameless])


def _alike(found: pl.DataFrame, columns: Sequence[str]) -> bool:
    """Some rows are alike in these columns."""
    # Numbers are compared sooner than texts, and few rows are alike in all of them.
    numbers = [name for name in columns if found.schema[name].is_numeric()]
    return bool(found.filter(found.select(numbers).is_duplicated()).select(columns).is_duplicated().any())


def _told_once(rows: Rows, log: LogKind, columns: list[str], of: pl.Expr | None = None) -> pl.DataFrame:
    everything = [name for name in SCHEMAS[log] if name not in PLACE]
    found = rows(list(SCHEMAS[log])).collect()
    if of is not None:
        found = found.filter(of)
    if not PLACE.keys().isdisjoint(columns):
        # Which copy's place it is must not depend on how the files lie.
        found = found.sort(list(PLACE))
    return found.unique(everything, keep="first", maintain_order=True).select(columns)
