"""The history's archive: what moves to a bucket is read from there, once, whatever is cut off on the way."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.aws import aws_over_http, be_nobody
from tests.cut_off import cut_off_at
from tests.engine.test_history import ACCOUNT, DAY, call, calls_in, hour_of, mapped_to
from tests.engine.test_service import clock
from vedette.engine import history_files
from vedette.engine.history import read_history
from vedette.engine.history_archive import SETTLED, Archive
from vedette.engine.history_files import merge_small, remove_old
from vedette.engine.retention import HistoryUpkeep
from vedette.errors import HistoryError
from vedette.logs.kinds import LogKind
from vedette.logs.times import parse_time

STOP = threading.Event()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with aws_over_http() as url:
        yield url


@pytest.fixture
def bucket(endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    be_nobody(monkeypatch, tmp_path / "nowhere")
    made = boto3.resource("s3", endpoint_url=endpoint).create_bucket(Bucket=f"history-{tmp_path.name.lower()}"[:60])
    yield made
    made.objects.delete()
    made.delete()


@pytest.fixture
def archive(bucket: Any, endpoint: str) -> Archive:
    return Archive(f"s3://{bucket.name}/kept/here/", endpoint)


def told(history: Path, archive: Archive, *when: int) -> list[tuple[str, int]]:
    rows = read_history(history, LogKind.CLOUDTRAIL, *(when or (None, None)), archive=archive)
    return sorted(rows.select("object", "position").collect().rows())


def test_an_hour_that_is_over_moves_and_is_read_as_before(tmp_path: Path, bucket: Any, archive: Archive) -> None:
    hour_of(tmp_path, 3)
    before = told(tmp_path, archive)
    assert len(before) == 3
    later = clock() + SETTLED + 60_000
    assert archive.move(tmp_path, clock(), STOP) == 0
    assert archive.move(tmp_path, later, STOP) == 3
    assert not (tmp_path / "cloudtrail" / "day=2024-08-18").exists()
    assert sorted(one.key for one in bucket.objects.all()) == [
        f"kept/here/cloudtrail/day=2024-08-18/hour=10/{number}.parquet" for number in range(3)]
    assert told(tmp_path, archive) == before
    assert archive.move(tmp_path, later, STOP) == 0


def test_what_comes_late_is_read_beside_what_has_moved_and_moves_later(tmp_path: Path, archive: Archive) -> None:
    hour = hour_of(tmp_path, 2)
    later = clock() + SETTLED + 60_000
    archive.move(tmp_path, later, STOP)
    path = calls_in(tmp_path / "logs" / "late.json", call(9, "2024-08-18T10:59:00Z"))
    (name,) = mapped_to(tmp_path / "desk", path)
    hour.mkdir(parents=True)
    (tmp_path / "desk" / name).replace(hour / "late.parquet")
    assert len(told(tmp_path, archive)) == 3
    ten, fifty = parse_time("2024-08-18T10:00:00Z"), parse_time("2024-08-18T10:50:00Z")
    assert len(told(tmp_path, archive, ten, fifty)) == 2
    assert told(tmp_path, archive, fifty, fifty + DAY) == [(str(path), 0)]
    assert told(tmp_path, archive, fifty + DAY, fifty + 2 * DAY) == []
    assert archive.move(tmp_path, later, STOP) == 1
    assert len(told(tmp_path, archive)) == 3


def test_files_that_are_being_merged_stay_until_that_is_over(tmp_path: Path, archive: Archive) -> None:
    hour_of(tmp_path, history_files.MANY)
    later = clock() + SETTLED + 60_000
    before = told(tmp_path, archive)
    merge_small(tmp_path, STOP)
    assert archive.move(tmp_path, later, STOP) == 0
    assert told(tmp_path, archive) == before
    merge_small(tmp_path, STOP)
    assert archive.move(tmp_path, later, STOP) == 1
    assert told(tmp_path, archive) == before


@pytest.mark.parametrize("step", range(7))
def test_a_move_cut_off_anywhere_changes_nothing(
    step: int, tmp_path: Path, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off before the nth step; more files come, and all are merged if they can be; then it is done."""
    hour = hour_of(tmp_path, 2)
    later = clock() + SETTLED + 60_000
    counted = cut_off_at(step)
    with monkeypatch.context() as cut:
        cut.setattr(Path, "rename", counted(Path.rename))
        cut.setattr(Path, "unlink", counted(Path.unlink))
        client = archive._client()
        cut.setattr(client, "upload_file", counted(client.upload_file))
        with suppress(KeyboardInterrupt):
            archive.move(tmp_path, later, STOP)
    assert len(told(tmp_path, archive)) == 2
    hour.mkdir(parents=True, exist_ok=True)
    for number in range(history_files.MANY):
        path = calls_in(tmp_path / "logs" / f"more{number}.json", call(100 + number, "2024-08-18T10:59:00Z"))
        (name,) = mapped_to(tmp_path / "desk", path)
        (tmp_path / "desk" / name).replace(hour / f"more{number}.parquet")
    for _ in range(2):
        merge_small(tmp_path, STOP)
        assert len(told(tmp_path, archive)) == 2 + history_files.MANY
    archive.move(tmp_path, later, STOP)
    assert len(told(tmp_path, archive)) == 2 + history_files.MANY
    assert not hour.exists()


