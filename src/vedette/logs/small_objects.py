"""Small objects of one log, read together: flow logs and look-ups come in thousands of files of a few hundred rows.

Reading each by itself costs more than its rows do. Only what is sound in every line is taken here; everything else is
left to `vedette.logs.reading`, which reads an object alone and says what is wrong with it. So an object means the same
whichever way it is read, and whatever it is read together with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from vedette.logs import resolver_dns, vpc_flow
from vedette.logs.container import Decompressed
from vedette.logs.flow_text import FlowLayout
from vedette.logs.kinds import Limits, LogKind
from vedette.logs.resolver_dns import Numbered

SMALL = 1 << 20
"""Bytes of an object, stored and as text, up to which it is read together with others."""

BY_VALUE = frozenset({"query_name", "answers"})
"""The columns of look-ups that `LookupsTogether` knows."""

_HEAD = 1 << 16

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
    """A look-up log's object."""

    kind: ClassVar = LogKind.DNS
    size: int
    text: bytes


def read_small(unpacked: Decompressed, limits: Limits) -> SmallFlows | SmallLookups | None:
    """The object, when it is small, whole and looks like one of these logs.

    None when it must be read alone: then ``unpacked`` gives its text from the beginning again.
    """
    most = min(SMALL, limits.block)
    # In one go: a text that is given out in pieces is copied.
    text = unpacked.read(most + 1)
    small = _whole(text, unpacked.compressed) if not unpacked.broken and len(text) <= most else None
    if small is None:
        unpacked.unread(text)
    return small


def _whole(text: bytes, size: int) -> SmallFlows | SmallLookups | None:
    # A last line without its end would be a block of its own.
    if not text.endswith(b"\n"):
        return None
    if text.startswith(b"{"):
        return SmallLookups(size, text) if _says_lookups(text[: text.find(b"\n", 0, _HEAD) + 1]) else None
    layout = vpc_flow.recognise(text[:_HEAD])
    if layout is None or layout.timestamp:
        return None
    header = text.find(b"\n") + 1 if layout.header is not None else 0
    if header and text[:header].rstrip(b"\r\n") != layout.header:
        return None
    return SmallFlows(size, text, FlowLayout(layout.columns), header, _lines(text) - (header > 0))


def _says_lookups(line: bytes) -> bool:
    if b'"query_name"' not in line or b'"eventSource"' in line or b'"eventVersion"' in line:
        return False
    try:
        resolver_dns.check(line)
    except (ValueError, RecursionError):
        return False
    return True


def _lines(text: bytes) -> int:
    return int(np.count_nonzero(np.frombuffer(text, np.uint8) == ord("\n")))


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


@dataclass(slots=True)
class Asked:
    """What earlier objects' look-ups were asked already, with the same selections: bounded, and never needed."""

    names: set[str] = field(default_factory=set)
    """That no selection keeps."""
    answers: set[str] = field(default_factory=set)
    """The same."""

    def make_room(self) -> None:
        """Forget a column of which too much is held."""
        for held, most in ((self.names, _NAMES), (self.answers, _ANSWERS)):
            if len(held) > most:
                held.clear()


_NAMES, _ANSWERS = 50_000, 10_000
"""Values remembered: some megabytes of each."""


class LookupsTogether:
    """The records of several objects; the distinct values of a column stand for all the records that have them."""

    def __init__(self, objects: Sequence[SmallLookups], asked: Asked) -> None:
        """Raises ValueError or msgspec.MsgspecError: a record of some object is not sound."""
        asked.make_room()
        self._asked = asked
        self._lookups = lookups = resolver_dns.read_together([one.text for one in objects])
        self._owner = np.repeat(np.arange(len(objects)), lookups.counts)
        self._begins = lookups.counts.cumsum() - lookups.counts
        self._line = np.arange(len(self._owner)) - self._begins[self._owner] + 1
        self._columns: dict[str, Numbered] = {"query_name": lookups.names, "answers": lookups.answers}
        names = [name for name in lookups.names.values if name not in asked.names]
        answers = [raw for raw in lookups.answers.values if raw not in asked.answers]
        self._frames: dict[str, tuple[Sequence[str], pl.DataFrame]] = {
            "query_name": (names, resolver_dns.names_frame(names)),
            "answers": (answers, resolver_dns.answers_frame(answers)),
        }

    def spans(self) -> list[tuple[int, int, int]]:
        """Of each object, how many records, their first and their last time (ms)."""
        times = self._lookups.times.to_numpy()
        first, last = np.minimum.reduceat(times, self._begins), np.maximum.reduceat(times, self._begins)
        return list(zip(self._lookups.counts.tolist(), first.tolist(), last.tolist(), strict=True))

    def whole(self) -> Rows:
        """All records; ``frame`` as `resolver_dns.kept_frame`."""
        return Rows(LogKind.DNS, resolver_dns.kept_frame(self._lookups), self._owner, self._line)

    def rows(
        self, selections: Sequence[tuple[str, Selection, str]], limits: Limits
    ) -> tuple[Rows, list[pl.Series]] | None:
        """The records of which a selection keeps the value in the column that it reads; None when there is none.

        A selection says of a value what it says of all records that have it, or of those with the response code that
        stands with it. With the rows come the numbers of those that each selection keeps.
        """
        kept = self._kept_values([(column, select) for column, select, _ in selections])
        found: dict[str, set[str]] = {"query_name": set(), "answers": set()}
        for (column, _, _), values in zip(selections, kept, strict=True):
            found[column] |= values
        self._asked.names.update(name for name in self._frames["query_name"][0] if name not in found["query_name"])
        self._asked.answers.update(raw for raw in self._frames["answers"][0] if raw not in found["answers"])
        wanted = [self._lookups.answered(rcode, self._columns[column].among(values)) if values else None
                  for (column, _, rcode), values in zip(selections, kept, strict=True)]
        chosen = np.flatnonzero(np.logical_or.reduce([one for one in wanted if one is not None] or [np.zeros(0, bool)]))
        if not len(chosen):
            return None
        text = "\n".join(self._lookups.lines.gather(chosen)).encode()
        frame = resolver_dns.read_lines(text, 0, limits).frame
        if frame is None or frame.height != len(chosen):
            raise ValueError("look-ups that were sound are not any more")
        places = [pl.Series([] if one is None else np.flatnonzero(one[chosen]), dtype=pl.UInt32) for one in wanted]
        return Rows(LogKind.DNS, frame, self._owner[chosen], self._line[chosen]), places

    def _kept_values(self, selections: Sequence[tuple[str, Selection]]) -> list[set[str]]:
        asked = [(written, select(frame.lazy()).select("position"))
                 for column, select in selections for written, frame in [self._frames[column]]]
        found = pl.collect_all([kept for _, kept in asked])
        return [{written[place] for place in kept["position"]}
                for (written, _), kept in zip(asked, found, strict=True)]
