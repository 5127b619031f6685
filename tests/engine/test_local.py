"""Worker processes: what reaches them, and what does not."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.playing import known_in
from vedette.engine.local import mapped
from vedette.engine.plan import Task, planned, tasks
from vedette.sources.folder import FolderSource


@pytest.mark.parametrize("where", ["main", "another thread"])
def test_a_worker_never_hears_ctrl_c_from_its_first_moment_on(where: str, tmp_path: Path) -> None:
    """A terminal sends it to all processes; one that is still importing would print a traceback."""
    logs = tmp_path / "logs"
    logs.mkdir()
    for number in range(3):
        (logs / f"{number}.json").write_text('{"Records": []}')
    source = FolderSource(str(logs))
    heard: list[bool] = []

    def watched() -> Iterator[Task]:
        for task in tasks(planned(source, source.objects()), 1):
            # A worker is there since the last task was handed out, or just before the first.
            heard.extend(hears(child.pid) for child in multiprocessing.active_children())
            yield task

    def work() -> None:
        assert sum(len(reads) for _, reads in mapped(source, watched(), known_in(tmp_path / "nothing"), jobs=2)) == 3

    before, handler = signal.pthread_sigmask(signal.SIG_BLOCK, ()), signal.getsignal(signal.SIGINT)
    in_thread(work) if where == "another thread" else work()
    assert heard
    assert not any(heard)
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.parametrize(("alone", "workers"), [(False, 3), (True, 2)])
def test_tasks_come_in_their_order_whoever_did_them(alone: bool, workers: int, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    for number in range(60):
        (logs / f"{number:02}.json").write_text('{"Records": []}' + " " * number)
    source = FolderSource(str(logs))
    plan = list(tasks(planned(source, source.objects()), 1))
    children: set[int | None] = set()
    done = []
    for task, reads in mapped(source, plan, known_in(tmp_path / "nothing"), jobs=3, alone=alone):
        children |= {child.pid for child in multiprocessing.active_children()}
        assert [read.object for read in reads] == list(task.objects)
        done.append(task)
    assert done == plan
    assert len(children) == workers


def in_thread(work: Callable[[], None]) -> None:
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(120)
    assert not thread.is_alive()
    if failed:
        raise failed[0]


def hears(process: int | None) -> bool:
    """Ctrl-C reaches it: the signal is neither blocked nor ignored there."""
    status = Path(f"/proc/{process}/status").read_text()
    masks = {name: int(value, 16) for name, _, value in (line.partition(":") for line in status.splitlines())
             if name in ("SigBlk", "SigIgn")}
    return not (masks["SigBlk"] | masks["SigIgn"]) >> (signal.SIGINT - 1) & 1