def test_days_that_are_over_for_so_long_are_removed_from_the_bucket(
    tmp_path: Path, bucket: Any, archive: Archive
) -> None:
    hour_of(tmp_path, 2)
    now = clock()
    archive.move(tmp_path, now + SETTLED + 60_000, STOP)
    others = [f"kept/here/cloudtrail/{name}" for name in (
        "day=2024-08-18/hour=10/notes.txt", "day=2024-08-18/hour=99/a.parquet", "day=a/hour=b/c.parquet", "old.parquet",
        "day=2024-08-18/hour=10/more/b.parquet")]
    for key in others:
        bucket.put_object(Key=key, Body=b"somebody else's")
    assert len(told(tmp_path, archive)) == 2
    days = (now - parse_time("2024-08-19T00:00:00Z")) // DAY
    assert archive.remove_old(now, days + 1) == 0
    assert archive.remove_old(now, days) == 2
    assert sorted(one.key for one in bucket.objects.all()) == sorted(others)


def test_a_bucket_that_says_no_keeps_everything_in_the_folder(tmp_path: Path, endpoint: str, bucket: Any) -> None:
    hour_of(tmp_path, 2)
    gone = Archive("s3://there-is-none-such/x", endpoint)
    for ask in (lambda: gone.move(tmp_path, clock() + SETTLED + 60_000, STOP), lambda: gone.files(LogKind.DNS)):
        with pytest.raises(HistoryError, match="s3://there-is-none-such/x") as caught:
            ask()
        assert "\n" not in str(caught.value)
    assert read_history(tmp_path, LogKind.CLOUDTRAIL).collect().height == 2
    assert merge_small(tmp_path, STOP) == 0
    assert remove_old(tmp_path, clock(), 36_500) == 0


@pytest.mark.parametrize("location", ["/folder", "https://bucket/x", "s3://", "s3:///x", "bucket"])
def test_what_is_no_place_in_a_bucket_is_refused(location: str) -> None:
    with pytest.raises(HistoryError, match="s3://bucket/prefix"):
        Archive(location)


def test_the_upkeep_of_a_server_moves_hours_that_are_over(tmp_path: Path, archive: Archive) -> None:
    hour = hour_of(tmp_path, 2)
    stop = threading.Event()
    for path in hour.iterdir():
        os.utime(path, (0, 0))
    upkeep = HistoryUpkeep(tmp_path, 36_500, clock, archive)
    thread = threading.Thread(target=upkeep.run, args=(stop,))
    thread.start()
    for _ in range(600):
        if not hour.exists():
            break
        stop.wait(0.05)
    stop.set()
    thread.join(30)
    assert not hour.exists()
    assert {row[0] for row in read_history(tmp_path, LogKind.CLOUDTRAIL, archive=archive).select(
        "account").collect().rows()} == {ACCOUNT}
