"""Folders and buckets that are followed for ever."""

from __future__ import annotations

import os
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from vedette.errors import SourceError
from vedette.sources.feed import Delivery, Feed, Outcome
from vedette.sources.folder import FolderSource
from vedette.sources.log_object import LogObject
from vedette.sources.watch import PolledFeed, WatchedFolder


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def names(delivery: Delivery | None) -> list[str]:
    return [] if delivery is None else [Path(obj.locator).name for obj in delivery.objects]


def handed_out(feed: Feed, seconds: float) -> list[tuple[str, float]]:
    """Names of what comes within so many seconds, and when."""
    stop, start = threading.Event(), time.monotonic()
    found: list[tuple[str, float]] = []
    while time.monotonic() < start + seconds:
        delivery = feed.next(stop)
        found += [(name, time.monotonic() - start) for name in names(delivery)]
    return found


def write_old(path: Path) -> None:
    """Write a file as if it had been done a minute ago."""
    path.write_text("x")
    then = time.time() - 60
    os.utime(path, (then, then))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    return tmp_path / "logs"


@pytest.fixture
def watched(folder: Path):
    feed = WatchedFolder(FolderSource(str(folder)), settle=0.3)
    yield feed
    feed.close()


def test_what_is_there_comes_first(folder: Path, watched: WatchedFolder) -> None:
    (folder / "deep").mkdir()
    for name in ("a.json", "deep/b.json"):
        write_old(folder / name)
    assert names(watched.next(threading.Event())) == ["a.json", "b.json"]
    assert handed_out(watched, 0.6) == []


def test_a_dropped_file_comes_within_a_second(folder: Path, watched: WatchedFolder) -> None:
    watched.next(threading.Event())
    (folder / "a.json").write_text("x")
    ((name, after),) = handed_out(watched, 1.2)
    assert name == "a.json"
    assert 0.3 <= after < 1.0


def test_a_file_that_is_still_written_to_waits_until_it_stands_still(folder: Path, watched: WatchedFolder) -> None:
    watched.next(threading.Event())
    done = threading.Event()

    def write() -> None:
        with (folder / "a.json").open("w") as out:
            for _ in range(10):
                out.write("line\n")
                out.flush()
                time.sleep(0.1)
        done.set()

    threading.Thread(target=write).start()
    found: list[LogObject] = []
    while not found:
        delivery = watched.next(threading.Event())
        found = list(delivery.objects) if delivery else []
    assert done.is_set()
    assert found[0].size == 50


def test_a_file_being_written_when_the_watch_begins_waits_too(folder: Path, watched: WatchedFolder) -> None:
    (folder / "fresh.json").write_text("half")
    write_old(folder / "old.json")
    assert names(watched.next(threading.Event())) == ["old.json"]
    assert [name for name, _ in handed_out(watched, 0.8)] == ["fresh.json"]


def test_nothing_is_caught_up_while_a_file_settles(folder: Path) -> None:
    clock = Clock()
    feed = WatchedFolder(FolderSource(str(folder)), settle=60, clock=clock)
    stop = threading.Event()
    assert feed.next(stop) == feed._delivery([])
    (folder / "a.json").write_text("x")
    while (delivery := feed.next(stop)) is None:
        pass  # the notice has not come
    assert (names(delivery), delivery.caught_up) == ([], False)
    clock.now += 61
    last = feed.next(stop)
    assert (names(last), last and last.caught_up) == (["a.json"], True)
    feed.close()


def test_a_file_that_grows_after_it_was_read_comes_again_as_another_version_and_later(
    folder: Path, watched: WatchedFolder
) -> None:
    watched.next(threading.Event())
    (folder / "a.json").write_text("x")
    assert [name for name, _ in handed_out(watched, 0.8)] == ["a.json"]
    with (folder / "a.json").open("a") as out:
        out.write("more")
    ((name, after),) = handed_out(watched, 1.8)
    assert name == "a.json"
    assert after >= 1.2


def test_files_renamed_into_the_folder_and_folders_moved_in_come(
    folder: Path, watched: WatchedFolder, tmp_path: Path
) -> None:
    watched.next(threading.Event())
    (tmp_path / "a.json").write_text("x")
    (tmp_path / "a.json").rename(folder / "a.json")
    (tmp_path / "whole/deeper").mkdir(parents=True)
    (tmp_path / "whole/deeper/b.json").write_text("x")
    (tmp_path / "whole").rename(folder / "whole")
    assert sorted(name for name, _ in handed_out(watched, 1.0)) == ["a.json", "b.json"]


def test_only_what_the_source_lists_comes(folder: Path, tmp_path: Path) -> None:
    feed = WatchedFolder(FolderSource(f"{folder}/*/[ab]*.json"), settle=0.1)
    assert names(feed.next(threading.Event())) == []
    for name in ("x/a.json", "x/c.json", "x/y/a.json", "x/.hidden.json", "a.json", "x/vedette.db"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")
    (folder / "x/b.json").symlink_to(folder / "x/a.json")
    assert [name for name, _ in handed_out(feed, 0.8)] == ["a.json"]
    feed.close()


def test_what_no_notice_told_of_is_found_by_the_next_full_look(folder: Path) -> None:
    clock = Clock()
    feed = WatchedFolder(FolderSource(str(folder)), settle=0.05, rescan=300, clock=clock)
    feed.next(threading.Event())
    write_old(folder / "a.json")
    feed._notices.close()  # type: ignore[union-attr]
    feed._notices = None
    clock.now += 301
    assert names(feed.next(threading.Event())) == ["a.json"]
    feed.close()


def test_a_folder_that_goes_is_told_and_watched_again_when_it_is_back(folder: Path) -> None:
    clock = Clock()
    feed = WatchedFolder(FolderSource(str(folder)), settle=0.05, rescan=10, clock=clock)
    feed.next(threading.Event())
    folder.rmdir()
    clock.now += 11
    for _ in range(2):
        with pytest.raises(SourceError, match="does not exist"):
            feed.next(threading.Event())
    folder.mkdir()
    write_old(folder / "a.json")
    assert names(feed.next(threading.Event())) == ["a.json"]
    feed.close()


def test_a_polled_source_is_listed_at_its_interval(folder: Path) -> None:
    clock = Clock()
    feed = PolledFeed(FolderSource(str(folder)), interval=60, clock=clock)
    stop = threading.Event()
    assert names(feed.next(stop)) == []  # an empty folder is no error
    (folder / "a.json").write_text("x")
    threading.Timer(0.05, stop.set).start()
    assert feed.next(stop) is None
    clock.now += 60
    assert names(feed.next(threading.Event())) == ["a.json"]


def test_an_object_that_cannot_be_read_is_tried_less_and_less_often(folder: Path) -> None:
    clock = Clock()
    feed = PolledFeed(FolderSource(str(folder)), interval=10, clock=clock)
    (folder / "a.json").write_text("x")
    tries: list[float] = []
    for _ in range(64):
        delivery = feed.next(threading.Event())
        assert delivery is not None
        found = list(delivery.objects)
        tries += [clock.now for _ in found]
        delivery.acknowledge([Outcome(obj, failed="may not be read") for obj in found])
        clock.now += 10
    assert [later - earlier for earlier, later in pairwise(tries)] == [10, 20, 40, 80, 160, 320]
