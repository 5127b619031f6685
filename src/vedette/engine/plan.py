"""In which order objects are read, and how far time has surely come: earliest first, whatever their names and folders.

The watermark after a batch is the earliest moment that an object not yet read can hold, less the lateness bound. It is
what lets memory be settled exactly, and it makes the findings independent of the order in which a folder lists its
files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from vedette.errors import SourceError
from vedette.logs.container import Decompressed
from vedette.logs.kinds import Limits
from vedette.logs.times import parse_time
from vedette.sources import LogObject, Source

LATENESS = 3_600_000
"""How much later (ms) than its neighbours a record may come: CloudTrail and flow logs promise some 15 minutes, and an
hour covers their bad days."""

EARLIEST = -(1 << 62)
LATEST = 1 << 62

_PEEK = 1 << 16
_PIECE = 1 << 20
_ISO = re.compile(rb"(?<![\d])(20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?Z?)")
_EVENT_TIME = re.compile(
    rb'"(?:eventTime|query_timestamp)\\?"\s*:\s*\\?"'
    rb'(20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^"\\]{0,11})'
)
_EPOCH = re.compile(rb"(?<![\d.])(1[0-9]{9})(?:[0-9]{3})?(?![\d.])")
"""Seconds, or milliseconds as OCSF has them."""


@dataclass(frozen=True, slots=True)
class Planned:
    """An object and the earliest time (ms) it can hold."""

    object: LogObject
    start: int


@dataclass(frozen=True, slots=True)
class Task:
    """Objects that one worker reads in one go."""

    objects: tuple[LogObject, ...]
    after: int
    """The watermark, less lateness, once this task and all before it are committed: the next objects' earliest time."""

    @property
    def last(self) -> bool:
        """No task follows."""
        return self.after == LATEST

    @property
    def size(self) -> int:
        """Bytes, as stored."""
        return sum(obj.size for obj in self.objects)


def planned(source: Source, objects: Iterable[LogObject]) -> list[Planned]:
    """The objects, earliest first; those whose names tell no time are looked into."""
    found = [Planned(obj, obj.start if obj.start is not None else _first_time(source, obj)) for obj in objects]
    return sorted(found, key=lambda one: (one.start, one.object.locator, one.object.version))


def covered(plan: Sequence[Planned]) -> int:
    """How much time (ms) the records of the objects cover at most; `LATEST` where a name does not tell.

    An object that is named by the time of its delivery holds records of the day before that.
    """
    if any(one.object.start is None for one in plan):
        return LATEST
    return plan[-1].start - plan[0].start + 86_400_000 if plan else 0


def tasks(plan: Sequence[Planned], size: int) -> Iterator[Task]:
    """Consecutive objects, about ``size`` bytes and at most 128 of them together."""
    group: list[LogObject] = []
    held = 0
    for place, one in enumerate(plan):
        group.append(one.object)
        held += one.object.size
        last = place + 1 == len(plan)
        if last or held >= size or len(group) >= _OBJECTS_A_TASK:
            yield Task(tuple(group), LATEST if last else plan[place + 1].start)
            group, held = [], 0


_OBJECTS_A_TASK = 128


def _first_time(source: Source, obj: LogObject) -> int:
    """The earliest time in the object's first 64 KB; `EARLIEST` if there is none to see (Parquet, or unreadable).

    An object that begins with its newest record, as ``lookup-events`` prints them, is looked through to its end.
    """
    try:
        with source.open(obj) as stream:
            text = Decompressed(stream, Limits())
            times = _times(text.read(_PEEK))
            if not times:
                return EARLIEST
            earliest = min(times)
            if times[0] > times[-1]:
                while piece := text.read(_PIECE):
                    earliest = min([earliest, *_times(piece)])
            return earliest
    except (SourceError, OSError):
        return EARLIEST


def _times(text: bytes) -> list[int]:
    """The times told in a text, as they stand there: the records' own if their fields are seen, else any."""
    for pattern in (_EVENT_TIME, _ISO):
        times = [parse_time(match.decode()) for match in pattern.findall(text) if _sound(match)]
        if times:
            return times
    return [int(match) * 1000 for match in _EPOCH.findall(text)]


def _sound(text: bytes) -> bool:
    try:
        parse_time(text.decode())
    except ValueError:
        return False
    return True
