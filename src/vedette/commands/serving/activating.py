"""The thread that activates lists made over the API."""

from __future__ import annotations

import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

from vedette.commands.serving.threads import Work
from vedette.engine.activation import Activator
from vedette.errors import StoreError
from vedette.findings.database import sentence

LOOK = 1.0
"""Seconds between two looks for lists that are to be activated."""

WAIT = 30.0
"""Seconds before what failed is tried again."""

_log = structlog.get_logger(__name__)


def activating(activator: Activator) -> Work:
    """Activates lists until it is told to stop."""

    def run(stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                if not activator.step():
                    stop.wait(LOOK)
            except (StoreError, SQLAlchemyError) as error:
                _log.warning("lists cannot be activated", reason=sentence(error))
                stop.wait(WAIT)
            except Exception:
                # The list stays ACTIVATING, which shows; sources and the API must not go with it.
                _log.exception("activating a list failed for a fault in Vedette")
                stop.wait(WAIT)

    return run
