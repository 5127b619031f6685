"""The engine's promises: the same findings whatever the batches, order, duplicates, restarts and processes."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.playing import everything_in, known_in, lay, play, single_records
from vedette.detectors.catalogue import catalogue
from vedette.engine.key_states import ROOM, AtHand
from vedette.engine.keyed import Judged, KeyedJudge
from vedette.engine.pipeline import Settings
from vedette.engine.plan import LATENESS
from vedette.findings.rows import KeyedState
from vedette.findings.store import Batch, OpenSignal, Store
from vedette.logs.times import parse_time
from vedette.simulate.story import write

RECORDS_A_STORY = 45
"""Longer stories (floods of flows) are scattered record by record in tests/detectors; here they would take minutes."""

STORIES_A_FILE = 4
"""Of each detector file, so that the world does not grow with every story; all are scattered in tests/detectors."""

SEEDS = pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 24))])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first shorter stories of each detector file, in one estate: lists, feeds, inventory and logs."""
    folder = tmp_path_factory.mktemp("world")
    chosen = []
    of_file: Counter[str] = Counter()
    for number, (name, told) in enumerate(catalogue().stories()):
        if of_file[name] == STORIES_A_FILE:
            continue
        told.render().save(folder / str(number))
        if len(single_records(folder / str(number) / "logs")) <= RECORDS_A_STORY:
            chosen.append(told)
            of_file[name] += 1
    write(chosen, folder / "world", seed=7)
    return folder / "world"


@pytest.fixture(scope="module")
def pieces(world: Path) -> list[tuple[str, bytes]]:
    return single_records(world / "logs")


@pytest.fixture(scope="module")
def truth(world: Path) -> dict[str, Any]:
    return play(world / "logs", known_in(world)).comparable


def gathered(pieces: list[tuple[str, bytes]], sizes: list[int]) -> list[tuple[str, bytes]]:
    """Some pieces of the same folder and format put together into one file, as another delivery would have."""
    files: list[tuple[str, bytes]] = []
    for number, (name, content) in enumerate(pieces):
        same = files and sizes[number % len(sizes)] and content[:1] == b"{" and not content.startswith(b'{"Records"')
        if same and files[-1][1][:1] == b"{" and not files[-1][1].startswith(b'{"Records"'):
            files[-1] = (files[-1][0], files[-1][1] + content)
        else:
            files.append((name, content))
    return files


