"""The log records behind findings: read again from the objects that they were read from, or from the event history."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import unquote_to_bytes

import msgspec
import polars as pl

from vedette.detectors.signal import Evidence
from vedette.engine.history import read_history
from vedette.engine.history_archive import Archive
from vedette.errors import SourceError
from vedette.logs.kinds import LogKind
from vedette.logs.reading import raw_records
from vedette.sources import LogObject, Source, open_source
from vedette.sources.cloudwatch import open_events

_HOUR = 3_600_000

_AT_ONCE = 1 << 20
"""Bytes that are read between two looks at the clock."""


class Raw(NamedTuple):
    """A record as its log has it, or why it cannot be had any more."""

    text: str = ""
    missing: str = ""


def raw_evidence(
    kept: Iterable[Evidence], endpoint_of: Callable[[Evidence], str | None], seconds: float | None = None,
) -> Iterator[tuple[Evidence, Raw]]:
    """The records, in their order; each object is read once for those that follow each other.

    Args:
        kept: where they lie.
        endpoint_of: another AWS than Amazon's, where the object is there.
        seconds: for reading all of them; none that comes later is there.
    """
    objects = _Objects(endpoint_of, None if seconds is None else time.monotonic() + seconds)
    for run in _runs(kept):
        found = objects.records(run)
        yield from zip(run, found, strict=True)


def _runs(kept: Iterable[Evidence]) -> Iterator[list[Evidence]]:
    """Those of one object that follow each other."""
    run: list[Evidence] = []
    for one in kept:
        if run and (run[0].object, run[0].version) != (one.object, one.version):
            yield run
            run = []
        run.append(one)
    if run:
        yield run


class _Objects:
    """Reads log objects, until a time."""

    def __init__(self, endpoint_of: Callable[[Evidence], str | None], until: float | None) -> None:
        self._endpoint_of = endpoint_of
        self._until = until
        self._stores: dict[str | None, Source] = {}

    def records(self, run: list[Evidence]) -> list[Raw]:
        """Of one object."""
        try:
            with closing(self._opened(run[0])) as stream:
                found: Mapping[int, str] = raw_records(
                    _Timed(stream, self._until, run[0].object), {one.position for one in run})
        except SourceError as error:
            return [Raw(missing=error.message)] * len(run)
        return [Raw(found[one.position]) if one.position in found
                else Raw(missing=f"no record at position {one.position}") for one in run]

    def _opened(self, one: Evidence) -> BinaryIO:
        """The object's bytes, if they are still those that were read."""
        if one.object.startswith("s3://"):
            endpoint = self._endpoint_of(one)
            store = self._stores.setdefault(endpoint, open_source(one.object, endpoint_url=endpoint))
            # S3 itself compares the ETag.
            return store.open(LogObject(one.object, one.version, 0, 0))
        if one.object.startswith("cloudwatch://"):
            return open_events(one.object, self._endpoint_of(one), one.version)
        source = open_source(os.fsdecode(unquote_to_bytes(one.object.removeprefix("file://")))
                             if one.object.startswith("file://") else one.object)
        now = next(source.objects())
        if now.version != one.version:
            raise SourceError("has changed since it was read", where=one.object)
        return source.open(now)


class _Timed:
    """A stream that is read until a time."""

    def __init__(self, stream: BinaryIO, until: float | None, where: str) -> None:
        self._stream = stream
        self._until = until
        self._where = where

    def read(self, size: int, /) -> bytes:
        """As `Readable.read`.

        Raises:
            SourceError: it takes too long.
        """
        if self._until is not None and time.monotonic() > self._until:
            raise SourceError("reading it takes too long: see `vedette findings evidence`", where=self._where)
        return self._stream.read(min(size, _AT_ONCE))


def kept_rows(
    past: tuple[Path, Archive | None], kept: Mapping[Evidence, Collection[LogKind]], seconds: float,
) -> dict[Evidence, str]:
    """What the event history has of records, as JSON; those that it has not, or not in time, are left out.

    Args:
        past: the history's folder, and its archive.
        kept: where the records lie, and which logs may hold each.
        seconds: after which no more is looked for.

    Raises:
        HistoryError: the folder, or the archive, cannot be read.
    """
    until = time.monotonic() + seconds
    hours: dict[tuple[LogKind, int], list[Evidence]] = defaultdict(list)
    for one, logs in kept.items():
        for log in logs:
            hours[log, one.time // _HOUR].append(one)
    found: dict[Evidence, str] = {}
    for (log, hour), some in sorted(hours.items()):
        if time.monotonic() > until:
            break
        # A record's own time may be the begin of what a finding tells as a stretch.
        rows = read_history(past[0], log, (hour - 1) * _HOUR, (hour + 2) * _HOUR, past[1])
        wanted = {(one.object, one.version, one.position): one for one in some}
        # An object may have a million records.
        asked = rows.filter(pl.col("object").is_in({one.object for one in some})
                            & pl.col("position").is_in({one.position for one in some}))
        for row in asked.collect().to_dicts():
            here = wanted.get((row.pop("object"), row.pop("object_version"), row.pop("position")))
            if here is not None:
                found[here] = msgspec.json.encode({name: value for name, value in row.items() if value is not None},
                                                  enc_hook=str).decode()
    return found
