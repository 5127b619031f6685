"""Route 53 Resolver query logs: which names the machines of a VPC look up, and what they are told.

Format: one JSON object a look-up. A batch is a frame with the columns `COLUMNS`; the few look-ups that a detector
keeps become `Lookup` objects. Fields:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from vedette.logs.distinct import Codes, lists, texts
from vedette.logs.kinds import Batch, DeadLetter, Limits, LogKind
from vedette.logs.times import parse_time

COLUMNS: dict[str, pl.DataType] = {
    "time": pl.Int64(), "account_id": pl.String(), "region": pl.String(),
    "vpc_id": pl.String(), "query_name": pl.String(), "query_type": pl.String(), "query_class": pl.String(),
    "rcode": pl.String(), "answers": pl.List(pl.String()), "answer_kinds": pl.String(),
    "srcaddr": pl.String(), "srcport": pl.UInt16(), "transport": pl.String(), "instance_id": pl.String(),
    "resolver_endpoint": pl.String(), "resolver_network_interface": pl.String(),
    "firewall_rule_action": pl.String(), "firewall_rule_group_id": pl.String(),
    "firewall_domain_list_id": pl.String(), "position": pl.UInt32(),
}
"""Columns of a frame, always all of them, null where a record lacks the field.

``time`` is in milliseconds since the epoch, ``query_name`` in lower case without the last dot, ``answers`` the data
of each answer, ``answer_kinds`` their types and classes (``A IN;CNAME IN``); both null when nothing was answered.
"""

_SELDOM = (
    "resolver_endpoint", "resolver_network_interface", "firewall_rule_action", "firewall_rule_group_id",
    "firewall_domain_list_id",
)

_BETWEEN = "\x1e"
"""Joins a record's answers while they pass into columns; taken out of answers that have it in them."""
_ISO = "%Y-%m-%dT%H:%M:%SZ"
_UNREADABLE = DeadLetter(-1, "one of very many unreadable records")


class Answer(msgspec.Struct, frozen=True):
    """One resource record of an answer."""

    rdata: str
    type: str = ""
    class_: str = ""


class Lookup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One look-up. Text that the record lacks is empty."""

    time: int
    """Milliseconds since the epoch."""
    query_name: str
    """In lower case, without the last dot."""
    account_id: str = ""
    region: str = ""
    vpc_id: str = ""
    query_type: str = ""
    query_class: str = ""
    rcode: str = ""
    """NOERROR, NXDOMAIN, …"""
    answers: tuple[Answer, ...] = ()
    srcaddr: str = ""
    srcport: int | None = None
    transport: str = ""
    """UDP, TCP or DOH."""
    instance_id: str = ""
    resolver_endpoint: str = ""
    """The inbound endpoint that took the query, when it came from outside the VPC."""
    resolver_network_interface: str = ""
    firewall_rule_action: str = ""
    """ALLOW, ALERT or BLOCK, when a DNS Firewall rule matched."""
    firewall_rule_group_id: str = ""
    firewall_domain_list_id: str = ""
    record: str = ""
    """Identity of the record: equal look-ups have equal ones."""
    position: int = -1


class _Answer(msgspec.Struct, gc=False, rename="pascal"):
    rdata: str = ""
    type: str = ""
    class_: str = msgspec.field(default="", name="Class")


class _Sources(msgspec.Struct, gc=False, frozen=True):
    instance: str | None = None
    resolver_endpoint: str | None = None
    resolver_network_interface: str | None = None


class _Query(msgspec.Struct, gc=False):
    """A record as it is written. Tuples, not lists: the collector soon leaves those alone, which halves the time."""

    query_name: str
    query_timestamp: str
    account_id: str | None = None
    region: str | None = None
    vpc_id: str | None = None
    query_type: str | None = None
    query_class: str | None = None
    rcode: str | None = None
    answers: tuple[_Answer, ...] | None = None
    srcaddr: str | None = None
    srcport: str | int | None = None
    transport: str | None = None
    srcids: _Sources | None = None
    firewall_rule_action: str | None = None
    firewall_rule_group_id: str | None = None
    firewall_domain_list_id: str | None = None


class _Sketch(_Query, gc=False):
    """The same record, of which the answers are left as they are written."""

    answers: msgspec.Raw = msgspec.Raw()  # type: ignore[assignment]


_DECODER = msgspec.json.Decoder(_Query)
_SKETCHES = msgspec.json.Decoder(_Sketch)
_ANSWERS = msgspec.json.Decoder(tuple[_Answer, ...] | None)


_STRING = msgspec.json.Decoder(str)

_Marks = dict[str, str]
_MARKS: _Marks = {
    "head": '"query_timestamp":"', "time": '","query_name":"', "dialogue": ',"srcaddr":', "source": ',"srcport":"',
    "port": '","transport":', "tail": ""}
"""The parts of a record as the Resolver writes it, each with what stands behind it. Head, source and tail together are
its context, of which records share a few; so they do dialogues."""
_DIALOGUE: _Marks = {"name": '","query_type":', "kind": ',"answers":', "answers": ""}
"""The parts of a dialogue."""
_SOURCE, _FIREWALL = _SELDOM[:2], _SELDOM[2:]
_PLACE, _KIND = ("account_id", "region", "vpc_id"), ("query_type", "query_class", "rcode")
_CONTEXT = (*_PLACE, "srcaddr", "transport", *_FIREWALL)
_ORDER = (*_PLACE, "query_timestamp", "query_name", *_KIND, "answers", "srcaddr", "srcport", "transport", "srcids",
          *_FIREWALL)
_HOLE = "?"


@dataclass(frozen=True, slots=True)
class Numbered:
    """A column whose values come again and again: the different ones, and which of them each row has."""

    values: Sequence[str]
    codes: Codes

    def among(self, wanted: Container[str]) -> npt.NDArray[np.bool_]:
        """Of each row, whether its value is one of these."""
        return np.fromiter(map(wanted.__contains__, self.values), np.bool_, len(self.values))[self.codes]


@dataclass(frozen=True, slots=True)
class Lookups:
    """Records of several texts, one after the other."""

    lines: pl.Series
    """As they are written."""
    counts: npt.NDArray[np.int64]
    """How many each text has."""
    names: Numbered
    """As they are written."""
    answers: Numbered
    """As they are written; not looked into yet."""
    times: pl.Series
    """In milliseconds since the epoch."""
    ports: pl.Series
    kinds: Sequence[_Sketch]
    """Query type, class and response code, each once."""
    kind: Codes
    contexts: Sequence[_Sketch]
    """What the records say besides, each once."""
    context: Codes

    def answered(self, rcode: str, rows: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Those of the rows that were answered with this code; all for an empty one."""
        if not rcode:
            return rows
        so = np.fromiter((one.rcode == rcode for one in self.kinds), np.bool_, len(self.kinds))
        narrowed: npt.NDArray[np.bool_] = rows & so[self.kind]
        return narrowed


