"""What files of the history name: found in the rows that have it, nowhere else, and never missed."""

from __future__ import annotations

import threading
from pathlib import Path

import polars as pl
import pytest

from vedette.engine import history_files, history_names
from vedette.engine.history import history_files as files_of
from vedette.engine.history import rows_between
from vedette.engine.history_files import merge_small, names_beside, remove_old
from vedette.engine.history_names import note_names, places_of, write_names
from vedette.engine.history_writer import write_rows
from vedette.logs.kinds import LogKind

BEGIN = 1_767_225_600_000


def flows(numbers: range) -> pl.DataFrame:
    return pl.DataFrame({
        "time": [BEGIN + number for number in numbers], "interface_id": [f"eni-{number % 10}" for number in numbers],
        "srcaddr": [f"10.0.0.{number % 10}" for number in numbers],
        "dstaddr": [f"198.51.100.{number}" for number in numbers]})


@pytest.fixture
def hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(history_files, "MANY", 2)
    monkeypatch.setattr(history_names, "MANY", 2)
    monkeypatch.setattr(history_names, "BLOCK", 4)
    hour = tmp_path / "vpc-flow" / "day=2026-01-01" / "hour=00"
    hour.mkdir(parents=True)
    for part in range(4):
        write_rows(flows(range(part * 25, part * 25 + 25)), hour / f"{part}.parquet", "lz4")
    return hour


def noted(hour: Path) -> Path:
    history = hour.parents[2]
    assert not note_names(history, threading.Event())  # they are to be merged
    assert merge_small(history, threading.Event()) == 4
    assert not note_names(history, threading.Event())  # those that were merged are still there
    merge_small(history, threading.Event())
    assert note_names(history, threading.Event()) == 1
    [file] = hour.glob("*.parquet")
    assert names_beside(file).exists()
    return file


def test_a_name_is_found_in_the_blocks_that_have_it(hour: Path) -> None:
    file = noted(hour)
    rows = pl.read_parquet(file)
    for name, column in (("198.51.100.42", "dstaddr"), ("10.0.0.3", "srcaddr"), ("eni-7", "interface_id")):
        places = places_of(file, [name])
        assert places
        parts = [(str(file), *place) for place in places]
        read = rows_between(parts, LogKind.VPC_FLOW, [column, "pkt_srcaddr"], pl.lit(value=True))
        assert read.filter(pl.col(column) == name).height == rows.filter(pl.col(column) == name).height > 0
        assert read.height <= 20  # of a hundred
        assert read["pkt_srcaddr"].null_count() == read.height
    assert places_of(file, ["203.0.113.1"]) == []
    assert places_of(file, [f"10.0.0.{number}" for number in range(10)]) is None  # they are everywhere


@pytest.mark.parametrize("data", [b"", b"vedette1", b"x" * 500, None])
def test_names_that_cannot_be_read_hide_nothing(hour: Path, data: bytes | None) -> None:
    file = noted(hour)
    whole = names_beside(file).read_bytes()
    names_beside(file).write_bytes(whole[:-1] if data is None else data)
    assert places_of(file, ["203.0.113.1"]) is None
    names_beside(file).unlink()
    assert places_of(file, ["203.0.113.1"]) is None


def test_names_go_with_their_file(hour: Path) -> None:
    file = noted(hour)
    history = hour.parents[2]
    write_rows(flows(range(100, 125)), hour / "late.parquet", "lz4")
    assert not note_names(history, threading.Event())
    merge_small(history, threading.Event())
    merge_small(history, threading.Event())
    assert not names_beside(file).exists()
    assert note_names(history, threading.Event()) == 1
    assert [one.location for one in files_of(history, LogKind.VPC_FLOW)] == [str(next(hour.glob("*.parquet")))]
    assert remove_old(history, BEGIN + 400 * 86_400_000, 30) == 1
    assert not hour.exists()


def test_names_above_what_is_looked_up_and_texts_of_any_kind_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_names, "BLOCK", 1)
    monkeypatch.setattr(history_names, "FEW", 1)
    path = tmp_path / "a.parquet"
    write_rows(pl.DataFrame({
        "time": [1, 2, 3], "query_name": ["a.b.example", None, "\U0001f600.\u202ex"],
        "answers": [["192.0.2.1", "cname.example"], None, []]}, schema_overrides={"answers": pl.List(pl.String)}), path)
    write_names(path, LogKind.DNS)
    for name in ("a.b.example", "b.example", "example", "192.0.2.1", "cname.example"):
        assert places_of(path, [name]) == [(0, 1)]
    assert places_of(path, ["\u202ex"]) == [(2, 1)]
    assert places_of(path, [""]) == places_of(path, ["c.b.example"]) == []
