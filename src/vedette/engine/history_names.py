"""What a file of the event history names, and in which of its rows, in a file beside it: no others are read.

The names of a file are kept as sorted numbers of 32 bits, each with the blocks of `BLOCK` rows in which it is named.
Different names may have the same number: a block without it does not hold the name. A file that has no names beside it
may hold anything.
"""

from __future__ import annotations

import struct
import threading
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from mmap import ACCESS_READ, mmap
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt
import polars as pl

from vedette.engine.history_derived import derive, read_for
from vedette.engine.history_files import MANY, SMALL, counting, hours_of, is_being_merged, names_beside
from vedette.engine.history_rows import SCHEMAS
from vedette.engine.history_writer import unwritable, write_whole
from vedette.errors import HistoryError
from vedette.logs.kinds import LogKind

BLOCK = 1 << 14
"""Rows of a block: as many as Parquet reads together in a merged file."""

FEW = 2
"""Of a file of which so many times fewer rows are to be read than it has, they alone are."""

_HEAD = struct.Struct("<8sIII")
"""What it is; rows; how many numbers, and how many blocks of all of them."""

_KIND = b"vedette2"


SESSION = r"^(arn:[^:]*:sts::[^:]*:assumed-role/[^/]+/)"
"""How the ARNs of a role's sessions begin."""

NAMES: dict[LogKind, tuple[pl.Expr, ...]] = {
    LogKind.CLOUDTRAIL: (
        pl.col("source_ip"), pl.col("principal_arn"), pl.col("principal_arn").str.extract(SESSION),
        pl.col("principal_id"), pl.col("principal_id").str.extract("^([^:]*):"),
        pl.col("principal_id").str.extract(":([^:]*)$"),
        *map(pl.col, ("access_key_id", "user_agent", "bucket", "cluster", "function", "database"))),
    LogKind.VPC_FLOW: tuple(map(pl.col, (
        "srcaddr", "dstaddr", "pkt_srcaddr", "pkt_dstaddr", "interface_id", "instance_id"))),
    LogKind.DNS: tuple(map(pl.col, ("srcaddr", "answers", "instance_id", "query_name"))),
    LogKind.EKS_AUDIT: tuple(map(pl.col, (
        "source_ips", "username", "impersonated", "user_agent", "cluster", "pod"))),
    LogKind.RDS: tuple(map(pl.col, ("source", "instance", "cluster", "user"))),
}
"""What of a log's rows, with derived columns, is named. Of the names that are looked up those above them are too."""


def note_names(history: Path, stop: threading.Event) -> int:
    """Put the names beside each file that has none yet and will not be merged. Returns how many got them.

    Ends early when ``stop`` is set.

    Raises:
        HistoryError: a file cannot be read or written.
    """
    noted = 0
    for kind in LogKind:
        for hour in hours_of(history / kind):
            try:
                for path in _unnoted(hour):
                    if stop.is_set():
                        return noted
                    noted += 1
                    write_names(path, kind)
            except OSError as error:
                raise unwritable(hour, error) from error
    return noted


def write_names(path: Path, log: LogKind) -> None:
    """Put the names beside a file.

    Raises:
        HistoryError: it cannot be read, or they cannot be written.
    """
    try:
        rows = pl.scan_parquet(path, schema=SCHEMAS[log], missing_columns="insert", hive_partitioning=False, glob=False)
        asked = {name for one in NAMES[log] for name in one.meta.root_names()}
        frame = derive(rows.select(sorted(read_for(log, asked))).collect(), log, asked)
    except pl.exceptions.PolarsError as error:
        raise HistoryError(f"a file of the event history cannot be read: {error}", where=str(path)) from error
    pairs = numbered(frame, log, pl.int_range(pl.len(), dtype=pl.UInt32) // BLOCK)
    numbers, starts = np.unique((pairs >> np.uint64(32)).astype(np.uint32), return_index=True)
    offsets = np.append(starts, len(pairs)).astype(np.uint32)
    write_whole(names_beside(path), b"".join((
        _HEAD.pack(_KIND, frame.height, len(numbers), len(pairs)), numbers.tobytes(), offsets.tobytes(),
        (pairs & np.uint64(0xFFFF)).astype(np.uint16).tobytes())))


def places_of(path: Path, names: Sequence[str]) -> list[tuple[int, int]] | None:
    """Where a file may name one of these: first rows and numbers of rows. None: in all of it, or nobody knows."""
    try:
        with names_beside(path).open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
            kind, rows, count, pairs = _HEAD.unpack(data[: _HEAD.size])
            if kind != _KIND or len(data) != _HEAD.size + 8 * count + 4 + 2 * pairs:
                return None
            blocks = _blocks(data, count, names)
    except (OSError, ValueError, struct.error):
        return None
    if len(blocks) * BLOCK * FEW > rows:
        return None
    places: list[tuple[int, int]] = []
    for block in sorted(blocks):
        first = block * BLOCK
        if places and sum(places[-1]) == first:
            places[-1] = (places[-1][0], places[-1][1] + BLOCK)
        else:
            places.append((first, BLOCK))
    return places


def _blocks(data: mmap, count: int, names: Sequence[str]) -> set[int]:
    begin = _HEAD.size
    after = begin + 8 * count + 4

    def number(place: int) -> int:
        return int.from_bytes(data[begin + 4 * place : begin + 4 * place + 4], "little")

    found: set[int] = set()
    for name in names:
        wanted = number_of(name)
        place = bisect_left(range(count), wanted, key=number)
        if place < count and number(place) == wanted:
            first, end = number(count + place), number(count + place + 1)
            found.update(np.frombuffer(data[after + 2 * first : after + 2 * end], np.uint16).tolist())
    return found


def above(name: str) -> Iterator[str]:
    """A looked-up name and those above it."""
    while name:
        yield name
        name = name.partition(".")[2]


def _unnoted(hour: Path) -> list[Path]:
    if is_being_merged(hour):
        return []
    files = [path for path in counting(hour) if path.suffix == ".parquet"]
    small = [path for path in files if path.stat().st_size < SMALL]
    waiting = set(small) if len(small) >= MANY else set()
    return [path for path in files if path not in waiting and not names_beside(path).exists()]


def numbered(frame: pl.DataFrame, log: LogKind, place: pl.Expr) -> npt.NDArray[np.uint64]:
    """Numbers of all names of some rows, each with a place, a number of 32 bits, in its lower half: sorted, each once.

    ``place`` says of each row what its place is; ``frame`` has derived columns.
    """
    found = [np.empty(0, np.uint64)]
    for one in NAMES[log]:
        told = frame.select(one.alias("told"), place=place)
        if isinstance(told.schema["told"], pl.List):
            told = told.explode("told")
        told = told.drop_nulls().group_by("told").agg(pl.col("place").unique())
        if log is LogKind.DNS:
            told = told.with_columns(pl.col("told").map_elements(
                lambda name: list(above(name)), return_dtype=pl.List(pl.String))).explode("told").drop_nulls()
        if not told.height:
            continue
        numbers = np.fromiter(map(number_of, told["told"]), np.uint64, told.height)
        places = told["place"].explode().to_numpy().astype(np.uint64)
        found.append(np.repeat(numbers << np.uint64(32), told["place"].list.len().to_numpy()) | places)
    # Some times sooner than `numpy.unique`, which hashes.
    pairs = np.sort(np.concatenate(found))
    new = np.ones(len(pairs), dtype=bool)
    new[1:] = pairs[1:] != pairs[:-1]
    return pairs[new]


def number_of(name: str) -> int:
    """A name's number."""
    return crc32(name.encode("utf-8", "surrogatepass"))
