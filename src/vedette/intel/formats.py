"""GuardDuty's six list formats, read into entries."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from enum import StrEnum

import polars as pl

from vedette.errors import ListError
from vedette.intel.entries import NAME_SEPARATOR, ROWS, ListEntries, Rules, sort_out
from vedette.intel.limits import ListKind, ListLimits
from vedette.intel.stix import is_json, read_stix


class ListFormat(StrEnum):
    """The formats that GuardDuty reads a list in, by its own names."""

    TXT = "TXT"
    STIX = "STIX"
    OTX_CSV = "OTX_CSV"
    ALIEN_VAULT = "ALIEN_VAULT"
    PROOF_POINT = "PROOF_POINT"
    FIRE_EYE = "FIRE_EYE"


Passed = dict[str, int]

MIXED = frozenset({ListFormat.STIX, ListFormat.OTX_CSV, ListFormat.FIRE_EYE})
"""These say of each value what it is: an IP set takes the addresses and passes the domains over."""

_OTHER = "neither address nor domain"
_OTX_ADDRESSES = frozenset({"ipv4", "cidr", "ipv6"})
_OTX_DOMAINS = frozenset({"domain name", "domain", "hostname"})
_FIRE_EYE_VALUES = ("cidr", "domain", "ip")
_FIRE_EYE_NAMES = ("malwareFamily", "actor")


def parse_list(
    data: bytes, format: ListFormat, *, entities: bool, limits: ListLimits, name: str,  # noqa: A002
    kind: ListKind = ListKind.THREAT,
) -> ListEntries:
    """The entries of a list file.

    ``entities`` says whether it is an entity set (addresses and domains) or an IP set. In an IP set a
    domain is an error in the formats that do not say what a value is (TXT, PROOF_POINT, ALIEN_VAULT), and
    passed over in the others. Private and special-use addresses and IPv6 are never matched by GuardDuty:
    they are counted, not kept.

    Raises:
        ListError: the file is malformed or over a limit; ``where`` is ``name:line``.
    """
    check_size(data, limits, name)
    rules = Rules(
        name=name, entities=entities, max_entries=limits.entries(kind, entities=entities),
        mixed=format in MIXED,
        # A bundle of a report's indicators is no list of addresses: one odd value does not spoil it.
        lenient=format is ListFormat.STIX and is_json(data),
    )
    passed: Passed = {}
    if format is ListFormat.STIX:
        found = read_stix(data, name, rules.max_entries, passed)
        rows = pl.DataFrame(found, schema=ROWS, orient="row")
    else:
        rows = _READERS[format](decode(data, name), name, passed)
    entries = sort_out(rows, rules, passed)
    if not rows.height and not passed:
        raise ListError(f"has no entry that {format} would have", where=name)
    return entries


def check_size(data: bytes, limits: ListLimits, name: str) -> None:
    """Refuse a file that is too large, or has too many lines, to be worth looking into.

    Raises:
        ListError: it is.
    """
    if len(data) > limits.max_file_bytes:
        raise ListError(
            f"has {len(data):,} bytes, and at most {limits.max_file_bytes:,} are allowed", where=name
        )
    lines_there = data.count(b"\n")
    if lines_there > limits.max_lines:
        raise ListError(
            f"has {lines_there:,} lines, and at most {limits.max_lines:,} are allowed", where=name
        )


def decode(data: bytes, name: str) -> str:
    """The text of a list file: UTF-8, with or without a byte order mark.

    Raises:
        ListError: it is not UTF-8, naming the line; or it has a NUL.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ListError(f"byte 0x{data[error.start]:02x} is not UTF-8 text", where=f"{name}:{line}") from None
    nul = text.find("\0")
    if nul >= 0:
        line = text.count("\n", 0, nul) + 1
        raise ListError("holds a NUL byte: this is no text", where=f"{name}:{line}")
    return text


def lines(text: str, comment: str = "#") -> pl.DataFrame:
    """The rows of a file with one value a line; a comment behind a value becomes its threat name.

    A line that starts with a ``comment`` character or is blank is no row.
    """
    frame = pl.DataFrame({"text": text.split("\n")}).with_row_index("line", offset=1)
    frame = frame.with_columns(pl.col("text").str.strip_chars())
    frame = frame.filter((pl.col("text") != "") & ~pl.col("text").str.contains(rf"^[{comment}]"))
    noted = pl.col("text").str.contains(rf"\s[{comment}]")
    return frame.select(
        pl.col("line").cast(pl.Int64),
        value=pl.when(noted).then(pl.col("text").str.replace(rf"\s+[{comment}].*$", "")).otherwise("text"),
        names=pl.when(noted).then(pl.col("text").str.extract(rf"\s[{comment}]+\s*(.*)$")),
    )


def _txt(text: str, _name: str, _passed: Passed) -> pl.DataFrame:
    return lines(text)


