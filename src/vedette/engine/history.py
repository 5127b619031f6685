"""The event history: every record that was read, as Parquet, ``<log>/day=YYYY-MM-DD/hour=HH/<name>.parquet``.

Each record of an object stands there once, from the moment that the object is entered in the ledger. Workers write
files to a desk, a folder of each source and each start of the server. The transaction that enters the objects enters
the files; after it, they are put in their places. Whatever is on a desk when a source begins, or when the server
starts, is a file that is entered, which is put in its place now, or one that is not, whose objects will be read again.
A desk of an earlier start is closed first: a worker that has outlived its server finds no desk to put a file on.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import polars as pl

from vedette.engine.history_archive import Archive, within
from vedette.engine.history_files import begin_of, counting, counting_files, hours_of
from vedette.engine.history_rows import SCHEMAS
from vedette.engine.history_writer import place_of, synced, unwritable, write_rows
from vedette.engine.mapping import ObjectRead
from vedette.errors import HistoryError
from vedette.findings.store import Batch, Store
from vedette.logs.kinds import LogKind

_DESKS, _LOCK, _CLOSED = "desks", "lock", "closed-"


class History:
    """The event history of a running server: of one at a time."""

    def __init__(self, folder: Path, store: Store) -> None:
        """Take the folder, and bring to an end what an earlier start left.

        Raises:
            HistoryError: it cannot be used, or another server has it.
            StoreError: the database cannot be written.
        """
        self.folder = folder
        self._store = store
        self._run = secrets.token_hex(8)
        self._desks = folder / _DESKS
        try:
            self._desks.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(self._lock)
                raise
        except BlockingIOError as error:
            raise HistoryError("is the event history of another server that runs: give each its own",
                               where=str(folder)) from error
        except OSError as error:
            raise unwritable(folder, error) from error
        for desk in sorted(self._desks.iterdir()):
            self._close(desk)

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self._lock)

    def desk(self, source: str) -> Desk:
        """The desk of a source, in order."""
        name = f"{self._run}-{blake2b(source.encode('utf-8', 'surrogateescape'), digest_size=8).hexdigest()}"
        return Desk(self.folder, self._desks / name, name, self._store)

    def _close(self, folder: Path) -> None:
        name = folder.name.removeprefix(_CLOSED)
        closed = self._desks / f"{_CLOSED}{name}"
        try:
            if folder != closed:
                folder.rename(closed)
            Desk(self.folder, closed, name, self._store).tidy()
            closed.rmdir()
        except OSError as error:
            raise unwritable(folder, error) from error


class Desk:
    """Where files lie that do not count yet, those of one source. Used by one thread at a time."""

    def __init__(self, history: Path, folder: Path, name: str, store: Store) -> None:
        self.folder = folder
        self._history = history
        self._name = name
        self._store = store
        self._placed: set[str] = set()
        """In their places, and still entered."""
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise unwritable(folder, error) from error

    def tidy(self) -> None:
        """Put in its place what is entered, and remove what is not. No worker writes here now.

        Raises:
            HistoryError: a file cannot be moved or removed.
            StoreError: the database cannot be written.
        """
        entered = self._store.history_files(self._name)
        try:
            for path in self.folder.iterdir():
                if path.name not in entered:
                    path.unlink()
        except OSError as error:
            raise unwritable(self.folder, error) from error
        if entered - self._placed:
            self.place(entered)
            with self._store.transaction() as batch:
                batch.forget_history_files(self._name, entered)
            self._placed -= entered

    def enter(self, reads: Sequence[ObjectRead], batch: Batch) -> None:
        """In the transaction that enters the objects: their files count from now on. ``reads`` are whole tasks.

        What another source has entered meanwhile is in a file already, and is taken out of these.

        Raises:
            HistoryError: a file cannot be written.
        """
        batch.forget_history_files(self._name, self._placed)
        names = [name for read in reads for name in read.history]
        if not names:
            return
        pairs = [(read.object.locator, read.object.version) for read in reads if not read.failed]
        there = [pair for pair, new in zip(pairs, batch.unread(pairs), strict=True) if not new]
        if there:
            names = [name for name in names if self._left_after(name, there)]
        batch.enter_history_files(self._name, names)

    def entered(self, reads: Sequence[ObjectRead]) -> None:
        """The transaction is through: put the files in their places.

        Raises:
            HistoryError: one cannot be moved. It is entered, and `tidy` will move it.
        """
        self._placed.clear()
        names = {name for read in reads for name in read.history if (self.folder / name).exists()}
        self.place(names)
        self._placed |= names

    def place(self, names: set[str]) -> None:
        """Put files in their places; those that are not here are there."""
        folders = set()
        for name in sorted(names):
            place = self._history / place_of(name)
            try:
                self._move(self.folder / name, place)
            except OSError as error:
                raise unwritable(place, error) from error
            folders.add(place.parent)
        for folder in folders:
            synced(folder)

    def _move(self, path: Path, place: Path) -> None:
        if not path.exists():
            return
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            path.replace(place)
        except FileNotFoundError:
            # The folder was empty, and was removed, between the two.
            place.parent.mkdir(parents=True, exist_ok=True)
            path.replace(place)

    def _left_after(self, name: str, objects: Sequence[tuple[str, str]]) -> bool:
        """Take the rows of some objects out of a file; whether any is left."""
        path = self.folder / name
        rows = pl.read_parquet(path)
        gone = pl.DataFrame(objects, schema={"object": pl.String, "object_version": pl.String}, orient="row")
        left = rows.join(gone, on=["object", "object_version"], how="anti", maintain_order="left")
        if not left.height:
            path.unlink()
        elif left.height < rows.height:
            write_rows(left, path)
        return bool(left.height)


def read_history(
    folder: Path, log: LogKind, since: int | None = None, until: int | None = None, archive: Archive | None = None,
) -> pl.LazyFrame:
    """The records of a log from ``since`` up to, not including, ``until`` (ms), in no order; columns as in `SCHEMAS`.

    A record that was delivered twice, in two objects or in two versions of one, stands here twice: see `once`. Collect
    it within the hour: files that were merged into others meanwhile are removed then.

    Raises:
        HistoryError: the folder, or the archive, cannot be read.
    """
    return rows_of(history_files(folder, log, since, until, archive), log, since, until, archive)


class HistoryFile(NamedTuple):
    """A file that counts."""

    location: str
    """A path or an ``s3://`` URL."""
    begin: int | None
    """When the hour begins in which all its records lie (ms); None: they lie anywhere."""
    archived: bool
    size: int
    """Bytes."""


