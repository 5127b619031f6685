"""Route 53 Resolver query logs: which names the machines of a VPC look up, and what they are told.

Format: one JSON object a look-up. A batch is a frame with the columns `COLUMNS`; the few look-ups that a detector
keeps become `Lookup` objects. Fields:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
import polars as pl

from vedette.logs.distinct import Codes, Numbers, lists, texts
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


_NAME, _ANSWERED, _TIME = attrgetter("query_name"), attrgetter("answers"), attrgetter("query_timestamp")

_DECODER = msgspec.json.Decoder(_Query)
_SKETCHES = msgspec.json.Decoder(_Sketch)
_ANSWERS = msgspec.json.Decoder(tuple[_Answer, ...] | None)


@dataclass(frozen=True, slots=True)
class LookupValues:
    """What a text of records says, as sets: how often each value stands there is left out."""

    records: int
    names: frozenset[str]
    answers: frozenset[bytes]
    """As they are written; not looked into yet."""
    times: frozenset[str]
    kept: KeptLookups | None = None

    @classmethod
    def of(cls, text: bytes, table: LookupTable | None = None) -> LookupValues:
        """The values of a text of JSON lines; its records are kept in the table, if there is one.

        Raises:
            msgspec.MsgspecError, ValueError: a record is not sound.
        """
        sketches = _SKETCHES.decode_lines(text)
        answers = list(map(bytes, map(_ANSWERED, sketches)))
        kept = table.keep(sketches, answers, firewalled=b'"firewall_' in text) if table is not None else None
        return cls(
            len(sketches), frozenset(map(_NAME, sketches)), frozenset(answers), frozenset(map(_TIME, sketches)), kept)


_CONTEXT = ("account_id", "region", "vpc_id", "query_type", "query_class", "rcode", "srcaddr", "transport", "srcids")
_FIREWALL = ("firewall_rule_action", "firewall_rule_group_id", "firewall_domain_list_id")
_SAID, _ALL_SAID = attrgetter(*_CONTEXT), attrgetter(*_CONTEXT, *_FIREWALL)


class LookupTable:
    """The different things that the records of several texts say, each once."""

    def __init__(self) -> None:
        self.contexts, self.names = Numbers[tuple[Any, ...]](), Numbers[str]()
        self.answers, self.times = Numbers[bytes](), Numbers[str]()

    def keep(self, sketches: Sequence[_Sketch], answers: Sequence[bytes], *, firewalled: bool) -> KeptLookups:
        """Keep the records of a text, just decoded.

        Args:
            sketches: the records.
            answers: of each, as they are written.
            firewalled: some may say what a DNS Firewall rule did.
        """
        length = len(sketches)
        return KeptLookups(
            self, self.contexts.of(map(_ALL_SAID if firewalled else _SAID, sketches), length),
            self.names.of(map(_NAME, sketches), length), self.answers.of(answers, length),
            self.times.of(map(_TIME, sketches), length), [sketch.srcport for sketch in sketches])


@dataclass(frozen=True, slots=True)
class KeptLookups:
    """What each record of a text says, as numbers of a table."""

    table: LookupTable
    contexts: Codes
    names: Codes
    answers: Codes
    times: Codes
    ports: Sequence[str | int | None]


def kept_frame(objects: Sequence[KeptLookups]) -> pl.DataFrame:
    """The records of several texts of one table: those of `COLUMNS` that any of them has, without ``position``.

    Text that comes again and again is numbered (`vedette.logs.distinct`).

    Raises:
        msgspec.MsgspecError, ValueError: answers, or a time, cannot be read.
    """
    table = objects[0].table
    width = len(_CONTEXT) + len(_FIREWALL)
    said = zip(*(one + (None,) * (width - len(one)) for one in table.contexts), strict=True)
    columns = dict(zip((*_CONTEXT, *_FIREWALL), said, strict=True))
    sources = [one or _NO_SOURCES for one in columns.pop("srcids")]
    columns["instance_id"] = tuple(one.instance for one in sources)
    columns |= {name: tuple(getattr(one, name) for one in sources) for name in _SELDOM if name.startswith("resolver")}
    contexts = np.concatenate([one.contexts for one in objects])
    series = {name: texts(name, values).gather(contexts) for name, values in columns.items()
              if any(value is not None for value in values)}
    names = texts("query_name", _plain(pl.Series(list(table.names), dtype=pl.String)).to_list())
    series["query_name"] = names.gather(np.concatenate([one.names for one in objects]))
    answered = np.concatenate([one.answers for one in objects])
    answers = [_ANSWERS.decode(raw) if raw else None for raw in table.answers]
    if any(answers):
        joined = pl.Series("answers", [_joined(one) for one in answers], pl.String)
        series["answers"] = lists(joined.str.split(_BETWEEN)).gather(answered)
        series["answer_kinds"] = texts("answer_kinds", [_kinds(one) for one in answers]).gather(answered)
    series["time"] = _milliseconds(list(table.times)).gather(np.concatenate([one.times for one in objects]))
    series["srcport"] = _ports(list(chain.from_iterable(one.ports for one in objects)))
    return pl.DataFrame([series[name] for name in COLUMNS if name in series])


def places_of(text: bytes, names: Set[str], answers: Set[bytes]) -> list[tuple[int, bytes, str, bytes]]:
    """The records that have one of these names or answers: the number of each, from 0, its line, name and answers.

    The text is sound, and each of its lines has an end.
    """
    written = _lines_with(text, [b'"%s"' % name.encode() for name in names] + list(answers)) if (
        len(names) + len(answers) <= _FEW and b"\\u" not in text and all(map(_PLAIN_NAME.fullmatch, names))) else None
    if written is None:
        written = list(enumerate(text.split(b"\n")[:-1]))
    sketches = _SKETCHES.decode_lines(b"\n".join([line for _, line in written]))
    return [(place, line, sketch.query_name, answer) for (place, line), sketch in zip(written, sketches, strict=True)
            if (answer := bytes(sketch.answers)) in answers or sketch.query_name in names]


_FEW = 8
"""So many values are searched for in a text; for more, all its records are decoded."""
_PLAIN_NAME = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)
"""What JSON can write in no other way than as it is, or with ``\\u``."""


def _lines_with(text: bytes, values: Sequence[bytes]) -> list[tuple[int, bytes]]:
    """The lines in which one of the values stands, by number."""
    begins: dict[int, int] = {}
    for value in values:
        at = text.find(value)
        while at >= 0:
            end = text.index(b"\n", at)
            begins[text.rfind(b"\n", 0, at) + 1] = end
            at = text.find(value, end)
    found, number, before = [], 0, 0
    for begin, end in sorted(begins.items()):
        number, before = number + text.count(b"\n", before, begin), begin
        found.append((number, text[begin:end]))
    return found


def times_of(written: Collection[str]) -> dict[str, int]:
    """Each ``query_timestamp`` in milliseconds since the epoch.

    Raises:
        ValueError: one cannot be read.
    """
    told = list(written)
    return dict(zip(told, _milliseconds(told).to_list(), strict=True))


def names_frame(written: Collection[str]) -> tuple[list[str], pl.DataFrame]:
    """Names as they are written, and ``query_name`` of each in a frame, whose ``position`` is the place in the list."""
    told = list(written)
    return told, _numbered(_plain(pl.Series("query_name", told, pl.String)))


def answers_frame(written: Collection[bytes]) -> tuple[list[bytes], pl.DataFrame]:
    """Answers as they are written, and ``answers`` of each in a frame; as `names_frame`.

    Raises:
        msgspec.MsgspecError: one is not a list of answers.
    """
    told = list(written)
    joined = [_joined(_ANSWERS.decode(raw)) if raw else None for raw in told]
    return told, _numbered(pl.Series("answers", joined, pl.String).str.split(_BETWEEN))


def _numbered(values: pl.Series) -> pl.DataFrame:
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
    series["time"] = _times(queries)
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


def _times(queries: Sequence[_Query]) -> pl.Series:
    return _milliseconds([query.query_timestamp for query in queries])


def _milliseconds(told: list[str]) -> pl.Series:
    times = pl.Series("time", told, pl.String).str.to_datetime(_ISO, time_unit="ms", strict=False).cast(pl.Int64)
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
