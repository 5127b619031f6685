"""The event history: each record that was read stands there once, whatever happens, and can be found by its time."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.cut_off import writing_cut_off
from tests.engine.test_promises import pieces, truth, world
from tests.engine.test_service import HandedOut, clock, running, undated, until
from tests.playing import everything_in, known_in, lay
from vedette.engine import history as engine_history
from vedette.engine import history_files, history_writer
from vedette.engine.commit import Committer
from vedette.engine.history import History, once, read_history
from vedette.engine.history_files import counting, counting_files, hours_of, merge_small, remove_old
from vedette.engine.history_rows import SCHEMAS
from vedette.engine.mapping import Mapper
from vedette.engine.pipeline import Settings
from vedette.errors import HistoryError, SourceError
from vedette.findings.store import Store
from vedette.logs.kinds import Limits, LogKind
from vedette.logs.reading import Reading
from vedette.logs.times import parse_time
from vedette.sources import LogObject, prefetched
from vedette.sources.folder import FolderSource

__all__ = ["pieces", "truth", "world"]

Pieces = list[tuple[str, bytes]]
HOUR, DAY = 3_600_000, 86_400_000
ACCOUNT = "111122223333"


def expected(paths: list[Path], kind: LogKind) -> list[tuple[str, int]]:
    """Where each record of a log lies, by reading each file by itself."""
    found = []
    for path in paths:
        with path.open("rb") as stream:
            for batch in Reading(stream).batches():
                if batch.kind is kind:
                    positions = batch.positions if batch.frame is None else batch.frame["position"].to_list()
                    found += [(str(path), position) for position in positions]
    return sorted(found)


def told(history: Path, kind: LogKind, *when: int) -> list[tuple[str, int]]:
    return sorted(read_history(history, kind, *when).select("object", "position").collect().rows())


def call(number: int, time: str, **more: Any) -> dict[str, Any]:
    return {"eventVersion": "1.08", "eventTime": time, "eventName": "GetObject", "eventSource": "s3.amazonaws.com",
            "awsRegion": "eu-west-1", "sourceIPAddress": "198.51.100.7", "eventID": f"e{number}",
            "recipientAccountId": ACCOUNT, "userIdentity": {
                "type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": f"arn:aws:iam::{ACCOUNT}:user/bob",
                "accountId": ACCOUNT, "accessKeyId": "AKIAEXAMPLE", "userName": "bob"}, **more}


def calls_in(path: Path, *calls: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"Records": calls}))
    return path


def mapped_to(desk: Path, *paths: Path) -> list[str]:
    """The files that a worker writes of some objects."""
    desk.mkdir(exist_ok=True)
    source = FolderSource(str(paths[0].parent))
    objects = [obj for path in paths if (obj := source.at(str(path)))]
    reads = Mapper((), known_in(desk / "nothing"), history=desk).map_objects("s", prefetched(source, objects))
    return reads[0].history


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with Store.open(tmp_path / "state") as store:
        yield store


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_record_of_every_log_stands_in_the_history_once(
    jobs: int, world: Path, truth: dict[str, Any], store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vedette.engine.service.BACKLOG", 0)
    paths = sorted(path for path in (world / "logs").rglob("*") if path.is_file())
    feed = HandedOut("all", world / "logs")
    feed.hand_out(*paths)
    feed.hand_out(*paths)
    history = History(tmp_path / "history", store)
    chosen = Settings(jobs=jobs, task_size=3000, batch_size=9000)
    with running(store, known_in(world), feed, settings=chosen, history=history):
        until(lambda: feed.released == 2, 60)
    assert undated(everything_in(store).comparable) == undated(truth)
    for kind in LogKind:
        assert told(history.folder, kind) == expected(paths, kind) != []


def test_a_call_stands_there_with_what_is_asked_for_later(store: Store, tmp_path: Path) -> None:
    request, session = {"bucketName": "b", "key": "ключ"}, {"sessionIssuer": {"userName": "role"}}
    first = call(1, "2024-08-18T10:59:59Z", requestParameters=request, errorCode="AccessDenied", readOnly=True,
                 resources=[{"ARN": "arn:aws:s3:::b", "type": "AWS::S3::Bucket"}, {"type": "AWS::S3::Object"}])
    first["userIdentity"]["sessionContext"] = session
    path = calls_in(tmp_path / "logs" / "a.json", call(2, "2024-08-18T11:00:00Z"), first)
    ingested(store, tmp_path, path)
    rows = read_history(tmp_path / "history", LogKind.CLOUDTRAIL).sort("time").collect()
    assert dict(rows.schema) == SCHEMAS[LogKind.CLOUDTRAIL]
    row = rows.row(0, named=True)
    assert json.loads(row.pop("request")) == request
    assert json.loads(row.pop("session")) == session
    assert {name: value for name, value in row.items() if value is not None} == {
        "time": parse_time("2024-08-18T10:59:59Z"), "account": ACCOUNT, "region": "eu-west-1",
        "event_source": "s3.amazonaws.com", "event_name": "GetObject", "event_id": "e1", "principal_type": "IAMUser",
        "principal_id": "AIDAEXAMPLE", "principal_arn": f"arn:aws:iam::{ACCOUNT}:user/bob",
        "principal_account": ACCOUNT, "user_name": "bob", "access_key_id": "AKIAEXAMPLE", "source_ip": "198.51.100.7",
        "error_code": "AccessDenied", "read_only": True, "object": str(path),
        "resources": '[{"ARN": "arn:aws:s3:::b", "type": "AWS::S3::Bucket"}, {"type": "AWS::S3::Object"}]',
        "object_version": FolderSource(str(tmp_path)).at(str(path)).version, "position": 1}  # type: ignore[union-attr]
    assert sorted(str(path.parent.relative_to(tmp_path / "history")) for path in (tmp_path / "history").rglob(
        "*.parquet")) == ["cloudtrail/day=2024-08-18/hour=10", "cloudtrail/day=2024-08-18/hour=11"]


def ingested(store: Store, folder: Path, *paths: Path) -> None:
    feed = HandedOut("s", folder / "logs")
    feed.hand_out(*paths)
    history = History(folder / "history", store)
    with running(store, known_in(folder / "nothing"), feed, history=history):
        until(lambda: feed.released == 1)
    history.close()


HEADER = ("version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action "
          "log-status vpc-id")


@pytest.mark.parametrize(("name", "lines"), [
    ("flow", [HEADER,
              "2 - eni-1 10.0.0.1 10.0.0.2 1 2 6 1 1 1723971600 1723971660 ACCEPT OK vpc-1",
              f"2 {ACCOUNT} eni-1 10.0.0.1 10.0.0.3 1 2 6 1 1 1723971500 1723971660 ACCEPT OK vpc-1"]),
    ("lookups", [json.dumps({"query_name": "A.example.", "query_timestamp": f"2024-08-18T09:00:0{number}Z",
                             "answers": [{"Rdata": "192.0.2.1", "Type": "A", "Class": "IN"}], "srcport": "53"})
                 for number in range(2)]),
])
def test_small_objects_read_together_stand_there_as_they_do_read_alone(
    name: str, lines: list[str], tmp_path: Path
) -> None:
    """A broken line makes an object be read alone."""
    objects = [tmp_path / "logs" / "AWSLogs" / ACCOUNT / name / "eu-west-1" / f"{number}.log" for number in range(3)]
    for path in objects:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n")
    together = mapped_to(tmp_path / "together", *objects)
    for path in objects:
        path.write_text("\n".join([*lines, "broken"]) + "\n")
    alone = mapped_to(tmp_path / "alone", *objects)

    def rows(desk: str, names: list[str]) -> list[Any]:
        frames = [pl.read_parquet(tmp_path / desk / name).drop("object_version") for name in names]
        return pl.concat(frames, how="diagonal").with_columns(pl.col("object").cast(pl.String)).select(
            sorted(frames[0].columns)).sort("object", "position").to_dicts()

    found = rows("together", together)
    assert found == rows("alone", alone)
    assert len(found) == 6


def test_an_object_of_many_blocks_is_written_as_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_writer, "HELD", 50_000)
    path = tmp_path / "logs" / "a.jsonl"
    path.parent.mkdir()
    path.write_text("".join(json.dumps(call(n, "2024-08-18T10:00:00Z")) + "\n" for n in range(4000)))
    source = FolderSource(str(path.parent))
    obj = source.at(str(path))
    assert obj
    (tmp_path / "desk").mkdir()
    mapper = Mapper((), known_in(tmp_path / "nothing"), history=tmp_path / "desk", limits=Limits(block=100_000))
    names = mapper.map_objects("s", [(obj, source.open(obj))])[0].history
    assert len(names) > 5
    assert sorted(pl.concat(pl.read_parquet(tmp_path / "desk" / name) for name in names)["event_id"]) == sorted(
        f"e{n}" for n in range(4000))


def test_nothing_is_kept_of_an_object_that_cannot_be_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_writer, "HELD", 50_000)
    lines = [json.dumps(call(n, "2024-08-18T10:00:00Z")).encode() + b"\n" for n in range(4000)]

    class Breaks:
        def __init__(self) -> None:
            self.data = b"".join(lines)

        def read(self, size: int, /) -> bytes:
            if not self.data:
                raise SourceError("the connection is lost")
            piece, self.data = self.data[:300_000], self.data[300_000:]
            return piece

        def __enter__(self) -> Breaks:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    (tmp_path / "desk").mkdir()
    mapper = Mapper((), known_in(tmp_path / "nothing"), history=tmp_path / "desk", limits=Limits(block=100_000))
    sound = calls_in(tmp_path / "b.json", call(1000, "2024-08-18T10:00:00Z"))
    source = FolderSource(str(tmp_path))
    other = source.at(str(sound))
    assert other
    reads = mapper.map_objects("s", [(LogObject("a", "1", 1, 0), Breaks()), (other, source.open(other))])  # type: ignore[list-item]
    assert [bool(read.failed) for read in reads] == [True, False]
    assert {path.name for path in (tmp_path / "desk").iterdir()} == set(reads[0].history)
    assert pl.concat(pl.read_parquet(tmp_path / "desk" / name) for name in reads[0].history)["event_id"].to_list() == [
        "e1000"]


@pytest.mark.long
def test_two_sources_that_hand_out_the_same_write_it_once(
    world: Path, pieces: Pieces, store: Store, tmp_path: Path
) -> None:
    feeds = [HandedOut(name, tmp_path / "logs") for name in ("one", "two", "three")]
    lay(pieces, tmp_path / "logs")
    paths = [tmp_path / "logs" / name for name, _ in pieces]
    rng = random.Random(3)
    for feed in feeds:
        for _ in range(2):
            feed.hand_out(*rng.sample(paths, len(paths)))
    history = History(tmp_path / "history", store)
    chosen = Settings(task_size=2000, batch_size=5000)
    with running(store, known_in(world), *feeds, settings=chosen, history=history):
        until(lambda: all(feed.released == 2 for feed in feeds), 90)
    for kind in LogKind:
        assert told(history.folder, kind) == expected(paths, kind)


def test_a_full_disk_is_told_of_and_nothing_is_lost(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vedette.engine.service.FIRST_WAIT", 0.05)
    path = calls_in(tmp_path / "logs" / "a.json", call(1, "2024-08-18T10:00:00Z"))
    history = History(tmp_path / "history", store)
    feed = HandedOut("s", tmp_path / "logs")
    full = threading.Event()
    full.set()
    fsync = os.fsync

    def no_room(number: int) -> None:
        if full.is_set() and Path(f"/proc/self/fd/{number}").readlink().name.endswith(".tmp"):
            raise OSError(28, "No space left on device")
        fsync(number)

    monkeypatch.setattr(os, "fsync", no_room)
    feed.hand_out(path)
    with running(store, known_in(tmp_path / "nothing"), feed, history=history) as ingestion:
        until(lambda: "No space left on device" in ingestion.progress()[0].failure)
        assert list(store.ledger()) == []
        full.clear()
        until(lambda: feed.released == 1)
    assert told(history.folder, LogKind.CLOUDTRAIL) == [(str(path), 0)]


@pytest.mark.parametrize("step", ["write", "enter", "commit", "committed", "place"])
def test_a_try_that_fails_leaves_nothing_and_loses_nothing(
    step: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vedette.engine.service.FIRST_WAIT", 0.01)
    paths = [calls_in(tmp_path / "logs" / f"{n}.json", call(n, f"2024-08-18T10:0{n}:00Z")) for n in range(5)]
    fails = iter([True, True])
    owner, name = {"write": (history_writer.HistoryWriter, "finished"), "enter": (engine_history.Desk, "enter"),
                   "commit": (Committer, "_plain"), "committed": (Committer, "commit"),
                   "place": (engine_history.Desk, "_move")}[step]
    usual = getattr(owner, name)

    def sometimes(*given: Any) -> Any:
        done = usual(*given) if step in {"write", "committed"} else None
        if next(fails, False):
            raise OSError("for once")
        return done if step in {"write", "committed"} else usual(*given)

    monkeypatch.setattr(owner, name, sometimes)
    history = History(tmp_path / "history", store)
    feed = HandedOut("s", tmp_path / "logs")
    feed.hand_out(*paths)
    with running(store, known_in(tmp_path / "nothing"), feed, history=history,
                 settings=Settings(task_size=1, batch_size=1)):
        until(lambda: feed.released == 1)
    assert next(fails, None) is None
    assert told(history.folder, LogKind.CLOUDTRAIL) == [(str(path), 0) for path in paths]


def test_a_second_server_is_refused_the_folder(store: Store, tmp_path: Path) -> None:
    first = History(tmp_path / "history", store)
    with pytest.raises(HistoryError, match="another server that runs"):
        History(tmp_path / "history", store)
    first.close()
    History(tmp_path / "history", store).close()


def test_a_worker_that_outlives_its_server_writes_nothing_that_counts(store: Store, tmp_path: Path) -> None:
    path = calls_in(tmp_path / "logs" / "a.json", call(1, "2024-08-18T10:00:00Z"))
    history = History(tmp_path / "history", store)
    desk = history.desk("s")
    history.close()
    History(tmp_path / "history", store).close()
    with pytest.raises(HistoryError, match="cannot be written"):
        Mapper((), known_in(tmp_path / "nothing"), history=desk.folder).map_objects(
            "s", prefetched(source := FolderSource(str(path.parent)), [source.at(str(path))]))  # type: ignore[list-item]
    assert [one for one in (tmp_path / "history").rglob("*") if one.is_file()] == [tmp_path / "history" / "lock"]


def test_times_all_over_make_a_bounded_number_of_files(store: Store, tmp_path: Path) -> None:
    path = calls_in(tmp_path / "logs" / "a.json", *(
        call(n, f"{1000 + n:04}-08-18T10:00:00Z") for n in range(300)))
    ingested(store, tmp_path, path)
    assert len(list((tmp_path / "history").rglob("*.parquet"))) == history_writer.HOURS + 1
    assert len(told(tmp_path / "history", LogKind.CLOUDTRAIL)) == 300
    year = parse_time("1250-01-01T00:00:00Z"), parse_time("1251-01-01T00:00:00Z")
    assert told(tmp_path / "history", LogKind.CLOUDTRAIL, *year) == [(str(path), 250)]


def test_a_period_is_read_from_its_hours_alone(store: Store, tmp_path: Path) -> None:
    path = calls_in(tmp_path / "logs" / "a.json", *(call(n, f"2024-08-18T{n:02}:30:00Z") for n in range(24)))
    ingested(store, tmp_path, path)
    since, until = parse_time("2024-08-18T03:00:00Z"), parse_time("2024-08-18T05:30:00Z")
    assert told(tmp_path / "history", LogKind.CLOUDTRAIL, since, until) == [(str(path), 3), (str(path), 4)]
    assert len(counting_files(tmp_path / "history" / "cloudtrail", since, until)) == 3
    assert told(tmp_path / "history", LogKind.DNS) == []


def test_what_is_delivered_twice_can_be_told_apart(store: Store, tmp_path: Path) -> None:
    one = calls_in(tmp_path / "logs" / "1.json", call(1, "2024-08-18T10:00:00Z"), call(2, "2024-08-18T10:00:00Z"))
    two = calls_in(tmp_path / "logs" / "2.json", call(2, "2024-08-18T10:00:00Z"), call(3, "2024-08-18T10:00:00Z"))
    ingested(store, tmp_path, one, two)
    rows = read_history(tmp_path / "history", LogKind.CLOUDTRAIL)
    assert rows.collect().height == 4
    assert sorted(once(rows, LogKind.CLOUDTRAIL).collect()["event_id"]) == ["e1", "e2", "e3"]


def hour_of(folder: Path, files: int) -> Path:
    hour = folder / "cloudtrail" / "day=2024-08-18" / "hour=10"
    hour.mkdir(parents=True, exist_ok=True)
    for number in range(files):
        path = calls_in(folder / "logs" / f"{number}.json", call(number, f"2024-08-18T10:{number:02}:00Z"))
        (name,) = mapped_to(folder / "desk", path)
        (folder / "desk" / name).replace(hour / f"{number}.parquet")
    return hour


def test_small_files_are_merged_and_those_they_came_from_removed_at_the_next_look(tmp_path: Path) -> None:
    hour = hour_of(tmp_path, history_files.MANY)
    before = told(tmp_path, LogKind.CLOUDTRAIL)
    reading = read_history(tmp_path, LogKind.CLOUDTRAIL)
    assert merge_small(tmp_path, threading.Event()) == history_files.MANY
    assert told(tmp_path, LogKind.CLOUDTRAIL) == before
    assert len(counting_files(tmp_path / "cloudtrail")) == 1
    assert reading.collect().height == len(before)
    assert merge_small(tmp_path, threading.Event()) == 0
    assert len(list(hour.iterdir())) == 1
    assert told(tmp_path, LogKind.CLOUDTRAIL) == before


def test_few_files_are_left_alone(tmp_path: Path) -> None:
    hour_of(tmp_path, history_files.MANY - 1)
    assert merge_small(tmp_path, threading.Event()) == 0


@pytest.mark.parametrize("step", range(12))
def test_a_merge_cut_off_anywhere_changes_nothing(
    step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off before the nth thing that the disk is asked for, three times over, and then done."""
    hour_of(tmp_path, history_files.MANY)
    before = told(tmp_path, LogKind.CLOUDTRAIL)
    for _ in range(3):
        with writing_cut_off(monkeypatch, step):
            merge_small(tmp_path, threading.Event())
        assert told(tmp_path, LogKind.CLOUDTRAIL) == before
    merge_small(tmp_path, threading.Event())
    merge_small(tmp_path, threading.Event())
    assert told(tmp_path, LogKind.CLOUDTRAIL) == before
    assert len(list((tmp_path / "cloudtrail").rglob("*.*"))) == 1


