"""The event history in tiles, stretches of time, the newest first: what a tile holds is looked at together.

Tiles lie side by side, and a record and its copies are of one moment, and so of one tile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from vedette.engine.history import HistoryFile
from vedette.investigate.alike import HOUR
from vedette.investigate.sightings import Part, Picks, part_of
from vedette.logs.kinds import LogKind

TILE = 8 << 20
"""Bytes of files, about."""

ROW = 32
"""Bytes of a row in a file, about."""

SLICES = 60
"""Tiles of an hour at most: its files are read once for each."""


class Tile(NamedTuple):
    """From and to (ms), and what is to be read of the files in which records of that time lie."""

    begin: int
    end: int
    parts: Mapping[LogKind, Sequence[Part]]


def tiles(picks: Sequence[Picks], files: Mapping[LogKind, Sequence[HistoryFile]], since: int, until: int
          ) -> Iterator[Tile]:
    """From ``until``, not included, back to ``since`` (ms)."""
    names = {one.log: one.noted() for one in picks}
    hours: dict[int, list[tuple[LogKind, HistoryFile]]] = {}
    anywhere = _Held()
    for log in names:
        for file in files[log]:
            if file.begin is None:
                anywhere.add(log, part_of(file, names[log]))
            else:
                hours.setdefault(file.begin, []).append((log, file))
    end, held = until, _Held()
    for hour in sorted(hours, reverse=True):
        more = _Held()
        for log, file in hours[hour]:
            more.add(log, part_of(file, names[log]))
        if held.size + more.size > TILE:
            yield from _sliced(hour + HOUR, end, held, anywhere)
            end, held = min(end, hour + HOUR), _Held()
        if more.size > TILE:
            begin = max(hour, since)
            yield from _sliced(begin, end, more, anywhere)
            end = begin
        else:
            held.take(more)
    yield from _sliced(since, end, held, anywhere)


class _Held:
    """Parts that are read together."""

    def __init__(self) -> None:
        self.parts: dict[LogKind, list[Part]] = {}
        self.size = 0

    def add(self, log: LogKind, part: Part | None) -> None:
        if part is None:
            return
        self.parts.setdefault(log, []).append(part)
        self.size += part.file.size if part.ranges is None else ROW * sum(rows for _, rows in part.ranges)

    def take(self, other: _Held) -> None:
        for log, parts in other.parts.items():
            self.parts.setdefault(log, []).extend(parts)
        self.size += other.size


def _sliced(begin: int, end: int, held: _Held, anywhere: _Held) -> Iterator[Tile]:
    if begin >= end:
        return
    both = _Held()
    both.take(held)
    both.take(anywhere)
    slices = min(-(-both.size // TILE) or 1, SLICES, end - begin)
    cuts = [begin + (end - begin) * number // slices for number in range(slices + 1)]
    for low, high in zip(cuts[-2::-1], cuts[:0:-1], strict=True):
        yield Tile(low, high, both.parts)