def read_together(texts: Sequence[bytes]) -> Lookups:
    """The records of several texts of JSON lines, each of which ends: what many of them say is looked at once.

    Each line is cut at `_MARKS`. What then is the same in many lines is numbered, cut further and decoded once.

    Raises:
        ValueError: a record is not sound, or there is a line that is none.
    """
    try:
        return _together(texts)
    except (RecursionError, pl.exceptions.PolarsError) as error:
        raise ValueError(str(error)) from error


def _together(texts: Sequence[bytes]) -> Lookups:
    # No character of JSON parts columns: each line is a value.
    lines = pl.read_csv(b"".join(texts), separator="\x01", has_header=False, quote_char=None,
                        schema={"line": pl.String})["line"]
    ends = lines.str.len_bytes().fill_null(0).to_numpy().astype(np.int64).cumsum() + np.arange(1, len(lines) + 1)
    bounds = np.cumsum([len(text) for text in texts])
    if lines.null_count() or ends[-1] != bounds[-1]:
        raise ValueError("a line is empty, or ends in its own way")
    parts, dialogues, said = _parted(lines)
    strange = _lacking(parts) | _lacking(said)[dialogues.codes]
    if strange.any():
        places = np.flatnonzero(strange)
        parts, dialogues, said = _parted(
            lines.clone().scatter(places, [_in_order(line) for line in lines.gather(places)]))
    names, kinds, answers = (_numbered(said[part]) for part in _DIALOGUE)
    contexts = _numbered(parts.select(pl.concat_str("head", "source", "tail", separator="\n")).to_series())
    times, ports = _usual_times(parts["time"]), parts["port"].cast(pl.UInt16, strict=False).alias("srcport")
    if times.null_count():
        times = _milliseconds(list(map(_text, parts["time"])))
    if ports.null_count():
        ports = _ports(list(map(_text, parts["port"])))
    return Lookups(
        lines, np.diff(np.searchsorted(ends, bounds, side="right"), prepend=0),
        Numbered(list(map(_text, names.values)), names.codes[dialogues.codes]),
        Numbered(answers.values, answers.codes[dialogues.codes]),
        times, ports, list(map(_kind, kinds.values)), kinds.codes[dialogues.codes],
        list(map(_contexts.__getitem__, contexts.values)), contexts.codes)


