"""Folders and buckets followed for ever: a folder as files are dropped into it, any source by listing it at intervals.

A file is handed out once nobody writes to it: its size and time have stood still for a moment. One that is renamed
into the folder is whole at once, and waits for that moment too. A file that grows after it was read is read again as a
whole, later and later; what it said before is recognised for as long as a late record is (the lateness bound), so
files that are appended to for hours must be rotated more often than that.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from vedette.errors import SourceError
from vedette.sources.feed import Delivery, Outcome
from vedette.sources.folder import FolderSource
from vedette.sources.log_object import LogObject, NothingToRead, Source

SETTLE = 0.5
"""Seconds that a file must stand still before it is read. Each time it grows all the same, four times as many."""

LONGEST_SETTLE = 300.0

RESCAN = 300.0
"""Seconds between two looks at all files of a watched folder: the kernel drops notices when there are too many."""

INTERVAL = 60.0
"""Seconds between two listings of a source that is polled."""

LONGEST_WAIT = 6 * 3600.0
"""Seconds until an object that could not be read again and again is tried again."""

_REMEMBERED = 100_000
"""Objects of which it is remembered that they failed or grew."""

_WAKE = 1.0
"""Seconds after which a waiting feed looks whether it is to stop."""

_ADDED, _MODIFIED = 1, 2


class PolledFeed:
    """Any source, listed as a whole every ``interval`` seconds."""

    def __init__(
        self, source: Source, interval: float = INTERVAL, clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``clock`` gives seconds that only grow."""
        self.name = source.name
        self._source = source
        self._interval = interval
        self._clock = clock
        self._due = clock()
        self._failed = _Failed(interval, clock)

    def next(self, stop: threading.Event) -> Delivery | None:
        """As `Feed.next`: all objects, when it is time."""
        if not _waited(stop, self._due, self._clock):
            return None
        self._due = self._clock() + self._interval
        return Delivery(self._source, _Listing(self._source, self._failed), acknowledge=self._failed.note)

    def close(self) -> None:
        """Nothing is held open."""