def _alien_vault(text: str, name: str, _passed: Passed) -> pl.DataFrame:
    """``value#reliability#risk#type#country#city#lat,lon#n``; several types have ``;`` between them."""
    frame = pl.DataFrame({"text": text.split("\n")}).with_row_index("line", offset=1)
    frame = frame.with_columns(pl.col("text").str.strip_chars())
    frame = frame.filter((pl.col("text") != "") & ~pl.col("text").str.starts_with("#"))
    frame = frame.with_columns(fields=pl.col("text").str.split("#"))
    short = frame.filter(pl.col("fields").list.len() < 4)
    if short.height:
        line, row = short.select("line", "text").row(0)
        raise ListError(
            f"{row[:80]!r} is not value#reliability#risk#type#country#city#lat,lon#n", where=f"{name}:{line}"
        )
    return frame.select(
        pl.col("line").cast(pl.Int64),
        value=pl.col("fields").list.get(0).str.strip_chars(),
        names=pl.col("fields").list.get(3).str.replace_all(";", NAME_SEPARATOR, literal=True),
    )


def _otx(text: str, name: str, passed: Passed) -> pl.DataFrame:
    """``Indicator type, Indicator, Description``; what is neither address nor name is passed over."""
    rows = []
    reader = _Csv(text, name)
    column = reader.columns("Indicator type", "Indicator")
    described = reader.header.get("description")
    for line, fields in reader:
        kind = fields[column["indicator type"]].lower()
        if kind not in _OTX_ADDRESSES and kind not in _OTX_DOMAINS:
            passed[_OTHER] = passed.get(_OTHER, 0) + 1
            continue
        note = fields[described] if described is not None and described < len(fields) else ""
        rows.append((line, fields[column["indicator"]], note or None))
    return pl.DataFrame(rows, schema=ROWS, orient="row")


def _proof_point(text: str, name: str, _passed: Passed) -> pl.DataFrame:
    """``ip, category, score, first_seen, last_seen, ports (|)``; the first column is ``domain`` for names."""
    reader = _Csv(text, name)
    first = next((word for word in ("ip", "domain") if reader.header.get(word) == 0), None)
    if first is None or "category" not in reader.header:
        raise ListError(
            "the header is not 'ip, category, score, first_seen, last_seen, ports (|)' (or 'domain, …')",
            where=f"{name}:1",
        )
    category = reader.header["category"]
    rows = []
    for line, fields in reader:
        named = fields[category] if len(fields) > category else ""
        rows.append((line, fields[0], f"category {named}" if named else None))
    return pl.DataFrame(rows, schema=ROWS, orient="row")


def _fire_eye(text: str, name: str, passed: Passed) -> pl.DataFrame:
    """FireEye iSIGHT's 47 named columns, of which ``cidr``, ``domain`` and ``ip`` are values."""
    reader = _Csv(text, name)
    column = reader.columns("reportId", *_FIRE_EYE_VALUES)
    named = [reader.header[word.lower()] for word in _FIRE_EYE_NAMES if word.lower() in reader.header]
    rows = []
    for line, fields in reader:
        values = [fields[column[word]] for word in _FIRE_EYE_VALUES if fields[column[word]]]
        if not values:
            passed[_OTHER] = passed.get(_OTHER, 0) + 1
        names = [fields[place] for place in named if place < len(fields) and fields[place]]
        rows += [(line, value, NAME_SEPARATOR.join(names) or None) for value in values]
    return pl.DataFrame(rows, schema=ROWS, orient="row")


class _Csv:
    """A CSV text with a header: its columns by lower-case name, then its (line, fields) rows."""

    def __init__(self, text: str, name: str) -> None:
        self._name = name
        self._reader = csv.reader(io.StringIO(text), skipinitialspace=True)
        self._needed = 1
        first = next(self._rows(), None)
        if first is None:
            raise ListError("is empty: there is no header line", where=f"{name}:1")
        self.header = {word.strip().lower(): place for place, word in reversed(list(enumerate(first[1])))}

    def columns(self, *words: str) -> dict[str, int]:
        """Where those columns are; rows must reach as far."""
        missing = [word for word in words if word.lower() not in self.header]
        if missing:
            raise ListError(f"the header has no column {missing[0]!r}", where=f"{self._name}:1")
        found = {word.lower(): self.header[word.lower()] for word in words}
        self._needed = max(found.values()) + 1
        return found

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        for line, fields in self._rows():
            if len(fields) < self._needed:
                raise ListError(
                    f"has {len(fields)} columns, and the header needs at least {self._needed}",
                    where=f"{self._name}:{line}",
                )
            yield line, fields

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Rows that are not blank, with the line that each ends on."""
        try:
            for fields in self._reader:
                if any(fields):
                    yield self._reader.line_num, [field.strip() for field in fields]
        except csv.Error as error:
            raise ListError(f"is not CSV: {error}", where=f"{self._name}:{self._reader.line_num}") from None


_READERS: dict[ListFormat, Callable[[str, str, Passed], pl.DataFrame]] = {
    ListFormat.TXT: _txt,
    ListFormat.OTX_CSV: _otx,
    ListFormat.ALIEN_VAULT: _alien_vault,
    ListFormat.PROOF_POINT: _proof_point,
    ListFormat.FIRE_EYE: _fire_eye,
}
