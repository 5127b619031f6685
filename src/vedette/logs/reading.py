"""One object's bytes to batches of records: recognised by content, never by name, and as much of it as is sound."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import msgspec
import numpy as np

from vedette.logs import cloudtrail, eks_audit, ocsf, parquet, rds, rds_text, resolver_dns, vpc_flow
from vedette.logs.cloudtrail import ApiCall
from vedette.logs.container import PARQUET_MAGIC, Block, Decompressed, Readable, line_blocks, read_all, sample
from vedette.logs.eks_audit import KubeCall
from vedette.logs.envelope import NOWHERE, Envelope, begins_subscription, is_subscription, subscribed
from vedette.logs.json_documents import LISTS, TOO_DEEP, begins_list, elements
from vedette.logs.kinds import Batch, DeadLetter, Limits, LogKind
from vedette.logs.rds import DbEvent

_HEAD = 1 << 16
_FIRST = 1 << 20
"""Bytes read before a form is recognised: all of most objects, so that their text is never copied."""
_AT_ONCE = 64 << 20
"""JSON documents up to so many bytes are decoded in one go; CloudTrail's are shorter."""
_OVERHEAD = 64
"""Bytes that an element takes besides its own, about: millions of tiny ones are much."""
_LIKE_IN = 4096
_LOOKED_AT = 20
"""Lines in which a text of JSON lines must show itself: the first may be broken."""
_BOM = b"\xef\xbb\xbf"
_WHITE = b" \t\r\n\0"
_RECORDS = re.compile(rb'\s*\{\s*"Records"\s*:')
_BROKEN_LIST = re.compile(rb'"(?:Records|Events|logEvents)"\s*:\s*\[')
_CLOUDWATCH_PREFIX = re.compile(rb"\d{4}-\d\d-\d\dT[\d:.]+Z (?=\{)")
_CLOUDWATCH_PREFIXES = re.compile(rb"^" + _CLOUDWATCH_PREFIX.pattern, re.MULTILINE)
_CONTROL = "CWL CONTROL MESSAGE"
"""What CloudWatch Logs sends to a new subscription."""
_STRANGE = "not a record of a log that Vedette reads"
_SHALLOW = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_TEXTS = (("event", "original"), ("_raw",), ("result", "_raw"), ("message",))
"""Where an event that is passed on holds its record. A message is the last: beside the others it is for people."""
_ENVELOPES = 4
"""How deep envelopes may lie in each other: a subscription's message may hold an event that holds a record."""

_FOREIGN = {
    b"PK\x03\x04": "a zip archive: unpack it first", b"BZh": "bzip2 data: unpack it first",
    b"\x28\xb5\x2f\xfd": "zstandard data: unpack it first", b"\xfd7zXZ\0": "xz data: unpack it first",
    b"\xff\xfe": "UTF-16 text: save it as UTF-8", b"\xfe\xff": "UTF-16 text: save it as UTF-8",
}


_LIKE = {
    re.compile(rb"(?:^|[ \n])tgw-(?:id|attachment-id|src|dst|pair)"):
        "a transit gateway's flow log: those of VPCs are read",
    re.compile(rb"(?:^|[ \n])eni-[0-9a-f]{8,17} [^\n]{0,300}\b(?:ACCEPT|REJECT|OK|NODATA|SKIPDATA)\b"):
        "it looks like a flow log in a format of its own: put the header line first, which names its fields",
    re.compile(rb"(?:^|\n)\d\.\d \d{4}-\d\d-\d\dT[\d:.]{8,20}Z Z[A-Z0-9]{5,32} "):
        "a log of public DNS queries to Route 53: the Resolver's query logs are read",
}
"""What people take for a log that is read, and what to tell them."""


class _Form(Enum):
    """How an object that is no flow log in text is to be read."""

    PARQUET = auto()
    DOCUMENTS = auto()
    LINES = auto()


