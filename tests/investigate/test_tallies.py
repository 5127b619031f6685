"""Tallies of who is named very often: kept of whole days, in force while their files are the same, never needed."""

from __future__ import annotations

import itertools
import os
import shutil
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.aws import aws_over_http, be_nobody
from tests.cut_off import writing_cut_off
from tests.investigate.test_profile_counts import Record, lay_history
from tests.investigate.upkept import names_below, upkept
from tests.playing import known_in
from vedette.engine.history_archive import SETTLED, Archive
from vedette.engine.history_files import remove_old
from vedette.findings.store import Store
from vedette.inventory import Inventory
from vedette.inventory.fact import fact
from vedette.investigate import kept_tallies, telling
from vedette.investigate.alike import DAY, HOUR
from vedette.investigate.entity import Entity, EntityKind
from vedette.investigate.kept_tallies import tallied_in
from vedette.investigate.profile import Profile, Sources, profile
from vedette.investigate.sightings import Past
from vedette.investigate.summing import sum_up
from vedette.logs.kinds import LogKind

BEGIN = 1_767_225_600_000
LATER = BEGIN + 10_000 * DAY
STOP = threading.Event()
INSTANCE = Entity(EntityKind.INSTANCE, "i-1")
ENTITIES = [
    INSTANCE, Entity(EntityKind.IP, "10.1.0.1"), Entity(EntityKind.IP, "198.51.100.7"),
    *(Entity(EntityKind.INTERFACE, f"eni-{number}") for number in range(4)), Entity(EntityKind.INSTANCE, "i-2"),
    Entity(EntityKind.ACCOUNT, "111122223333")]


def flow(number: int, **fields: Any) -> Record:
    """What an interface of two logs, by turns, with an address that is met often or seldom."""
    far = "198.51.100.7" if number % 3 else f"198.51.100.{100 + number}"
    own = f"10.1.0.{number % 2}"
    ends = (own, far) if number % 5 else (far, own)
    return {"log": LogKind.VPC_FLOW, "account_id": "111122223333", "region": "eu-west-1", "copies": 1,
            "interface_id": f"eni-{number % 2}", "srcaddr": ends[0], "dstaddr": ends[1], "bytes": number,
            "action": "ACCEPT" if number % 7 else "REJECT",
            "time": BEGIN + number % 2 * DAY + number * 5_000_000 % DAY, **fields}


def named(number: int, instance: str | None, direction: str | None = None) -> Record:
    return flow(number, instance_id=instance, flow_direction=direction)


LOGGED: dict[str, list[Record]] = {
    "with instances": [named(number, f"i-{number % 2 + 1}", "egress") for number in range(60)],
    "without": [named(number, None) for number in range(60)],
    "some with": [named(number, "i-1" if number % 4 == 0 else None) for number in range(60)],
    "one interface with": [named(number, "i-1" if number % 2 else None) for number in range(60)],
    "seldom with": [named(number, "i-1" if number == 2 else None, "ingress") for number in range(60)],
    "another's": [named(number, "i-2", "egress" if number % 2 else None) for number in range(60)],
}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_tallies, "MANY", 5)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.in_memory() as store:
        yield store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two days."""
    history = tmp_path / "history"
    lay_history(history, LOGGED["with instances"], itertools.count())
    return history


def sources_of(
    store: Store, folder: Path, archive: Archive | None = None, inventory: Inventory | None = None
) -> Sources:
    known = known_in(folder.parent)
    return Sources(store, Past(folder, archive), known, inventory or known.inventory)


def told(sources: Sources, since: int = BEGIN, until: int = BEGIN + 4 * DAY) -> list[Profile]:
    return [profile(sources, entity, since, until) for entity in ENTITIES]


def kept_in(folder: Path, what: str = "tallies") -> list[str]:
    return names_below(folder, f".{what}")


def owning(instance: str, interfaces: Iterable[str]) -> Inventory:
    """An inventory in which an instance has some interfaces; addresses are known that are not private."""
    inventory = Inventory()
    inventory.apply(
        fact(f"interface/{name}", field, value, 1) for place, name in enumerate(interfaces) for field, value in (
            ("attachment", {"instance": instance, "index": place}), ("privateIp", "10.1.0.0"),
            ("ipv6", ["198.51.100.7"])))
    return inventory


def unread(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Of what something was read that is no tally, from now on."""
    seen: list[str] = []
    usual = telling._alike_rows

    def counted(past: Any, wanted: Any, files: Any, *rest: Any) -> Any:
        seen.extend(file.location for file in files)
        return usual(past, wanted, files, *rest)

    monkeypatch.setattr(telling, "_alike_rows", counted)
    return seen