def test_no_two_detectors_make_one_statement(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the words of a finding would depend on which was committed first."""
    makers: dict[str, set[str]] = defaultdict(set)
    judge, add = KeyedJudge.judge, Batch.add_open

    def judged(self: KeyedJudge, *given: Any) -> Judged:
        outcome = judge(self, *given)
        for one, _ in (*outcome.settled, *outcome.provisional):
            makers[one].add(self._name)
        return outcome

    def added(self: Batch, signals: Iterable[OpenSignal]) -> set[str]:
        signals = list(signals)
        for said in signals:
            makers[said[0]].add("a plain one")
        return add(self, signals)

    monkeypatch.setattr(KeyedJudge, "judge", judged)
    monkeypatch.setattr(Batch, "add_open", added)
    play(world / "logs", known_in(world))
    assert makers
    assert not {one: names for one, names in makers.items() if len(names) > 1}


def test_the_world_is_worth_testing_with(truth: dict[str, Any]) -> None:
    assert len(truth) >= 30


@SEEDS
def test_batches_order_and_duplicates_change_nothing(
    seed: int, world: Path, pieces: list[tuple[str, bytes]], truth: dict[str, Any], tmp_path: Path
) -> None:
    rng = random.Random(seed)
    files = gathered(pieces, [rng.randint(0, 1) for _ in range(rng.randint(1, 7))])
    rng.shuffle(files)
    extra = rng.sample(files, k=min(len(files), rng.randint(0, 40)))
    folder = lay(files, tmp_path)
    lay([(f"copy/{number}/{name}", content) for number, (name, content) in enumerate(extra)], folder)
    chosen = Settings(task_size=rng.choice([1, 500, 5000, 1 << 20]), batch_size=rng.choice([1, 3000, 50_000, 1 << 20]))
    assert play(folder, known_in(world), settings=chosen).comparable == truth


@SEEDS
def test_a_state_carried_from_run_to_run_changes_nothing(
    seed: int, world: Path, pieces: list[tuple[str, bytes]], truth: dict[str, Any], tmp_path: Path
) -> None:
    """Each run brings what came since the last one, some of it late, but within the bound."""
    rng = random.Random(seed)
    arrived = sorted(pieces, key=lambda piece: event_time(piece[1]) + rng.uniform(0, LATENESS))
    cuts = [rng.uniform(0.02, 0.98) for _ in range(rng.randint(1, 3))]
    bounds = [0, *sorted(max(1, int(len(arrived) * cut)) for cut in cuts), len(arrived)]
    for start, end in pairwise(bounds):
        lay(arrived[start:end], tmp_path / "logs")
        chosen = Settings(task_size=rng.choice([1, 5000]), batch_size=rng.choice([1, 4000, 1 << 20]))
        with Store.open(tmp_path / "state") as store:
            found = play(tmp_path / "logs", known_in(world), store=store, settings=chosen)
        assert found.summary.already_read == start
    assert found.comparable == truth


def test_memories_that_stay_at_hand_are_those_that_are_written(
    world: Path, pieces: list[tuple[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Some records at a time: what goes on from where it is, and what is read anew each time."""
    logs = lay(pieces, tmp_path)
    few = Settings(task_size=2_500, batch_size=1)
    gone_on: Counter[bool] = Counter()
    kept: list[tuple[dict[str, Any], list[KeyedState]]] = []
    go_on = KeyedJudge._gone_on

    def going_on(self: KeyedJudge, *given: Any) -> Judged | None:
        judged = go_on(self, *given)
        gone_on[judged is not None] += 1
        return judged

    monkeypatch.setattr(KeyedJudge, "_gone_on", going_on)
    for room in (ROOM, 0):
        monkeypatch.setattr("vedette.engine.commit.AtHand", partial(AtHand, room))
        with Store.in_memory() as store:
            found = play(logs, known_in(world), store=store, settings=few)
            kept.append((found.comparable, [
                state for detector in sorted(store.remembering()) for state in store.remembered(detector)]))
    assert kept[0] == kept[1]
    assert gone_on[True] > gone_on[False] > 0


def event_time(content: bytes) -> int:
    """When the (first) record of a piece happened, in milliseconds."""
    # What is in a subscription's message has its quotes escaped.
    named = re.search(rb'"(?:eventTime|query_timestamp|requestReceivedTimestamp)\\?": ?\\?"([^"\\]+)', content)
    # A database's log has the time of its export before each line.
    named = named or re.match(rb"(\d{4}-\d\d-\d\dT[\d:.]+Z) ", content)
    if named:
        return parse_time(named[1].decode())
    header, row = content.decode().splitlines()[:2]
    return int(row.split()[header.split().index("start")]) * 1000


@pytest.mark.parametrize("jobs", [2, 3])
def test_the_number_of_processes_changes_nothing(jobs: int, world: Path, truth: dict[str, Any]) -> None:
    found = play(world / "logs", known_in(world), settings=Settings(jobs=jobs, task_size=2000, batch_size=9000))
    assert found.comparable == truth


def test_postgresql_holds_the_same(
    new_postgres_url: Callable[[], str], world: Path, pieces: list[tuple[str, bytes]], truth: dict[str, Any],
    tmp_path: Path,
) -> None:
    with Store.open(new_postgres_url()) as store:
        chosen = Settings(task_size=2000, batch_size=20_000)
        assert play(lay(pieces, tmp_path), known_in(world), store=store, settings=chosen).comparable == truth


@pytest.mark.long
@pytest.mark.parametrize("seed", range(8))
def test_kill_anywhere_and_start_again_is_as_if_nothing_had_happened(
    seed: int, world: Path, pieces: list[tuple[str, bytes]], truth: dict[str, Any], tmp_path: Path
) -> None:
    logs, state = lay(pieces, tmp_path / "logs"), tmp_path / "state"
    rng = random.Random(seed)
    # Of a task and of a batch: the finest takes longest.
    sizes = ("1", "800") if seed == 0 else ("6000", "16000")
    killed = 0
    while True:
        scan = subprocess.Popen(
            [sys.executable, "-c", _SCAN, str(logs), str(state), str(world), *sizes], stdout=subprocess.PIPE)
        with scan.stdout:
            scan.stdout.readline()
        try:
            # Later each time: however slow the machine is, it comes to an end.
            scan.wait(timeout=rng.uniform(0, 0.5 + killed * 0.2))
        except subprocess.TimeoutExpired:
            os.kill(scan.pid, signal.SIGKILL)
            scan.wait()
            killed += 1
            continue
        assert scan.returncode == 0
        break
    assert killed, "the scan was never killed: it is too quick"
    with Store.open(state) as store:
        assert everything_in(store).comparable == truth
        read = [(entry.object, entry.version) for entry in store.ledger()]
        assert len(read) == len(set(read)) == len(pieces)


_SCAN = """
import sys
from pathlib import Path
from tests.playing import known_in, play
from vedette.engine.pipeline import Settings
from vedette.engine.plan import LATENESS
from vedette.findings.store import Store
logs, state, world, task, batch = sys.argv[1:]
print("begun", flush=True)
with Store.open(state) as store:
    play(Path(logs), known_in(Path(world)), store=store, settings=Settings(task_size=int(task), batch_size=int(batch)))
"""
