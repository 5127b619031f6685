"""What the models of what is unusual for a principal cost: ``python -m benchmarks.habits_cost`` prints it.

Of calls, of buckets and of AI models together: CPU time for every CloudTrail record that is read, by the engine with
all detectors and without these three, in turns, so that what others do on the machine falls on both alike. The least of
some rounds counts. What they are given, what is kept for them and what is written to the database is in it.

They have learned before. They read, as one does who catches up: an ordinary estate's day, and the made-up companies
that the models are judged by. And the estate's day as a server reads it, which commits each five minutes.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

import msgspec
from isal import igzip

from benchmarks.data import prepared
from benchmarks.habits_world import world
from benchmarks.judged import DAYS, FIRST_ATTACK
from benchmarks.s3_world import world as world_of_buckets
from vedette.detectors.catalogue import catalogue
from vedette.detectors.declare import Detector
from vedette.detectors.known import Known
from vedette.engine.commit import Committer
from vedette.engine.mapping import Mapper, ObjectRead
from vedette.engine.pipeline import BATCH_SIZE, TASK_SIZE, Summary
from vedette.engine.plan import LATENESS, LATEST, Planned, Task, planned, tasks
from vedette.findings.finding import Writer
from vedette.findings.store import Store
from vedette.garbage import collect_seldom
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.geo import Geo
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory
from vedette.logs.cloudtrail import ApiCall
from vedette.logs.kinds import LogKind
from vedette.simulate.delivery import call_object
from vedette.simulate.estate import START_MS, write_estate
from vedette.sources import open_source, prefetched

GOAL = 5.0
"""Microseconds for a record."""
ROUNDS = 3
SEEDS = (1, 2)
"""Of made-up companies: those on which the models were tuned. What is found in them is not looked at."""
_WHICH = f"seeds {' and '.join(map(str, SEEDS))}"
_MODELS = frozenset({"api.unusual_calls.unusual_calls", "s3.unusual_access.unusual_access",
                     "api.model_invocation.unusual_invocations"})
_DAY_MS = 86_400_000
_LEARNING, _RECORDS_A_DAY = 20, 30_000
"""Days of the estate before the one that is measured; with fewer records, so that more of it is new."""
_MEASURED = 7
"""Days of a company, from that on which the first attack may come."""
_OBJECT_MS = 1_800_000
"""A company has few records: they are delivered together."""
_EVERYTHING = [one for one in catalogue().detectors if not one.rule]
_OTHERS = [one for one in _EVERYTHING if one.name not in _MODELS]
_KNOWN = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=Inventory())


def ordinary() -> tuple[float, float]:
    """Microseconds for a record of an ordinary estate's day; and as a server reads it."""
    with tempfile.TemporaryDirectory(prefix="vedette-habits-") as name:
        estate, state = Path(name) / "estate", Path(name) / "state"
        write_estate(estate, days=_LEARNING, start=START_MS - _LEARNING * _DAY_MS,
                     cloudtrail=_LEARNING * _RECORDS_A_DAY, flows=0, dns=0)
        _read(estate / "logs", state, _EVERYTHING)
        day = prepared().of(LogKind.CLOUDTRAIL)
        return _cost(state, day), _cost(state, day, served=True)


def of_company(seed: int) -> float:
    """Microseconds for a management call of a company in `benchmarks.habits_world`."""
    return _of_days(call for call, _ in world(seed, days=DAYS, first_attack_day=FIRST_ATTACK))


def of_buckets(seed: int) -> float:
    """Microseconds for a data event of a company in `benchmarks.s3_world`."""
    return _of_days(call for call, _ in world_of_buckets(seed, DAYS, FIRST_ATTACK))


