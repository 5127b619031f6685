"""Sums: the records of hours of a day that is over, those that are alike as one row, beside the day's hours.

``<log>/day=YYYY-MM-DD/<from>-<to>-<digest>.sums`` holds rows as `vedette.investigate.alike` makes them, each record
once, of the hours from one to another, and says where what is named. The digest is of the names of all files of these
hours: sums count while these files count and no others, so that no step between leaves them wrong. What is not summed,
or not any more, is read from its files.

The rows lie in the log's order; after them, those of a name that is met all over stand together once more, and at the
end stands what an account is told of flows.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from vedette.engine.history import HistoryFile
from vedette.engine.history_names import number_of, numbered
from vedette.engine.history_writer import write_rows, write_whole
from vedette.investigate.alike import DAY, HOUR
from vedette.logs.kinds import LogKind

SUFFIX = ".sums"
"""Of the file that says where what is named; it is written last. Beside it, with `ROWS` after it, lie the rows."""

ROWS = ".rows"
"""No name of Parquet's: who reads all that is so called below the history must not meet a record twice."""

VERSION = 1
"""Raised where sums say something else, or otherwise, from then on: those that were made before count no more."""

BLOCK = 1 << 14
"""Rows that are read together or not at all."""

ALL_OVER = 8
"""Blocks in which a name is met from which on its rows stand together once more, if they are few for so many blocks."""

_FEW = 4
"""How many times fewer."""

_HEAD = struct.Struct("<8sIIIII")
"""What it is; rows, those that stand there once more not counted; how many numbers, and how many blocks of all of them;
for who asks of no name, the first row and how many."""

_KIND = b"vedetteS"


class Sums(NamedTuple):
    """Hours that are summed."""

    begin: int
    """From (ms)."""
    end: int
    places: Path


