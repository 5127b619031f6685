"""What a worker writes of the event history: the rows of the objects of a task, a Parquet file a log and an hour.

The files lie on a desk, where nobody reads them, until the task is committed. Their names come from the objects in
them, so that the same task done again writes the same files.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Literal, NamedTuple

import polars as pl

from vedette.engine.call_numbers import CallNumbers
from vedette.engine.history_audits import audit_frame
from vedette.engine.history_calls import KeptCalls, kept_calls
from vedette.engine.history_logins import event_frame
from vedette.engine.history_rows import SCHEMAS, joined, rows_of_calls, rows_of_frame, rows_together
from vedette.errors import HistoryError
from vedette.logs.kinds import Batch, LogKind
from vedette.logs.small_objects import Rows
from vedette.sources import LogObject

HELD = 64 << 20
"""Bytes of rows held before they are written."""

ALONE = 1 << 14
"""Rows that need no others in their file: to join them, text that is numbered had to be told again."""

HOURS = 48
"""Files made of rows that are written together: the hours with the most rows each have one; what lies elsewhere in time
is in one more."""

ELSEWHEN = ("any", "any")
"""Day and hour of the files whose records are of many hours."""

UNFINISHED = ".tmp"

Compression = Literal["lz4", "zstd"]
"""The first takes little time: most files on a desk are merged with others soon, and written anew."""

_HOUR = 3_600_000
_IDENTITY = attrgetter("locator", "version")
_NOTE = "ARROW:schema"

_LEVELS: dict[Compression, int | None] = {"lz4": None, "zstd": 1}
"""Higher levels of Zstandard take more time and hardly less room."""


class _Held(NamedTuple):
    kind: LogKind
    objects: tuple[LogObject, ...]
    rows: pl.DataFrame | _Calls


class _Calls(NamedTuple):
    """Of one object. They become rows with those of others: many objects hold few."""

    kept: KeptCalls
    positions: Sequence[int]


class HistoryWriter:
    """Gathers rows and writes them to a desk."""

    def __init__(self, desk: Path, numbers: CallNumbers | None = None) -> None:
        """``numbers``: what numbers calls, for others as well."""
        self._desk = desk
        self._numbers = numbers or CallNumbers()
        self._whole: list[_Held] = []
        """Rows of objects that were read to their end."""
        self._part: list[_Held] = []
        """Rows of the object that is being read."""
        self._size = 0
        self._names: list[str] = []
        self._part_names: list[str] = []
        self._written = 0

    def add(self, batch: Batch, obj: LogObject) -> None:
        """Records of the object that is being read."""
        if not batch.records:
            return
        frame = batch.frame
        if batch.kind is LogKind.EKS_AUDIT:
            frame = audit_frame(batch.structs or (), batch.positions)
        elif batch.kind is LogKind.RDS:
            frame = event_frame(batch.structs or (), batch.positions)
        if frame is not None:
            rows = rows_of_frame(batch.kind, frame, obj)
            self._part.append(_Held(batch.kind, (obj,), rows))
            self._size += int(rows.estimated_size())
        elif batch.kind is LogKind.CLOUDTRAIL:
            kept = kept_calls(self._numbers.of(batch.structs or ()))
            self._part.append(_Held(batch.kind, (obj,), _Calls(kept, batch.positions)))
            self._size += kept.size
        if self._size > HELD:
            self._write_whole()
            self._part_names += self._write(self._part)
            self._part, self._size = [], 0

    def read(self) -> None:
        """The object has been read to its end."""
        self._whole += self._part
        self._names += self._part_names
        self._part, self._part_names = [], []

    def failed(self) -> None:
        """The object cannot be read to its end: nothing of it is kept."""
        for name in self._part_names:
            (self._desk / name).unlink()
        self._part, self._part_names = [], []

    def add_together(self, together: Rows, objects: Sequence[LogObject]) -> None:
        """Records of several objects, those that ``together.owner`` numbers."""
        if not together.frame.height:
            return
        rows = rows_together(together, objects)
        self._whole.append(_Held(together.kind, tuple(objects), rows))
        self._size += int(rows.estimated_size())
        if self._size > HELD:
            self._write_whole()

    def finished(self) -> list[str]:
        """Write what is held; the names of all files since the last time.

        Raises:
            HistoryError: they cannot be written.
        """
        self._write_whole()
        names, self._names = self._names, []
        if names:
            synced(self._desk)
        return names

    def start(self) -> None:
        """Forget what an earlier task left that came to no end."""
        self._whole, self._part, self._size, self._names, self._part_names = [], [], 0, [], []
        self._written = 0

    def _write_whole(self) -> None:
        self._names += self._write(self._whole)
        self._whole, self._size = [], 0

    def _write(self, held: Sequence[_Held]) -> list[str]:
        names = []
        for kind in dict.fromkeys(one.kind for one in held):
            mine = [one for one in held if one.kind is kind]
            objects = {obj for one in mine for obj in one.objects}
            frames = [one.rows for one in mine if isinstance(one.rows, pl.DataFrame)]
            calls = [(*one.rows, one.objects[0]) for one in mine if isinstance(one.rows, _Calls)]
            frames += [rows_of_calls(list(alike)) for _, alike in groupby(calls, lambda one: one[0].table)]
            few = [frame for frame in frames if frame.height < ALONE]
            for rows in [frame for frame in frames if frame.height >= ALONE] + ([joined(few)] if few else []):
                self._written += 1
                digest = _digest(objects, self._written)
                note = _note(kind, tuple(rows.columns))
                for (day, hour), part in _by_hour(rows):
                    name = file_name(kind, day, hour, digest)
                    write_rows(part, self._desk / name, "lz4", note)
                    names.append(name)
        return names


def file_name(kind: LogKind, day: str, hour: str, digest: str) -> str:
    """What a file is called on a desk."""
    return f"{kind}~{day}~{hour}~{digest}.parquet"


def place_of(name: str) -> Path:
    """Where in the history the file belongs that is called so on a desk."""
    kind, day, hour, rest = name.split("~")
    return Path(kind, f"day={day}", f"hour={hour}", rest)


def write_rows(
    rows: pl.DataFrame, path: Path, compression: Compression = "zstd", note: dict[str, str] | None = None,
    group: int | None = None,
) -> None:
    """Write a file so that it is there as a whole, even after a power cut, or not at all.

    Args:
        rows: what stands in it.
        path: the file.
        compression: see there.
        note: for rows in which text is numbered, that it is text.
        group: rows that are read together or not at all; Polars' own number unless given.

    Raises:
        HistoryError: it cannot be written.
    """
    data = io.BytesIO()
    # What is read by its time is found by its hour: statistics are for files that stay.
    rows.write_parquet(data, compression=compression, compression_level=_LEVELS[compression], metadata=note,
                       statistics=compression == "zstd", row_group_size=group)
    write_whole(path, data.getbuffer())


@lru_cache
def _note(kind: LogKind, columns: tuple[str, ...]) -> dict[str, str]:
    """What Polars notes of the types of these columns; in Parquet, numbered text and other text are the same."""
    empty = io.BytesIO()
    pl.DataFrame(schema={name: SCHEMAS[kind][name] for name in columns}).write_parquet(empty)
    empty.seek(0)
    return {_NOTE: pl.read_parquet_metadata(empty)[_NOTE]}


def write_whole(path: Path, data: bytes | memoryview) -> None:
    """As `write_rows`, of bytes."""
    unfinished = path.with_name(path.name + UNFINISHED)
    try:
        with unfinished.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error


def synced(folder: Path) -> None:
    """The names in a folder are on the disk too.

    Raises:
        HistoryError: the disk says no.
    """
    try:
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
    except OSError as error:
        raise unwritable(folder, error) from error


def unwritable(path: Path, error: OSError) -> HistoryError:
    """What to say of it."""
    return HistoryError(f"the event history cannot be written: {error.strerror or error}", where=str(path))


def _by_hour(rows: pl.DataFrame) -> list[tuple[tuple[str, str], pl.DataFrame]]:
    """Rows, apart by hour."""
    hour_of = rows["time"] // _HOUR
    if not hour_of.is_sorted():
        order = hour_of.to_numpy().argsort(kind="stable")
        rows, hour_of = rows[order], hour_of[order]
    hours = hour_of.rle().struct.unnest()
    lengths: list[int] = hours["len"].to_list()
    if len(lengths) > HOURS:
        most = hours.with_row_index("run").sort("len", "run", descending=[True, False])["run"].head(HOURS)
    else:
        most = pl.Series(range(len(lengths)), dtype=pl.UInt32)
    chosen = set(most.to_list())
    parts: list[tuple[tuple[str, str], pl.DataFrame]] = []
    left: list[pl.DataFrame] = []
    start = 0
    for run, (length, hour) in enumerate(zip(lengths, hours["value"].to_list(), strict=True)):
        part = rows.slice(start, length)
        start += length
        if run in chosen:
            parts.append((_named(hour), part))
        else:
            left.append(part)
    if left:
        parts.append((ELSEWHEN, pl.concat(left)))
    return parts


def _named(hour: int) -> tuple[str, str]:
    moment = datetime.fromtimestamp(hour * (_HOUR // 1000), UTC)
    return f"{moment:%Y-%m-%d}" if moment.year >= 1000 else f"{moment.year:04}-{moment:%m-%d}", f"{moment:%H}"


def _digest(objects: set[LogObject], number: int) -> str:
    told = "\0".join(f"{obj.locator}\0{obj.version}" for obj in sorted(objects, key=_IDENTITY))
    return blake2b(f"{number}\0{told}".encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()
