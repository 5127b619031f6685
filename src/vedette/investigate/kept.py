"""What is kept of hours of a day beside them, made from their records to be read sooner, and never needed.

``<log>/day=YYYY-MM-DD/<from>-<to>-<digest>.<what>`` is of the hours from one to another, and says where what stands;
beside it, with `ROWS` after its name, lie the rows. The digest is of the names of all files of these hours: it counts
while these files count and no others, wherever they are, so that no step between leaves it wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import polars as pl

from vedette.engine.history import HistoryFile
from vedette.engine.history_archive import by_one_name
from vedette.engine.history_files import names_in
from vedette.engine.history_writer import write_rows
from vedette.investigate.alike import DAY, HOUR

SUMS, TALLIES = ".sums", ".tallies"
"""What is kept."""

ROWS = ".rows"
"""No name of Parquet's: who reads all that is so called below the history must not meet a record twice."""

VERSION = 2
"""Raised where what is kept says something else, or otherwise, from then on: what was made before counts no more."""

BLOCK = 1 << 14
"""Rows that are read together or not at all."""


class Kept(NamedTuple):
    """Hours of which something is kept."""

    begin: int
    """From (ms)."""
    end: int
    path: Path


def name_of(hours: Iterable[tuple[int, Iterable[str]]], first: int, last: int, what: str) -> str:
    """What that is called which is kept of the hours of a day from ``first`` to ``last`` (0 to 23).

    ``hours`` are those that have files: when each begins (ms), and the names of its files.
    """
    told = "\0".join([str(VERSION), *(
        f"{begin}\0" + "\0".join(sorted(map(by_one_name, names))) for begin, names in sorted(hours))])
    digest = blake2b(told.encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()
    return f"{first:02}-{last:02}-{digest}{what}"


def kept_of(log: Path, files: Iterable[HistoryFile], what: str) -> list[Kept]:
    """What is kept, in a log's folder, of some of these files: of an hour all or none; no two of one hour."""
    days: dict[str, dict[int, list[str]]] = {}
    for file in files:
        if file.begin is not None:
            day, _, name = file.location.rsplit("/", 3)[1:]
            days.setdefault(day, {}).setdefault(file.begin, []).append(name)
    return [one for day, hours in sorted(days.items()) for one in counting_in(log / day, hours, what)]


def counting_in(day: Path, hours: dict[int, list[str]], what: str) -> list[Kept]:
    """What is kept in a day's folder and counts, by when its hours begin (ms) and the names of their files."""
    found: list[Kept] = []
    for name in names_in(day) if hours else ():
        first, _, rest = name.partition("-")
        last = rest.partition("-")[0]
        if not (name.endswith(what) and first.isdecimal() and last.isdecimal()):
            continue
        midnight = min(hours) // DAY * DAY
        begin, end = midnight + int(first) * HOUR, midnight + (int(last) + 1) * HOUR
        of = [(hour, names) for hour, names in hours.items() if begin <= hour < end]
        if name == name_of(of, int(first), int(last), what):
            found.append(Kept(begin, end, day / name))
    chosen: list[Kept] = []
    # What is of more hours is read sooner than the same in parts.
    for one in sorted(found, key=lambda kept: (kept.begin - kept.end, kept.begin)):
        if not any(one.begin < other.end and other.begin < one.end for other in chosen):
            chosen.append(one)
    return sorted(chosen)


def write_kept_rows(rows: pl.DataFrame, path: Path) -> None:
    """Write the rows that lie beside ``path``, each with when it was ``first`` and ``last``.

    Raises:
        HistoryError: they cannot be written.
    """
    # How long it was from the one to the other is shorter: mostly nothing.
    write_rows(rows.with_columns(pl.col("last") - pl.col("first")), rows_beside(path), group=BLOCK)


def kept_rows(path: Path) -> pl.LazyFrame:
    """The rows that lie beside ``path``."""
    rows = pl.scan_parquet(rows_beside(path), hive_partitioning=False, glob=False)
    return rows.with_columns(last=pl.col("first") + pl.col("last"))


def read_rows(
    places: Sequence[tuple[Path, int, int]], picked: pl.Expr, columns: Sequence[str] | None = None
) -> list[pl.DataFrame]:
    """The rows that lie in some places, each what is kept, its first row and how many, and are picked.

    They have the columns that are asked for, or all.

    Raises:
        polars.exceptions.PolarsError, OSError: some cannot be read.
    """
    def part(place: tuple[Path, int, int]) -> pl.DataFrame:
        path, first, count = place
        rows = kept_rows(path).slice(first, count).filter(picked)
        return (rows if columns is None else rows.select(columns)).collect()

    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
        return list(pool.map(part, places))


def rows_beside(path: Path) -> Path:
    """Where the rows lie."""
    return path.with_name(path.name + ROWS)
