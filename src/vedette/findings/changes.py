"""Whether anything was committed to the database, asked in microseconds."""

from __future__ import annotations

import sqlite3
import threading

from sqlalchemy import Engine


class Changes:
    """Tells one version of a database from another, whoever wrote it: this process or another one."""

    def __init__(self, engine: Engine) -> None:
        """``engine`` is of a SQLite file; of any other database it is never known what was committed."""
        file = engine.url.database if engine.dialect.name == "sqlite" else None
        self._asking = threading.Lock()
        # Writes nothing, so that no commit of its own hides behind it. Waits for nobody: who asks is in a hurry.
        self._connection = None if not file or file == ":memory:" else sqlite3.connect(
            file, timeout=0.0, isolation_level=None, check_same_thread=False)

    def version(self) -> int | None:
        """A number that stands still as long as nothing is committed; None: not known.

        What was read after the number was asked for is still so while it is the same.
        """
        with self._asking:
            if self._connection is None:
                return None
            try:
                found: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
            except sqlite3.OperationalError:
                return None
            return found

    def close(self) -> None:
        """Let the file go."""
        with self._asking:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
