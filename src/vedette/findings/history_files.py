"""Which files of the event history count: entered in the transaction that enters the objects they hold the records of.

A file lies on a desk until it counts. An entry says that it does, and stays until the file has been put in its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager

from sqlalchemy import Connection, delete, select

from vedette.findings import schema

_TABLE = schema.history_file


class HistoryFileReader:
    """What can be asked of the entries, in a transaction or outside."""

    def _connected(self) -> AbstractContextManager[Connection]:
        raise NotImplementedError

    def history_files(self, desk: str) -> set[str]:
        """The names of the files of a desk that count."""
        with self._connected() as connection:
            return set(connection.scalars(select(_TABLE.c.name).where(_TABLE.c.desk == desk)))


class HistoryFileWriter(HistoryFileReader):
    """Changes to the entries, in a transaction."""

    def enter_history_files(self, desk: str, names: Iterable[str]) -> None:
        """These files of a desk count."""
        rows = [{"desk": desk, "name": name} for name in names]
        if rows:
            with self._connected() as connection:
                connection.execute(_TABLE.insert(), rows)

    def forget_history_files(self, desk: str, names: Iterable[str]) -> None:
        """They are in their places."""
        with self._connected() as connection:
            for name in names:
                connection.execute(delete(_TABLE).where(_TABLE.c.desk == desk, _TABLE.c.name == name))