@dataclass(slots=True)
class Reading:
    """One object being read. Iterate `batches` to the end; then ``dead`` and the figures are complete."""

    stream: Readable
    """Its bytes, as stored; or its text, of which nothing has been read."""
    limits: Limits = field(default_factory=Limits)
    kinds: frozenset[LogKind] | None = None
    """Only these kinds, when given: others are left out."""
    dead: list[DeadLetter] = field(default_factory=list)
    dead_count: int = 0
    passed_over: int = 0
    left_out: int = 0
    """Records of kinds that were not asked for."""
    records: int = 0
    size: int = 0
    """Bytes taken from the stream (compressed)."""
    _strange: int = 0

    def batches(self) -> Iterator[Batch]:
        """The object's records, in the order they stand in it."""
        stream = self.stream
        text = stream if isinstance(stream, Decompressed) else Decompressed(stream, self.limits)
        for batch in self._read(text):
            self.passed_over += batch.passed_over
            self._bury(batch.dead or ())
            if not batch.records:
                continue
            if self.kinds is not None and batch.kind not in self.kinds:
                self.left_out += batch.records
                continue
            self.records += batch.records
            yield batch
        self.size = text.compressed
        self._gather_strangers()
        if text.broken:
            self._bury([DeadLetter(-1, text.broken)])

    def _bury(self, letters: Iterable[DeadLetter]) -> None:
        for letter in letters:
            self.dead_count += 1
            self._strange += letter.reason == _STRANGE
            if len(self.dead) < self.limits.dead_letters:
                self.dead.append(letter)

    def _is_rubbish(self) -> bool:
        """Most of what has been read cannot be, and that is much: a few megabytes may unfold to days of work."""
        if self.dead_count <= max(self.limits.unreadable, self.records + self.passed_over + self.left_out):
            return False
        self.dead[-1:] = [DeadLetter(-1, f"{self.dead_count} unreadable records: reading stops here")]
        return True

    def _gather_strangers(self) -> None:
        """An object of JSON in which nothing at all is ours is one thing to tell, not thousands."""
        if self.records or self.passed_over or self.left_out or self.dead_count < 2 or self._strange < self.dead_count:
            return
        reason = f"not a log that Vedette reads (JSON; none of its {self._strange} records is of one)"
        self.dead[:] = [DeadLetter(-1, reason, self.dead[0].sample)]
        self.dead_count = 1

    def _read(self, text: Decompressed) -> Iterator[Batch]:
        head = _beginning(text)
        form = _form(head)
        if form is None:
            if not head.strip(_WHITE):
                reason = "empty" if not head else "nothing but white space or NUL bytes"
                self._bury([] if text.broken else [DeadLetter(-1, reason)])
            else:
                self._bury([DeadLetter(-1, _unlike_any_log(head), sample(head.lstrip(_WHITE)))])
        elif form is _Form.PARQUET:
            data = read_all(text, self.limits.document)
            if data is None:
                self._bury([DeadLetter(-1, f"one document longer than {self.limits.document} bytes")])
            else:
                yield from parquet.read_parquet(data, self.limits)
        elif form is _Form.DOCUMENTS:
            yield from self._documents(text)
        elif form is _Form.LINES:
            for block in self._blocks(text):
                yield from _fast_lines(block, self.limits) or self._lines_one_by_one(block)
                if self._is_rubbish():
                    break
        elif isinstance(form, rds_text.Layout):
            log = rds_text.TextLog(form, self.limits)
            for block in self._blocks(text):
                yield log.block(block.data, block.first_line)
                if self._is_rubbish():
                    return
            yield log.rest()
        else:
            for block in self._blocks(text):
                yield vpc_flow.read_lines(block.data, block.first_line, form, self.limits)
                if self._is_rubbish():
                    break

    def _blocks(self, rest: Readable) -> Iterator[Block]:
        letters: list[DeadLetter] = []
        for block in line_blocks(rest, self.limits, letters):
            self._bury(letters)
            letters.clear()
            yield block
        self._bury(letters)

    def _lines_one_by_one(self, block: Block) -> Iterator[Batch]:
        sorter = _Sorter(self.limits)
        for number, line in enumerate(block.data.split(b"\n"), block.first_line):
            stripped = line.strip(_WHITE)
            if not stripped:
                if b"\0" in line:
                    sorter.bury(number, "NUL bytes", line)
                continue
            prefix = _CLOUDWATCH_PREFIX.match(stripped)
            sorter.add(number, stripped[prefix.end() :] if prefix else stripped)
        yield from sorter.batches()

    def _documents(self, rest: Readable) -> Iterator[Batch]:
        bound = min(_AT_ONCE, self.limits.document)
        parts: list[bytes] = []
        size = 0
        while size <= bound and (piece := rest.read(bound)):
            parts.append(piece)
            size += len(piece)
        data = b"".join(parts)
        batch = _fast_document(data) if size <= bound else None
        if batch is not None:
            yield batch
            return
        sorter = _Sorter(self.limits)
        held = 0
        for element in elements(_Rejoined(data, rest), self.limits):
            if element.fault:
                sorter.bury(element.position, element.fault, element.data)
            else:
                sorter.add(element.position, element.data, _envelope(element.around))
            held += len(element.data) + _OVERHEAD
            if held > self.limits.block:
                yield from sorter.batches()
                if self._is_rubbish():
                    return
                sorter, held = _Sorter(self.limits), 0
        yield from sorter.batches()


