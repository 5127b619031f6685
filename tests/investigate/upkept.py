"""A server's upkeep of its event history, until it has done something."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from vedette.engine.history_archive import Archive
from vedette.engine.retention import HistoryUpkeep
from vedette.investigate.summing import sum_up


def upkept(folder: Path, begin: int, now: int, done: Callable[[], bool], archive: Archive | None = None) -> None:
    """Run it at ``now`` (ms) over files that were last written to at ``begin``, until it is ``done`` or half a minute.
    """
    for path in folder.rglob("*.parquet"):
        os.utime(path, (begin / 1000, begin / 1000))
    stop = threading.Event()
    thread = threading.Thread(target=HistoryUpkeep(folder, 0x7FFF, lambda: now, archive, sum_up).run, args=(stop,))
    thread.start()
    for _ in range(600):
        if done():
            break
        stop.wait(0.05)
    stop.set()
    thread.join(30)


def names_below(folder: Path, end: str) -> list[str]:
    """The files that are called so below a folder, while an upkeep may remove some of its own."""
    return sorted(name for _, _, names in os.walk(folder) for name in names if name.endswith(end))