def _parted(lines: pl.Series) -> tuple[pl.DataFrame, Numbered, pl.DataFrame]:
    """The parts of each line, the dialogues in them, and the parts of each of these."""
    parts = _cut(lines, _MARKS)
    dialogues = _numbered(parts["dialogue"].fill_null(""))
    return parts, dialogues, _cut(pl.Series(dialogues.values, dtype=pl.String), _DIALOGUE)


def _cut(texts: pl.Series, marks: _Marks) -> pl.DataFrame:
    """The parts of each text; some are null if it is not written as usual."""
    parts, rest = [], texts
    for name, mark in marks.items():
        if not mark:
            parts.append(rest.alias(name))
            break
        both = rest.str.splitn(mark, 2).struct
        parts.append(both.field("field_0").alias(name))
        rest = both.field("field_1")
    return pl.DataFrame(parts)


def _lacking(parts: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """The rows of which a part is null."""
    return parts.select(pl.any_horizontal(pl.all().is_null())).to_series().to_numpy()


def _in_order(line: str) -> str:
    """A record as the Resolver would have written it."""
    sketch = _SKETCHES.decode(line)
    told = {name: getattr(sketch, name) for name in _ORDER}
    told["answers"] = sketch.answers or None
    told["srcport"] = "" if sketch.srcport is None else str(sketch.srcport)
    return msgspec.json.encode(told).decode()


class _Contexts(dict[str, "_Sketch"]):
    """What the parts of a record say that are its context: the same few come in text after text.

    Some megabytes at most: all are forgotten when there are too many, and long ones are not remembered.
    """

    def __missing__(self, written: str) -> _Sketch:
        if len(self) >= _MOST_CONTEXTS:
            self.clear()
        sketch = _context(written)
        if len(written) <= _LONGEST_CONTEXT:
            self[written] = sketch
        return sketch


_MOST_CONTEXTS, _LONGEST_CONTEXT = 10_000, 1_024
_contexts = _Contexts()


def _context(written: str) -> _Sketch:
    head, source, tail = written.split("\n")
    record = (f'{head}{_MARKS["head"]}{_HOLE}{_MARKS["time"]}{_HOLE}"{_MARKS["dialogue"]}{source}{_MARKS["source"]}'
              f'{_HOLE}{_MARKS["port"]}{tail}')
    sketch = _SKETCHES.decode(record)
    if sketch != msgspec.structs.replace(
            sketch, query_timestamp=_HOLE, query_name=_HOLE, srcport=_HOLE, answers=msgspec.Raw(),
            **dict.fromkeys(_KIND)):
        raise ValueError("a field stands where it is not looked for")
    return sketch


def _kind(written: str) -> _Sketch:
    sketch = _SKETCHES.decode(
        f'{{{_MARKS["head"]}{_HOLE}{_MARKS["time"]}{_HOLE}{_DIALOGUE["name"]}{written}}}')
    if sketch != _Sketch(_HOLE, _HOLE, **{name: getattr(sketch, name) for name in _KIND}):
        raise ValueError("a field stands where it is not looked for")
    return sketch


def _text(written: str) -> str:
    """What a JSON string says, given without its quotes."""
    return _STRING.decode(f'"{written}"')


def _numbered(column: pl.Series) -> Numbered:
    different = column.unique(maintain_order=True)
    codes = column.cast(pl.Enum(different)).to_physical().cast(pl.UInt32).to_numpy()
    return Numbered(different.to_list(), codes)


def kept_frame(lookups: Lookups) -> pl.DataFrame:
    """All the records: those of `COLUMNS` that any of them has, without ``position``.

    Text that comes again and again is numbered (`vedette.logs.distinct`).

    Raises:
        msgspec.MsgspecError, ValueError: a record is not sound.
    """
    kinds = {name: [getattr(one, name) for one in lookups.kinds] for name in _KIND}
    columns = {name: [getattr(one, name) for one in lookups.contexts] for name in _CONTEXT}
    sources = [one.srcids or _NO_SOURCES for one in lookups.contexts]
    columns["instance_id"] = [one.instance for one in sources]
    columns |= {name: [getattr(one, name) for one in sources] for name in _SOURCE}
    series = {name: texts(name, values).gather(lookups.context) for name, values in columns.items()
              if any(value is not None for value in values)}
    series |= {name: texts(name, values).gather(lookups.kind) for name, values in kinds.items()
               if any(value is not None for value in values)}
    names = _plain(pl.Series(lookups.names.values, dtype=pl.String))
    series["query_name"] = texts("query_name", names.to_list()).gather(lookups.names.codes)
    answers = [_ANSWERS.decode(raw) for raw in lookups.answers.values]
    if any(answers):
        joined = pl.Series("answers", [_joined(one) for one in answers], pl.String)
        series["answers"] = lists(joined.str.split(_BETWEEN)).gather(lookups.answers.codes)
        series["answer_kinds"] = texts("answer_kinds", [_kinds(one) for one in answers]).gather(lookups.answers.codes)
    series["time"], series["srcport"] = lookups.times, lookups.ports
    return pl.DataFrame([series[name] for name in COLUMNS if name in series])


def check(line: bytes) -> None:
    """Raises ValueError or RecursionError: the line is not a sound record, as far as can be seen at once."""
    _SKETCHES.decode(line)


def names_frame(names: Sequence[str]) -> pl.DataFrame:
    """``query_name`` of each name, as it is written, in a frame, whose ``position`` is the place among them."""
    return _placed(_plain(pl.Series("query_name", names, pl.String)))


def answers_frame(written: Sequence[str]) -> pl.DataFrame:
    """``answers`` of answers as they are written; as `names_frame`.

    Raises:
        msgspec.MsgspecError: one is not a list of answers.
    """
    joined = [_joined(_ANSWERS.decode(raw)) for raw in written]
    return _placed(pl.Series("answers", joined, pl.String).str.split(_BETWEEN))


def _placed(values: pl.Series) -> pl.DataFrame:
    return pl.DataFrame([values, pl.Series("position", range(len(values)), pl.UInt32)])


def _plain(names: pl.Series) -> pl.Series:
    return names.str.to_lowercase().str.strip_suffix(".")


def recognise_record(value: Mapping[str, Any]) -> bool:
    """This JSON object is a record of a Resolver query log."""
    return "query_name" in value and "query_timestamp" in value


def read_lines(block: bytes, first_line: int, limits: Limits) -> Batch:
    """The records of a block of JSON lines, of which the first has the number ``first_line``.

    Lines that are not such records become dead letters.
    """
    try:
        queries = _DECODER.decode_lines(block)
        even = len(queries) == block.count(b"\n") + (not block.endswith(b"\n"))
        seldom = [name for name in _SELDOM if name.encode() in block]
        frame = _frame(queries, range(first_line, first_line + len(queries)), seldom) if even else None
    except (msgspec.MsgspecError, RecursionError, ValueError):
        frame = None
    if frame is not None:
        return Batch(LogKind.DNS, frame=frame)
    return _line_by_line(block, first_line, limits)


def read_records(values: Sequence[Mapping[str, Any]], positions: Sequence[int]) -> Batch:
    """The records among decoded JSON objects; those of other types become dead letters."""
    gathered = _Gathered()
    for position, value in zip(positions, values, strict=True):
        try:
            gathered.add(msgspec.convert(value, _Query), position)
        except (msgspec.MsgspecError, ValueError) as error:
            gathered.dead.append(_unreadable(position, error, str(value)))
    return gathered.batch()


def to_lookups(frame: pl.DataFrame) -> list[Lookup]:
    """The rows as objects; for the few that something selected."""
    return [_lookup(row) for row in frame.iter_rows(named=True)]


@dataclass(slots=True)
class _Gathered:
    """Sound records picked one by one, and what was not sound."""

    queries: list[_Query] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)

    def add(self, query: _Query, position: int) -> None:
        parse_time(query.query_timestamp)
        self.queries.append(query)
        self.positions.append(position)

    def batch(self) -> Batch:
        frame = _frame(self.queries, self.positions, _SELDOM)
        return Batch(LogKind.DNS, frame=frame, dead=self.dead or None)