def raw_record(stream: Readable, position: int, limits: Limits | None = None) -> str:
    """The text at ``position`` of an object, as `Batch.positions` counts: the line, the element of a JSON list, a row.

    Raises:
        LookupError: the object, as it is now, has no such record.
    """
    found = raw_records(stream, [position], limits)
    if position not in found:
        raise LookupError(f"no record at position {position}")
    return found[position]


def raw_records(stream: Readable, positions: Collection[int], limits: Limits | None = None) -> dict[int, str]:
    """The same of several positions, in one reading; those at which there is nothing are left out."""
    limits = limits or Limits()
    text = Decompressed(stream, limits)
    form = _form(_beginning(text))
    if form is _Form.PARQUET:
        return parquet.rows_json(read_all(text, limits.document) or b"", positions)
    wanted, last = set(positions), max(positions, default=-1)
    found: dict[int, str] = {}
    if form is _Form.DOCUMENTS:
        for element in elements(text, limits):
            if element.position in wanted and not element.fault:
                found[element.position] = element.data.decode("utf-8", "replace")
                wanted.remove(element.position)
            if not wanted:
                break
    elif form is not None:
        for block in line_blocks(text, limits, []):
            lines = block.data.removesuffix(b"\n").split(b"\n")
            here = range(block.first_line, block.first_line + len(lines))
            found |= {place: lines[place - block.first_line].decode("utf-8", "replace").rstrip("\r")
                      for place in positions if place in here}
            if here.stop > last:
                break
    return found


def _beginning(text: Decompressed) -> bytes:
    """How a text begins, to be read again; its byte order mark is dropped."""
    head = text.read(_FIRST).removeprefix(_BOM)
    text.unread(head)
    return head


def _form(head: bytes) -> _Form | vpc_flow.FlowLayout | rds_text.Layout | None:
    """How to read a text that begins so; None when it is no log."""
    start = head[:_HEAD].lstrip(_WHITE)
    if head[:4] == PARQUET_MAGIC:
        return _Form.PARQUET
    if begins_subscription(start):
        return _Form.DOCUMENTS
    if start[:1] == b"{":
        return _Form.LINES if _is_json_lines(start) else _Form.DOCUMENTS
    if _CLOUDWATCH_PREFIX.match(start):
        return _Form.LINES
    if layout := vpc_flow.recognise(head):
        return layout
    if database := rds_text.recognise(start):
        return database
    among = _json_lines_among(start)
    # An array with an element a line has one line at most that no comma follows.
    if among < 2 and (start[:1] == b"[" or _BROKEN_LIST.search(start, 0, 4096)):
        return _Form.DOCUMENTS
    return _Form.LINES if among else None


