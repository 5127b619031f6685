"""The map step on this machine's cores: in this process, or over a pool of workers that share one copy of the lists."""

from __future__ import annotations

import atexit
import signal
import tempfile
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from vedette.detectors.catalogue import catalogue
from vedette.detectors.declare import Detector
from vedette.engine.costs import Costs
from vedette.engine.knowledge import open_scopes, save_scopes
from vedette.engine.mapping import Mapper, ObjectRead, Period
from vedette.engine.plan import LATEST, Task
from vedette.engine.scoped import Knowledge, Scopes, scopes_of
from vedette.errors import VedetteError
from vedette.garbage import collect_no_more, collect_seldom
from vedette.logs.kinds import Limits, LogKind
from vedette.sources import LogObject, Source, SourceSpec, open_spec, prefetched

if TYPE_CHECKING:
    from concurrent.futures import Future

    _Waiting: TypeAlias = deque[tuple[Task, Future[bytes] | list[ObjectRead]]]

AHEAD = 10
"""Tasks a worker has in hand: none idles while this process commits, nor does this one while a worker starts. No more
results than that are held."""


@dataclass(frozen=True, slots=True)
class Work:
    """What every worker is told once."""

    source: SourceSpec
    known: str
    """Folder of `save_scopes`."""
    limits: Limits
    kinds: frozenset[LogKind] | None
    period: Period
    history: Path | None
    clock: Callable[[], int] | None
    by_bucket: bool
    rules: frozenset[str]


def mapped(
    source: Source, tasks: Iterable[Task], known: Knowledge, *, jobs: int = 1, limits: Limits | None = None,
    kinds: frozenset[LogKind] | None = None, period: Period | None = None, history: Path | None = None,
    clock: Callable[[], int] | None = None, by_bucket: bool = False,
    reach: Callable[[], int] = lambda: LATEST, rules: frozenset[str] = frozenset(), alone: bool = False,
) -> Generator[tuple[Task, list[ObjectRead]], None, None]:
    """Every task with what its objects say, in the order of the tasks, whatever the number of ``jobs``.

    ``history``: as for `Mapper`; ``clock``: what detectors cost is counted by it; ``by_bucket``: as for `Mapper`;
    ``reach`` is asked when there is a task: how much time (ms) the logs cover, with what is remembered of earlier ones.
    Detectors that could not have learned enough by then are left out. ``rules``: the custom detection rules that are
    live or tried somewhere: the others are left out. ``alone``: this process has nothing else to do, and does a job
    itself.
    """
    limits, period = limits or Limits(), period or Period()
    mappers: list[Mapper] = []

    def here(task: Task) -> list[ObjectRead]:
        if not mappers:
            mappers.append(Mapper(
                _of_use(reach(), rules), known, limits=limits, kinds=kinds, period=period, history=history,
                costs=Costs(clock) if clock else None, by_bucket=by_bucket))
        return mappers[0].map_objects(source.name, prefetched(source, task.objects))

    if jobs == 1:
        yield from ((task, here(task)) for task in tasks)
        return
    with _saved(known) as folder:
        work = Work(source.spec, folder, limits, kinds, period, history, clock, by_bucket, rules)
        yield from _over_pool(work, tasks, jobs, reach, here if alone else None)


def _of_use(reach: int, rules: frozenset[str]) -> list[Detector]:
    return [one for one in catalogue().detectors if one.is_of_use(reach) and (not one.rule or one.rule in rules)]


@contextmanager
def _saved(known: Knowledge) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="vedette-") as folder:
        save_scopes(scopes_of(known), Path(folder))
        yield folder


def _over_pool(
    work: Work, tasks: Iterable[Task], jobs: int, reach: Callable[[], int],
    here: Callable[[Task], list[ObjectRead]] | None,
) -> Iterator[tuple[Task, list[ObjectRead]]]:
    # Here, since a scan of a few files is over before these are loaded.
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    # Fresh interpreters: a fork would copy Polars' and SQLAlchemy's locks in whatever state they are. To start one
    # takes as long as to read some ten megabytes: this process does a job itself where it may.
    context = multiprocessing.get_context("spawn")
    workers = jobs if here is None else jobs - 1
    waiting: _Waiting = deque()
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(work,))
    try:
        # The workers start while this process still finds out what the tasks are.
        with _deaf_to_ctrl_c():
            for _ in range(workers):
                pool.submit(_load)
        covers: int | None = None
        for task in tasks:
            covers = reach() if covers is None else covers
            handed_out = sum(not isinstance(one, list) and not one.done() for _, one in waiting)
            if here is not None and handed_out >= AHEAD * workers:
                waiting.append((task, here(task)))
            else:
                with _deaf_to_ctrl_c():
                    waiting.append((task, pool.submit(_map_task, task.objects, covers)))
            while len(waiting) >= AHEAD * jobs or (waiting and _is_there(waiting[0][1])):
                yield _first(waiting, here)
        while waiting:
            yield _first(waiting, here)
    except BrokenProcessPool as error:
        raise VedetteError(
            "a worker process was killed (out of memory?): what was committed is kept, run the same command again, "
            "with fewer --jobs if it happens again") from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _is_there(result: Future[bytes] | list[ObjectRead]) -> bool:
    return isinstance(result, list) or result.done()


def _first(waiting: _Waiting, here: Callable[[Task], list[ObjectRead]] | None) -> tuple[Task, list[ObjectRead]]:
    """The first task's result. Rather than wait for it, this process does what no worker has begun, from the end."""
    while here is not None and not _is_there(waiting[0][1]):
        own = next((number for number in reversed(range(len(waiting)))
                    if not isinstance(one := waiting[number][1], list) and one.cancel()), None)
        if own is None:
            break
        waiting[own] = waiting[own][0], here(waiting[own][0])
    task, result = waiting.popleft()
    if isinstance(result, list):
        return task, result
    return task, msgspec.msgpack.decode(result.result(), type=list[ObjectRead])


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Worker processes that start meanwhile never hear Ctrl-C, which terminals send them too: this process decides.

    In any thread: a process begins with its maker's mask of signals. What comes to this one meanwhile it hears later.
    """
    from multiprocessing import resource_tracker

    # When it starts the process that looks after the others', Python lets all signals through.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Worker:
    """One worker process's own copy of what it needs."""

    work: Work
    known: Scopes
    source: Source
    mapper: Mapper | None = None


def _start(work: Work) -> None:
    collect_seldom()
    atexit.register(collect_no_more)
    _Worker.work, _Worker.source, _Worker.known = work, open_spec(work.source), open_scopes(Path(work.known))


def _load() -> None:
    catalogue()


def _map_task(objects: tuple[LogObject, ...], reach: int) -> bytes:
    if _Worker.mapper is None:
        work = _Worker.work
        _Worker.mapper = Mapper(
            _of_use(reach, work.rules), _Worker.known, limits=work.limits, kinds=work.kinds, period=work.period,
            history=work.history, costs=Costs(work.clock) if work.clock else None, by_bucket=work.by_bucket)
    source = _Worker.source
    return msgspec.msgpack.encode(_Worker.mapper.map_objects(source.name, prefetched(source, objects)))
