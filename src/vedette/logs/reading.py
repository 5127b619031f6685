"""One object's bytes to batches of records: recognised by content, never by name, and as much of it as is sound."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from vedette.logs import cloudtrail, ocsf, parquet, resolver_dns, vpc_flow
from vedette.logs.cloudtrail import ApiCall
from vedette.logs.container import (
    PARQUET_MAGIC,
    Block,
    Decompressed,
    Readable,
    line_blocks,
    read_all,
    sample,
)
from vedette.logs.kinds import Batch, DeadLetter, Limits, LogKind

_HEAD = 1 << 16
_WHITE = b" \t\r\n\xef\xbb\xbf"
_WRAPPER = re.compile(rb'\s*\{\s*"(?:Records|Events|logEvents)"\s*:')
_NEXT_RECORD = re.compile(r'\{\s*"(?:eventVersion|awsRegion)"')
_CLOUDWATCH_PREFIX = re.compile(rb"\d{4}-\d\d-\d\dT[\d:.]+Z (?=\{)")
_TOO_DEEP = "nested too deeply"


@dataclass(slots=True)
class Reading:
    """One object being read. Iterate `batches` to the end; then ``dead`` and the figures are complete."""

    stream: Readable
    limits: Limits = field(default_factory=Limits)
    kinds: frozenset[LogKind] | None = None
    """Only these kinds, when given: others are passed over."""
    dead: list[DeadLetter] = field(default_factory=list)
    dead_count: int = 0
    passed_over: int = 0
    records: int = 0
    size: int = 0
    """Bytes taken from the stream (compressed)."""

    def batches(self) -> Iterator[Batch]:
        """The object's records, in the order they stand in it."""
        text = Decompressed(self.stream, self.limits)
        for batch in self._read(text):
            self.passed_over += batch.passed_over
            self._bury(batch.dead or ())
            if not batch.records:
                continue
            if self.kinds is not None and batch.kind not in self.kinds:
                self.passed_over += batch.records
                continue
            self.records += batch.records
            yield batch
        self.size = text.compressed
        if text.broken:
            self._bury([DeadLetter(-1, text.broken)])

    def _bury(self, letters: Iterable[DeadLetter]) -> None:
        for letter in letters:
            self.dead_count += 1
            if len(self.dead) < self.limits.dead_letters:
                self.dead.append(letter)

    def _read(self, text: Decompressed) -> Iterator[Batch]:
        head = text.read(_HEAD)
        rest = _Rejoined(head, text)
        start = head.lstrip(_WHITE)
        if not start:
            self._bury([DeadLetter(-1, text.broken or "empty")] if text.broken is None else [])
            return
        if head[:4] == PARQUET_MAGIC:
            yield from self._whole(rest, lambda data: parquet.read_parquet(data, self.limits))
        elif start[:1] in b"{[" and not _is_json_lines(start):
            yield from self._whole(rest, self._document)
        elif start[:1] == b"{" or _CLOUDWATCH_PREFIX.match(start):
            yield from self._json_lines(rest)
        elif layout := vpc_flow.recognise(head):
            for block in self._blocks(rest):
                yield vpc_flow.read_lines(block.data, block.first_line, layout, self.limits)
        else:
            self._bury([DeadLetter(-1, "not a log that Vedette reads", sample(start))])

    def _whole(self, rest: Readable, read: Any) -> Iterator[Batch]:
        data = read_all(rest, self.limits.document)
        if data is None:
            self._bury([DeadLetter(-1, f"one document longer than {self.limits.document} bytes")])
            return
        yield from read(data)

    def _blocks(self, rest: Readable) -> Iterator[Block]:
        letters: list[DeadLetter] = []
        for block in line_blocks(rest, self.limits, letters):
            self._bury(letters)
            letters.clear()
            yield block
        self._bury(letters)

    def _json_lines(self, rest: Readable) -> Iterator[Batch]:
        for block in self._blocks(rest):
            yield from _fast_lines(block, self.limits) or self._lines_one_by_one(block)

    def _lines_one_by_one(self, block: Block) -> Iterator[Batch]:
        sorter = _Sorter(self.limits)
        for number, line in enumerate(block.data.split(b"\n"), block.first_line):
            stripped = line.strip(_WHITE)
            if not stripped:
                continue
            if len(stripped) > self.limits.record:
                sorter.bury(number, f"record longer than {self.limits.record} bytes", stripped)
                continue
            if prefix := _CLOUDWATCH_PREFIX.match(stripped):
                stripped = stripped[prefix.end() :]
            try:
                value = msgspec.json.decode(stripped)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                sorter.bury(number, f"not JSON ({error})", stripped)
            except RecursionError:
                sorter.bury(number, _TOO_DEEP, stripped)
            else:
                sorter.add(number, value)
        yield from sorter.batches()

    def _document(self, data: bytes) -> Iterator[Batch]:
        try:
            calls = cloudtrail.decode_document(data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            yield from self._document_slowly(data)
        else:
            yield Batch(LogKind.CLOUDTRAIL, calls=calls, positions=range(len(calls)))

    def _document_slowly(self, data: bytes) -> Iterator[Batch]:
        sorter = _Sorter(self.limits)
        for position, value in _elements(data, sorter):
            sorter.add(position, value)
        yield from sorter.batches()


def raw_record(stream: Readable, position: int, limits: Limits | None = None) -> str:
    """The raw text of the record that stands at ``position`` of an object, as `Batch.positions` counts.

    Raises:
        LookupError: the object, as it is now, has no such record.
    """
    limits = limits or Limits()
    text = Decompressed(stream, limits)
    head = text.read(_HEAD)
    rest = _Rejoined(head, text)
    start = head.lstrip(_WHITE)
    if head[:4] == PARQUET_MAGIC or (start[:1] in b"{[" and not _is_json_lines(start)):
        data = read_all(rest, limits.document) or b""
        if head[:4] == PARQUET_MAGIC:
            return parquet.row_json(data, position)
        for found, value in _elements(data, _Sorter(limits)):
            if found == position:
                return msgspec.json.encode(value).decode()
    else:
        for block in line_blocks(rest, limits, []):
            lines = block.data.split(b"\n")
            if position < block.first_line + len(lines):
                return lines[position - block.first_line].decode("utf-8", "replace").rstrip("\r")
    raise LookupError(f"no record at position {position}")


class _Rejoined:
    """A stream whose first bytes were already looked at."""

    def __init__(self, head: bytes, rest: Readable) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int, /) -> bytes:
        if self._head:
            head, self._head = self._head, b""
            return head + self._rest.read(max(size - len(head), 1))
        return self._rest.read(size)


