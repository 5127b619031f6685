"""Forgets what is old by the clock: findings that nothing was added to, a few at a time; counts of what was analysed;
files of the event history.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import structlog
from sqlalchemy.exc import OperationalError

from vedette.engine.history_archive import Archive
from vedette.engine.history_files import merge_small, remove_old
from vedette.engine.history_names import note_names
from vedette.errors import HistoryError, StoreError
from vedette.findings.database import sentence
from vedette.findings.store import Store

DAY = 86_400_000
"""Milliseconds."""

AT_ONCE = 200
"""Findings removed in one transaction: some tens of milliseconds, for which batches wait."""

PAUSE = 0.2
"""Seconds between two transactions, for those who wait to write."""

LOOK = 3600.0
"""Seconds between two looks."""

USAGE_DAYS = 60
"""Days of which it is known what was analysed: usage statistics are asked of thirty. A log of which nothing came for as
long is as one that never came."""

_log = structlog.get_logger(__name__)


class Retention:
    """Removes findings whose last update is more than ``days`` ago, and what was counted `USAGE_DAYS` ago."""

    def __init__(self, store: Store, days: int, clock: Callable[[], int]) -> None:
        """``clock`` gives milliseconds since the epoch."""
        self._store = store
        self._days = days
        self._clock = clock

    def step(self) -> int:
        """Remove at most `AT_ONCE` findings, and old counts; returns how many findings.

        Raises:
            StoreError: the database cannot be written.
        """
        with self._store.transaction() as batch:
            batch.delete_usage_before(self._clock() // DAY - USAGE_DAYS)
            batch.forget_receptions_before(self._clock() - USAGE_DAYS * DAY)
            return batch.delete_findings_before(self._clock() - self._days * DAY, AT_ONCE)

    def run(self, stop: threading.Event) -> None:
        """Remove what is too old, now and every hour, until ``stop`` is set."""
        while not stop.is_set():
            try:
                removed = self._all(stop)
                if removed:
                    _log.info("old findings removed", findings=removed, days=self._days)
            except (StoreError, OperationalError) as error:
                _log.warning("old findings cannot be removed", error=sentence(error))
            stop.wait(LOOK)

    def _all(self, stop: threading.Event) -> int:
        removed = 0
        while not stop.is_set():
            now = self.step()
            removed += now
            if now < AT_ONCE:
                break
            stop.wait(PAUSE)
        return removed


class HistoryUpkeep:
    """Removes old files of the event history, merges small ones, moves some to an archive, notes what others name."""

    def __init__(
        self, folder: Path, days: int, clock: Callable[[], int], archive: Archive | None = None,
        sum_up: Callable[[Path, int, threading.Event, Archive | None], int] | None = None,
    ) -> None:
        """``clock`` gives milliseconds since the epoch; ``sum_up`` makes what is told sooner of days that are over."""
        self._archive = archive
        self._sum_up = sum_up
        self._folder = folder
        self._days = days
        self._clock = clock

    def run(self, stop: threading.Event) -> None:
        """Look now and every hour, until ``stop`` is set."""
        while not stop.is_set():
            try:
                now, moved = self._clock(), 0
                removed = remove_old(self._folder, now, self._days)
                merged = merge_small(self._folder, stop)
                if self._archive:
                    moved = self._archive.move(self._folder, now, stop)
                    removed += self._archive.remove_old(now, self._days)
                note_names(self._folder, stop)
                summed = self._sum_up(self._folder, now, stop, self._archive) if self._sum_up else 0
                if removed or merged or moved or summed:
                    _log.info("event history looked after", removed=removed, merged=merged, moved=moved,
                              summed=summed, days=self._days)
            except HistoryError as error:
                _log.warning("the event history cannot be looked after", error=str(error))
            stop.wait(LOOK)
