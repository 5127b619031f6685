"""Sums of days that are over: made when a day has settled, in force while its files are the same, and never needed."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.cut_off import writing_cut_off
from tests.investigate.test_profile_counts import Record, lay_history
from tests.investigate.upkept import names_below, upkept
from tests.playing import known_in
from vedette.engine.history_archive import SETTLED
from vedette.engine.history_files import remove_old
from vedette.engine.history_writer import write_rows
from vedette.findings.store import Store
from vedette.investigate import sightings, summing
from vedette.investigate.alike import DAY, HOUR
from vedette.investigate.entity import Entity, EntityKind
from vedette.investigate.profile import Profile, Sources, profile
from vedette.investigate.sightings import Past
from vedette.investigate.summing import sum_up
from vedette.logs.kinds import LogKind

BEGIN = 1_767_225_600_000
LATER = BEGIN + 10_000 * DAY
RESOLVER = Entity(EntityKind.IP, "10.0.0.2")
STOP = threading.Event()


def asks(number: int, day: int = 0) -> Record:
    """A host asks the resolver, which it does again and again."""
    return {"log": LogKind.VPC_FLOW, "account_id": "111122223333", "region": "eu-west-1", "copies": 1,
            "interface_id": f"eni-{number % 5}", "srcaddr": f"10.1.0.{number % 5}", "dstaddr": RESOLVER.value,
            "bytes": number, "action": "ACCEPT", "flow_direction": "egress",
            "time": BEGIN + day * DAY + number * 7_000_000 % DAY}


@pytest.fixture
def numbers() -> Iterator[int]:
    return itertools.count()


@pytest.fixture
def folder(tmp_path: Path, numbers: Iterator[int]) -> Path:
    """Two days."""
    history = tmp_path / "history"
    lay_history(history, [asks(number, day) for day in range(2) for number in range(30)], numbers)
    return history


@pytest.fixture
def sources(folder: Path, tmp_path: Path) -> Iterator[Sources]:
    known = known_in(tmp_path)
    with Store.in_memory() as store:
        yield Sources(store, Past(folder), known, known.inventory)


def told(sources: Sources, entity: Entity = RESOLVER) -> Profile:
    return profile(sources, entity, BEGIN, BEGIN + 4 * DAY)


def sums_in(folder: Path) -> list[str]:
    return names_below(folder, ".sums")


def read_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many of the records' own files are looked at, of each profile's time that has any."""
    seen: list[int] = []
    usual = sightings._stretches

    def counted(wanted: Any, files: Any, since: int, until: int) -> Any:
        seen.append(len(files))
        return usual(wanted, files, since, until)

    monkeypatch.setattr(sightings, "_stretches", counted)
    return seen