def _line_by_line(block: bytes, first_line: int, limits: Limits) -> Batch:
    gathered = _Gathered()
    for position, line in enumerate(block.split(b"\n"), first_line):
        if not line.strip():
            continue
        try:
            gathered.add(_decoded(line, limits), position)
        except (msgspec.MsgspecError, RecursionError, ValueError) as error:
            letter = _UNREADABLE
            if len(gathered.dead) < limits.dead_letters:
                letter = _unreadable(position, error, line[:200].decode("utf-8", "replace"))
            gathered.dead.append(letter)
    return gathered.batch()


def _decoded(line: bytes, limits: Limits) -> _Query:
    if len(line) > limits.record:
        raise ValueError(f"record longer than {limits.record} bytes")
    return _DECODER.decode(line)


def _unreadable(position: int, error: Exception, shown: str) -> DeadLetter:
    return DeadLetter(position, f"not a readable look-up ({error})", shown[:200].replace("\0", "\\0"))


def _frame(queries: Sequence[_Query], positions: Sequence[int], seldom: Collection[str]) -> pl.DataFrame:
    """The columns of the records; those of `_SELDOM` that are not in ``seldom`` stay empty.

    Raises:
        ValueError: a time or a port of one of them cannot be read.
    """
    sources = [query.srcids or _NO_SOURCES for query in queries]
    texts: dict[str, list[str | None]] = {
        "account_id": [query.account_id for query in queries],
        "region": [query.region for query in queries],
        "vpc_id": [query.vpc_id for query in queries],
        "query_name": [query.query_name for query in queries],
        "query_type": [query.query_type for query in queries],
        "query_class": [query.query_class for query in queries],
        "rcode": [query.rcode for query in queries],
        "answers": [_joined(query.answers) for query in queries],
        "answer_kinds": [_kinds(query.answers) for query in queries],
        "srcaddr": [query.srcaddr for query in queries],
        "transport": [query.transport for query in queries],
        "instance_id": [source.instance for source in sources],
    }
    for name in seldom:
        holders: Sequence[_Query | _Sources] = sources if name.startswith("resolver") else queries
        texts[name] = [getattr(holder, name) for holder in holders]
    series = {name: pl.Series(name, values, pl.String) for name, values in texts.items()}
    series["time"] = _milliseconds([query.query_timestamp for query in queries])
    series["query_name"] = _plain(series["query_name"])
    series["answers"] = series["answers"].str.split(_BETWEEN)
    series["srcport"] = _ports([query.srcport for query in queries])
    series["position"] = pl.Series("position", positions, pl.UInt32)
    return pl.DataFrame(
        [series[name] if name in series else pl.Series(name, [None], kind).new_from_index(0, len(queries))
         for name, kind in COLUMNS.items()]
    )