@pytest.mark.parametrize("many", [2, 12])
@pytest.mark.parametrize("logged", LOGGED)
def test_tallies_say_what_the_records_say(
    tmp_path: Path, store: Store, logged: str, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_tallies, "MANY", many)
    folder = tmp_path / "history"
    lay_history(folder, LOGGED[logged], itertools.count())
    plain = without_what_is_kept(folder)
    sum_up(folder, LATER, STOP)
    assert len(kept_in(folder)) == 2
    assert told(sources_of(store, folder)) == told(sources_of(store, plain))
    for owned in (["eni-0"], ["eni-1"], ["eni-0", "eni-1"], ["eni-1", "eni-3"]):
        inventory = owning(INSTANCE.value, owned)
        details = inventory.instance_details(instance_id=INSTANCE.value)
        assert details
        assert [one["networkInterfaceId"] for one in details["networkInterfaces"]] == owned
        for times in ((BEGIN, BEGIN + 4 * DAY), (BEGIN + 7 * HOUR, BEGIN + 30 * HOUR)):
            kept, read = (profile(sources_of(store, where, inventory=inventory), INSTANCE, *times)
                          for where in (folder, plain))
            assert kept == read


def without_what_is_kept(folder: Path) -> Path:
    """A copy of a history of which nothing is kept but its records."""
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*.sums*", "*.tallies*"))
    return copy


