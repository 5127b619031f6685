"""Small objects of one log, read together: flow logs and look-ups come in thousands of files of a few hundred rows.

Reading each by itself costs more than its rows do. Only what is sound in every line is taken here; everything else is
left to `vedette.logs.reading`, which reads an object alone and says what is wrong with it. So an object means the same
whichever way it is read, and whatever it is read together with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from vedette.logs import resolver_dns, vpc_flow
from vedette.logs.container import Decompressed
from vedette.logs.flow_text import FlowLayout
from vedette.logs.kinds import Limits, LogKind
from vedette.logs.resolver_dns import LookupTable, LookupValues

SMALL = 1 << 20
"""Bytes of an object, stored and as text, up to which it is read together with others."""

BY_VALUE = frozenset({"query_name", "answers"})
"""The columns of look-ups that `LookupsTogether` knows."""

_HEAD = 1 << 16
_LOOKED_AT = 4096

Places = npt.NDArray[np.int64]
Selection = Callable[[pl.LazyFrame], pl.LazyFrame]


@dataclass(frozen=True, slots=True)
class SmallFlows:
    """A flow log's object."""

    kind: ClassVar = LogKind.VPC_FLOW
    size: int
    """Bytes, as stored."""
    text: bytes
    layout: FlowLayout
    """Of what stands below the header."""
    header: int
    """Bytes of the header line; 0 where there is none."""
    lines: int
    """Without the header."""


@dataclass(frozen=True, slots=True)
class SmallLookups:
    """A look-up log's object, and those values of its records that selections read."""

    kind: ClassVar = LogKind.DNS
    size: int
    text: bytes
    values: LookupValues


def read_small(
    unpacked: Decompressed, limits: Limits, table: LookupTable | None = None,
) -> SmallFlows | SmallLookups | None:
    """The object, when it is small, whole and looks like one of these logs; ``table``: as for `LookupValues.of`.

    None when it must be read alone: then ``unpacked`` gives its text from the beginning again.
    """
    most = min(SMALL, limits.block)
    # In one go: a text that is given out in pieces is copied.
    text = unpacked.read(most + 1)
    small = _whole(text, unpacked.compressed, table) if not unpacked.broken and len(text) <= most else None
    if small is None:
        unpacked.unread(text)
    return small


def _whole(text: bytes, size: int, table: LookupTable | None) -> SmallFlows | SmallLookups | None:
    # A last line without its end would be a block of its own.
    if not text.endswith(b"\n"):
        return None
    if text.startswith(b"{"):
        return _lookups(text, size, table)
    layout = vpc_flow.recognise(text[:_HEAD])
    if layout is None or layout.timestamp:
        return None
    header = text.find(b"\n") + 1 if layout.header is not None else 0
    if header and text[:header].rstrip(b"\r\n") != layout.header:
        return None
    return SmallFlows(size, text, FlowLayout(layout.columns), header, _lines(text) - (header > 0))


def _says_lookups(head: bytes) -> bool:
    return b'"query_name"' in head and b'"eventSource"' not in head and b'"eventVersion"' not in head


def _lines(text: bytes) -> int:
    return int(np.count_nonzero(np.frombuffer(text, np.uint8) == ord("\n")))


def _lookups(text: bytes, size: int, table: LookupTable | None) -> SmallLookups | None:
    if not _says_lookups(text[:_LOOKED_AT]) or text.find(b"\n") >= _HEAD:
        return None
    try:
        values = LookupValues.of(text, table)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
    return SmallLookups(size, text, values) if values.records == _lines(text) else None


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of several objects. ``owner`` says of each which object it is of, ``line`` where it stands there."""

    kind: LogKind
    frame: pl.DataFrame
    """Its ``position``, where it has one, counts through all objects."""
    owner: Places
    line: Places

    def spans(self) -> list[tuple[int, int, int, int]]:
        """Of each object of a flow log that has rows: its number, how many, their first and last ``start``."""
        if not len(self.owner):
            return []
        begins = np.flatnonzero(np.diff(self.owner, prepend=-1))
        start = self.frame["start"].to_numpy()
        counts = np.diff(begins, append=len(self.owner))
        first, last = np.minimum.reduceat(start, begins), np.maximum.reduceat(start, begins)
        return list(zip(self.owner[begins].tolist(), counts.tolist(), first.tolist(), last.tolist(), strict=True))

    def at_home(self, frame: pl.DataFrame, chosen: pl.Series | npt.NDArray[np.uint32]) -> pl.DataFrame:
        """Those rows of ``frame``, which has rows as here, with the ``position`` that each has in its own object."""
        return frame[chosen].with_columns(position=pl.Series(self.line[chosen], dtype=pl.UInt32))


def flows_together(objects: Sequence[SmallFlows], limits: Limits) -> Rows | None:
    """The rows of objects of one layout; None when some line of some object is not sound."""
    lines = np.array([one.lines for one in objects], np.int64)
    text = b"".join([memoryview(one.text)[one.header :] for one in objects])
    batch = vpc_flow.read_lines(text, 1, objects[0].layout, limits)
    if batch.frame is None or batch.dead or batch.records + batch.passed_over != lines.sum():
        return None
    rows = batch.frame["position"].to_numpy().astype(np.int64) - 1
    ends = np.cumsum(lines)
    owner = np.searchsorted(ends, rows, side="right")
    first = np.array([2 if one.header else 1 for one in objects], np.int64)
    return Rows(LogKind.VPC_FLOW, batch.frame, owner, rows - (ends - lines)[owner] + first[owner])


def kept_lookups(objects: Sequence[SmallLookups]) -> Rows:
    """All records of the objects, which were read with one table; ``frame`` as `resolver_dns.kept_frame`.

    Raises:
        msgspec.MsgspecError, ValueError: a record of some object is not sound.
    """
    kept = [one.values.kept for one in objects if one.values.kept is not None]
    counts = np.array([len(one.names) for one in kept], np.int64)
    begins = np.cumsum(counts) - counts
    owner = np.repeat(np.arange(len(kept)), counts)
    return Rows(LogKind.DNS, resolver_dns.kept_frame(kept), owner, np.arange(len(owner)) - begins[owner] + 1)


@dataclass(slots=True)
class Asked:
    """What earlier objects' look-ups were asked already, with the same selections: bounded, and never needed."""

    times: dict[str, int] = field(default_factory=dict)
    """As they are written → milliseconds since the epoch."""
    names: set[str] = field(default_factory=set)
    """That no selection keeps."""
    answers: set[bytes] = field(default_factory=set)
    """The same."""

    def make_room(self) -> None:
        """Forget a column of which too much is held."""
        for held, most in ((self.times, _TIMES), (self.names, _NAMES), (self.answers, _ANSWERS)):
            if len(held) > most:
                held.clear()


