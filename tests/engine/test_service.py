"""Ingestion that never ends: what it finds, how soon, and what it does when the world fails."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.aws import aws_over_http, be_nobody
from tests.engine.test_promises import event_time, pieces, truth, world
from tests.playing import everything_in, known_in, lay
from vedette.engine import service
from vedette.engine.commit import Service
from vedette.engine.history import History
from vedette.engine.pipeline import Settings
from vedette.engine.plan import LATENESS
from vedette.engine.service import Ingestion
from vedette.findings.store import Store
from vedette.intel.geo import Geo
from vedette.sources import LogObject
from vedette.sources.feed import Delivery, Feed, Outcome
from vedette.sources.folder import FolderSource
from vedette.sources.watch import PolledFeed, WatchedFolder

__all__ = ["pieces", "truth", "world"]

Pieces = list[tuple[str, bytes]]


def clock() -> int:
    return int(time.time() * 1000)


class HandedOut:
    """A feed that a test fills."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.source = FolderSource(str(folder))
        self.coming: list[Delivery] = []
        self.acknowledged: list[Outcome] = []
        self.released = 0

    def hand_out(self, *paths: Path, caught_up: bool = True) -> None:
        objects = [obj for path in paths if (obj := self.source.at(str(path)))]
        self.coming.append(Delivery(self.source, objects, caught_up, acknowledge=self.acknowledged.extend,
                                    release=self._release))

    def _release(self) -> None:
        self.released += 1

    def next(self, stop: threading.Event) -> Delivery | None:
        if self.coming:
            return self.coming.pop(0)
        stop.wait(0.02)
        return None

    def close(self) -> None:
        pass


@contextmanager
def running(
    store: Store, known: Any, *feeds: Feed, now: Callable[[], int] = clock, settings: Settings | None = None,
    history: History | None = None,
) -> Iterator[Ingestion]:
    ingestion = Ingestion(store, feeds, lambda: known, Geo.open(None, None), Service(now), settings=settings,
                          history=history)
    stop = threading.Event()
    thread = threading.Thread(target=ingestion.run, args=(stop,))
    thread.start()
    try:
        yield ingestion
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def until(
    true: Callable[[], Any], seconds: float = 30, state: Callable[[], str] = lambda: "it did not come to that in time",
    pause: float = 0.01,
) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, state()
        time.sleep(pause)


def undated(comparable: dict[str, Any]) -> dict[str, Any]:
    """Findings but for when they were written: a server dates them by the clock."""
    return {one: ({name: value for name, value in document.items() if name not in ("createdAt", "updatedAt")}, evidence)
            for one, (document, evidence) in comparable.items()}


def in_order_of_arrival(pieces: Pieces, seed: int) -> Pieces:
    """Late by chance, but within the bound."""
    rng = random.Random(seed)
    return sorted(pieces, key=lambda piece: event_time(piece[1]) + rng.uniform(0, LATENESS))


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2))])
def test_several_sources_in_portions_find_what_one_scan_finds(
    seed: int, world: Path, pieces: Pieces, truth: dict[str, Any], tmp_path: Path
) -> None:
    """The records of each file lie in one of three sources, as they came, and are handed out side by side."""
    rng = random.Random(seed)
    arrived = in_order_of_arrival(pieces, seed)
    folders = [tmp_path / name for name in "abc"]
    feeds = [HandedOut(folder.name, folder) for folder in folders]
    with Store.open(tmp_path / "state") as store, running(store, known_in(world), *feeds) as ingestion:
        start = 0
        while start < len(arrived):
            portion = arrived[start:start + rng.randint(20, 60)]
            start += len(portion)
            for feed, folder in zip(feeds, folders, strict=True):
                mine = [piece for number, piece in enumerate(portion) if number % 3 == folders.index(folder)]
                lay(mine, folder)
                feed.hand_out(*(folder / name for name, _ in mine))
            read = start
            until(lambda read=read: sum(one.objects for one in ingestion.progress()) == read)
        assert undated(everything_in(store).comparable) == undated(truth)
        assert sum(len(feed.acknowledged) for feed in feeds) == len(pieces)
        assert not any(one.failed or one.waiting or one.lag(clock()) for one in ingestion.progress())