def _is_json_lines(start: bytes) -> bool:
    """The text that starts with this object has one on each line, and is not one big document, or several of them."""
    text = start.decode("utf-8", "replace")
    if begins_list(text) is not None:
        return False
    line, newline, _ = start.partition(b"\n")
    if _is_object(line):
        return True
    if not newline and len(start) >= _HEAD - len(_WHITE):
        return True
    return _json_lines_among(start) > 0


def _json_lines_among(start: bytes) -> int:
    """How many of the first lines are a whole JSON object each."""
    lines = start.split(b"\n", _LOOKED_AT)[:_LOOKED_AT]
    return sum((line[:1] == b"{" and _is_object(line)) or _CLOUDWATCH_PREFIX.match(line) is not None for line in lines)


def _is_object(line: bytes) -> bool:
    try:
        return bool(_SHALLOW.decode(line.strip(_WHITE)))
    except (ValueError, RecursionError):
        return False


def _unlike_any_log(head: bytes) -> str:
    for magic, told in _FOREIGN.items():
        if head.startswith(magic):
            return f"not a log that Vedette reads ({told})"
    for shape, told in _LIKE.items():
        if shape.search(head, 0, _LIKE_IN):
            return f"not a log that Vedette reads ({told})"
    return "not a log that Vedette reads"


class _Rejoined:
    """A stream whose first bytes were already looked at."""

    def __init__(self, head: bytes, rest: Readable) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def read(self, size: int, /) -> bytes:
        if self._head:
            piece, self._head = bytes(self._head[:size]), self._head[size:]
            return piece
        return self._rest.read(size)


