"""Sums: the records of hours of a day that are over, those that are alike as one row, kept beside the day's hours.

They are rows as `vedette.investigate.alike` makes them, each record once, and say where what is named. What is not
summed, or not any more, is read from its files.

The rows lie in the log's order; after them, those of a name that is met all over stand together once more, and at the
end stands what an account is told of flows.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from vedette.engine.history_names import number_of, numbered
from vedette.engine.history_writer import write_whole
from vedette.investigate.kept import BLOCK, write_kept_rows
from vedette.logs.kinds import LogKind

ALL_OVER = 8
"""Blocks in which a name is met from which on its rows stand together once more, if they are few for so many blocks."""

_FEW = 4
"""How many times fewer."""

_HEAD = struct.Struct("<8sIIIIII")
"""What it is; rows, those that stand there once more not counted; how many numbers, how many of them stand there once
more, and how many blocks all have; for who asks of no name, the first row and how many."""

_KIND = b"vedetteT"


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
    ends = (rows.height + np.cumsum(counts[again])).astype(np.uint32)
    more = rows[row[np.repeat(again, counts)]]
    everything = (rows.height + more.height, without_ends.height) if without_ends.height else (0, rows.height)
    write_kept_rows(pl.concat([rows, more, without_ends]), path)
    write_whole(path, b"".join((
        _HEAD.pack(_KIND, rows.height, len(numbers), len(ends), len(blocks), *everything), numbers.tobytes(),
        offsets.tobytes(), numbers[again].tobytes(), ends.tobytes(), blocks.tobytes())))


def height_of(path: Path) -> int:
    """How many rows sums have that stand there the first time.

    Raises:
        OSError: they cannot be read.
    """
    try:
        with path.open("rb") as file:
            kind, rows, *_ = _HEAD.unpack(file.read(_HEAD.size))
    except struct.error as error:
        raise OSError("they are broken") from error
    if kind != _KIND:
        raise OSError("they are of another kind")
    return int(rows)


def places_in(path: Path, names: Sequence[str] | None) -> list[tuple[int, int]] | None:
    """Where the rows of sums lie that may name one of these: first rows and numbers of rows, no row twice.

    Without names, where all rows lie, of flows without their ends. None: the sums cannot be read.
    """
    try:
        data = np.memmap(path, np.uint8, "r")
        kind, rows, count, again, blocks, first, height = _HEAD.unpack(data[: _HEAD.size].tobytes())
        if kind != _KIND or len(data) != _HEAD.size + 8 * count + 4 + 8 * again + 2 * blocks:
            return None
    except (OSError, ValueError, struct.error):
        return None
    if names is None:
        return [(first, height)]
    sizes = np.cumsum([_HEAD.size, 4 * count, 4 * (count + 1), 4 * again, 4 * again, 2 * blocks])
    *parts, last = (data[begin:end] for begin, end in pairwise(sizes))
    numbers, offsets, copied, ends = (part.view(np.uint32) for part in parts)
    within = last.view(np.uint16)
    wanted = np.unique(np.array([number_of(name) for name in names], np.uint32))
    found = [place for number in wanted if (place := _place(numbers, number)) is not None]
    if len(found) == 1 and (place := _place(copied, numbers[found[0]])) is not None:
        begin = int(ends[place - 1]) if place else rows
        return [(begin, int(ends[place]) - begin)]
    places: list[tuple[int, int]] = []
    for block in sorted({int(block) for one in found for block in within[offsets[one] : offsets[one + 1]]}):
        size = min(BLOCK, rows - block * BLOCK)
        if places and sum(places[-1]) == block * BLOCK:
            places[-1] = (places[-1][0], places[-1][1] + size)
        else:
            places.append((block * BLOCK, size))
    return places


def _place(numbers: npt.NDArray[np.uint32], number: np.uint32) -> int | None:
    """Where a number stands among sorted ones."""
    place = int(np.searchsorted(numbers, number))
    return place if place < len(numbers) and numbers[place] == number else None