class WatchedFolder:
    """A folder or pattern whose new files are handed out within a second."""

    def __init__(
        self, source: FolderSource, settle: float = SETTLE, rescan: float = RESCAN,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``clock`` gives seconds that only grow."""
        self.name = source.name
        self._source = source
        self._settle = settle
        self._rescan = rescan
        self._clock = clock
        self._notices: _Notices | None = None
        self._due = clock()
        self._failed = _Failed(rescan, clock)
        self._moving: dict[str, tuple[str, float]] = {}
        """Locators of files that may be written to, with the version last seen and since when it stands still."""
        self._grown: dict[str, int] = {}
        """How often a file has been handed out."""

    def next(self, stop: threading.Event) -> Delivery | None:
        """As `Feed.next`: at first all files, then those that came."""
        if self._notices is None:
            self._notices = _Notices(self._source.root)  # before the listing: nothing falls between
        if self._clock() >= self._due:
            self._due = self._clock() + self._rescan
            return self._all()
        for path in self._notices.within(self._patience(), stop):
            self._follow(path)
        still = self._still()
        return self._delivery(still) if still or self._moving else None

    def close(self) -> None:
        """Stop watching."""
        if self._notices is not None:
            self._notices.close()
            self._notices = None

    def _all(self) -> Delivery:
        # What is written while the folders are listed may be seen in one and missed in another: it waits its turn.
        begun = time.time() * 1000
        try:
            found = list(_Listing(self._source, self._failed))
        except SourceError:
            self.close()  # a folder that comes back is another one to the kernel
            self._due = self._clock()
            raise
        quiet: list[LogObject] = []
        for obj in found:
            if obj.modified > begun - self._settle * 1000 or obj.locator in self._moving:
                self._follow(obj.locator)
            else:
                quiet.append(obj)
        return self._delivery(quiet)

    def _delivery(self, objects: list[LogObject]) -> Delivery:
        # Many files that are copied in come in any order: what still settles may be older than what is handed out.
        return Delivery(self._source, objects, caught_up=not self._moving, acknowledge=self._failed.note)

    def _patience(self) -> float:
        wait = max(0.0, self._due - self._clock())
        if self._moving:
            first = min(since + self._needed(locator) for locator, (_, since) in self._moving.items())
            wait = min(wait, max(0.0, first - self._clock()))
        return min(wait, _WAKE)

    def _needed(self, locator: str) -> float:
        return min(LONGEST_SETTLE, self._settle * 4.0 ** min(self._grown.get(locator, 0), 8))

    def _follow(self, path: str) -> None:
        obj = self._source.at(path)
        if obj is None:
            self._moving.pop(path, None)
            return
        before = self._moving.get(path)
        if before is None or before[0] != obj.version:
            self._moving[path] = obj.version, self._clock()

    def _still(self) -> list[LogObject]:
        now = self._clock()
        ready: list[LogObject] = []
        for path, (version, since) in list(self._moving.items()):
            if now - since < self._needed(path):
                continue
            obj = self._source.at(path)
            if obj is None:
                del self._moving[path]
            elif obj.version != version:
                self._moving[path] = obj.version, now
            else:
                del self._moving[path]
                if len(self._grown) >= _REMEMBERED:
                    self._grown.clear()
                self._grown[path] = self._grown.get(path, 0) + 1
                ready.append(obj)
        return sorted(ready)


class _Notices:
    """What the kernel tells of a folder and all below it."""

    def __init__(self, root: Path) -> None:
        # Here: a process that watches nothing does not need it.
        from watchfiles._rust_notify import RustNotify

        alone = not root.is_dir()
        try:
            self._watch = RustNotify([str(root.parent if alone else root)], False, False, 300, not alone, True)
        except FileNotFoundError as error:
            raise SourceError("does not exist: give a folder that is there", where=str(root)) from error
        except OSError as error:
            raise SourceError(
                f"cannot be watched ({error}): allow more watches (fs.inotify.max_user_watches), or poll it",
                where=str(root)) from error

    def within(self, seconds: float, stop: threading.Event) -> Iterator[str]:
        """Absolute paths of files that came or changed."""
        told = self._watch.watch(50, 10, max(1, int(seconds * 1000)), stop)
        if isinstance(told, str):
            return
        for kind, path in sorted(told):
            if kind not in (_ADDED, _MODIFIED):
                continue
            if os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114 - may be no UTF-8
                # A folder that was moved in, or filled before its watch was set.
                for folder, _, names in os.walk(path):
                    yield from (os.path.join(folder, name) for name in names)  # noqa: PTH118
            else:
                yield path

    def close(self) -> None:
        self._watch.close()


class _Failed:
    """Objects that could not be read, and when they are tried again (seconds on ``clock``)."""

    def __init__(self, first_wait: float, clock: Callable[[], float]) -> None:
        self._first_wait = first_wait
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[int, float]] = {}

    def waits(self, obj: LogObject) -> bool:
        _, due = self._known.get((obj.locator, obj.version), (0, 0.0))
        return self._clock() < due

    def note(self, outcomes: Sequence[Outcome]) -> None:
        for one in outcomes:
            key = one.object.locator, one.object.version
            if not one.failed:
                self._known.pop(key, None)
                continue
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            times = self._known.get(key, (0, 0.0))[0] + 1
            wait = min(LONGEST_WAIT, self._first_wait * 2.0 ** min(times - 1, 20))
            self._known[key] = times, self._clock() + wait


class _Listing:
    """A source's objects but those that wait; none is no error here."""

    def __init__(self, source: Source, failed: _Failed) -> None:
        self._source = source
        self._failed = failed

    def __iter__(self) -> Iterator[LogObject]:
        try:
            for obj in self._source.objects():
                if not self._failed.waits(obj):
                    yield obj
        except NothingToRead:
            return


def _waited(stop: threading.Event, due: float, clock: Callable[[], float]) -> bool:
    """It is time; False when there was not within a second, or ``stop`` is set."""
    stop.wait(min(_WAKE, max(0.0, due - clock())))
    return not stop.is_set() and clock() >= due