class _Sorter:
    """Records of any JSON kind, one by one, gathered into a batch for each kind."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._calls: list[ApiCall] = []
        self._call_positions: list[int] = []
        self._lookups: list[dict[str, Any]] = []
        self._lookup_positions: list[int] = []
        self._flows: list[str] = []
        self._flow_positions: list[int] = []
        self._ocsf: list[dict[str, Any]] = []
        self._ocsf_positions: list[int] = []
        self._audits: list[KubeCall] = []
        self._audit_positions: list[int] = []
        self._events: list[DbEvent] = []
        self._event_positions: list[int] = []
        self._passed_over = 0
        self._dead: list[DeadLetter] = []

    def bury(self, position: int, reason: str, data: bytes) -> None:
        if len(self._dead) < self._limits.dead_letters:
            self._dead.append(DeadLetter(position, reason[:300], sample(data)))
        else:
            self._dead.append(_ONE_OF_MANY if reason != _STRANGE else _STRANGE_ONE_OF_MANY)

    def add(self, position: int, data: bytes, around: Envelope = NOWHERE) -> None:
        try:
            self._add(position, data, around, _ENVELOPES)
        except UnicodeDecodeError as error:
            self.bury(position, f"not UTF-8 ({error.reason} at byte {error.start})", data)
        except RecursionError:
            self.bury(position, TOO_DEEP, data)
        except msgspec.ValidationError as error:
            self.bury(position, f"not a readable record ({error})", data)
        except msgspec.DecodeError as error:
            self.bury(position, f"broken JSON ({_said(error)})", data)
        except ValueError as error:
            self.bury(position, f"not a readable record ({error})", data)

    def _add(self, position: int, data: bytes, around: Envelope, envelopes: int) -> None:
        try:
            call = cloudtrail.decode_record(data)
        except msgspec.ValidationError:
            self._add_other(position, data, around, envelopes)
        else:
            self._calls.append(call)
            self._call_positions.append(position)

    def _add_other(self, position: int, data: bytes, around: Envelope, envelopes: int) -> None:
        """A record of another kind, in an envelope, or with a field of another type."""
        value = msgspec.json.decode(data)
        if not isinstance(value, dict):
            self.bury(position, "not a JSON object", data)
        elif cloudtrail.is_record(value):
            self._calls.append(cloudtrail.from_json(data))
            self._call_positions.append(position)
        elif cloudtrail.is_digest(value):
            self._passed_over += 1
        elif resolver_dns.recognise_record(value):
            self._lookups.append(value)
            self._lookup_positions.append(position)
        elif ocsf.recognise_record(value):
            self._ocsf.append(value)
            self._ocsf_positions.append(position)
        elif eks_audit.recognise_record(value):
            self._audits.append(eks_audit.decode_record(data, around))
            self._audit_positions.append(position)
        elif envelopes:
            self._open(position, data, value, around, envelopes - 1)
        else:
            self.bury(position, _STRANGE, data)

    def _open(self, position: int, data: bytes, value: dict[str, Any], around: Envelope, envelopes: int) -> None:
        """What is in an envelope: EventBridge's, CloudWatch Logs', CloudTrail's, that of a search program's export."""
        listed = next((name for name in LISTS if isinstance(value.get(name), list)), None)
        if isinstance(value.get("detail"), dict) and "detail-type" in value:
            self._add(position, bytes(_SHALLOW.decode(data)["detail"]), around, envelopes)
        elif isinstance(value.get("CloudTrailEvent"), str):
            self._add(position, value["CloudTrailEvent"].encode(), around, envelopes)
        elif (message := _text_in(value)) is not None:
            home = rds.home_of(around.group, around.stream)
            if message.startswith(_CONTROL) or eks_audit.is_of_a_component(around):
                self._passed_over += 1
            elif home.log:
                self._add_entry(position, message, home, around)
            elif message.lstrip().startswith("{"):
                self._add(position, message.encode(), around, envelopes)
            elif vpc_flow.is_default_row(message.rstrip("\n")):
                self._flows.append(message.rstrip("\n"))
                self._flow_positions.append(position)
            elif rds_text.layout_of(message.partition("\n")[0]):
                self._add_entry(position, message, home, around)
            else:
                self.bury(position, _STRANGE, data)
        elif isinstance(value.get("_source"), dict):
            self._add(position, bytes(_SHALLOW.decode(data)["_source"]), around, envelopes)
        elif listed:
            for inner in _LIST.decode(_SHALLOW.decode(data)[listed]):
                self._add(position, bytes(inner), _envelope_of(value), envelopes)
        else:
            self.bury(position, _STRANGE, data)

    def _add_entry(self, position: int, message: str, home: rds.Home, around: Envelope) -> None:
        event = rds_text.read_message(message, home)
        if event is None:
            self._passed_over += 1
        else:
            self._events.append(rds.at(event, home, around.owner))
            self._event_positions.append(position)

    def batches(self) -> Iterator[Batch]:
        if self._lookups:
            yield resolver_dns.read_records(self._lookups, self._lookup_positions)
        if self._flows:
            yield vpc_flow.read_rows(self._flows, self._flow_positions, self._limits)
        if self._audits:
            yield Batch(LogKind.EKS_AUDIT, structs=self._audits, positions=self._audit_positions)
        if self._events:
            yield Batch(LogKind.RDS, structs=self._events, positions=self._event_positions)
        if self._ocsf:
            yield from ocsf.read_records(self._ocsf, self._ocsf_positions)
        yield Batch(LogKind.CLOUDTRAIL, structs=self._calls, positions=self._call_positions, dead=self._dead,
                    passed_over=self._passed_over)


_ENVELOPE = {name: re.compile(rf'"{name}"\s*:\s*"([^"\\]{{1,512}})"') for name in ("owner", "logGroup", "logStream")}


def _envelope(text: str) -> Envelope:
    """What stands in an envelope before its list."""
    return Envelope(*(found[1] if (found := form.search(text)) else "" for form in _ENVELOPE.values()))


def _text_in(value: dict[str, Any]) -> str | None:
    """The record, as it was written, in an event of CloudWatch Logs, of Splunk's export, of Elasticsearch's."""
    for path in _TEXTS:
        found: Any = value
        for step in path:
            found = found.get(step) if isinstance(found, dict) else None
        if isinstance(found, str):
            return found
    return None


def _envelope_of(value: dict[str, Any]) -> Envelope:
    return Envelope(*(told if isinstance(told := value.get(name), str) else "" for name in _ENVELOPE))


_ONE_OF_MANY = DeadLetter(-1, "one of very many unreadable records")
_STRANGE_ONE_OF_MANY = DeadLetter(-1, _STRANGE)


def _said(error: msgspec.DecodeError) -> str:
    told = str(error)
    return "it ends too early" if told == "Input data was truncated" else told.removeprefix("JSON is malformed: ")


def _fast_document(data: bytes) -> Batch | None:
    """The records, decoded at once, when the document is CloudTrail's, a cluster's or a database's, and sound."""
    try:
        if _RECORDS.match(data):
            calls = cloudtrail.decode_document(data)
        elif data[:64].lstrip()[:1] == b"[":
            calls = cloudtrail.decode_array(data)
        elif eks_audit.is_subscription(data):
            audits, passed_over = eks_audit.decode_subscription(data)
            if not passed_over:
                return Batch(LogKind.EKS_AUDIT, structs=audits, positions=range(len(audits)))
            positions = [place for place, audit in enumerate(audits) if audit is not None]
            return Batch(LogKind.EKS_AUDIT, structs=[audit for audit in audits if audit], positions=positions,
                         passed_over=passed_over)
        elif is_subscription(data, rds.GROUPS):
            return _database_document(data)
        else:
            return None
    except (ValueError, RecursionError):
        return None
    return Batch(LogKind.CLOUDTRAIL, structs=calls, positions=range(len(calls)))