_NO_SOURCES = _Sources()


def _joined(answers: tuple[_Answer, ...] | None) -> str | None:
    if not answers:
        return None
    if len(answers) == 1:
        return answers[0].rdata.replace(_BETWEEN, " ")
    joined = _BETWEEN.join([answer.rdata for answer in answers])
    if joined.count(_BETWEEN) == len(answers) - 1:
        return joined
    return _BETWEEN.join([answer.rdata.replace(_BETWEEN, " ") for answer in answers])


def _kinds(answers: tuple[_Answer, ...] | None) -> str | None:
    if not answers:
        return None
    if len(answers) == 1:
        return f"{answers[0].type} {answers[0].class_}"
    return ";".join([f"{answer.type} {answer.class_}" for answer in answers])


def _usual_times(told: pl.Series) -> pl.Series:
    """In milliseconds; null where one is not as usual."""
    return told.str.to_datetime(_ISO, time_unit="ms", strict=False).cast(pl.Int64).alias("time")


def _milliseconds(told: Sequence[str]) -> pl.Series:
    times = _usual_times(pl.Series(told, dtype=pl.String))
    if times.null_count():
        times = pl.Series("time", [parse_time(text) for text in told], pl.Int64)
    return times


def _ports(told: Sequence[str | int | None]) -> pl.Series:
    try:
        return pl.Series("srcport", told, pl.String, strict=True).cast(pl.UInt16)
    except (TypeError, pl.exceptions.PolarsError):
        return pl.Series("srcport", [_port(port) for port in told], pl.UInt16)


def _port(port: str | int | None) -> int | None:
    """None when it is no port: a look-up that says who asked for what, and when, is not lost for that."""
    try:
        number = int("" if port is None else port)
    except ValueError:
        return None
    return number if 0 <= number <= 65535 else None


def _lookup(row: dict[str, Any]) -> Lookup:
    data = row.get("answers") or ()
    kinds = (row.get("answer_kinds") or "").split(";")
    if len(kinds) != len(data):
        kinds = [""] * len(data)
    answers = tuple(
        Answer(rdata, *kind.split(" ", 1)) for rdata, kind in zip(data, kinds, strict=True)
    )
    given = {
        name: value for name, value in row.items() if value is not None and name in COLUMNS
        and name not in {"answers", "answer_kinds"}
    }
    return Lookup(**given, answers=answers, record=_identity(row))


def _identity(row: dict[str, Any]) -> str:
    told = [f"{name}={value}" for name in COLUMNS if name != "position" and (value := row.get(name)) is not None]
    return hashlib.blake2b("\n".join(told).encode(), digest_size=8).hexdigest()
