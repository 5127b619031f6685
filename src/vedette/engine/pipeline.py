"""One run of the street over a source: plan, map, commit, batch by batch, until all that is new has been read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice

from vedette.detectors.catalogue import catalogue
from vedette.engine.commit import Committer, Service
from vedette.engine.costs import Costs
from vedette.engine.local import mapped
from vedette.engine.mapping import ObjectRead, Period
from vedette.engine.plan import EARLIEST, LATENESS, LATEST, Planned, Task, covered, planned, tasks
from vedette.engine.scoped import Knowledge, scopes_of
from vedette.findings.finding import Writer
from vedette.findings.rule_modes import RuleModes
from vedette.findings.store import Store
from vedette.intel.geo import Geo
from vedette.inventory import Inventory
from vedette.logs.kinds import Limits, LogKind
from vedette.sources import LogObject, Source

TASK_SIZE = 4 << 20
"""Bytes (as stored) that a worker reads in one go: some hundred milliseconds of work."""

BATCH_SIZE = 32 << 20
"""Bytes (as stored) between commits: a killed run repeats at most that much."""

_LISTED_AT_ONCE = 1_000

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
    planned: int = 0
    """Bytes that this run is to read, as stored; known once all objects are listed."""
    first_time: int | None = None
    last_time: int | None = None
    _latest: list[int] = field(default_factory=list)
    """The latest times that objects ended at (ms)."""
    new: set[str] = field(default_factory=set)
    """Ids of findings that were not there before this run."""
    changed: set[str] = field(default_factory=set)
    """Ids of findings that this run wrote, the new ones too."""
    put_aside: Counter[tuple[str, int]] = field(default_factory=Counter)
    """(detector, version) → memories of another version, in place of which it began anew."""

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

    def __init__(
        self, store: Store, known: Knowledge, geo: Geo, service: Service | None = None, rules: Collection[str] = (),
        costs: Costs | None = None,
    ) -> None:
        """``rules`` are the custom detection rules that are live where no association says otherwise.

        ``costs``: where what each detector costs is counted, if it is to be.
        """
        self._store = store
        self._known = known
        self._costs = costs
        self._rules = rules
        self._committer = committer_of(store, known, geo, service, rules, costs)

    def run(
        self, source: Source, *, settings: Settings | None = None, kinds: frozenset[LogKind] | None = None,
        period: Period | None = None, progress: Callable[[Summary], None] | None = None,
    ) -> Summary:
        """Read what is new in ``source``; ``progress`` is told the summary so far."""
        settings = settings or Settings()
        summary = Summary()
        unread = self._unread(source, summary)
        first = next(unread, None)
        if first is None:
            return summary
        waiting: list[ObjectRead] = []
        size = 0
        plan: list[Planned] = []

        def coming() -> Iterator[Task]:
            plan.extend(planned(source, chain((first,), unread)))
            summary.planned = sum(one.object.size for one in plan)
            yield from tasks(plan, settings.task_size)

        for task, reads in mapped(source, coming(), self._known, jobs=settings.jobs, limits=settings.limits,
                                  kinds=kinds, period=period,
                                  reach=lambda: LATEST if self._store.lasts else covered(plan),
                                  clock=self._costs.clock if self._costs else None,
                                  rules=RuleModes.read(self._store, everywhere=self._rules).at_work(), alone=True):
            for read in reads:
                summary.add(read)
                if self._costs:
                    self._costs.merge(read.costs)
            waiting += reads
            size += task.size
            if size >= settings.batch_size or task.last:
                done = self._committer.commit(waiting, partial(_watermark, task.after, summary))
                summary.new |= done.new
                summary.changed |= done.changed
                summary.put_aside += done.put_aside
                waiting, size = [], 0
            if progress:
                progress(summary)
        return summary

    def _unread(self, source: Source, summary: Summary) -> Iterator[LogObject]:
        for obj, new in looked_up(self._store, source.objects()):
            if new:
                yield obj
            else:
                summary.already_read += 1


def committer_of(
    store: Store, known: Knowledge, geo: Geo, service: Service | None = None, rules: Collection[str] = (),
    costs: Costs | None = None,
) -> Committer:
    """What commits to ``store`` with all detectors there are, and with what the logs have taught so far."""
    taught = Inventory()
    taught.apply(scopes_of(known).everywhere.inventory.facts())
    taught.apply(store.facts())
    types = catalogue().types
    return Committer(store, catalogue().detectors, known, Writer(types, taught, geo), taught, types, service,
                     rules, costs)


def looked_up(store: Store, objects: Iterable[LogObject]) -> Iterator[tuple[LogObject, bool]]:
    """Each object, and whether it is still to be read."""
    listing = iter(objects)
    while some := list(islice(listing, _LISTED_AT_ONCE)):
        yield from zip(some, store.unread([(obj.locator, obj.version) for obj in some]), strict=True)


def _watermark(after: int, summary: Summary, _new: Sequence[ObjectRead]) -> int:
    """No record before this is still to come: of the objects that follow, or, after the last, of later deliveries.

    The summary has counted the objects that are committed now.
    """
    return min(after, summary.reached) - LATENESS