def _database_document(data: bytes) -> Batch:
    events: list[DbEvent] = []
    positions: list[int] = []
    place = 0
    for around, messages in subscribed(data):
        home = rds.home_of(around.group, around.stream)
        if not home.log:
            raise ValueError("another log group")
        for message in messages:
            if (event := rds_text.read_message(message, home)) is not None:
                events.append(rds.at(event, home, around.owner))
                positions.append(place)
            place += 1
    return Batch(LogKind.RDS, structs=events, positions=positions, passed_over=place - len(events))


def _fast_lines(block: Block, limits: Limits) -> list[Batch] | None:
    """The block's batches, decoded at once, when all its lines are sound and of one kind; else None."""
    first = block.data[:4096]
    if b'"eventSource"' in first or b'"eventVersion"' in first:
        try:
            calls = cloudtrail.decode_lines(block.data)
        except (ValueError, RecursionError):
            return None
        if len(calls) != _lines(block.data):
            return None
        positions: Sequence[int] = range(block.first_line, block.first_line + len(calls))
        return [Batch(LogKind.CLOUDTRAIL, structs=calls, positions=positions)]
    if eks_audit.API_GROUP in first:
        try:
            exported = _CLOUDWATCH_PREFIX.match(block.data)
            audits = eks_audit.decode_lines(_CLOUDWATCH_PREFIXES.sub(b"", block.data) if exported else block.data)
        except (ValueError, RecursionError):
            return None
        if len(audits) != _lines(block.data):
            return None
        return [Batch(LogKind.EKS_AUDIT, structs=audits,
                      positions=range(block.first_line, block.first_line + len(audits)))]
    if b'"query_name"' in first:
        batch = resolver_dns.read_lines(block.data, block.first_line, limits)
        return None if batch.dead else [batch]
    return None


def _lines(text: bytes) -> int:
    return int(np.count_nonzero(np.frombuffer(text, np.uint8) == ord("\n"))) + (not text.endswith(b"\n"))