_TIMES, _NAMES, _ANSWERS = 100_000, 50_000, 10_000
"""Values remembered: a day of seconds, and some megabytes of each of the others."""


class LookupsTogether:
    """The records of several objects; the distinct values of a column stand for all the records that have them."""

    def __init__(self, objects: Sequence[SmallLookups], asked: Asked) -> None:
        """Raises ValueError or msgspec.MsgspecError: a record of some object is not sound."""
        asked.make_room()
        self._objects = objects
        self._asked = asked
        asked.times |= resolver_dns.times_of(
            set[str]().union(*(one.values.times.difference(asked.times) for one in objects)))
        self._frames: dict[str, tuple[Sequence[Any], pl.DataFrame]] = {
            "query_name": resolver_dns.names_frame(
                set[str]().union(*(one.values.names - asked.names for one in objects))),
            "answers": resolver_dns.answers_frame(
                set[bytes]().union(*(one.values.answers - asked.answers for one in objects))),
        }

    def spans(self) -> list[tuple[int, int]]:
        """The first and the last time (ms) in each object."""
        found = []
        for one in self._objects:
            times = list(map(self._asked.times.__getitem__, one.values.times))
            found.append((min(times), max(times)))
        return found

    def rows(self, selections: Sequence[tuple[str, Selection]], limits: Limits) -> tuple[Rows, list[pl.Series]] | None:
        """The records of which a selection keeps the value in the column that it reads; None when there is none.

        A selection says of a value what it says of all records that have it. With the rows come the numbers of those
        that each selection keeps.
        """
        kept = [self._kept(column, select) for column, select in selections]
        names = set[str]().union(*(found for (column, _), found in zip(selections, kept, strict=True)
                                   if column == "query_name"))
        answers = set[bytes]().union(*(found for (column, _), found in zip(selections, kept, strict=True)
                                       if column == "answers"))
        self._asked.names.update(name for name in self._frames["query_name"][0] if name not in names)
        self._asked.answers.update(raw for raw in self._frames["answers"][0] if raw not in answers)
        if not names and not answers:
            return None
        text: list[bytes] = []
        values: dict[str, list[Any]] = {"query_name": [], "answers": []}
        owner: list[int] = []
        line: list[int] = []
        for number, one in enumerate(self._objects):
            if names.isdisjoint(one.values.names) and answers.isdisjoint(one.values.answers):
                continue
            for place, line_text, name, answer in resolver_dns.places_of(
                    one.text, names & one.values.names, answers & one.values.answers):
                text.append(line_text)
                values["query_name"].append(name)
                values["answers"].append(answer)
                owner.append(number)
                line.append(place + 1)
        frame = resolver_dns.read_lines(b"\n".join(text), 0, limits).frame
        if frame is None or frame.height != len(line):
            raise ValueError("look-ups that were sound are not any more")
        chosen = [pl.Series([row for row, value in enumerate(values[column]) if value in found], dtype=pl.UInt32)
                  for (column, _), found in zip(selections, kept, strict=True)]
        return Rows(LogKind.DNS, frame, np.array(owner, np.int64), np.array(line, np.int64)), chosen

    def _kept(self, column: str, select: Selection) -> set[Any]:
        written, frame = self._frames[column]
        if not written:
            return set()
        return {written[place] for place in select(frame.lazy()).select("position").collect()["position"]}
