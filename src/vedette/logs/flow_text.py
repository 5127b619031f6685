"""VPC flow logs as text: the default format, custom formats with their header line, and CloudWatch Logs exports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

import numpy as np
import polars as pl

from vedette.logs.flow_fields import (
    DEFAULT_FORMAT,
    FIELDS,
    NOT_KEPT,
    faults,
    in_range,
    numeric,
    settled,
    without_data,
)
from vedette.logs.kinds import Batch, DeadLetter, Limits, LogKind

_LOOKED_AT = 20
"""Lines of a text in which its format must show itself: the first may be broken."""
_BOM = b"\xef\xbb\xbf"
_NAME = re.compile(rb"[a-z][a-z0-9_-]{1,63}")
_STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z ")
_DEFAULT_ROW = re.compile(
    rb"\d{1,2} (?:\d{12}|unknown|-) (?:eni-[0-9a-f]{1,32}|-) [0-9A-Fa-f.:-]{1,45} [0-9A-Fa-f.:-]{1,45}"
    rb"(?: (?:\d{1,20}|-)){7} (?:ACCEPT|REJECT|-) (?:OK|NODATA|SKIPDATA)"
)
_TEXT = re.compile(rb"[ -~]{4}|[ -~\r\n\t]{0,4}\Z|[ -~]{0,3}[\r\n\t]")
_UNREADABLE = DeadLetter(-1, "one of very many unreadable lines")


@dataclass(frozen=True, slots=True)
class FlowLayout:
    """How the lines of one flow log are written."""

    columns: tuple[str, ...]
    """The fields in their order, in ``snake_case``; a name that AWS has not published becomes ``field N``."""
    header: bytes | None = None
    """The header line, without its line end, when there is one."""
    timestamp: bool = False
    """Each line starts with the time at which CloudWatch Logs took it in."""


def recognise(head: bytes) -> FlowLayout | None:
    """The layout of a text that starts with ``head``, or None when it is no flow log.

    A custom format is known by its header line only: CloudWatch Logs exports write none, so one of those is
    recognised in the default format alone.
    """
    for line in islice(_lines(head.removeprefix(_BOM)), _LOOKED_AT):
        columns = _header(line)
        if columns:
            return FlowLayout(columns, header=line)
        stamp = _STAMP.match(line)
        if _DEFAULT_ROW.fullmatch(line, stamp.end() if stamp else 0):
            return FlowLayout(DEFAULT_FORMAT, timestamp=stamp is not None)
    return None


def is_default_row(line: str) -> bool:
    """The line is a row in the default format."""
    return _DEFAULT_ROW.fullmatch(line.encode("utf-8", "replace")) is not None


def read_lines(block: bytes, first_line: int, layout: FlowLayout, limits: Limits) -> Batch:
    """The rows of a block of whole lines, of which the first has the number ``first_line``.

    Lines that cannot be read become dead letters; rows without data (NODATA, SKIPDATA) are passed over; header lines
    are skipped wherever they stand.
    """
    if first_line == 1:
        block = block.removeprefix(_BOM)
    body, body_line = block, first_line
    if layout.header is not None and block.startswith(layout.header):
        end = block.find(b"\n")
        if end < 0 or block[:end].rstrip(b"\r") == layout.header:
            body, body_line = (block[end + 1 :] if end >= 0 else b""), first_line + 1
    batch = _at_once(body, body_line, layout)
    return batch or _line_by_line(body, body_line, layout, limits)


def _lines(text: bytes) -> Iterator[bytes]:
    begin = 0
    while begin < len(text):
        end = text.find(b"\n", begin)
        stripped = text[begin : end if end >= 0 else None].rstrip(b"\r")
        if stripped.strip():
            yield stripped
        begin = end + 1 if end >= 0 else len(text)


@lru_cache(64)
def _header(line: bytes) -> tuple[str, ...] | None:
    words = line.lower().split(b" ")
    if not all(_NAME.fullmatch(word) for word in words):
        return None
    names = [word.decode().replace("-", "_") for word in words]
    if is_of_gateway(names):
        return None
    published = sum(name in FIELDS for name in names)
    if published < 2 or published * 2 < len(names) or len(set(names)) < len(names):
        return None
    return tuple(name if name in FIELDS else f"field {place}" for place, name in enumerate(names))


def is_of_gateway(names: Iterable[str]) -> bool:
    """The fields are a transit gateway's flow log's: what comes in and goes out there is no interface's."""
    return any(name.startswith("tgw_") for name in names)


def _read(body: bytes, first_line: int, layout: FlowLayout, types: dict[str, pl.DataType]) -> pl.DataFrame:
    names = (("timestamp",) if layout.timestamp else ()) + layout.columns
    schema = {name: types.get(name, pl.String()) for name in names}
    # All columns are asked for: Polars finds a line that is too long only where it reads to the end of it.
    return pl.read_csv(
        body, separator=" ", has_header=False, schema=schema, null_values="-", quote_char=None,
        row_index_name="position", row_index_offset=first_line,
    )


