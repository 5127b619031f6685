"""The order of reading, when names and folders tell no time."""

from __future__ import annotations

import gzip
import json
import random

import polars as pl
import pytest

from vedette.engine.plan import EARLIEST, LATEST, Planned, covered, planned, tasks
from vedette.logs.times import parse_time
from vedette.sources import LogObject, open_source

DAY = 86_400_000
FIRST = parse_time("2024-08-01T00:00:00Z")


def at(day: float) -> str:
    hours = int(day * 24)
    return f"2024-08-{1 + hours // 24:02d}T{hours % 24:02d}:00:00Z"


def call(day: float, **more: object) -> dict[str, object]:
    return {"eventVersion": "1.11", "eventTime": at(day), "eventSource": "s3.amazonaws.com", "eventName": "x",
            "userIdentity": {"sessionContext": {"attributes": {"creationDate": "2024-07-01T00:00:00Z"}}}, **more}


def start_of(folder, data: bytes) -> int:
    (folder / "log").write_bytes(data)
    source = open_source(str(folder))
    (only,) = planned(source, source.objects())
    return only.start


def lookup_events(*calls: dict[str, object]) -> bytes:
    return json.dumps({"Events": [
        {"EventId": "x", "EventTime": f"{str(one['eventTime'])[:-1]}+02:00", "CloudTrailEvent": json.dumps(one)}
        for one in calls]}, indent=4).encode()


FLOW = b"2 123456789012 eni-0a 10.0.0.1 10.0.0.2 1 443 6 1 40 %d %d ACCEPT OK\n"


@pytest.mark.parametrize(("data", "day"), [
    (json.dumps({"Records": [call(3), call(2), call(4)]}).encode(), 2),
    (gzip.compress(json.dumps({"Records": [call(3)]}).encode(), mtime=0), 3),
    (json.dumps(call(5), indent=2).encode(), 5),
    (lookup_events(call(9), call(8)), 8),
    (json.dumps({"query_timestamp": at(4), "query_name": "a"}).encode(), 4),
    (FLOW % (FIRST // 1000 + 86_400, FIRST // 1000 + 86_460), 1),
    (b"2024-08-03T00:00:00.123Z " + FLOW % (FIRST // 1000, FIRST // 1000), 2.0000014236111),
    (json.dumps({"class_uid": 4001, "metadata": {}, "time": FIRST + 6 * DAY}).encode(), 6),
])
def test_the_first_time_is_found_in_what_lies_there(tmp_path, data, day):
    assert start_of(tmp_path, data) == round(FIRST + day * DAY)


@pytest.mark.parametrize("data", [
    b"", b"MIT License", b"\0" * 100, b"\x1f\x8bbroken", b'{"eventTime":"2024-99-99T00:00:00Z"}'])
def test_what_tells_no_time_comes_first(tmp_path, data):
    assert start_of(tmp_path, data) == EARLIEST


def test_parquet_comes_first_as_its_times_cannot_be_seen_without_reading_it(tmp_path):
    path = tmp_path / "flows.parquet"
    pl.DataFrame({"start": [FIRST // 1000], "end": [FIRST // 1000]}).write_parquet(path)
    (tmp_path / "a.json").write_text(json.dumps(call(1)))
    source = open_source(str(tmp_path))
    plan = planned(source, source.objects())
    assert [one.object.locator.rpartition("/")[2] for one in plan] == ["flows.parquet", "a.json"]
    assert plan[0].start == EARLIEST


def test_an_object_that_begins_with_its_newest_record_is_looked_through(tmp_path):
    calls = [call(20 - n / 24, requestParameters={"key": "k" * 2000}) for n in range(300)]
    data = lookup_events(*calls)
    assert len(data) > 8 * (1 << 16)
    assert start_of(tmp_path, data) == parse_time(str(calls[-1]["eventTime"]))


def test_objects_are_read_by_their_times_whatever_their_names_are(tmp_path):
    days = list(range(20))
    random.Random(3).shuffle(days)
    for number, day in enumerate(days):
        (tmp_path / f"{number:02d}.json").write_text(json.dumps({"Records": [call(day), call(day + 0.5)]}))
    source = open_source(str(tmp_path))
    objects = list(source.objects())
    plan = planned(source, objects)
    assert [one.start for one in plan] == [FIRST + day * DAY for day in range(20)]
    random.Random(4).shuffle(objects)
    assert planned(source, objects) == plan


def test_a_file_that_goes_away_while_it_is_planned_is_no_error(tmp_path):
    (tmp_path / "a").write_text(json.dumps(call(1)))
    source = open_source(str(tmp_path))
    objects = list(source.objects())
    (tmp_path / "a").unlink()
    assert [one.start for one in planned(source, objects)] == [EARLIEST]


def test_tasks_hold_every_object_once_in_order_and_say_what_comes_after():
    plan = [Planned(LogObject(f"o{n:03d}", "1", 10 + n % 7, 0), n) for n in range(600)]
    found = list(tasks(plan, 100))
    assert [obj for task in found for obj in task.objects] == [one.object for one in plan]
    assert all(task.size < 100 + 17 for task in found)
    begin = 0
    for task in found:
        begin += len(task.objects)
        assert task.after == (begin if begin < 600 else LATEST)
    assert all(len(task.objects) <= 128 for task in tasks(plan, 1 << 40))
    assert list(tasks([], 100)) == []


def test_how_much_time_objects_cover_is_what_their_names_promise() -> None:
    day = 86_400_000
    objects = [LogObject(f"/logs/{number}", "1", 10, 0, start=number * day) for number in range(3)]
    plan = [Planned(obj, obj.start or 0) for obj in objects]
    assert covered([]) == 0
    assert covered(plan[:1]) == day
    assert covered(plan) == 3 * day
    untold = Planned(LogObject("/logs/all.json", "1", 10, 0), day)
    assert covered([*plan, untold]) == LATEST