def _of_days(calls: Iterable[ApiCall]) -> float:
    with tempfile.TemporaryDirectory(prefix="vedette-habits-") as name:
        folder, first = Path(name), 0
        for slot, some in groupby(calls, lambda call: call.time // _OBJECT_MS):
            today = slot * _OBJECT_MS // _DAY_MS
            first = first or today
            if today - first >= FIRST_ATTACK + _MEASURED:
                break
            part = "after" if today - first >= FIRST_ATTACK else "before"
            _deliver(some, folder / part, (slot + 1) * _OBJECT_MS)
        _read(folder / "before", folder / "state", _EVERYTHING)
        return _cost(folder / "state", folder / "after")


def _deliver(calls: Iterable[ApiCall], into: Path, delivered: int) -> None:
    records: defaultdict[tuple[str, str], list[bytes]] = defaultdict(list)
    for call in calls:
        records[call.account, call.region].append(msgspec.json.encode(call))
    for (account, region), some in records.items():
        path = into / call_object(account, region, delivered, "habits")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(igzip.compress(b'{"Records":[%b]}' % b",".join(some), 1, mtime=0))


def _cost(state: Path, logs: Path, *, served: bool = False) -> float:
    """What the models cost for a record of the logs, by what they have learned."""
    spent: dict[bool, list[float]] = {True: [], False: []}
    records = 0
    for _ in range(ROUNDS):
        for with_models in spent:
            with tempfile.TemporaryDirectory(prefix="vedette-habits-") as copy:
                learned = shutil.copytree(state, Path(copy) / "state")
                begun = time.process_time()
                records = _read(logs, learned, _EVERYTHING if with_models else _OTHERS, served=served)
                spent[with_models].append(time.process_time() - begun)
    return (min(spent[True]) - min(spent[False])) / records * 1e6


def _read(location: Path, state: Path, detectors: Sequence[Detector], *, served: bool = False) -> int:
    """As a scan does, but with these detectors, how many days there may be. Returns how many records there were."""
    summary, source, types, taught = Summary(), open_source(str(location)), catalogue().types, Inventory()
    mapper = Mapper(detectors, _KNOWN)
    with Store.open(state) as store:
        committer = Committer(store, detectors, _KNOWN, Writer(types, taught, Geo([])), taught, types)
        waiting: list[ObjectRead] = []
        plan = planned(source, source.objects())
        for task in _deliveries(plan) if served else tasks(plan, TASK_SIZE):
            waiting += mapper.map_objects(source.name, prefetched(source, task.objects))
            if served or task.last or sum(read.object.size for read in waiting) >= BATCH_SIZE:
                for read in waiting:
                    summary.add(read)
                committer.commit(waiting, partial(_watermark, min(task.after, summary.reached) - LATENESS))
                waiting = []
    return sum(summary.records.values())


def _watermark(watermark: int, _new: Sequence[ObjectRead]) -> int:
    return watermark


def _deliveries(plan: Sequence[Planned]) -> Iterator[Task]:
    """What is delivered at one time, together."""
    together = [(start, tuple(one.object for one in some)) for start, some in groupby(plan, lambda one: one.start)]
    following = [start for start, _ in together[1:]]
    for (_, objects), after in zip(together, [*following, LATEST], strict=True):
        yield Task(objects, after)


def figures() -> list[tuple[str, list[float]]]:
    """What is measured → microseconds for a record, one for each company."""
    collect_seldom()
    read, served = ordinary()
    return [
        ("an ordinary estate's day", [read]),
        ("the same, committed each five minutes", [served]),
        (f"management calls of companies as above, {_WHICH}", [of_company(seed) for seed in SEEDS]),
        (f"data events of companies as in docs/s3-habits.md, {_WHICH}", [of_buckets(seed) for seed in SEEDS]),
    ]


def row(figure: tuple[str, list[float]]) -> str:
    """A figure as a table's line, with the goal."""
    what, costs = figure
    return f"| {what} | {', '.join(f'{one:.1f}' for one in costs)} | ≤ {GOAL:g} |"


def main() -> None:
    """Print what it comes to."""
    for figure in figures():
        print(row(figure), flush=True)


if __name__ == "__main__":
    main()