def history_files(
    folder: Path, log: LogKind, since: int | None = None, until: int | None = None, archive: Archive | None = None,
) -> list[HistoryFile]:
    """The files that can hold records of a log from ``since`` to ``until`` (ms).

    Raises:
        HistoryError: the folder, or the archive, cannot be read.
    """
    try:
        here = {within(folder / log, path): (path, _size(path)) for path in counting_files(folder / log, since, until)}
    except OSError as error:
        raise HistoryError(f"cannot be read: {error.strerror or error}", where=str(folder)) from error
    there = archive.files(log, since, until) if archive else {}
    return [
        *(HistoryFile(str(path), begin_of(path.parent), archived=False, size=size)
          for name, (path, size) in sorted(here.items()) if name not in there),
        *(HistoryFile(url, begin_of(Path(name).parent), archived=True, size=size)
          for name, (url, size) in sorted(there.items()))]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0  # it has left for the archive just now


def history_begin(folder: Path, log: LogKind, archive: Archive | None = None) -> int | None:
    """The hour (ms) with which the history of a log begins; None: there is none of it.

    Where the hours of all its records are not known it is the beginning of time.

    Raises:
        HistoryError: the folder, or the archive, cannot be read.
    """
    begins = [begin_of(Path(name).parent) for name in (archive.files(log) if archive else ())]
    try:
        for hour in hours_of(folder / log):
            if counting(hour):
                begins.append(begin_of(hour))
                if begins[-1] is not None:
                    break
    except OSError as error:
        raise HistoryError(f"cannot be read: {error.strerror or error}", where=str(folder)) from error
    known = [begin for begin in begins if begin is not None]
    return min(known) if known else 0 if begins else None


def rows_of(
    files: Sequence[HistoryFile], log: LogKind, since: int | None = None, until: int | None = None,
    archive: Archive | None = None,
) -> pl.LazyFrame:
    """The records in some of a log's files, as `read_history` gives them."""
    schema = SCHEMAS[log]
    parts = [pl.LazyFrame(schema=schema)]
    for archived, options in ((False, None), (True, archive.options if archive else None)):
        if locations := [file.location for file in files if file.archived is archived]:
            parts.append(pl.scan_parquet(locations, schema=schema, missing_columns="insert", hive_partitioning=False,
                                         glob=False, storage_options=options))
    rows = pl.concat(parts)
    if since is not None:
        rows = rows.filter(pl.col("time") >= since)
    if until is not None:
        rows = rows.filter(pl.col("time") < until)
    return rows


def rows_between(
    places: Sequence[tuple[str, int, int]], log: LogKind, columns: Sequence[str], picked: pl.Expr
) -> pl.DataFrame:
    """Some columns of the records that lie in parts of files and are picked; ``picked`` asks of these columns only.

    A part is a file, its first row and the number of rows; no more is read than need be.

    Raises:
        polars.exceptions.PolarsError: a file cannot be read.
    """
    schema = {name: SCHEMAS[log][name] for name in columns}

    def part(place: tuple[str, int, int]) -> pl.DataFrame:
        location, first, count = place
        there = pl.read_parquet_schema(location)
        rows = pl.scan_parquet(location, hive_partitioning=False, glob=False).select(
            name for name in schema if name in there).slice(first, count)
        missing = [pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in there]
        return rows.with_columns(missing).filter(picked).select(columns).collect()

    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
        return pl.concat([pl.DataFrame(schema=schema), *pool.map(part, places)])


def once(rows: pl.LazyFrame, log: LogKind) -> pl.LazyFrame:
    """Of records that were delivered again, one: calls with one event id, other rows that say the same.

    Filter first: all that is left is looked at together.
    """
    schema = SCHEMAS[log]
    where = {"object", "object_version", "position"}
    told = [name for name in schema if name not in where]
    if log is LogKind.CLOUDTRAIL:
        named = pl.col("event_id").is_not_null() & (pl.col("event_id") != "")
        return pl.concat([
            rows.filter(named).unique(["account", "event_id"]), rows.filter(~named).unique(told)])
    return rows.unique(told)