def name_of(hours: Iterable[tuple[int, Sequence[str]]], first: int, last: int) -> str:
    """What the sums of the hours of a day from ``first`` to ``last`` (0 to 23) are called.

    ``hours`` are those that have files: when each begins (ms), and the names of its files.
    """
    told = "\0".join([str(VERSION), *(f"{begin}\0" + "\0".join(sorted(names)) for begin, names in sorted(hours))])
    digest = blake2b(told.encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()
    return f"{first:02}-{last:02}-{digest}{SUFFIX}"


def sums_of(files: Iterable[HistoryFile]) -> list[Sums]:
    """The sums of some of these files, of an hour all or none; no two of one hour."""
    days: dict[Path, dict[int, list[str]]] = {}
    for file in files:
        if file.begin is not None and not file.archived:
            path = Path(file.location)
            days.setdefault(path.parents[1], {}).setdefault(file.begin, []).append(path.name)
    return [one for day, hours in days.items() for one in counting_sums(day, hours)]


def counting_sums(day: Path, hours: dict[int, list[str]]) -> list[Sums]:
    """The sums in a day's folder that count, by when its hours begin (ms) and the names of their files."""
    found: list[Sums] = []
    for path in sorted(day.glob(f"*{SUFFIX}")) if hours else ():
        first, _, rest = path.name.partition("-")
        last = rest.partition("-")[0]
        if not (first.isdecimal() and last.isdecimal()):
            continue
        midnight = min(hours) // DAY * DAY
        begin, end = midnight + int(first) * HOUR, midnight + (int(last) + 1) * HOUR
        of = [(hour, names) for hour, names in hours.items() if begin <= hour < end]
        if path.name == name_of(of, int(first), int(last)) and (not found or found[-1].end <= begin):
            found.append(Sums(begin, end, path))
    return found


def write_sums(rows: pl.DataFrame, without_ends: pl.DataFrame, log: LogKind, path: Path) -> None:
    """Write sums: what `vedette.investigate.alike.put_together` gives, ``rows`` in the log's order.

    Raises:
        HistoryError: they cannot be written.
    """
    pairs = numbered(rows, log, pl.int_range(pl.len(), dtype=pl.UInt32))
    number, row = (pairs >> np.uint64(32)).astype(np.uint32), (pairs & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    numbers, begins, counts = np.unique(number, return_index=True, return_counts=True)
    # Of each number, the blocks.
    new = np.ones(len(pairs), dtype=bool)
    new[1:] = (number[1:] != number[:-1]) | (row[1:] // BLOCK != row[:-1] // BLOCK)
    blocks = (row[new] // BLOCK).astype(np.uint16)
    offsets = np.append(np.cumsum(new) - 1, new.sum()).astype(np.uint32)[np.append(begins, len(pairs))]
    # Those that are met all over, once more.
    wide = np.diff(offsets)
    again = (wide >= ALL_OVER) & (wide.astype(np.int64) * BLOCK >= counts * _FEW)
    copied = np.where(again, counts, 0).astype(np.uint32)
    starts = (rows.height + np.cumsum(copied) - copied).astype(np.uint32)
    more = rows[row[np.repeat(again, counts)]]
    everything = (rows.height + more.height, without_ends.height) if without_ends.height else (0, rows.height)
    write_rows(pl.concat([rows, more, without_ends]), path.with_name(path.name + ROWS), group=BLOCK)
    write_whole(path, b"".join((
        _HEAD.pack(_KIND, rows.height, len(numbers), len(blocks), *everything), numbers.tobytes(), offsets.tobytes(),
        starts.tobytes(), copied.tobytes(), blocks.tobytes())))


def places_in(path: Path, names: Sequence[str] | None) -> list[tuple[int, int]] | None:
    """Where the rows of sums lie that may name one of these: first rows and numbers of rows, no row twice.

    Without names, where all rows lie, of flows without their ends. None: the sums cannot be read.
    """
    try:
        data = np.memmap(path, np.uint8, "r")
        kind, rows, count, blocks, first, height = _HEAD.unpack(data[: _HEAD.size].tobytes())
        if kind != _KIND or len(data) != _HEAD.size + 16 * count + 4 + 2 * blocks:
            return None
    except (OSError, ValueError, struct.error):
        return None
    if names is None:
        return [(first, height)]
    ends = np.cumsum([_HEAD.size, 4 * count, 4 * (count + 1), 4 * count, 4 * count, 2 * blocks])
    *parts, last = (data[begin:end] for begin, end in pairwise(ends))
    numbers, offsets, starts, copied = (part.view(np.uint32) for part in parts)
    within = last.view(np.uint16)
    wanted = np.unique(np.array([number_of(name) for name in names], np.uint32))
    at = np.searchsorted(numbers, wanted)
    found = [int(place) for place, number in zip(at, wanted, strict=True) if place < count and numbers[place] == number]
    if len(found) == 1 and copied[found[0]]:
        return [(int(starts[found[0]]), int(copied[found[0]]))]
    places: list[tuple[int, int]] = []
    for block in sorted({int(block) for one in found for block in within[offsets[one] : offsets[one + 1]]}):
        size = min(BLOCK, rows - block * BLOCK)
        if places and sum(places[-1]) == block * BLOCK:
            places[-1] = (places[-1][0], places[-1][1] + size)
        else:
            places.append((block * BLOCK, size))
    return places


def read_sums(places: Sequence[tuple[Path, int, int]], picked: pl.Expr) -> list[pl.DataFrame]:
    """The rows of sums that lie in some places, each a file, its first row and how many, and are picked.

    Raises:
        polars.exceptions.PolarsError, OSError: some cannot be read.
    """
    def part(place: tuple[Path, int, int]) -> pl.DataFrame:
        path, first, count = place
        return pl.scan_parquet(path.with_name(path.name + ROWS), hive_partitioning=False, glob=False).slice(
            first, count).filter(picked).collect()

    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
        return list(pool.map(part, places))
