"""Ingestion that runs for months: a thread a source, each reads what its feed hands out, commits, acknowledges.

Sources read side by side and commit one after the other, in the order in which they ask: a batch is bounded, so that
none waits long. What is handed out is acknowledged when it is committed and not before; what a feed hands out twice,
the ledger knows. So nothing is lost and nothing counts twice, wherever the process is killed.

No failure ends a thread. A source that cannot be read, or a database that is locked, full or away, is told of once,
tried again with longer and longer waits, and told of again when it works.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError

from vedette.engine.commit import Committer, Service
from vedette.engine.costs import Cost, Costs
from vedette.engine.frontier import Frontiers
from vedette.engine.history import History
from vedette.engine.local import mapped
from vedette.engine.mapping import ObjectRead
from vedette.engine.pipeline import Settings, committer_of, looked_up
from vedette.engine.plan import LATEST, planned, tasks
from vedette.engine.scoped import Knowledge
from vedette.errors import VedetteError
from vedette.findings.database import sentence
from vedette.findings.rule_modes import RuleModes
from vedette.findings.store import Store
from vedette.intel.geo import Geo
from vedette.sources import LogObject
from vedette.sources.feed import Delivery, Feed, Outcome

BACKLOG = 24 << 20
"""Bytes (as stored) from which on worker processes are started for what a feed hands out."""

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds before what failed is tried again; doubled each time."""

GRACE = 20.0
"""Seconds that sources are given to end what they are at when the server stops."""