def test_who_is_named_often_is_told_of_whole_days_from_tallies_alone(
    folder: Path, store: Store, few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = sources_of(store, folder)
    before = told(sources)
    assert sum_up(folder, LATER, STOP) == 4
    assert sum_up(folder, LATER, STOP) == 0
    read = unread(monkeypatch)
    for entity, usual in zip(ENTITIES, before, strict=True):
        assert profile(sources, entity, BEGIN, BEGIN + 4 * DAY) == usual
    kept = [set(tallied_in(path)) for path in folder.rglob("*.tallies")]
    often = {entity for entity in ENTITIES if any(entity in day for day in kept)}
    assert {INSTANCE, ENTITIES[-1]} <= often < set(ENTITIES)
    read.clear()
    account = profile(sources, ENTITIES[-1], BEGIN, BEGIN + 4 * DAY)
    assert account == before[-1]
    assert read == []


def test_what_an_instance_and_its_interface_say_is_kept_once(folder: Path, few: None) -> None:
    sum_up(folder, LATER, STOP)
    [first] = [found for path in folder.rglob("*.tallies") if INSTANCE in (found := tallied_in(path))]
    interface = first[Entity(EntityKind.INTERFACE, "eni-0")]
    assert interface.first == first[INSTANCE].first
    assert interface.instance == INSTANCE.value


@pytest.mark.parametrize("damage", ["tallies empty", "tallies cut", "tallies other", "rows cut", "rows gone",
                                    "tallies gone", "sums gone", "sums cut"])
def test_tallies_that_cannot_be_read_hide_nothing(folder: Path, store: Store, few: None, damage: str) -> None:
    sources = sources_of(store, folder)
    before = told(sources)
    sum_up(folder, LATER, STOP)
    what, how = damage.split()
    damaged = list(folder.rglob({"tallies": "*.tallies", "rows": "*.tallies.rows", "sums": "*.sums"}[what]))
    assert damaged
    for path in damaged:
        if how == "gone":
            path.unlink()
        else:
            other = b'{"what": "else", "tallies": {}}'
            path.write_bytes({"empty": b"", "cut": path.read_bytes()[:-5], "other": other}[how])
    assert told(sources) == before


def test_tallies_count_for_their_files_only(folder: Path, store: Store, few: None) -> None:
    sources = sources_of(store, folder)
    sum_up(folder, LATER, STOP)
    first = kept_in(folder)
    lay_history(folder, [named(3, "i-1"), named(90, "i-1")], itertools.count(1000))
    after = told(sources)
    assert sum(bucket.count for one in after[-1].activity for bucket in one.buckets) == 62
    sum_up(folder, LATER, STOP)
    assert len(set(kept_in(folder)) & set(first)) < len(first) == len(kept_in(folder))
    assert told(sources) == after


@pytest.mark.parametrize("step", range(0, 20, 2))
def test_keeping_tallies_cut_off_anywhere_changes_nothing(
    folder: Path, store: Store, few: None, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = sources_of(store, folder)
    before = told(sources)
    for _ in range(2):
        with writing_cut_off(monkeypatch, step):
            sum_up(folder, LATER, STOP)
        assert told(sources) == before
    sum_up(folder, LATER, STOP)
    assert len(kept_in(folder)) == len(kept_in(folder, "sums")) == 2
    assert len(list(folder.rglob("*.tallies*"))) == 4
    assert told(sources) == before


def test_what_is_over_of_a_day_is_summed_before_the_day_is(folder: Path, store: Store, few: None) -> None:
    for path in folder.rglob("*.parquet"):
        os.utime(path, (0, 0))
    sources = sources_of(store, folder)
    before = told(sources)
    there = hours_in(folder)
    assert sum_up(folder, BEGIN + HOUR + SETTLED - 1, STOP) == 0
    for hour in range(23):
        assert sum_up(folder, BEGIN + (hour + 1) * HOUR + SETTLED, STOP) == there.count(hour)
        if hour % 5 == 0:
            assert told(sources) == before
    assert len(kept_in(folder, "sums")) == len(set(there) - {23}) > 10
    assert sum_up(folder, BEGIN + DAY + SETTLED - 1, STOP) == 0
    # The day is summed as one; what was of its parts goes with the next look.
    assert sum_up(folder, BEGIN + DAY + SETTLED, STOP) == 2
    assert told(sources) == before
    sum_up(folder, BEGIN + DAY + SETTLED, STOP)
    assert len(kept_in(folder, "sums")) == len(kept_in(folder)) == 1
    assert told(sources) == before


def hours_in(folder: Path) -> list[int]:
    """The hours of the first day of which there is something."""
    return [int(path.name.removeprefix("hour=")) for path in folder.glob("vpc-flow/day=2026-01-01/hour=*")]


def test_what_an_hour_gets_late_waits_for_two_hours(folder: Path, store: Store) -> None:
    for path in folder.rglob("*.parquet"):
        os.utime(path, (0, 0))
    now = BEGIN + 12 * HOUR + SETTLED
    over = [hour for hour in hours_in(folder) if hour < 12]
    [late, *_] = folder.glob(f"vpc-flow/day=2026-01-01/hour={over[0]:02}/*.parquet")
    os.utime(late, (now / 1000 - 60, now / 1000 - 60))
    assert sum_up(folder, now, STOP) == len(over) - 1
    assert sum_up(folder, now + SETTLED - 60_000, STOP) == 1 + sum(12 <= hour < 13 for hour in hours_in(folder))


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with aws_over_http() as url:
        yield url


@pytest.fixture
def archive(endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    be_nobody(monkeypatch, tmp_path / "nowhere")
    made = boto3.resource("s3", endpoint_url=endpoint).create_bucket(Bucket=f"sums-{tmp_path.name.lower()}"[:60])
    yield Archive(f"s3://{made.name}/kept/", endpoint)
    made.objects.delete()
    made.delete()


@pytest.mark.parametrize("moved", ["before", "after", "between"])
def test_days_in_an_archive_are_told_from_what_is_kept_of_them_here(
    folder: Path, store: Store, few: None, moved: str, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = sources_of(store, folder, archive)
    before = told(sources)
    for path in folder.rglob("*.parquet"):
        os.utime(path, (BEGIN / 1000, BEGIN / 1000))
    if moved == "between":
        half = BEGIN + DAY + SETTLED
        assert sum_up(folder, half, STOP, archive) == 2
    if moved == "after":
        assert sum_up(folder, LATER, STOP, archive) == 4
    assert archive.move(folder, LATER, STOP) == 60
    assert sum_up(folder, LATER, STOP, archive) == {"before": 4, "after": 0, "between": 2}[moved]
    assert not list(folder.rglob("*.parquet"))
    assert sum_up(folder, LATER, STOP, archive) == 0
    read = unread(monkeypatch)
    assert told(sources)[-1] == before[-1]
    remove_old(folder, BEGIN + 20 * DAY, 30)
    read.clear()
    assert profile(sources, ENTITIES[-1], BEGIN, BEGIN + 4 * DAY) == before[-1]
    assert read == []
    assert told(sources) == before


def test_what_is_kept_goes_with_what_is_removed_from_an_archive(
    folder: Path, store: Store, few: None, archive: Archive
) -> None:
    archive.move(folder, LATER, STOP)
    sum_up(folder, LATER, STOP, archive)
    assert len(kept_in(folder)) == 2
    archive.remove_old(LATER, 30)
    sum_up(folder, LATER, STOP, archive)
    assert not list((folder / "vpc-flow").iterdir())


def test_the_upkeep_of_a_server_reads_what_it_has_moved(folder: Path, few: None, archive: Archive) -> None:
    upkept(folder, BEGIN, LATER, lambda: len(kept_in(folder)) == 2, archive)
    assert len(kept_in(folder)) == 2
    assert not list(folder.rglob("*.parquet"))


@pytest.mark.parametrize("written", [
    b"", b"[]", b'{"what": "vedette tallies 0", "tallies": {}}',
    b'{"what": "vedette tallies 1", "tallies": {"unheard of": {"x": [0, 1]}}}'])
def test_what_cannot_be_read_as_tallies_is_of_nobody(written: bytes, tmp_path: Path) -> None:
    (tmp_path / "00-23-x.tallies").write_bytes(written)
    assert tallied_in(tmp_path / "00-23-x.tallies") == {}
