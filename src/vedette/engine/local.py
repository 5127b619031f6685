"""The map step on this machine's cores: in this process, or over a pool of workers that share one copy of the lists."""

from __future__ import annotations

import gc
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from vedette.detectors.catalogue import catalogue
from vedette.detectors.known import Known
from vedette.engine.knowledge import open_known, save_known
from vedette.engine.mapping import Mapper, ObjectRead, Period
from vedette.engine.plan import Task
from vedette.errors import VedetteError
from vedette.logs.kinds import Limits, LogKind
from vedette.sources import LogObject, Source, SourceSpec, open_spec, prefetched

if TYPE_CHECKING:
    from concurrent.futures import Future


_COLLECTED_AT = 200_000
"""Objects made, and not freed by themselves, at which Python looks for circles."""


@dataclass(frozen=True, slots=True)
class Work:
    """What every worker is told once."""

    source: SourceSpec
    known: str
    """Folder of `save_known`."""
    limits: Limits
    kinds: frozenset[LogKind] | None
    period: Period


def mapped(
    source: Source, tasks: Iterable[Task], known: Known, *, jobs: int = 1, limits: Limits | None = None,
    kinds: frozenset[LogKind] | None = None, period: Period | None = None,
) -> Iterator[tuple[Task, list[ObjectRead]]]:
    """Every task with what its objects say, in the order of the tasks, whatever the number of ``jobs``."""
    limits, period = limits or Limits(), period or Period()
    if jobs == 1:
        mapper = Mapper(catalogue().detectors, known, limits=limits, kinds=kinds, period=period)
        for task in tasks:
            with _collecting_seldom():
                reads = mapper.map_objects(source.name, prefetched(source, task.objects))
            yield task, reads
        return
    with _saved(known) as folder:
        work = Work(source.spec, folder, limits, kinds, period)
        yield from _over_pool(work, tasks, jobs)


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Records are many, live shortly and refer to nothing in circles: looking for circles took a fifth of a scan."""
    usual = gc.get_threshold()
    gc.set_threshold(_COLLECTED_AT)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@contextmanager
def _saved(known: Known) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="vedette-") as folder:
        save_known(known, Path(folder))
        yield folder


def _over_pool(work: Work, tasks: Iterable[Task], jobs: int) -> Iterator[tuple[Task, list[ObjectRead]]]:
    # Here, since a scan of a few files is over before these are loaded.
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    # Fresh interpreters: a fork would copy Polars' and SQLAlchemy's locks in whatever state they are.
    context = multiprocessing.get_context("spawn")
    waiting: deque[tuple[Task, Future[bytes]]] = deque()
    coming = iter(tasks)
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_start, initargs=(work,))
    try:
        for task in coming:
            with _deaf_to_ctrl_c():
                future = pool.submit(_map_task, task.objects)
            waiting.append((task, future))
            # Two tasks a worker in flight: none idles, and no more results than that are held.
            if len(waiting) >= 2 * jobs:
                yield _done(*waiting.popleft())
        while waiting:
            yield _done(*waiting.popleft())
    except BrokenProcessPool as error:
        raise VedetteError(
            "a worker process was killed (out of memory?): what was committed is kept, run the same command again, "
            "with fewer --jobs if it happens again") from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Worker processes that start meanwhile ignore Ctrl-C, which a terminal sends to them too: this process decides."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


def _done(task: Task, future: Future[bytes]) -> tuple[Task, list[ObjectRead]]:
    return task, msgspec.msgpack.decode(future.result(), type=list[ObjectRead])


class _Worker:
    """One worker process's own copy of what it needs."""

    mapper: Mapper
    source: Source


def _start(work: Work) -> None:
    gc.set_threshold(_COLLECTED_AT)
    _Worker.source = open_spec(work.source)
    _Worker.mapper = Mapper(catalogue().detectors, open_known(Path(work.known)), limits=work.limits, kinds=work.kinds,
                            period=work.period)


def _map_task(objects: tuple[LogObject, ...]) -> bytes:
    source = _Worker.source
    return msgspec.msgpack.encode(_Worker.mapper.map_objects(source.name, prefetched(source, objects)))
