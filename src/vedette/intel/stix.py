"""STIX, both kinds: 1.2 XML as GuardDuty reads it, 2.x JSON as everyone else writes it.

Of XML: CybOX address and domain-name objects, wherever in the package they stand. Of JSON: indicator
patterns that name an address or a domain, and address and domain-name objects. All else (files, URLs,
reports) is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from xml.etree.ElementTree import ParseError

import msgspec
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from vedette.errors import ListError
from vedette.intel.addresses import cidrs, ipv4_number, ipv4_text

Row = tuple[int, str, str | None]

MAX_DEPTH = 60
"""XML nests a dozen deep in real packages."""
MAX_TEXT = 4096
"""Characters of an element's text that are kept: an address or a title is far shorter."""

_OTHER = "neither address nor domain"
_COMMA = "##comma##"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_QUOTED = r"'((?:[^'\\]|\\.)*+)'"
_COMPARISON = re.compile(
    r"\b(?:ipv4-addr|ipv6-addr|domain-name):value\s*+(NOT\s++)?(?:=|IN|ISSUBSET)\s*+"
    rf"({_QUOTED}|\(\s*+{_QUOTED}(?:\s*+,\s*+{_QUOTED})*+\s*+\))"
)
_STRING = re.compile(_QUOTED)
_BYTE = re.compile(r"\(byte (\d+)\)")
_ESCAPE = re.compile(r"\\(.)")
_CONJUNCTION = re.compile(r"\b(?:AND|FOLLOWEDBY)\b")


def is_json(data: bytes) -> bool:
    """Whether a STIX document is JSON (2.x), by its first character."""
    return _first(data) in {b"{", b"["}


def _first(data: bytes) -> bytes:
    return data[:256].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]


def read_stix(data: bytes, name: str, max_rows: int, passed: dict[str, int]) -> list[Row]:
    """The (line, value, threat name) rows of a STIX document, XML or JSON, told by its first character.

    JSON may be all on one line: its rows carry line 1, and errors name the object.

    Raises:
        ListError: malformed, or XML with a document type, entities or a nesting deeper than `MAX_DEPTH`.
    """
    if _first(data) == b"<":
        return _read_xml(data, name, max_rows, passed)
    if is_json(data):
        return _read_json(data, name, max_rows, passed)
    raise ListError("is neither XML (STIX 1.2) nor a JSON bundle (STIX 2.x)", where=f"{name}:1")


class _TooMany(Exception):  # noqa: N818
    """More rows than the list may have: reading further is pointless."""


class _Package:
    """Receives the elements of a STIX 1.2 package and keeps the rows of its address and domain objects."""

    def __init__(self, name: str, max_rows: int, passed: dict[str, int]) -> None:
        self.rows: list[Row] = []
        self.line: Callable[[], int] = lambda: 0
        self._name = name
        self._max_rows = max_rows
        self._passed = passed
        self._path: list[str] = []
        self._titles: list[tuple[int, str]] = []
        """(depth, title) of the indicator and observable that the parser is inside of."""
        self._object = ""
        self._category = ""
        self._depth = 0
        self._condition = ""
        self._text: list[str] = []
        self._kept = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        word = tag.rpartition("}")[2]
        if not self._path and word != "STIX_Package":
            raise ListError(f"the root element is {word[:40]!r}, not STIX_Package", where=self._where())
        self._path.append(word)
        if len(self._path) > MAX_DEPTH:
            raise ListError(f"elements nest deeper than {MAX_DEPTH}", where=self._where())
        if word == "Properties":
            self._object = attributes.get(_TYPE, "").rpartition(":")[2]
            self._category = attributes.get("category", "")
            self._depth = len(self._path)
        elif word in {"Address_Value", "Value"}:
            self._condition = attributes.get("condition", "Equals")
        self._text, self._kept = [], 0

    def data(self, text: str) -> None:
        if self._kept < MAX_TEXT:
            self._text.append(text[: MAX_TEXT - self._kept])
            self._kept += len(text)

    def end(self, _tag: str) -> None:
        word = self._path[-1]
        depth = len(self._path)
        text = "".join(self._text).strip()
        if word == "Title" and depth > 1 and self._path[-2] in {"Indicator", "Observable"}:
            self._titles.append((depth - 1, text))
        elif depth == self._depth + 1 and self._object == "AddressObjectType" and word == "Address_Value":
            self._address(text)
        elif depth == self._depth + 1 and self._object == "DomainNameObjectType" and word == "Value":
            self._domain(text)
        elif word == "Properties" and depth == self._depth:
            if self._object not in {"AddressObjectType", "DomainNameObjectType"}:
                self._pass(_OTHER)
            self._object, self._depth = "", 0
        while self._titles and self._titles[-1][0] >= depth:
            self._titles.pop()
        self._path.pop()
        self._text, self._kept = [], 0

    def close(self) -> None:
        """The package ended."""

    def _address(self, text: str) -> None:
        if self._category in {"ipv6-addr", "ipv6-net", "asn", "mac", "e-mail"}:
            self._pass("IPv6" if self._category.startswith("ipv6") else self._category)
            return
        values = [part.strip() for part in text.split(_COMMA)]
        if self._condition == "InclusiveBetween":
            for value in self._range(values):
                self._keep(value)
        elif self._condition == "Equals":
            for value in values:
                self._keep(value)
        else:
            raise ListError(
                f"condition {self._condition[:40]!r} is neither Equals nor InclusiveBetween",
                where=self._where(),
            )

    def _range(self, values: list[str]) -> list[str]:
        ends = [ipv4_number(value) for value in values]
        if len(ends) != 2 or min(ends) < 0 or ends[0] > ends[1]:
            raise ListError(
                f"{_COMMA.join(values)[:80]!r} is not first{_COMMA}last, two IPv4 addresses",
                where=self._where(),
            )
        return [f"{ipv4_text(low)}/{length}" for low, length in cidrs(*ends)]

    def _domain(self, text: str) -> None:
        if self._condition != "Equals":
            raise ListError(f"condition {self._condition[:40]!r} is not Equals", where=self._where())
        for value in text.split(_COMMA):
            self._keep(value.strip())

    def _keep(self, value: str) -> None:
        title = self._titles[-1][1] if self._titles else None
        self.rows.append((self.line(), value, title))
        if len(self.rows) > self._max_rows:
            raise _TooMany

    def _pass(self, reason: str) -> None:
        self._passed[reason] = self._passed.get(reason, 0) + 1

    def _where(self) -> str:
        return f"{self._name}:{self.line()}"


