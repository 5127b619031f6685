"""The thread that does investigations."""

from __future__ import annotations

import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

from vedette.commands.serving.threads import Work
from vedette.errors import StoreError
from vedette.findings.database import sentence
from vedette.investigate.investigator import Investigator

LOOK = 1.0
"""Seconds between two looks for what is to be investigated."""

WAIT = 30.0
"""Seconds before what failed is tried again."""

_log = structlog.get_logger(__name__)


def investigating(investigator: Investigator) -> Work:
    """Does investigations until it is told to stop."""

    def run(stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                if not investigator.step():
                    stop.wait(LOOK)
            except (StoreError, SQLAlchemyError) as error:
                _log.warning("nothing can be investigated", reason=sentence(error))
                stop.wait(WAIT)

    return run
