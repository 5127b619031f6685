"""Feeds are fetched when they are due, and the copy in force stays in force when that fails."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vedette.errors import ListError
from vedette.intel.categories import Category
from vedette.intel.feed_formats import FeedFormat
from vedette.intel.keeper import FeedKeeper
from vedette.intel.lists import ListSpec

FEED = ListSpec(name="c2", location="https://feeds.example/c2.txt", format=FeedFormat.PLAIN, entities=True,
                category=Category.COMMAND_AND_CONTROL, custom=False, refresh=3600)


class Maker:
    """Who publishes the feed: serves what it is told to, and counts."""

    def __init__(self, content: bytes | None) -> None:
        self.content = content
        self.asked = 0

    def __call__(self, location: str, limit: int) -> bytes:
        self.asked += 1
        if self.content is None:
            raise ListError("cannot be fetched: no route", where=location)
        return self.content


def aged(folder: Path, seconds: int) -> None:
    for copy in folder.iterdir():
        then = copy.stat().st_mtime - seconds
        os.utime(copy, (then, then))


def test_a_feed_is_fetched_once_within_its_interval(tmp_path: Path) -> None:
    maker = Maker(b"9.9.4.20\n")
    for _ in range(3):
        (loaded,) = FeedKeeper(tmp_path, maker).load([FEED])
        assert loaded.size == 1
    assert maker.asked == 1
    aged(tmp_path, 3601)
    maker.content = b"9.9.4.20\n9.9.4.21\n"
    (loaded,) = FeedKeeper(tmp_path, maker).load([FEED])
    assert (maker.asked, loaded.size) == (2, 2)


@pytest.mark.parametrize("later", [None, b"\x00\xff not a feed at all\n" * 50])
def test_a_feed_that_cannot_be_renewed_or_is_refused_stays_as_it_was(tmp_path: Path, later: bytes | None) -> None:
    maker = Maker(b"9.9.4.20\n")
    FeedKeeper(tmp_path, maker).load([FEED])
    aged(tmp_path, 7300)
    maker.content = later
    keeper = FeedKeeper(tmp_path, maker)
    (loaded,) = keeper.load([FEED])
    assert loaded.size == 1
    (note,) = keeper.notes
    assert "feeds.example" in note or "c2" in note
    assert "2 hours ago stays in force" in note
    (again,) = FeedKeeper(tmp_path, Maker(b"9.9.4.20\n9.9.4.21\n")).load([FEED])
    assert again.size == 2


def test_a_feed_that_never_was_had_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ListError, match="cannot be fetched"):
        FeedKeeper(tmp_path, Maker(None)).load([FEED])


def test_a_feed_in_a_file_is_read_each_time(tmp_path: Path) -> None:
    path = tmp_path / "feed.txt"
    path.write_text("9.9.4.20\n")
    spec = ListSpec(name="own", location=str(path), format=FeedFormat.PLAIN, entities=True,
                    category=Category.SCANNER, custom=False)
    assert FeedKeeper(tmp_path / "kept").load([spec])[0].size == 1
    path.write_text("9.9.4.20\n9.9.4.21\n")
    assert FeedKeeper(tmp_path / "kept").load([spec])[0].size == 2
    assert not (tmp_path / "kept").exists()