def _read_xml(data: bytes, name: str, max_rows: int, passed: dict[str, int]) -> list[Row]:
    package = _Package(name, max_rows, passed)
    parser = DefusedXMLParser(target=package, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    expat = parser.parser
    package.line = lambda: int(expat.CurrentLineNumber)
    try:
        parser.feed(data)
        parser.close()
    except _TooMany:
        pass
    except DefusedXmlException as error:
        raise ListError(
            f"declares a document type or entities ({type(error).__name__}), which a list may not",
            where=f"{name}:{package.line()}",
        ) from None
    except ParseError as error:
        raise ListError(f"is not well-formed XML: {error}", where=f"{name}:{error.position[0]}") from None
    except (LookupError, ValueError) as error:
        raise ListError(f"is in an encoding that is not read ({error}): save it as UTF-8", where=f"{name}:1") from None
    return package.rows


def _read_json(data: bytes, name: str, max_rows: int, passed: dict[str, int]) -> list[Row]:
    try:
        document = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError) as error:
        offset = _BYTE.search(str(error))
        line = data.count(b"\n", 0, int(offset[1])) + 1 if offset else 1
        raise ListError(f"is not JSON: {str(error)[:120]}", where=f"{name}:{line}") from None
    if isinstance(document, dict):
        # A bundle, or the single object that a producer writes without one.
        objects = document.get("objects") if document.get("type") == "bundle" else [document]
    else:
        objects = document
    if not isinstance(objects, list) or not all(map(_is_typed, objects)):
        raise ListError(
            "is not a STIX 2.x bundle: 'objects' is not a list of objects with a type", where=f"{name}:1"
        )
    rows: list[Row] = []
    for place, item in enumerate(objects):
        rows += _json_object(item, f"{name}:1", place, passed)
        if len(rows) > max_rows:
            break
    return rows


def _is_typed(item: object) -> bool:
    return isinstance(item, dict) and isinstance(item.get("type"), str)


def _json_object(item: dict[str, Any], where: str, place: int, passed: dict[str, int]) -> Iterable[Row]:
    kind = item["type"]
    if kind in {"ipv4-addr", "domain-name"}:
        if not isinstance(item.get("value"), str):
            raise ListError(f"objects[{place}] is a {kind} without a value", where=where)
        return [(1, item["value"], None)]
    if kind == "ipv6-addr":
        passed["IPv6"] = passed.get("IPv6", 0) + 1
        return []
    if kind != "indicator" or item.get("revoked") is True:
        return []
    pattern = item.get("pattern")
    if not isinstance(pattern, str):
        raise ListError(f"objects[{place}] is an indicator without a pattern", where=where)
    values = pattern_values(pattern) if item.get("pattern_type", "stix") == "stix" else []
    if not values:
        passed[_OTHER] = passed.get(_OTHER, 0) + 1
    label = item.get("name")
    return [(1, value, label if isinstance(label, str) else None) for value in values]


def pattern_values(pattern: str) -> list[str]:
    """The addresses and domains of which any one makes a STIX pattern true.

    Only OR-combined ``=``, ``IN`` and ``ISSUBSET`` comparisons are read. A pattern that needs several
    things at once (AND, FOLLOWEDBY) or the absence of one (NOT) is not proven by an address alone: it gives
    nothing.

    >>> pattern_values("[ipv4-addr:value ISSUBSET '198.51.100.0/24' OR domain-name:value = 'bad.example']")
    ['198.51.100.0/24', 'bad.example']
    """
    if _CONJUNCTION.search(_STRING.sub("''", pattern)):
        return []
    values = []
    for found in _COMPARISON.finditer(pattern):
        if not found[1]:
            values += [_ESCAPE.sub(r"\1", text) for text in _STRING.findall(found[2])]
    return values