def _at_once(body: bytes, first_line: int, layout: FlowLayout) -> Batch | None:
    """All rows in one go when every line is sound; else None."""
    if not body:
        return Batch(LogKind.VPC_FLOW, frame=_empty(layout))
    if b"\0" in body or not numeric(layout.columns) or not _begins_as_text(body):
        return None
    try:
        frame = _read(body, first_line, layout, FIELDS)
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        return None
    last = layout.columns[-1]
    if last != "log_status" and frame[last].null_count() and not _even(body, frame.height, layout):
        return None
    broken, passed_over = frame.select(
        pl.any_horizontal(fault.broken for fault in faults(frame.columns)).any().alias("broken"),
        without_data(frame.columns).sum().alias("passed_over"),
    ).row(0)
    if broken:
        return None
    return Batch(LogKind.VPC_FLOW, frame=settled(frame, passed_over), passed_over=passed_over)


def _begins_as_text(data: bytes) -> bool:
    """Not as compressed data do, which Polars would inflate without a bound wherever they stand for a text."""
    return _TEXT.match(data) is not None


def _even(body: bytes, rows: int, layout: FlowLayout) -> bool:
    """No line is short: none is long (that is an error), so the number of separators tells."""
    each = len(layout.columns) - 1 + layout.timestamp
    return int(np.count_nonzero(np.frombuffer(body, np.uint8) == ord(" "))) == rows * each


def _empty(layout: FlowLayout) -> pl.DataFrame:
    schema = {name: FIELDS[name] for name in layout.columns if name in FIELDS and name not in NOT_KEPT}
    return settled(pl.DataFrame(schema={**schema, "position": pl.UInt32}), 0)


@dataclass(slots=True)
class _Buried:
    """The dead letters of a block: a bounded number in full, the others as one letter many times over."""

    limits: Limits
    letters: list[DeadLetter] = field(default_factory=list)

    def add(self, position: int, reason: str, line: bytes | str) -> None:
        if len(self.letters) >= self.limits.dead_letters:
            self.letters.append(_UNREADABLE)
            return
        text = line if isinstance(line, str) else line[:200].decode("utf-8", "replace")
        self.letters.append(DeadLetter(position, reason, text[:200].replace("\0", "\\0")))


def _line_by_line(body: bytes, first_line: int, layout: FlowLayout, limits: Limits) -> Batch:
    """The sound rows of a block in which something is broken."""
    buried = _Buried(limits)
    lines: list[bytes] = []
    positions: list[int] = []
    for position, line in enumerate(body.split(b"\n"), first_line):
        row = line.rstrip(b"\r")
        if not row.strip() or row == layout.header:
            continue
        if stamp := _STAMP.match(row):
            row = row[stamp.end() :]
        reason = _shape(row, layout, limits)
        if reason:
            buried.add(position, reason, line)
        else:
            lines.append(row)
            positions.append(position)
    plain = FlowLayout(layout.columns)
    if not lines:
        return Batch(LogKind.VPC_FLOW, frame=_empty(layout), dead=buried.letters)
    text = _read(b"\n".join(lines), 0, plain, {})
    numbers = numeric(text.columns)
    frame = text.with_columns(pl.col(name).cast(FIELDS[name], strict=False) for name in numbers)
    unread = pl.DataFrame({name: frame[name].is_null() & text[name].is_not_null() for name in numbers})
    places = pl.Series("position", positions, pl.UInt32)
    tests = [(unread[name], in_range(name)) for name in numbers]
    tests += [(frame.select(fault.broken.alias("broken"))["broken"], fault.reason) for fault in faults(frame.columns)]
    sound = np.ones(frame.height, dtype=bool)
    for broken, reason in tests:
        flags = broken.to_numpy() if len(broken) == frame.height else np.full(frame.height, broken[0])
        for row_number in np.flatnonzero(flags & sound):
            buried.add(positions[row_number], reason, lines[row_number])
        sound &= ~flags
    frame = frame.with_columns(places).filter(pl.Series(sound))
    passed_over = int(frame.select(without_data(frame.columns).sum()).item())
    dead = sorted(buried.letters, key=lambda letter: letter.position if letter.position >= 0 else 1 << 62)
    return Batch(LogKind.VPC_FLOW, frame=settled(frame, passed_over), dead=dead, passed_over=passed_over)


def _shape(row: bytes, layout: FlowLayout, limits: Limits) -> str | None:
    """What is wrong with a line before its values are looked at."""
    if len(row) > limits.record:
        return f"record longer than {limits.record} bytes"
    if b"\0" in row:
        return "NUL bytes"
    found = row.count(b" ") + 1
    if _header(row):
        return "a header line unlike the first"
    if found != len(layout.columns):
        return f"{found} fields where the format has {len(layout.columns)}"
    try:
        row.decode()
    except UnicodeDecodeError:
        return "not UTF-8"
    return None if _begins_as_text(row) else "not text"