_FAILURES = (VedetteError, SQLAlchemyError, OSError)
"""What the world does: a source or the database is away for now."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Progress:
    """How a source is doing, since the process started."""

    source: str
    objects: int = 0
    """Read and committed."""
    size: int = 0
    """Their bytes, as stored."""
    records: dict[str, int] = field(default_factory=dict)
    """By log kind."""
    dead_letters: int = 0
    failed: int = 0
    """Objects and messages that could not be read at all; each try counts."""
    waiting: int = 0
    """Objects known and not yet committed."""
    waiting_size: int = 0
    """Their bytes, as stored."""
    oldest_waiting: int | None = None
    """When the first of these was written (ms)."""
    caught_up: bool = False
    """When last asked, the source had nothing that was not handed out."""
    last_event: int | None = None
    """The latest time (ms) that a committed record has."""
    errors: int = 0
    """Times that the source, or the database on its behalf, failed."""
    failure: str = ""
    """Why it does not work now; empty when it does."""

    def lag(self, now: int) -> int:
        """For how long (ms) the oldest object known and not yet committed has been waiting; 0 when all is read."""
        return 0 if self.oldest_waiting is None else max(0, now - self.oldest_waiting)


class Ingestion:
    """All sources of a server."""

    def __init__(
        self, store: Store, feeds: Iterable[Feed], known: Callable[[], Knowledge], geo: Geo, service: Service, *,
        settings: Settings | None = None, history: History | None = None,
    ) -> None:
        """Nothing is read yet.

        Args:
            store: a database of its own connections (no in-memory one).
            feeds: the sources; their names differ.
            known: what is known now. It is asked before each delivery, and gives the same object while nothing changed.
            geo: as for `Street`.
            service: the clock, and the destinations of all findings.
            settings: ``jobs`` is for backlogs; what comes day by day is read in this process.
            history: where every record is written too, if anywhere.

        Raises:
            HistoryError: its folder cannot be written.
            ValueError: two feeds have one name.
        """
        ordered = list(feeds)
        self._feeds = {feed.name: feed for feed in ordered}
        if len(self._feeds) < len(ordered):
            raise ValueError("two feeds have one name")
        self._store = store
        self._known = known
        self._geo = geo
        self._service = service
        self._settings = settings or Settings()
        self._frontiers = Frontiers(self._feeds, time.monotonic)
        self._turn = _Turn()
        self._pool = threading.Lock()
        self._committer: tuple[Knowledge, Committer] | None = None
        self._progress = {name: Progress(name) for name in self._feeds}
        self._desks = {name: history.desk(name) for name in self._feeds} if history else {}
        self._threads: dict[str, threading.Thread] = {}
        self._costs = Costs(time.perf_counter_ns)
        self._new_findings: Counter[float] = Counter()

    def run(self, stop: threading.Event) -> None:
        """Ingest until ``stop`` is set; then end what is being committed, at most `GRACE` seconds.

        When this itself has failed, it may be called again: sources that are still followed go on.
        """
        for name, feed in self._feeds.items():
            if name not in self._threads or not self._threads[name].is_alive():
                thread = threading.Thread(
                    target=self._follow, args=(feed, stop), name=f"source {name}", daemon=True)
                thread.start()
                self._threads[name] = thread
        stop.wait()
        deadline = time.monotonic() + GRACE
        for thread in self._threads.values():
            thread.join(max(0.0, deadline - time.monotonic()))

    def progress(self) -> list[Progress]:
        """How each source is doing: copies, in the order of the feeds."""
        return [replace(one, records=dict(one.records)) for one in self._progress.values()]

    def costs(self) -> dict[str, Cost]:
        """What each detector has taken since the process started: time by the wall clock, and records."""
        return self._costs.so_far()

    def new_findings(self) -> dict[float, int]:
        """How many findings of each severity are new since the process started."""
        return dict(self._new_findings)

    def _follow(self, feed: Feed, stop: threading.Event) -> None:
        """A source's thread. Nothing that fails ends it."""
        progress = self._progress[feed.name]
        failures = 0
        while not stop.is_set():
            try:
                failures = self._followed(feed, progress, stop, failures)
            except Exception as error:
                failures += 1
                self._told(progress, error)
                stop.wait(_wait_after(failures))
        with suppress(Exception):
            feed.close()

    def _followed(self, feed: Feed, progress: Progress, stop: threading.Event, failures: int) -> int:
        """Take what the feed has now. Returns how many failures in a row there were at last."""
        delivery = feed.next(stop)
        if delivery is None:
            if stop.is_set():
                return failures
            self._frontiers.rest(feed.name, caught_up=True)
            progress.caught_up = True
            self._works(progress)
            return 0
        progress.caught_up = delivery.caught_up
        try:
            return self._until_taken(feed, delivery, progress, stop, failures)
        finally:
            delivery.release()

    def _until_taken(
        self, feed: Feed, delivery: Delivery, progress: Progress, stop: threading.Event, failures: int,
    ) -> int:
        """Take a delivery, again and again if need be. Returns how many failures in a row there were at last."""
        while not stop.is_set():
            try:
                outcomes = self._taken(feed, delivery, progress, stop)
                if outcomes is not None:
                    delivery.acknowledge(outcomes)
                    self._frontiers.rest(feed.name, delivery.caught_up)
                    self._works(progress)
                return 0
            except _FAILURES as error:
                failures += 1
                self._told(progress, error)
            except Exception as error:
                # A bug that one object wakes must keep neither the others nor the thread.
                self._told(progress, error)
                delivery = self._apart(feed, delivery, progress, stop)
                failures += 1
            self._drop_committer()
            stop.wait(_wait_after(failures))
        return failures

    def _taken(
        self, feed: Feed, delivery: Delivery, progress: Progress, stop: threading.Event,
    ) -> list[Outcome] | None:
        """Read and commit a delivery; what became of it, or None when ``stop`` came between."""
        outcomes: list[Outcome] = []
        desk = self._desks.get(feed.name)
        if desk:
            desk.tidy()
        plan = planned(delivery.source, self._unread(delivery.objects, outcomes))
        objects = [one.object for one in plan]
        size = sum(obj.size for obj in objects)
        progress.waiting, progress.waiting_size = len(objects), size
        progress.oldest_waiting = min((obj.modified for obj in objects), default=None)
        unreadable = [ObjectRead(object=obj, source=feed.name, failed=why) for obj, why in delivery.unreadable]
        if unreadable:
            self._commit(feed, progress, unreadable, plan[0].start if plan else LATEST, outcomes)
        if not plan:
            return outcomes
        self._frontiers.begin(feed.name, plan[0].start, delivery.caught_up)
        left = {(obj.locator, obj.version): obj.modified for obj in objects}
        waiting: list[ObjectRead] = []
        held = 0
        jobs = self._settings.jobs if size > BACKLOG else 1
        with self._workers(jobs), ExitStack() as ending:
            coming = mapped(delivery.source, tasks(plan, self._settings.task_size), self._known(), jobs=jobs,
                            limits=self._settings.limits, history=desk.folder if desk else None,
                            clock=self._costs.clock, by_bucket=True,
                            rules=RuleModes.read(self._store, self._service.clock()).at_work())
            # Whatever happens, no worker of this delivery is left when it is taken again.
            for task, reads in ending.enter_context(closing(coming)):
                if stop.is_set():
                    return None
                for read in reads:
                    read.source = feed.name  # as the feed is called, whatever the source it reads by
                waiting += reads
                held += task.size
                if held >= self._settings.batch_size or task.last:
                    self._commit(feed, progress, waiting, task.after, outcomes)
                    for read in waiting:
                        left.pop((read.object.locator, read.object.version), None)
                    progress.waiting, progress.waiting_size = len(left), progress.waiting_size - held
                    progress.oldest_waiting = min(left.values(), default=None)
                    waiting, held = [], 0
        return outcomes

    def _unread(self, objects: Iterable[LogObject], outcomes: list[Outcome]) -> Iterator[LogObject]:
        different = {(obj.locator, obj.version): obj for obj in objects}
        for obj, new in looked_up(self._store, different.values()):
            if new:
                yield obj
            else:
                outcomes.append(Outcome(obj))

    def _apart(self, feed: Feed, delivery: Delivery, progress: Progress, stop: threading.Event) -> Delivery:
        """Take each object of a delivery by itself; what is then left to take of it: those that break nothing."""
        sound: list[LogObject] = []
        broken: list[tuple[LogObject, str]] = []
        for obj in delivery.objects:
            if stop.is_set():
                break
            self._drop_committer()
            try:
                self._taken(feed, replace(delivery, objects=(obj,), unreadable=()), progress, stop)
                sound.append(obj)
            except _FAILURES:
                sound.append(obj)
            except Exception as error:
                _log.exception("an object cannot be read for a fault in Vedette", source=feed.name, object=obj.locator)
                broken.append((obj, f"reading it failed for a fault in Vedette ({type(error).__name__}: {error})"))
        return replace(delivery, objects=sound, unreadable=[*delivery.unreadable, *broken])

    @contextmanager
    def _workers(self, jobs: int) -> Iterator[None]:
        """One pool of worker processes at a time."""
        one: AbstractContextManager[object] = self._pool if jobs > 1 else nullcontext()
        with one:
            yield

    def _commit(
        self, feed: Feed, progress: Progress, reads: Sequence[ObjectRead], following: int, outcomes: list[Outcome],
    ) -> None:
        desk, mapped_now = self._desks.get(feed.name), reads
        with self._turn:
            clock = self._service.clock()
            done = self._committing().commit(
                reads, lambda new: self._frontiers.watermark(feed.name, new, following, clock),
                partial(desk.enter, mapped_now) if desk else None)
            # Another source, or another server on the same database, may have read the same objects meanwhile.
            outcomes += [Outcome(read.object) for read in done.already_there]
            there = {(read.object.locator, read.object.version) for read in done.already_there}
            reads = [read for read in reads if (read.object.locator, read.object.version) not in there]
            self._new_findings.update(done.severities)
            for (detector, version), keys in done.put_aside.items():
                _log.warning("begins to learn anew: what it remembered is of a version that is not read here, and was "
                             "put aside", detector=detector, version=version, keys=keys)
            for read in mapped_now:
                self._costs.merge(read.costs)
            self._frontiers.committed(feed.name, reads, following, clock)
        for read in reads:
            outcomes.append(Outcome(read.object, sum(read.records.values()), read.dead_count, read.failed))
            progress.objects += not read.failed
            progress.failed += bool(read.failed)
            progress.size += read.object.size
            progress.dead_letters += read.dead_count
            for kind, number in read.records.items():
                progress.records[kind] = progress.records.get(kind, 0) + number
            if read.last_time is not None:
                progress.last_event = max(read.last_time, progress.last_event or read.last_time)
            if read.failed:
                _log.warning("cannot be read", source=feed.name, object=read.object.locator, reason=read.failed)
        if desk:
            desk.entered(mapped_now)

    def _committing(self) -> Committer:
        known = self._known()
        if self._committer is None or self._committer[0] is not known:
            self._committer = known, committer_of(
                self._store, known, self._geo, self._service, costs=self._costs)
        return self._committer[1]

    def _drop_committer(self) -> None:
        # What a commit that failed had learned from the logs is not in the database.
        with self._turn:
            self._committer = None

    def _told(self, progress: Progress, error: Exception) -> None:
        progress.errors += 1
        said = sentence(error)
        if said != progress.failure:
            expected = isinstance(error, _FAILURES)
            _log.warning("a source does not work", source=progress.source, reason=said, exc_info=not expected)
        progress.failure = said

    def _works(self, progress: Progress) -> None:
        if progress.failure:
            _log.info("a source works again", source=progress.source)
        progress.failure = ""


class _Turn:
    """A lock that is given in the order in which it was asked for: who just had it comes last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: deque[threading.Event] = deque()

    def __enter__(self) -> None:
        mine = threading.Event()
        with self._lock:
            self._queue.append(mine)
            if self._queue[0] is mine:
                mine.set()
        mine.wait()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._queue.popleft()
            if self._queue:
                self._queue[0].set()


def _wait_after(failures: int) -> float:
    """How long to wait (s) after so many failures in a row.

    >>> [_wait_after(failures) for failures in (1, 2, 5, 50)]
    [1.0, 2.0, 16.0, 60.0]
    """
    return float(min(FIRST_WAIT * 2 ** min(failures - 1, 10), LONGEST_WAIT))
