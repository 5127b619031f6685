"""Opens the database, a folder with one SQLite file or PostgreSQL by URL, and brings it up to date."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import StaticPool

from vedette.errors import StoreError
from vedette.findings.schema import HEAD, alembic_version, metadata

FILE = "vedette.db"

BUSY_SECONDS = 30
"""How long a writer waits for another process's batch before it gives up."""

_WRITERS_LOCK = 0x76656465747465
"""PostgreSQL advisory lock that a writing transaction holds: like SQLite, one batch at a time."""

# synchronous=FULL costs one fsync a batch. With NORMAL a killed process loses nothing, but a power cut may
# undo the last batches: what a source has already forgotten (a queue message acknowledged) would be lost.
_PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}",
    "PRAGMA synchronous = FULL",
    "PRAGMA cache_size = -32000",
    "PRAGMA journal_size_limit = 67108864",
)


_STEPS = 100_000
"""Instructions of SQLite's machine, about a millisecond's, between two looks at the clock."""


def insert_of(dialect: str) -> Callable[..., Any]:
    """The ``insert`` that knows ON CONFLICT, of ``postgresql`` or ``sqlite``."""
    # Imported here: each takes as long as a small scan's reading, and one of them is enough.
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert
    from sqlalchemy.dialects import sqlite

    return sqlite.insert


class Deadline:
    """When somebody's patience ends."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds; negative when it has passed."""
        return self._at - time.monotonic()

    def passed(self) -> bool:
        """It has."""
        return self.left() <= 0


class _Patience(threading.local):
    """A thread's."""

    deadline: Deadline | None = None


_patience = _Patience()


@contextmanager
def patience(seconds: float) -> Iterator[Deadline]:
    """What this thread reads in the block must be read within so many seconds, or is broken off.

    Then the database raises an `OperationalError`, as of other failures: ask the deadline. Writing is not broken off.
    """
    before, _patience.deadline = _patience.deadline, Deadline(seconds)
    try:
        yield _patience.deadline
    finally:
        _patience.deadline = before


def out_of_patience() -> bool:
    """The time of the block of `patience` that this thread is in has passed."""
    return _patience.deadline is not None and _patience.deadline.passed()


def open_database(url_or_path: str | Path) -> Engine:
    """The database at a ``postgresql://`` URL, or in a folder, which is created if need be.

    Raises:
        StoreError: it cannot be opened, or a newer Vedette wrote it.
    """
    where = str(url_or_path)
    engine = _postgres(where) if "://" in where else _sqlite_file(Path(url_or_path))
    shown = engine.url.render_as_string() if "://" in where else where
    try:
        with writing(engine) as connection:
            _bring_up_to_date(connection, shown)
    except DBAPIError as error:
        engine.dispose()
        raise StoreError(f"the database cannot be opened: {reason(error)}", where=shown) from error
    except BaseException:
        engine.dispose()
        raise
    return engine


def memory_database() -> Engine:
    """A database that lives as long as its engine, on one connection."""
    engine = create_engine(
        "sqlite://", hide_parameters=True, poolclass=StaticPool, connect_args={"check_same_thread": False})
    _prepare_sqlite(engine)
    with writing(engine) as connection:
        _bring_up_to_date(connection, ":memory:")
    return engine


class writing:  # noqa: N801 - used as a function
    """A connection in the only writing transaction; committed at the end, undone by an exception."""

    def __init__(self, engine: Engine) -> None:
        self._connection = engine.connect().execution_options(vedette_writes=True)

    def __enter__(self) -> Connection:
        try:
            self._transaction = self._connection.begin()
            if self._connection.dialect.name == "postgresql":
                self._connection.execute(select(func.pg_advisory_xact_lock(_WRITERS_LOCK)))
        except BaseException:
            self._connection.close()
            raise
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._transaction.commit()
            else:
                self._transaction.rollback()
        finally:
            self._connection.close()


def reason(error: DBAPIError) -> str:
    """What the database said, on one line."""
    return " ".join(str(error.orig).split())


def sentence(error: Exception) -> str:
    """What failed, on one line; of the database's errors without the statement and what was in it."""
    if isinstance(error, DBAPIError):
        return f"the database does not answer: {reason(error)}"
    return " ".join(str(error).split()) or type(error).__name__


def _postgres(given: str) -> Engine:
    try:
        url = make_url(given)
    except (ArgumentError, ValueError) as error:
        raise StoreError("the database's address is not a URL: write postgresql://user@host/name") from error
    if url.drivername not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise StoreError(
            f"{url.drivername}:// is no database Vedette can use: give a folder, or postgresql://user@host/name")
    url = url.set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(url, hide_parameters=True)
    except ModuleNotFoundError as error:
        raise StoreError("PostgreSQL needs the package psycopg: install vedette[postgres]") from error

    def begun(connection: Connection) -> None:
        deadline = _patience.deadline
        if deadline is not None and not connection.get_execution_options().get("vedette_writes"):
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, int(deadline.left() * 1000))}")

    event.listen(engine, "begin", begun)
    return engine


def _sqlite_file(folder: Path) -> Engine:
    file = folder / FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives the files beside it the same mode.
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(
            f"the state folder cannot be used: {error.strerror}; give a folder that can be written to",
            where=str(folder)) from error
    engine = create_engine(URL.create("sqlite", database=str(file)), hide_parameters=True)
    _prepare_sqlite(engine)
    return engine


def _prepare_sqlite(engine: Engine) -> None:
    def connected(connection: Any, _record: object) -> None:
        # The driver must not open transactions by itself: it does so late, and never as a writer.
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        if connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete":
            connection.execute("PRAGMA journal_mode = WAL")
        # Called in the thread that asks.
        connection.set_progress_handler(out_of_patience, _STEPS)

    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("vedette_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)


def _bring_up_to_date(connection: Connection, shown: str) -> None:
    present = set(inspect(connection).get_table_names())
    if alembic_version.name not in present:
        if present & set(metadata.tables):
            raise StoreError("the database holds tables of something else: give one of its own", where=shown)
        metadata.create_all(connection, checkfirst=False)
        connection.execute(alembic_version.insert().values(version_num=HEAD))
        return
    version = connection.execute(select(alembic_version.c.version_num)).scalar()
    if version == HEAD:
        return
    # Alembic takes 0.3 s to import, and is needed once in a database's life.
    from vedette.findings.migrations import migrate

    if not migrate.knows(version):
        raise StoreError(
            f"a newer Vedette wrote this database (its version {version}, this one reads up to {HEAD}): "
            "use that Vedette, or another database", where=shown)
    migrate.upgrade(connection)