def test_what_several_sources_hand_out_several_times_counts_once(
    world: Path, pieces: Pieces, truth: dict[str, Any], tmp_path: Path
) -> None:
    feeds = [HandedOut(name, lay(pieces, tmp_path / "logs")) for name in ("one", "two", "three")]
    paths = [tmp_path / "logs" / name for name, _ in pieces]
    for feed in feeds:
        for _ in range(2):
            feed.hand_out(*paths)
    with Store.open(tmp_path / "state") as store, running(store, known_in(world), *feeds) as ingestion:
        until(lambda: all(feed.released == 2 for feed in feeds))
        assert undated(everything_in(store).comparable) == undated(truth)
        assert [len(feed.acknowledged) for feed in feeds] == [2 * len(pieces)] * 3
        read = sum(entry.records for entry in store.ledger())
        assert sum(one.records for one in store.usage(0)) == read
        assert sum(sum(one.records.values()) for one in ingestion.progress()) == read


@pytest.mark.long
def test_a_file_that_grows_counts_its_records_once(world: Path, truth: dict[str, Any], tmp_path: Path) -> None:
    """A file is read half, and again as a whole: another version, the same records."""
    feed = HandedOut("growing", tmp_path / "logs")
    grown = 0
    files = {path: gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
             for path in (world / "logs").rglob("*") if path.is_file()}
    with Store.open(tmp_path / "state") as store, running(store, known_in(world), feed):
        for path, data in sorted(files.items(), key=lambda file: event_time(file[1])):
            copy = tmp_path / "logs" / path.relative_to(world / "logs").with_suffix(".log")
            lines = data.splitlines(keepends=True)
            steps = [data]
            if len(lines) > 3:
                steps.insert(0, b"".join(lines[:len(lines) // 2]))
                grown += 1
            for content in steps:
                lay([(copy.name, content)], copy.parent)
                feed.hand_out(copy)
                done = feed.released + len(feed.coming)
                until(lambda done=done: feed.released >= done)
        assert grown
        assert undated(everything_in(store).comparable) == undated(truth)


def test_each_dropped_file_is_a_finding(world: Path, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    feed = WatchedFolder(FolderSource(str(tmp_path / "logs")))
    with Store.open(tmp_path / "state") as store, running(store, known_in(world), feed):
        for number in range(12):
            (tmp_path / "logs" / f"{number}.json").write_text(_stopped(number))
            until(lambda number=number: len(store.list()[0]) == number + 1)


def _stopped(number: int) -> str:
    """A record of somebody who stops a trail; each by another principal, so that each is a finding of its own."""
    return json.dumps({"Records": [{
        "eventVersion": "1.08", "eventTime": f"2024-08-18T10:{number // 60:02}:{number % 60:02}Z",
        "eventName": "StopLogging", "eventSource": "cloudtrail.amazonaws.com", "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7", "eventID": f"e{number}", "recipientAccountId": "111122223333",
        "requestParameters": {"name": "main"}, "userIdentity": {
            "type": "IAMUser", "principalId": f"AIDAEXAMPLE{number:07}", "accessKeyId": f"AKIAEXAMPLE{number:06}",
            "accountId": "111122223333", "userName": f"u{number}"}}]})


def test_a_source_that_fails_is_told_of_and_works_again_when_it_is_back(world: Path, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    feeds = [PolledFeed(FolderSource(str(logs)), interval=0.05), HandedOut("fine", tmp_path)]
    with Store.open(tmp_path / "state") as store, running(store, known_in(world), *feeds) as ingestion:
        until(lambda: "does not exist" in ingestion.progress()[0].failure)
        (tmp_path / "a.json").write_text(_stopped(1))
        feeds[1].hand_out(tmp_path / "a.json")  # type: ignore[attr-defined]
        until(lambda: ingestion.progress()[1].objects == 1)  # the other goes on meanwhile
        logs.mkdir()
        (logs / "b.json").write_text(_stopped(2))
        until(lambda: ingestion.progress()[0].objects == 1)
        until(lambda: ingestion.progress()[0].failure == "")
        assert ingestion.progress()[0].errors >= 1
        assert len(everything_in(store).findings) == 2


def test_an_object_that_cannot_be_opened_is_kept_as_failed_and_read_when_it_can_be(world: Path, tmp_path: Path) -> None:
    feed = HandedOut("denied", tmp_path)
    (tmp_path / "a.json").write_text(_stopped(1))
    (tmp_path / "b.json").write_text(_stopped(2))
    with Store.open(tmp_path / "state") as store, running(store, known_in(world), feed) as ingestion:
        feed.hand_out(tmp_path / "a.json", tmp_path / "b.json")
        feed.coming[0] = Delivery(_Denied(feed.source, "a.json"), feed.coming[0].objects,
                                  acknowledge=feed.acknowledged.extend, release=feed._release)
        until(lambda: feed.released == 1)
        assert [(Path(one.object.locator).name, bool(one.failed)) for one in sorted(
            feed.acknowledged, key=lambda one: one.object.locator)] == [("a.json", True), ("b.json", False)]
        assert "may not be read" in store.dead_letters()[0].reason
        assert (ingestion.progress()[0].failed, ingestion.progress()[0].objects) == (1, 1)
        feed.hand_out(tmp_path / "a.json", tmp_path / "b.json")
        until(lambda: feed.released == 2)
        assert len(everything_in(store).findings) == 2
        assert store.dead_letters() == []


class _Denied:
    """A source that refuses one file."""

    far = False

    def __init__(self, inner: FolderSource, refused: str) -> None:
        self.spec, self.name = inner.spec, inner.name
        self._inner, self._refused = inner, refused

    def objects(self) -> Iterator[LogObject]:
        return self._inner.objects()

    def open(self, obj: LogObject) -> Any:
        from vedette.errors import SourceError

        if obj.locator.endswith(self._refused):
            raise SourceError("may not be read", where=obj.locator)
        return self._inner.open(obj)


def test_a_locked_database_is_waited_for(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vedette.findings import database

    monkeypatch.setattr(database, "_PRAGMAS", (*database._PRAGMAS[1:], "PRAGMA busy_timeout = 200"))
    feed = HandedOut("one", tmp_path)
    (tmp_path / "a.json").write_text(_stopped(1))
    with Store.open(tmp_path / "state") as store, running(store, known_in(world), feed) as ingestion:
        other = sqlite3.connect(tmp_path / "state/vedette.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        feed.hand_out(tmp_path / "a.json")
        until(lambda: "locked" in ingestion.progress()[0].failure)
        assert feed.acknowledged == []
        assert ingestion.progress()[0].lag(clock()) > 0
        other.execute("ROLLBACK")
        other.close()
        until(lambda: len(feed.acknowledged) == 1)
        assert len(everything_in(store).findings) == 1
        assert ingestion.progress()[0].failure == ""


def test_a_full_disk_is_waited_for(world: Path, tmp_path: Path) -> None:
    """SQLite refuses to grow beyond a bound that it is given: what it says is what it says of a full disk."""
    from sqlalchemy import event

    feed = HandedOut("one", tmp_path)
    for number in range(200):
        (tmp_path / f"{number}.json").write_text(_stopped(number))
    full = True
    with Store.open(tmp_path / "state") as store:
        @event.listens_for(store._engine, "begin")
        def bound(connection: Any) -> None:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2 if full else 1 << 30}")

        with running(store, known_in(world), feed) as ingestion:
            feed.hand_out(*(tmp_path / f"{number}.json" for number in range(200)))
            until(lambda: "full" in ingestion.progress()[0].failure)
            assert feed.acknowledged == []
            full = False
            until(lambda: len(feed.acknowledged) == 200)
            assert len(everything_in(store).findings) == 200


def test_a_clock_that_is_set_back_changes_no_finding(
    world: Path, pieces: Pieces, truth: dict[str, Any], tmp_path: Path
) -> None:
    rng = random.Random(5)
    times = [clock(), clock() - 86_400_000, 0, clock() + 86_400_000]
    arrived = in_order_of_arrival(pieces, 5)
    feed = HandedOut("one", lay(pieces, tmp_path / "logs"))
    with Store.open(tmp_path / "state") as store, running(
            store, known_in(world), feed, now=lambda: rng.choice(times)):
        for start in range(0, len(arrived), 40):
            feed.hand_out(*(tmp_path / "logs" / name for name, _ in arrived[start:start + 40]))
        until(lambda: len(feed.acknowledged) == len(pieces))
        assert undated(everything_in(store).comparable) == undated(truth)


def test_a_fault_that_one_object_wakes_keeps_no_other_from_being_read(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = HandedOut("one", tmp_path)
    for number in range(3):
        (tmp_path / f"{number}.json").write_text(_stopped(number))

    class Faulty(_Denied):
        def open(self, obj: LogObject) -> Any:
            if obj.locator.endswith(self._refused):
                raise ZeroDivisionError
            return self._inner.open(obj)

    with Store.open(tmp_path / "state") as store, running(store, known_in(world), feed):
        feed.hand_out(*(tmp_path / f"{number}.json" for number in range(3)))
        feed.coming[0] = Delivery(Faulty(feed.source, "1.json"), feed.coming[0].objects,
                                  acknowledge=feed.acknowledged.extend, release=feed._release)
        until(lambda: feed.released == 1)
        assert sorted((Path(one.object.locator).name, "fault in Vedette" in one.failed) for one in feed.acknowledged) \
            == [("0.json", False), ("1.json", True), ("2.json", False)]
        assert len(everything_in(store).findings) == 2


def test_a_fault_between_two_deliveries_does_not_end_a_source(world: Path, tmp_path: Path) -> None:
    feed = HandedOut("one", tmp_path)
    for number in range(2):
        (tmp_path / f"{number}.json").write_text(_stopped(number))

    def broken() -> None:
        raise ZeroDivisionError

    with Store.open(tmp_path / "state") as store, running(store, known_in(world), feed) as ingestion:
        feed.hand_out(tmp_path / "0.json")
        feed.coming[0] = replace(feed.coming[0], release=broken)
        until(lambda: ingestion.progress()[0].errors == 1)
        feed.hand_out(tmp_path / "1.json")
        until(lambda: len(feed.acknowledged) == 2)
        assert len(everything_in(store).findings) == 2


def test_ingestion_that_could_not_start_every_source_is_begun_again_and_follows_each_once(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds = [HandedOut(name, tmp_path) for name in "ab"]
    start = threading.Thread.start

    def refusing(thread: threading.Thread) -> None:
        if thread.name == "source b":
            raise RuntimeError("can't start new thread")
        start(thread)

    with Store.open(tmp_path / "state") as store:
        ingestion = Ingestion(store, feeds, lambda: known_in(world), Geo.open(None, None), Service(clock))
        stop = threading.Event()
        monkeypatch.setattr(threading.Thread, "start", refusing)
        with pytest.raises(RuntimeError):
            ingestion.run(stop)
        monkeypatch.undo()
        thread = threading.Thread(target=ingestion.run, args=(stop,))
        thread.start()
        until(lambda: "source b" in [one.name for one in threading.enumerate()])
        assert [one.name for one in threading.enumerate()].count("source a") == 1
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def test_lists_that_change_are_used_from_the_next_delivery_on(world: Path, tmp_path: Path) -> None:
    known = [known_in(world), known_in(world)]
    asked: list[int] = []

    def current() -> Any:
        asked.append(1)
        return known[0]

    feed = HandedOut("one", tmp_path)
    ingestion = Ingestion(store := Store.open(tmp_path / "state"), [feed], current, Geo.open(None, None),
                          Service(clock))
    stop = threading.Event()
    thread = threading.Thread(target=ingestion.run, args=(stop,))
    thread.start()
    for number in (0, 1):
        (tmp_path / f"{number}.json").write_text(_stopped(number))
        feed.hand_out(tmp_path / f"{number}.json")
        until(lambda number=number: feed.released == number + 1)
        before = ingestion._committer
        known.reverse()
    assert before is not None
    assert before[0] is known[1]
    stop.set()
    thread.join(10)
    store.close()


def test_a_backlog_is_read_by_worker_processes_and_found_the_same(
    world: Path, pieces: Pieces, truth: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "BACKLOG", 10_000)
    feed = PolledFeed(FolderSource(str(lay(pieces, tmp_path / "logs"))), interval=0.1)
    chosen = Settings(jobs=2, task_size=5000, batch_size=40_000)
    with Store.open(tmp_path / "state") as store, running(store, known_in(world), feed, settings=chosen) as ingestion:
        until(lambda: ingestion.progress()[0].objects == len(pieces), 90)
        assert undated(everything_in(store).comparable) == undated(truth)


def test_postgresql_holds_the_same(
    new_postgres_url: Callable[[], str], world: Path, pieces: Pieces, truth: dict[str, Any], tmp_path: Path
) -> None:
    arrived = in_order_of_arrival(pieces, 1)
    feeds = [HandedOut(name, lay(pieces, tmp_path / "logs")) for name in "ab"]
    with Store.open(new_postgres_url()) as store, running(store, known_in(world), *feeds):
        for start in range(0, len(arrived), 80):
            for place, feed in enumerate(feeds):
                feed.hand_out(*(tmp_path / "logs" / name for name, _ in arrived[start:start + 80][place::2]))
            until(lambda: not any(feed.coming for feed in feeds))
        until(lambda: sum(len(feed.acknowledged) for feed in feeds) == len(pieces))
        assert undated(everything_in(store).comparable) == undated(truth)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_what_two_servers_read_at_the_same_time_on_one_database_counts_once(
    database: str, world: Path, pieces: Pieces, truth: dict[str, Any], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The second has read it and is about to commit it, when the first commits it."""
    where = str(tmp_path / "state") if database == "sqlite" else request.getfixturevalue("new_postgres_url")()
    arrived = lay(in_order_of_arrival(pieces, 2), tmp_path / "logs")
    paths = [arrived / name for name, _ in in_order_of_arrival(pieces, 2)]
    known, committed, has_read = known_in(world), threading.Event(), threading.Event()
    asked: list[int] = []

    def at_last() -> Any:
        asked.append(1)
        if len(asked) > 1:  # first what it reads by, then what it commits by
            has_read.set()
            committed.wait(60)
        return known

    first, second = HandedOut("first", arrived), HandedOut("second", arrived)
    with Store.open(where) as store, Store.open(where) as other:
        late = Ingestion(other, [second], at_last, Geo.open(None, None), Service(clock))
        stop = threading.Event()
        thread = threading.Thread(target=late.run, args=(stop,))
        thread.start()
        second.hand_out(*paths)
        until(has_read.is_set, 60)
        with running(store, known, first):
            first.hand_out(*paths)
            until(lambda: len(first.acknowledged) == len(paths), 60)
        once = everything_in(store)
        assert undated(once.comparable) == undated(truth)
        usage = sorted((one.kind, one.records) for one in store.usage(0))
        committed.set()
        until(lambda: len(second.acknowledged) == len(paths), 60)
        stop.set()
        thread.join(30)
        assert everything_in(store).comparable == once.comparable
        assert sorted((one.kind, one.records) for one in store.usage(0)) == usage
        assert (late.progress()[0].objects, late.progress()[0].records) == (0, {})


def test_turns_are_taken_in_the_order_in_which_they_were_asked_for() -> None:
    turn, order = service._Turn(), list[str]()
    with turn:
        threads = []
        for name in "abc":
            thread = threading.Thread(target=lambda name=name: _take(turn, order, name))
            thread.start()
            threads.append(thread)
            until(lambda: len(turn._queue) == len(threads) + 1)
    for thread in threads:
        thread.join()
    assert order == ["a", "b", "c"]


def _take(turn: Any, order: list[str], name: str) -> None:
    with turn:
        order.append(name)


KILLS = 9
"""A seed; six seeds are more than fifty."""


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    be_nobody(monkeypatch, tmp_path / "none")
    with aws_over_http() as url:
        yield url


def _unread(store: Store, pieces: Pieces) -> list[str]:
    read = " ".join(entry.object for entry in store.ledger())
    return [name for name, _ in pieces if name not in read]


def _queued(sqs: Any, queue: str) -> int:
    """Messages that are not deleted, whether somebody holds them or not."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)
    return sum(int(answer["Attributes"][name]) for name in names)


def _stuck(child: subprocess.Popen[bytes], what: str) -> str:
    """Have the child print where its threads are."""
    os.kill(child.pid, signal.SIGUSR1)
    time.sleep(1)
    return what


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6))
def test_kill_anywhere_and_start_again_is_as_if_nothing_had_happened(
    seed: int, world: Path, pieces: Pieces, truth: dict[str, Any], tmp_path: Path, endpoint: str
) -> None:
    """Half of the files are dropped into a watched folder, half into a bucket that tells a queue."""
    s3, sqs = (boto3.client(name, endpoint_url=endpoint) for name in ("s3", "sqs"))
    s3.create_bucket(Bucket="logs")
    queue = sqs.create_queue(QueueName="told")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    s3.put_bucket_notification_configuration(Bucket="logs", NotificationConfiguration={"QueueConfigurations": [
        {"QueueArn": attributes["QueueArn"], "Events": ["s3:ObjectCreated:*"]}]})
    rng = random.Random(seed)
    arrived = in_order_of_arrival(pieces, seed)
    (tmp_path / "logs").mkdir()
    done = threading.Event()

    def drop() -> None:
        for number, piece in enumerate(arrived):
            if number % 2:
                s3.put_object(Bucket="logs", Key=piece[0], Body=piece[1])
            else:
                staged = lay([piece], tmp_path / "staging") / piece[0]
                target = tmp_path / "logs" / piece[0]
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(staged, target)
            time.sleep(0.02)
        done.set()

    threading.Thread(target=drop, daemon=True).start()
    start = [sys.executable, "-c", _INGEST, str(tmp_path), str(world), queue, endpoint]
    killed = 0
    while not done.is_set() or killed < KILLS:
        child = subprocess.Popen(start)
        time.sleep(rng.uniform(0.8, 3.0))
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        killed += 1
    child = subprocess.Popen(start)
    try:
        with Store.open(tmp_path / "state") as store:
            # Not often: AWS's stand-in runs in this process, and would stand still meanwhile.
            until(lambda: len(list(store.ledger())) >= len(pieces), 240,
                  lambda: _stuck(child, f"never read: {_unread(store, pieces)}"), pause=0.5)
            assert {entry.state for entry in store.ledger()} == {"done"}
            until(lambda: not _queued(sqs, queue))
            assert undated(everything_in(store).comparable) == undated(truth)
            read = [(entry.object, entry.version) for entry in store.ledger()]
            assert len(read) == len(set(read)) == len(pieces)
            assert sum(one.records for one in store.usage(0)) == sum(entry.records for entry in store.ledger())
    finally:
        child.kill()
        child.wait()


_INGEST = """
import faulthandler, signal, sys, threading
faulthandler.register(signal.SIGUSR1, all_threads=True)
from pathlib import Path
from tests.engine.test_service import clock
from tests.playing import known_in
from vedette.engine.commit import Service
from vedette.engine.service import Ingestion
from vedette.findings.store import Store
from vedette.intel.geo import Geo
from vedette.sources.folder import FolderSource
from vedette.sources.queue import QueueFeed
from vedette.sources.watch import WatchedFolder
top, world, queue, endpoint = sys.argv[1:]
known = known_in(Path(world))
feeds = [WatchedFolder(FolderSource(top + "/logs"), settle=0.1), QueueFeed(queue, endpoint_url=endpoint, visibility=6)]
with Store.open(top + "/state") as store:
    Ingestion(store, feeds, lambda: known, Geo.open(None, None), Service(clock)).run(threading.Event())
"""
