"""``vedette backup`` and ``vedette restore``: one SQLite file with all of the state, and its SHA-256 beside it.

The copy is a database like the state's own, made by SQLite's online backup: a server that writes meanwhile goes on
writing, and the copy has all of a batch or nothing of it. Any SQLite can open it, ``sha256sum -c`` checks it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, TextIO

from vedette.errors import StoreError
from vedette.findings.database import BUSY_SECONDS, FILE
from vedette.findings.store import Store

_BLOCK = 1 << 20


def backup(state: str, into: Path, out: TextIO) -> None:
    """Copy the state of a folder into a new file.

    Raises:
        StoreError: there is no state, or nothing can be written there.
    """
    if "://" in state:
        raise StoreError("a PostgreSQL database is backed up with its own pg_dump, and restored with pg_restore",
                         where="--state")
    source = Path(state) / FILE
    if not source.is_file():
        raise StoreError("holds no state: give the folder that [state] location or `scan --state` names", where=state)
    for path in (into, checksum_file(into)):
        if path.exists():
            raise StoreError("is there already: give a new file", where=str(path))
    with _new_file(into) as partial:
        _copy_database(source, partial)
        with partial.open("rb") as file:
            digest = _digest(file)
    with _new_file(checksum_file(into)) as partial:
        partial.write_text(f"{digest}  {into.name}\n", encoding="utf-8")
    print(f"wrote {into} ({into.stat().st_size:,} bytes, SHA-256 {digest}); keep it and {checksum_file(into).name} "
          "together, and the key file apart from both", file=out)


def restore(file: Path, into: Path, out: TextIO) -> None:
    """Make a state folder of what `backup` wrote.

    Raises:
        StoreError: the folder is not empty, or the file is not as it was written.
    """
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise StoreError("is not an empty folder: give a new or an empty one", where=str(into))
    expected = _expected(file)
    try:
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot be made: {error.strerror}", where=str(into)) from error
    with _new_file(into / FILE) as partial:
        digest = _copy_file(file, partial)
        if digest != expected:
            raise StoreError(f"is damaged: its SHA-256 is {digest}, and {checksum_file(file).name} says {expected}",
                             where=str(file))
        _check_database(partial, file)
    try:
        with Store.open(into) as store, store.transaction() as batch:
            # Some of them were ended since.
            batch.end_every_console_session()
    except StoreError:
        for left in into.iterdir():
            left.unlink()
        raise
    print(f"restored {into}; put the key file back into its place before the server is started", file=out)


def checksum_file(path: Path) -> Path:
    """Where the SHA-256 of a backup is, as ``sha256sum`` writes it."""
    return path.with_name(f"{path.name}.sha256")


@contextmanager
def _new_file(path: Path) -> Iterator[Path]:
    """A file that takes its name when all of it is on the disk, readable by its owner only."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        raise StoreError("is there already, from a run that was cut off or still works: remove it if none does",
                         where=str(partial)) from error
    except OSError as error:
        raise StoreError(f"cannot be written: {error.strerror}", where=str(path)) from error
    try:
        yield partial
        _sync(partial)
        partial.rename(path)
        _sync(path.parent)
    except OSError as error:
        raise StoreError(f"cannot be written: {error.strerror}", where=str(path)) from error
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()


def _copy_database(source: Path, target: Path) -> None:
    try:
        with (closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS)) as old,
              closing(sqlite3.connect(target)) as new):
            # All pages in one step: in several, each write of the server would begin the copy anew.
            old.backup(new)
            # Without the files that a WAL brings, the copy is one file.
            new.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise StoreError(f"cannot be copied: {error}", where=str(source)) from error


def _check_database(partial: Path, file: Path) -> None:
    try:
        with closing(sqlite3.connect(partial)) as database:
            said = database.execute("PRAGMA quick_check(1)").fetchone()[0]
            known = database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'").fetchone()[0]
    except sqlite3.Error as error:
        raise StoreError(f"is no state of Vedette: {error}", where=str(file)) from error
    if said != "ok" or not known:
        raise StoreError(f"is no state of Vedette: {'it lacks its tables' if said == 'ok' else said}", where=str(file))


def _expected(file: Path) -> str:
    beside = checksum_file(file)
    try:
        with beside.open("rb") as lines:
            digest = lines.read(64).decode("ascii").lower()
    except OSError as error:
        raise StoreError(f"cannot be read: {error.strerror}; the checksum lies beside the backup", where=str(beside)
                         ) from error
    except UnicodeDecodeError:
        digest = ""
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise StoreError("does not begin with a SHA-256 of 64 hexadecimal digits", where=str(beside))
    return digest


def _copy_file(source: Path, target: Path) -> str:
    """Copies, and returns the SHA-256 of what was copied."""
    digest = sha256()
    try:
        old = source.open("rb")
    except OSError as error:
        raise StoreError(f"cannot be read: {error.strerror}", where=str(source)) from error
    with old, target.open("wb") as new:
        while block := old.read(_BLOCK):
            digest.update(block)
            new.write(block)
    return digest.hexdigest()


def _digest(file: BinaryIO) -> str:
    digest = sha256()
    while block := file.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
