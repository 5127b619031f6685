"""The records of the event history that name an entity: each once, a stretch of time after the other.

All that a stretch holds is looked at together, so its size is bounded; a record and its copies are of one moment, and
so of one stretch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import NamedTuple

import polars as pl

from vedette.engine.history import HistoryFile, history_files, rows_between, rows_of
from vedette.engine.history_archive import Archive
from vedette.engine.history_derived import derive
from vedette.engine.history_names import places_of
from vedette.engine.history_rows import PLACE, SCHEMAS
from vedette.errors import HistoryError
from vedette.findings.database import out_of_patience
from vedette.investigate.alike import DAY, HOUR, one_by_one
from vedette.investigate.entity import Entity
from vedette.investigate.naming import NAMES, Naming
from vedette.investigate.sums import Sums, places_in, read_sums, sums_of
from vedette.logs.kinds import LogKind

STRETCH = 192 << 20
"""Bytes of files that are read together, about."""

_ARCHIVED = 16 << 20
"""What a file in the archive is taken to have: nobody asks."""

LOT = 1 << 21
"""Rows of sums that are looked at together, about."""


Rows = Callable[[Sequence[str]], pl.LazyFrame]
"""Rows with the columns that are asked for."""


class TooLongError(HistoryError):
    """The history has too much to look through in the time there is."""


class _File(NamedTuple):
    file: HistoryFile
    ranges: list[tuple[int, int]] | None
    """First rows and numbers of rows that are to be read; None: all are."""


class Past(NamedTuple):
    """An event history."""

    folder: Path
    archive: Archive | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose records are seen: an account's, and in a Region those of the accounts that it manages."""

    account: str
    region: str
    members: frozenset[str] = frozenset()

    def sees(self, log: LogKind) -> pl.Expr:
        """Which rows of a log."""
        account = pl.col(NAMES[log].account)
        own = account == self.account
        if not self.members:
            return own
        return own | (account.is_in(sorted(self.members)) & (pl.col("region") == self.region))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records of a log are looked for."""

    log: LogKind
    entity: Entity
    scope: Scope | None
    """None: all accounts' are seen."""
    interfaces: Sequence[str] = ()
    """Network interfaces that are known to be the entity's."""

    @property
    def namings(self) -> list[Naming]:
        """How the entity is named in the log."""
        return [one for one in NAMES[self.log].namings if one.kind is self.entity.kind]

    @property
    def possible(self) -> bool:
        """The log can name it."""
        return bool(self.namings) or (self.log is LogKind.VPC_FLOW and bool(self.interfaces))

    def may(self) -> pl.Expr:
        """The rows that are to be looked at."""
        some = reduce(or_, [one.may(self.entity.value) for one in self.namings] + self._behind())
        return some if self.scope is None else self.scope.sees(self.log) & some

    def names(self) -> pl.Expr:
        """Of these, with derived columns, the rows that name it."""
        return reduce(or_, [one.names(self.entity.value) for one in self.namings] + self._behind())

    def exactly(self) -> pl.Expr:
        """The rows with derived columns that are wanted."""
        return self.names() if self.scope is None else self.scope.sees(self.log) & self.names()

    def noted(self) -> list[str] | None:
        """Of which one is among the names of a file that holds such rows; None: they are not noted."""
        found = list(self.interfaces) if self.log is LogKind.VPC_FLOW else []
        for one in self.namings:
            if one.noted is None:
                return None
            found += one.noted(self.entity.value)
        return found

    def _behind(self) -> list[pl.Expr]:
        if self.log is not LogKind.VPC_FLOW or not self.interfaces:
            return []
        return [pl.col("interface_id").is_in(list(self.interfaces)).fill_null(value=False)]


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
        files = _files(past, wanted, since, until)
        yield from (rows.select(chosen) for rows in _sighted(past, wanted, files, since, until, chosen))


