"""The logs of databases as text: which of them it is, and its lines to entries. Nothing is looked at twice.

An entry of PostgreSQL may have several lines: those that follow begin with a tab, or stand within quotes in the CSV
log. What CloudWatch Logs exports to S3 has a time of its own before each entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

from vedette.logs import rds_mysql, rds_postgres
from vedette.logs.container import sample
from vedette.logs.kinds import Batch, DeadLetter, Limits, LogKind
from vedette.logs.rds import DbEvent, Did, Home

_LOOKED_AT = 20
"""Lines in which a log must show itself: the first may be broken, or the rest of an entry."""
_EXPORTED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ")
_LONGEST_ENTRY = 1 << 20
"""Characters of an entry of many lines."""
_FOOTER = re.compile(r"-{5,40} ?END OF LOG ?-{5,40}")
"""What the AWS CLI prints below a log that it downloads."""
_MOST_SESSIONS = 10_000
_OTHERS = DeadLetter(-1, "one of very many unreadable entries")


class Layout(Enum):
    """The forms."""

    POSTGRES = "postgresql"
    POSTGRES_CSV = "postgresql as CSV"
    AUDIT = "audit"
    ERRORS = "error"


_RECOGNISED: dict[Layout, Callable[[str], bool]] = {
    Layout.POSTGRES_CSV: rds_postgres.begins_csv, Layout.POSTGRES: rds_postgres.recognise,
    Layout.AUDIT: rds_mysql.recognise_audit, Layout.ERRORS: rds_mysql.recognise_errors}
_READ: dict[Layout, Callable[[str], DbEvent | None]] = {
    Layout.POSTGRES: rds_postgres.read, Layout.POSTGRES_CSV: rds_postgres.read_csv, Layout.AUDIT: rds_mysql.read_audit,
    Layout.ERRORS: rds_mysql.read_error}
READ_LOGS = frozenset({"postgresql", "audit", "error"})
"""The logs of a database that are read, by the last part of their groups' names: others hold no log-ins."""


def recognise(head: bytes) -> Layout | None:
    """The form of a text that begins so; None: it is no such log."""
    for line in head.split(b"\n", _LOOKED_AT)[:_LOOKED_AT]:
        if (layout := layout_of(line[:8_000].decode("utf-8", "replace").rstrip("\r"))) is not None:
            return layout
    return None


def layout_of(line: str) -> Layout | None:
    """The form of one entry; None: it is none."""
    line = _bare(line)
    if not line[:1].isdecimal():
        return None
    return next((layout for layout, recognised in _RECOGNISED.items() if recognised(line)), None)


def read_message(message: str, home: Home) -> DbEvent | None:
    """One entry as an envelope holds it; None: it is about nothing that is read.

    Raises:
        ValueError: it is no entry of such a log.
    """
    message = message.rstrip("\r\n")
    if home.log and home.log not in READ_LOGS:
        return None
    layout = layout_of(message.split("\n", 1)[0])
    if layout is not None:
        return _READ[layout](message)
    if home.log == "error" or message[:1] in "\t ":
        return None
    raise ValueError("no entry of a database's log")


def _bare(line: str) -> str:
    """A line without the time that an export puts before it."""
    if line[10:11] == "T" and (found := _EXPORTED.match(line)):
        return line[found.end():]
    return line


class TextLog:
    """One object, read block by block."""

    def __init__(self, layout: Layout, limits: Limits) -> None:
        self._layout = layout
        self._read = _READ[layout]
        self._limits = limits
        self._waiting: list[str] = []
        """The lines of the entry that may go on."""
        self._number = 0
        """Its first line's."""
        self._size = 0
        self._open = False
        """It ends within quotes."""
        self._sources: dict[str, tuple[str, int]] = {}
        """Session → where it comes from: not every prefix says so."""

    def block(self, data: bytes, first_line: int) -> Batch:
        """The entries that end in a block of whole lines."""
        out = _Out(self._limits)
        for number, line in enumerate(self._lines(data, first_line, out), first_line):
            if line is None:
                continue
            if self._continues(line):
                if not self._waiting:
                    out.passed_over += 1
                    continue
                self._size += len(line) + 1
                if self._size <= _LONGEST_ENTRY:
                    self._waiting.append(line)
                self._open ^= self._layout is Layout.POSTGRES_CSV and line.count('"') % 2 == 1
                continue
            self._close(out)
            bare = _bare(line)
            self._waiting, self._number, self._size = [bare], number, len(bare)
            self._open = self._layout is Layout.POSTGRES_CSV and bare.count('"') % 2 == 1
        return out.batch()

    def rest(self) -> Batch:
        """The last entry."""
        out = _Out(self._limits)
        self._close(out)
        return out.batch()

    def _lines(self, data: bytes, first_line: int, out: _Out) -> list[str | None]:
        """The lines; None for what is none, which is told already, or nothing."""
        try:
            text = data.decode()
            lines: list[str | None] = [line if line else None for line in text.removesuffix("\n").split("\n")]
        except UnicodeDecodeError:
            lines = []
            for number, raw in enumerate(data.removesuffix(b"\n").split(b"\n"), first_line):
                try:
                    lines.append(raw.decode() or None)
                except UnicodeDecodeError as error:
                    out.bury(number, f"not UTF-8 ({error.reason} at byte {error.start})", raw)
                    lines.append(None)
        if b"\r" in data or b"\0" in data:
            for place, line in enumerate(lines):
                if line and "\0" in line:
                    out.bury(first_line + place, "NUL bytes", line.encode())
                    lines[place] = None
                elif line and line[-1] == "\r":
                    lines[place] = line[:-1] or None
        return lines

    def _continues(self, line: str) -> bool:
        if self._layout is Layout.POSTGRES_CSV:
            return bool(self._waiting) and (self._open or not line[:1].isdecimal()) and self._size <= _LONGEST_ENTRY
        return line[0] in "\t "

    def _close(self, out: _Out) -> None:
        if not self._waiting:
            return
        text = self._waiting[0] if len(self._waiting) == 1 else "\n".join(self._waiting)
        self._waiting = []
        try:
            event = self._read(text)
        except (ValueError, OverflowError) as error:
            if _FOOTER.fullmatch(text.strip()) or not text.strip():
                out.passed_over += 1
            else:
                out.bury(self._number, f"not a readable entry ({error})", text[:400].encode())
            return
        if event is None:
            out.passed_over += 1
            return
        self._place(event)
        out.events.append(event)
        out.positions.append(self._number)

    def _place(self, event: DbEvent) -> None:
        """Where it comes from, as an earlier entry of its session said."""
        if self._layout is not Layout.POSTGRES or not event.session:
            return
        if event.did == Did.CONNECTED:
            if len(self._sources) >= _MOST_SESSIONS:
                self._sources.clear()
            self._sources[event.session] = event.source, event.port
        elif not event.source and event.session in self._sources:
            event.source, event.port = self._sources[event.session]


class _Out:
    """What becomes of a block."""

    def __init__(self, limits: Limits) -> None:
        self.events: list[DbEvent] = []
        self.positions: list[int] = []
        self.passed_over = 0
        self._dead: list[DeadLetter] = []
        self._most = limits.dead_letters

    def bury(self, position: int, reason: str, data: bytes) -> None:
        self._dead.append(
            DeadLetter(position, reason[:300], sample(data)) if len(self._dead) < self._most else _OTHERS)

    def batch(self) -> Batch:
        return Batch(LogKind.RDS, structs=self.events, positions=self.positions, dead=self._dead,
                     passed_over=self.passed_over)
