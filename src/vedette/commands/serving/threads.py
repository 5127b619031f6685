"""The threads beside the API: each does its work until it is told to stop; when it dies, it is started again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

Work = Callable[[threading.Event], None]
"""Does its work until the event is set, then finishes what it has in hand and returns. It can be begun anew."""

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds before work that died is begun anew; doubled each time that it dies again soon."""

SOUND = 600.0
"""Seconds of work after which an earlier death counts no more."""

_log = structlog.get_logger(__name__)


class Threads:
    """Named threads with one signal to stop."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._threads: dict[str, threading.Thread] = {}
        self._dead: dict[str, str] = {}

    def start(self, name: str, work: Work) -> None:
        """Do ``work`` in a thread of that name; when it dies or ends without being told to, again, after a while."""
        # A daemon: a second signal ends the process without waiting for it, which must be as safe as a power cut.
        thread = threading.Thread(target=self._run, args=(name, work), name=name, daemon=True)
        self._threads[name] = thread
        thread.start()

    def _run(self, name: str, work: Work) -> None:
        deaths = 0
        while True:
            began = time.monotonic()
            why = self._worked(name, work)
            if self._stop.is_set():
                return
            deaths = 1 if time.monotonic() - began >= SOUND else deaths + 1
            wait = min(FIRST_WAIT * 2 ** min(deaths - 1, 10), LONGEST_WAIT)
            self._dead[name] = f"{why}, and is begun anew"
            _log.error("a thread has died and is begun anew", thread=name, reason=why, deaths=deaths, wait_seconds=wait)
            if self._stop.wait(wait):
                return
            del self._dead[name]

    def _worked(self, name: str, work: Work) -> str:
        """Why it ended."""
        try:
            work(self._stop)
        except Exception as error:
            _log.exception("a thread's work failed for a fault in Vedette", thread=name)
            return f"it died of {type(error).__name__}"
        return "it has ended"

    @property
    def stopping(self) -> bool:
        """They have been told to stop."""
        return self._stop.is_set()

    def dead(self) -> dict[str, str]:
        """Which of them do not work now, and why."""
        return dict(self._dead)

    def stop(self) -> None:
        """Tell them to stop."""
        self._stop.set()

    def join(self, seconds: float, hurried: threading.Event) -> list[str]:
        """Wait until they have finished, until ``hurried`` is set, or for so long; returns those that still work."""
        until = time.monotonic() + seconds
        while any(thread.is_alive() for thread in self._threads.values()):
            if hurried.is_set() or time.monotonic() >= until:
                break
            time.sleep(0.05)
        return [name for name, thread in self._threads.items() if thread.is_alive()]