def test_an_hour_that_was_removed_since_it_was_listed_holds_nothing(tmp_path: Path) -> None:
    hour_of(tmp_path, 3)
    [hour] = hours_of(tmp_path / "cloudtrail")
    assert counting(hour)
    shutil.rmtree(hour)
    assert counting(hour) == []


def test_days_that_are_over_for_so_long_are_removed(tmp_path: Path) -> None:
    end = parse_time("2024-08-19T00:00:00Z")
    hour_of(tmp_path, 3)
    now = int(time.time() * 1000)
    days = (now - end) // DAY
    assert remove_old(tmp_path, now, days + 1) == 0
    assert remove_old(tmp_path, now, days) == 3
    assert not (tmp_path / "cloudtrail" / "day=2024-08-18").exists()


def test_records_dated_in_the_future_go_by_when_they_were_written(store: Store, tmp_path: Path) -> None:
    path = calls_in(tmp_path / "logs" / "a.json", call(1, "9999-12-31T23:59:59Z"))
    ingested(store, tmp_path, path)
    now = clock()
    assert remove_old(tmp_path / "history", now + 29 * DAY, 30) == 0
    assert remove_old(tmp_path / "history", now + 31 * DAY, 30) == 1


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
def test_killed_anywhere_and_started_again_each_record_stands_there_once(
    seed: int, world: Path, pieces: Pieces, tmp_path: Path
) -> None:
    logs = lay(pieces, tmp_path / "logs")
    rng = random.Random(seed)
    killed = 0
    for _ in range(60):
        server = subprocess.Popen([sys.executable, "-c", _SERVE, str(tmp_path), str(world), str(rng.random())])
        begun = time.monotonic()
        while server.poll() is None and not (tmp_path / "started").exists():
            time.sleep(0.01)
            assert time.monotonic() < begun + 60
        try:
            server.wait(timeout=rng.uniform(0.0, 1.2) if killed < 8 else 120)
        except subprocess.TimeoutExpired:
            os.kill(server.pid, signal.SIGKILL)
            server.wait()
            (tmp_path / "started").unlink(missing_ok=True)
            killed += 1
            continue
        assert server.returncode == 0
        break
    assert killed >= 3, "it was hardly ever killed: it is too quick"
    paths = [logs / name for name, _ in pieces]
    with Store.open(tmp_path / "state") as store:
        History(tmp_path / "history", store).close()
        assert len(list(store.ledger())) == len(pieces)
    for kind in LogKind:
        assert told(tmp_path / "history", kind) == expected(paths, kind)
    assert list((tmp_path / "history" / "desks").iterdir()) == []


_SERVE = """
import random, sys, threading
from pathlib import Path
from tests.engine.test_service import HandedOut, running, until
from tests.playing import known_in
from vedette.engine.history import History
from vedette.engine.history_files import merge_small
from vedette.engine.pipeline import Settings
from vedette.findings.store import Store
if __name__ == "__main__":
    folder, world, seed = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    rng = random.Random(seed)
    paths = sorted(path for path in (folder / "logs").rglob("*") if path.is_file())
    feeds = [HandedOut(name, folder / "logs") for name in "ab"]
    for feed in feeds:
        mine = rng.sample(paths, len(paths))
        while mine:
            feed.hand_out(*mine[:30])
            del mine[:30]
    count = [len(feed.coming) for feed in feeds]
    with Store.open(folder / "state") as store:
        history = History(folder / "history", store)
        (folder / "started").touch()
        chosen = Settings(task_size=1000, batch_size=2500)
        with running(store, known_in(world), *feeds, settings=chosen, history=history):
            def done():
                merge_small(history.folder, threading.Event())
                return [feed.released for feed in feeds] == count
            until(done, 300)
"""
