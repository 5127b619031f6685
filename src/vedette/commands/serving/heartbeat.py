"""Until when the server has worked: noted every minute, so that after a restart nothing from then on is passed over."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from vedette.commands.serving.threads import Work
from vedette.errors import StoreError
from vedette.findings.database import sentence
from vedette.findings.store import Store
from vedette.logs.times import format_time, parse_time

PERIOD = 60.0
"""Seconds."""

_KEY = "alive"

_log = structlog.get_logger(__name__)


def last_alive(store: Store) -> int | None:
    """When a server with this state was last known to work (ms)."""
    noted = store.meta(_KEY)
    return None if noted is None else parse_time(noted)


def beating(store: Store, clock: Callable[[], int]) -> Work:
    """Notes the time by ``clock`` (ms) until it is told to stop."""

    def run(stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                with store.transaction() as batch:
                    batch.put_meta(_KEY, format_time(clock()))
            except (StoreError, SQLAlchemyError) as error:
                _log.warning("that the server works cannot be noted", reason=sentence(error))
            stop.wait(PERIOD)

    return run
