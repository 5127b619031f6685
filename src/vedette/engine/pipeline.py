"""One run of the street over a source: plan, map, commit, batch by batch, until all that is new has been read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from vedette.detectors.catalogue import catalogue
from vedette.detectors.known import Known
from vedette.engine.commit import Committer
from vedette.engine.local import mapped
from vedette.engine.mapping import ObjectRead, Period
from vedette.engine.plan import EARLIEST, LATENESS, planned, tasks
from vedette.findings.finding import Writer
from vedette.findings.store import Store
from vedette.intel.geo import Geo
from vedette.inventory import Inventory
from vedette.logs.kinds import Limits, LogKind
from vedette.sources import LogObject, Source

TASK_SIZE = 4 << 20
"""Bytes (as stored) that a worker reads in one go: some hundred milliseconds of work."""

BATCH_SIZE = 32 << 20
"""Bytes (as stored) between commits: a killed run repeats at most that much."""

_LISTED_AT_ONCE = 10_000

WITNESSES = 3
"""Objects that must have come to a time before it counts: one record dated 9999 would make all others seem late."""


@dataclass(slots=True)
class Summary:
    """What a run did."""

    objects: int = 0
    """Read now."""
    already_read: int = 0
    failed: int = 0
    records: dict[str, int] = field(default_factory=dict)
    """Records read, by log kind."""
    passed_over: int = 0
    left_out: int = 0
    """Records that were not asked for: of other kinds, or outside the period."""
    dead: int = 0
    size: int = 0
    """Bytes read, as stored."""
    first_time: int | None = None
    last_time: int | None = None
    _latest: list[int] = field(default_factory=list)
    """The latest times that objects ended at (ms)."""
    new: set[str] = field(default_factory=set)
    """Ids of findings that were not there before this run."""
    changed: set[str] = field(default_factory=set)
    """Ids of findings that this run wrote, the new ones too."""

    @property
    def reached(self) -> int:
        """How far the records' time has surely come (ms): so many objects say so."""
        return self._latest[0] if len(self._latest) == WITNESSES else EARLIEST

    def add(self, read: ObjectRead) -> None:
        """Count one object."""
        self.objects += 1
        self.failed += bool(read.failed)
        for kind, number in read.records.items():
            self.records[kind] = self.records.get(kind, 0) + number
        self.passed_over += read.passed_over
        self.left_out += read.left_out
        self.dead += read.dead_count
        self.size += read.object.size
        if read.first_time is not None:
            self.first_time = read.first_time if self.first_time is None else min(self.first_time, read.first_time)
        if read.last_time is not None:
            self.last_time = read.last_time if self.last_time is None else max(self.last_time, read.last_time)
            self._latest = sorted((*self._latest, read.last_time))[-WITNESSES:]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run goes about it. None of these changes what is found."""

    jobs: int = 1
    task_size: int = TASK_SIZE
    batch_size: int = BATCH_SIZE
    limits: Limits = field(default_factory=Limits)


class Street:
    """The whole way from a source's bytes to a store's findings, with one state of knowledge."""

    def __init__(self, store: Store, known: Known, geo: Geo) -> None:
        self._store = store
        self._known = known
        taught = Inventory()
        taught.apply(known.inventory.facts())
        taught.apply(store.facts())
        types = catalogue().types
        self._committer = Committer(store, catalogue().detectors, known, Writer(types, taught, geo), taught)

    def run(
        self, source: Source, *, settings: Settings | None = None, kinds: frozenset[LogKind] | None = None,
        period: Period | None = None, progress: Callable[[Summary, int], None] | None = None,
    ) -> Summary:
        """Read what is new in ``source``; ``progress`` is told the summary so far and the bytes there are in all."""
        settings = settings or Settings()
        summary = Summary()
        plan = planned(source, self._unread(source, summary))
        total = sum(one.object.size for one in plan)
        waiting: list[ObjectRead] = []
        size = 0
        for task, reads in mapped(source, tasks(plan, settings.task_size), self._known, jobs=settings.jobs,
                                  limits=settings.limits, kinds=kinds, period=period):
            for read in reads:
                summary.add(read)
            waiting += reads
            size += task.size
            if size >= settings.batch_size or task.last:
                done = self._committer.commit(waiting, _watermark(task.after, summary))
                summary.new |= done.new
                summary.changed |= done.changed
                waiting, size = [], 0
            if progress:
                progress(summary, total)
        return summary

    def _unread(self, source: Source, summary: Summary) -> Iterator[LogObject]:
        listing = iter(source.objects())
        while objects := list(islice(listing, _LISTED_AT_ONCE)):
            unread = self._store.unread([(obj.locator, obj.version) for obj in objects])
            summary.already_read += len(objects) - sum(unread)
            yield from (obj for obj, new in zip(objects, unread, strict=True) if new)


def _watermark(after: int, summary: Summary) -> int:
    """No record before this is still to come: of the objects that follow, or, after the last, of later deliveries."""
    return min(after, summary.reached) - LATENESS