class _Sorter:
    """Records of any JSON kind, one by one, gathered into a batch for each kind."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._calls: list[ApiCall] = []
        self._call_positions: list[int] = []
        self._lookups: list[dict[str, Any]] = []
        self._lookup_positions: list[int] = []
        self._ocsf: list[dict[str, Any]] = []
        self._ocsf_positions: list[int] = []
        self._passed_over = 0
        self.dead: list[DeadLetter] = []

    def bury(self, position: int, reason: str, data: bytes = b"") -> None:
        self.dead.append(DeadLetter(position, reason, sample(data)))

    def add(self, position: int, value: Any) -> None:
        try:
            self._add(position, value)
        except (ValueError, msgspec.MsgspecError) as error:
            self.bury(position, f"not a readable record ({error})", _shown(value))

    def _add(self, position: int, value: Any) -> None:
        if not isinstance(value, dict):
            self.bury(position, "not a JSON object", _shown(value))
        elif cloudtrail.is_record(value):
            self._calls.append(cloudtrail.from_object(value))
            self._call_positions.append(position)
        elif isinstance(value.get("detail"), dict) and "detail-type" in value:
            self._add(position, value["detail"])
        elif isinstance(value.get("CloudTrailEvent"), str):
            self._add(position, msgspec.json.decode(value["CloudTrailEvent"]))
        elif isinstance(value.get("Records"), list) and len(value) == 1:
            for inner in value["Records"]:
                self.add(position, inner)
        elif cloudtrail.is_digest(value):
            self._passed_over += 1
        elif resolver_dns.recognise_record(value):
            self._lookups.append(value)
            self._lookup_positions.append(position)
        elif ocsf.recognise_record(value):
            self._ocsf.append(value)
            self._ocsf_positions.append(position)
        else:
            self.bury(position, "not a record of a log that Vedette reads", _shown(value))

    def batches(self) -> Iterator[Batch]:
        if self._lookups:
            yield resolver_dns.read_records(self._lookups, self._lookup_positions)
        if self._ocsf:
            yield from ocsf.read_records(self._ocsf, self._ocsf_positions)
        yield Batch(LogKind.CLOUDTRAIL, calls=self._calls, positions=self._call_positions, dead=self.dead,
                    passed_over=self._passed_over)


def _shown(value: object) -> bytes:
    return msgspec.json.encode(value)[:400]


def _is_json_lines(start: bytes) -> bool:
    """The text starts with a line that is one JSON object, and is not one big document on one line."""
    if start[:1] != b"{" or _WRAPPER.match(start):
        return False
    line, newline, after = start.partition(b"\n")
    if not newline and len(start) >= _HEAD - len(_WHITE):
        return True
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return bool(after.lstrip(_WHITE)[:1] == b"{" and line.rstrip(_WHITE)[-1:] == b"}")
    return True


def _fast_lines(block: Block, limits: Limits) -> list[Batch] | None:
    """The block's batches, decoded at once, when all its lines are sound and of one kind; else None."""
    first = block.data[:4096]
    if b'"eventSource"' in first or b'"eventVersion"' in first:
        try:
            calls = cloudtrail.decode_lines(block.data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        if len(calls) != block.data.count(b"\n") + (not block.data.endswith(b"\n")):
            return None
        positions: Sequence[int] = range(block.first_line, block.first_line + len(calls))
        return [Batch(LogKind.CLOUDTRAIL, calls=calls, positions=positions)]
    if b'"query_name"' in first:
        batch = resolver_dns.read_lines(block.data, block.first_line, limits)
        return None if batch.dead else [batch]
    return None


def _elements(data: bytes, sorter: _Sorter) -> Iterator[tuple[int, Any]]:
    """The records of one JSON document with their positions: of its array, or the document itself."""
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        yield from _salvaged(data, sorter)
        return
    except RecursionError:
        sorter.bury(-1, _TOO_DEEP, data)
        return
    if isinstance(value, dict):
        for name in ("Records", "Events"):
            if isinstance(value.get(name), list):
                value = value[name]
                break
        else:
            value = _cloudwatch_messages(value)
    yield from enumerate(value if isinstance(value, list) else [value])


def _cloudwatch_messages(value: dict[str, Any]) -> Any:
    """The log messages of a CloudWatch Logs subscription, or the value itself."""
    events = value.get("logEvents")
    if not isinstance(events, list):
        return value
    messages: list[Any] = []
    for event in events:
        message = event.get("message") if isinstance(event, dict) else None
        try:
            messages.append(msgspec.json.decode(message) if isinstance(message, str) else event)
        except msgspec.DecodeError:
            messages.append(message)
    return messages


def _salvaged(data: bytes, sorter: _Sorter) -> Iterator[tuple[int, Any]]:
    """The sound records of a broken document: those before the break, and those after it that can be found again."""
    text = data.decode("utf-8", "replace")
    decoder = json.JSONDecoder()
    at = text.find("[") + 1
    position = 0
    while at < len(text):
        at = _past_separators(text, at)
        if at >= len(text) or text[at] in "]}":
            return
        try:
            value, at = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            sorter.bury(position, f"broken JSON ({error})"[:200], text[at : at + 200].encode())
            following = _NEXT_RECORD.search(text, at + 1)
            if following is None:
                return
            at = following.start()
        else:
            yield position, value
        position += 1


def _past_separators(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n,":
        at += 1
    return at