def alike_sightings(
    past: Past, wanted: Wanted, since: int, until: int, whole: Callable[[int, int], bool]
) -> Iterator[pl.DataFrame]:
    """The same records, those that are alike in one row (`vedette.investigate.alike`), as far as that is known already.

    ``whole`` says of a time from and to (ms) whether its records may be told of together. There may be more: records
    of the days of ``since`` and ``until``, where those may.

    Raises:
        As `sightings`.
    """
    if not wanted.possible:
        return
    log = wanted.log
    files = _files(past, wanted, since // DAY * DAY, -(-until // DAY) * DAY)
    anywhere = [file for file in files if file.begin is None]
    # A copy of a record may lie in a file of many hours: such hours are looked at record by record.
    apart = [rows.select(pl.col("time") // HOUR * HOUR)["time"]
             for rows in _sighted(past, wanted, anywhere, since, until, columns_of(log))] if anywhere else []
    if not apart:
        files = [file for file in files if file.begin is not None]
    told: list[Sums] = []
    for lot in _lots(wanted, [one for one in sums_of(files) if whole(one.begin, one.end) and not any(
            hours.is_between(one.begin, one.end, closed="left").any() for hours in apart)]):
        _mind_patience(past)
        try:
            found = read_sums([place for _, places in lot for place in places], wanted.exactly())
        except (OSError, pl.exceptions.PolarsError):
            continue  # the records themselves are there
        told += [one for one, _ in lot]
        if any(rows.height for rows in found):
            yield pl.concat(found)
    left = since
    for begin, end in [*((one.begin, one.end) for one in sorted(told)), (until, until)]:
        if left < begin:
            there = [file for file in files if file.begin is None or left - HOUR < file.begin < begin]
            for rows in _sighted(past, wanted, there, left, begin, columns_of(log)):
                yield one_by_one(rows, log)
        left = max(left, end)


def _lots(wanted: Wanted, sums: Sequence[Sums]) -> Iterator[list[tuple[Sums, list[tuple[Path, int, int]]]]]:
    """Sums that are read together, with the places that are to be read of each."""
    names = wanted.noted()
    lot: list[tuple[Sums, list[tuple[Path, int, int]]]] = []
    held = 0
    for one in sums:
        places = places_in(one.places, names)
        if places is None:
            continue
        size = sum(count for _, count in places)
        if lot and held + size > LOT:
            yield lot
            lot, held = [], 0
        lot.append((one, [(one.places, *place) for place in places]))
        held += size
    if lot:
        yield lot


def _mind_patience(past: Past) -> None:
    if out_of_patience():
        raise TooLongError("takes too long to look through", where=str(past.folder))


def _files(past: Past, wanted: Wanted, since: int, until: int) -> list[HistoryFile]:
    return history_files(past.folder, wanted.log, since, until, past.archive)


def _sighted(
    past: Past, wanted: Wanted, files: Sequence[HistoryFile], since: int, until: int, columns: list[str]
) -> Iterator[pl.DataFrame]:
    """The records of some files, with derived columns."""
    read = list(dict.fromkeys([*columns, *columns_of(wanted.log)]))
    for begin, end, some in _stretches(wanted, files, since, until):
        _mind_patience(past)
        try:
            found = derive(once_of(_picked(past, wanted, some, begin, end), wanted.log, read), wanted.log)
        except pl.exceptions.PolarsError as error:
            raise HistoryError(f"a file cannot be read: {error}", where=str(past.folder)) from error
        found = found.filter(wanted.names())
        if found.height:
            yield found


def _picked(past: Past, wanted: Wanted, files: Sequence[_File], begin: int, end: int) -> Rows:
    """Of a stretch, the rows that may name the entity, with some columns."""
    whole = [file.file for file in files if file.ranges is None]
    parts = [(file.file.location, *one) for file in files for one in file.ranges or ()]
    log, may = wanted.log, wanted.may()

    def rows(columns: Sequence[str]) -> pl.LazyFrame:
        # What picks the rows is read too.
        read = [name for name in SCHEMAS[log] if name in {*columns, "time", *may.meta.root_names()}]
        inside = may & (pl.col("time") >= begin) & (pl.col("time") < end)
        picked = [rows_of(whole, log, begin, end, past.archive).filter(may).select(read)] if whole else []
        picked += [rows_between(parts, log, read, inside).lazy()] if parts else []
        return pl.concat(picked).select(columns)

    return rows


def _stretches(
    wanted: Wanted, files: Sequence[HistoryFile], since: int, until: int
) -> Iterator[tuple[int, int, list[_File]]]:
    """Stretches of time, from and to, and the files in which their records lie."""
    anywhere: list[_File] = []
    hours: dict[int, list[_File]] = {}
    names = wanted.noted()
    for file in files:
        ranges = None if names is None or file.archived else places_of(Path(file.location), names)
        if ranges == []:
            continue
        if file.begin is None:
            anywhere.append(_File(file, ranges))
        else:
            hours.setdefault(file.begin, []).append(_File(file, ranges))
    begin, held, some = since, 0, list[_File]()
    for hour in sorted(hours):
        size = sum(_size(one.file) for one in hours[hour] if one.ranges is None)
        if some and held + size > STRETCH:
            yield begin, hour, some + anywhere
            begin, held, some = hour, 0, []
        some += hours[hour]
        held += size
    if some or anywhere:
        yield begin, until, some + anywhere


def _size(file: HistoryFile) -> int:
    if file.archived:
        return _ARCHIVED
    try:
        return Path(file.location).stat().st_size
    except OSError as error:
        raise HistoryError(f"cannot be read: {error.strerror or error}", where=file.location) from error


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
