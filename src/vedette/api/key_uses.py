"""When access keys were last used: requests note it in memory, and none waits for the thread that keeps it."""

from __future__ import annotations

import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

from vedette.errors import StoreError
from vedette.findings.database import sentence
from vedette.findings.store import Store

KEPT = 60.0
"""Seconds between two times that it is kept: a server that is killed forgets so much at most."""

_log = structlog.get_logger(__name__)


class KeyUses:
    """Of a store's access keys. Any thread may ask."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._noted: dict[str, int] = {}
        self._kept: dict[str, int] = {}

    def note(self, key_id: str, now: int) -> None:
        """A key was used, at ``now`` (ms)."""
        self._noted[key_id] = now

    def last(self) -> dict[str, int]:
        """When (ms) each key was last used, by its id; only of those that were.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database does not answer.
        """
        found = self._store.key_uses()
        for key_id, used in list(self._noted.items()):
            found[key_id] = max(used, found.get(key_id, used))
        return found

    def keep(self) -> None:
        """Keep what was noted since the last time.

        Raises:
            StoreError: the database cannot be written.
        """
        noted = dict(self._noted)
        new = {key_id: used for key_id, used in noted.items() if self._kept.get(key_id) != used}
        if new:
            with self._store.transaction() as batch:
                batch.note_key_uses(new)
        self._kept = noted

    def run(self, stop: threading.Event) -> None:
        """Keep it, again and again, until ``stop`` is set, and once more then."""
        while not stop.wait(KEPT):
            self._try_to_keep()
        self._try_to_keep()

    def _try_to_keep(self) -> None:
        try:
            self.keep()
        except (StoreError, SQLAlchemyError) as error:
            _log.warning("the uses of access keys cannot be kept", error=sentence(error))
