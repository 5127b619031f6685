"""When access keys were last used, as the database keeps it. Times are ms since the epoch."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager

from sqlalchemy import Connection, select

from vedette.findings.database import insert_of
from vedette.findings.schema import key_use


class KeyUseReader:
    """What can be asked, in a transaction or outside."""

    def _connected(self) -> AbstractContextManager[Connection]:
        raise NotImplementedError

    def key_uses(self) -> dict[str, int]:
        """When each key was last used, by its id."""
        with self._connected() as connection:
            return {row.id: row.used for row in connection.execute(select(key_use.c.id, key_use.c.used))}


class KeyUseWriter(KeyUseReader):
    """Changes, in a transaction."""

    def note_key_uses(self, uses: Mapping[str, int]) -> None:
        """Keep these, where no later use is known: another server may have noted one."""
        if not uses:
            return
        with self._connected() as connection:
            insert = insert_of(connection.dialect.name)(key_use)
            connection.execute(insert.on_conflict_do_update(
                index_elements=["id"], set_={"used": insert.excluded.used},
                where=key_use.c.used < insert.excluded.used), [{"id": one, "used": used} for one, used in uses.items()])
