"""What the event history adds to reading and judging a log: ``python -m benchmarks.history KIND DIR``.

Prints the CPU seconds of the floor, of mapping the log, and of mapping it with its history written. The three take
turns in one process, task by task, so that a machine whose speed changes is as slow for one as for the others. The
first task is not counted: what a process needs once does not grow with its logs.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from isal import isal_zlib

from benchmarks.floor import READ
from vedette.detectors.known import Known
from vedette.engine.local import mapped
from vedette.engine.pipeline import TASK_SIZE
from vedette.engine.plan import Task, planned, tasks
from vedette.garbage import collect_seldom
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.lookup import Intel
from vedette.inventory import load_inventory
from vedette.logs.kinds import LogKind
from vedette.sources import Source, open_source


def turns(kind: LogKind, location: str) -> list[float]:
    """CPU seconds of the floor, of mapping, and of mapping with the history, by turns."""
    source = open_source(location)
    todo = list(tasks(planned(source, source.objects()), TASK_SIZE))
    known = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=load_inventory([]))
    with tempfile.TemporaryDirectory() as desk:
        works: list[Iterator[Any]] = [
            _floor(kind, source, todo), mapped(source, todo, known),
            mapped(source, todo, known, history=Path(desk))]
        spent = [0.0] * len(works)
        for number in range(len(todo)):
            for turn in range(len(works)):
                which = (number + turn) % len(works)
                begun = time.process_time()
                next(works[which])
                if number:
                    spent[which] += time.process_time() - begun
    return spent


def _floor(kind: LogKind, source: Source, todo: Sequence[Task]) -> Iterator[int]:
    read = READ[kind]
    for task in todo:
        records = 0
        for obj in task.objects:
            with source.open(obj) as stream:
                records += read(isal_zlib.decompress(stream.read(), 31))
        yield records


if __name__ == "__main__":
    collect_seldom()
    print(*turns(LogKind(sys.argv[1]), sys.argv[2]))