def test_a_day_that_is_summed_is_told_without_its_files(
    folder: Path, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = told(sources)
    assert sum(bucket.count for one in before.activity for bucket in one.buckets) == 60
    assert sum_up(folder, LATER, STOP) == 2
    assert sum_up(folder, LATER, STOP) == 0
    read = read_of(folder, monkeypatch)
    assert told(sources) == before
    assert sum(read) == 0
    part = profile(sources, RESOLVER, BEGIN + HOUR // 2, BEGIN + 4 * DAY)
    assert sum(read) == len(list(folder.glob("vpc-flow/day=2026-01-01/hour=00/*.parquet"))) > 0
    inside = sum(asks(number, day)["time"] >= BEGIN + HOUR // 2 for day in range(2) for number in range(30))
    assert sum(bucket.count for one in part.activity for bucket in one.buckets) == inside < 60


def test_a_day_is_summed_when_nothing_was_written_to_it_lately(folder: Path) -> None:
    times = [path.stat().st_mtime for path in folder.rglob("*.parquet")]
    assert sum_up(folder, int(min(times) * 1000) + SETTLED - 1, STOP) == 0
    for path in folder.rglob("*.parquet"):
        os.utime(path, (0, 0))
    # The second day is not over for so long, but all of its hours but the last one are.
    hours = {path.name for path in folder.glob("vpc-flow/day=2026-01-02/hour=*")} - {"hour=23"}
    assert sum_up(folder, BEGIN + 2 * DAY + SETTLED - 1, STOP) == 1 + len(hours)
    assert sum_up(folder, BEGIN + 2 * DAY + SETTLED, STOP) == 1


def test_what_comes_late_is_told_and_summed_again(folder: Path, sources: Sources, numbers: Iterator[int]) -> None:
    sum_up(folder, LATER, STOP)
    first = sums_in(folder)
    lay_history(folder, [asks(5), asks(100)], numbers)  # the first of them stands there already
    after = told(sources)
    assert sum(bucket.count for one in after.activity for bucket in one.buckets) == 61
    assert sum_up(folder, LATER, STOP) == 1
    assert len(sums_in(folder)) == 2
    assert len(set(sums_in(folder)) - set(first)) == 1
    assert told(sources) == after


@pytest.mark.parametrize("damage", ["places empty", "places cut", "rows cut", "rows gone", "places gone"])
def test_sums_that_cannot_be_read_hide_nothing(folder: Path, sources: Sources, damage: str) -> None:
    before = told(sources)
    sum_up(folder, LATER, STOP)
    what, how = damage.split()
    for path in folder.rglob("*.sums" if what == "places" else "*.sums.rows"):
        if how == "gone":
            path.unlink()
        else:
            path.write_bytes(b"" if how == "empty" else path.read_bytes()[:-5])
    assert told(sources) == before


@pytest.mark.parametrize("step", range(10))
def test_summing_cut_off_anywhere_changes_nothing(
    folder: Path, sources: Sources, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = told(sources)
    for _ in range(3):
        with writing_cut_off(monkeypatch, step):
            sum_up(folder, LATER, STOP)
        assert told(sources) == before
    sum_up(folder, LATER, STOP)
    assert len(sums_in(folder)) == 2
    assert len(list(folder.rglob("*.sums*"))) == 4
    assert told(sources) == before


def test_sums_go_with_the_records(folder: Path) -> None:
    sum_up(folder, LATER, STOP)
    for path in folder.rglob("*.parquet"):
        os.utime(path, (LATER / 1000, LATER / 1000))
    remove_old(folder, BEGIN + DAY + 30 * DAY, 30)
    [day] = (folder / "vpc-flow").iterdir()
    assert day.name == "day=2026-01-02"
    for path in day.glob("hour=*/*"):
        path.unlink()
    sum_up(folder, LATER, STOP)
    assert not sums_in(folder)
    remove_old(folder, LATER, 30)
    assert not list((folder / "vpc-flow").iterdir())


def test_what_is_summed_at_once_is_bounded(
    folder: Path, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = told(sources)
    sizes = [sum(path.stat().st_size for path in hour.iterdir()) for hour in folder.glob("vpc-flow/*/*")]
    monkeypatch.setattr(summing, "AT_ONCE", 2 * max(sizes))
    assert sum_up(folder, LATER, STOP) > len(sizes) // 6
    assert told(sources) == before
    assert sum_up(folder, LATER, STOP) == 0
    lay_large(folder)
    large = told(sources)
    assert sum_up(folder, LATER, STOP) > 0
    assert told(sources) == large


def test_hours_of_a_large_day_are_summed_together_when_it_is_over(
    folder: Path, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = told(sources)
    day = folder / "vpc-flow" / "day=2026-01-01"
    hours = {hour.name: sum(path.stat().st_size for path in hour.iterdir()) for hour in day.glob("hour=*")}
    for path in folder.rglob("*.parquet"):
        os.utime(path, (0, 0))
    monkeypatch.setattr(summing, "AT_ONCE", 3 * max(hours.values()))
    assert sum_up(folder, BEGIN + DAY + SETTLED - 1, STOP) == len(hours) - ("hour=23" in hours)
    assert told(sources) == before
    assert 0 < sum_up(folder, BEGIN + DAY + SETTLED, STOP) <= len(hours) / 3 + 1
    assert told(sources) == before
    assert sum_up(folder, BEGIN + DAY + SETTLED, STOP) == 0
    assert len(list(day.glob("*.sums"))) <= len(hours) / 3 + 1
    assert told(sources) == before


def lay_large(folder: Path) -> None:
    """An hour of the first day that is too much by itself."""
    rows = pl.DataFrame([{k: v for k, v in asks(number).items() if k not in ("log", "copies")}
                         for number in range(5000)]).with_columns(
        time=pl.lit(BEGIN + 3 * HOUR), object=pl.int_range(pl.len()).hash().cast(pl.String))
    hour = folder / "vpc-flow" / "day=2026-01-01" / "hour=03"
    hour.mkdir(parents=True, exist_ok=True)
    write_rows(rows, hour / "large.parquet")
    assert (hour / "large.parquet").stat().st_size > summing.AT_ONCE


def test_the_upkeep_of_a_server_sums_days_up(folder: Path) -> None:
    upkept(folder, BEGIN, LATER, lambda: len(sums_in(folder)) == 2)
    assert len(sums_in(folder)) == 2
