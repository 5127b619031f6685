"""Strategies of requests for an operation: as its model says, at its bounds, and damaged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape
from hypothesis import strategies as st

from tests.clients.model import wire

Known = Mapping[str, Sequence[Any]]
"""Values that there are, by the names of members."""


@dataclass(frozen=True)
class Asked:
    """A request before it is signed."""

    method: str
    target: str
    """Path and query."""
    body: bytes


HUGE = ["x" * 20_000, "\N{FIRE}" * 1_500, "\0", "a\0b", "\ud800", "a\udfffb", "\r\nx: y", "../../etc/passwd",
        "' OR 1=1 --", "%s%n", "${jndi:ldap://127.0.0.1/a}", "\u202e\u0000", " ", "\N{COMBINING ACUTE ACCENT}" * 50]
LONGEST = 18_000
"""Letters of a label or a query: more than 64 KiB of all of them is nothing that an HTTP server reads."""
NUMBERS = [0, -1, 1, 2**31 - 1, 2**31, -(2**31) - 1, 2**63 - 1, 2**63, -(2**63) - 1, 10**30, 0.5, -0.0, 1e308]
WILD = st.recursive(
    st.none() | st.booleans() | st.sampled_from(NUMBERS) | st.floats() | st.text(max_size=8) | st.sampled_from(HUGE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=5)
NO_JSON = [
    b"", b"{", b"[]", b"null", b'"x"', b"1", b"\xff\xfe{}", b"\xef\xbb\xbf{}", b"[" * 100_000, b'{"a":' * 20_000,
    b'{"name":"\\ud800"}', b'{"\\u0000":1}', b"{}{}", b"{'a':1}", b'{"a":NaN}', b"<a/>", b"name=x", b"\0" * 10,
    b'{"maxResults":1e999}', b'{"maxResults":' + b"9" * 10_000 + b"}"]


class Values:
    """Makes the strategy of each shape's values."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._made: dict[tuple[str, str], st.SearchStrategy[Any]] = {}

    def of(self, shape: Shape, name: str = "") -> st.SearchStrategy[Any]:
        """Values that the model allows, and some just beyond; ``name`` of the member that they are for."""
        key = shape.name, name
        if key not in self._made:
            self._made[key] = st.deferred(lambda: self._made[key])
            self._made[key] = self._make(shape, name)
        return self._made[key]

    def _make(self, shape: Shape, name: str) -> st.SearchStrategy[Any]:
        if name in self._known:
            return _mostly(st.sampled_from(list(self._known[name])), self._any(shape, name))
        return self._any(shape, name)

    def _any(self, shape: Shape, name: str) -> st.SearchStrategy[Any]:
        if isinstance(shape, StructureShape):
            return st.fixed_dictionaries(
                {wire(one, shape.members[one]): self.of(shape.members[one], one) for one in shape.required_members},
                optional={wire(one, member): self.of(member, one) for one, member in shape.members.items()
                          if one not in shape.required_members})
        if isinstance(shape, ListShape):
            member = self.of(shape.member, name.removesuffix("s"))
            many = member.map(lambda value: [value] * (shape.metadata.get("max", 50) + 1))
            return _mostly(st.lists(member, min_size=1, max_size=3), st.just([]) | many)
        if isinstance(shape, MapShape):
            return st.dictionaries(self.of(shape.key, f"{name} key"), self.of(shape.value, f"{name} value"), max_size=3)
        if isinstance(shape, StringShape):
            return _texts(shape)
        if shape.type_name == "boolean":
            return st.booleans()
        bounds = [shape.metadata.get("min", 1) - 1, shape.metadata.get("min", 1), shape.metadata.get("max", 100),
                  shape.metadata.get("max", 100) + 1]
        return _mostly(st.integers(1, 50), st.sampled_from(bounds) | st.sampled_from(NUMBERS))


def _mostly(sound: st.SearchStrategy[Any], odd: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One odd value in ten: with more, no request would get past the first check of its values."""
    return st.integers(0, 9).flatmap(lambda drawn: odd if drawn == 9 else sound)


def _texts(shape: StringShape) -> st.SearchStrategy[str]:
    if shape.enum:
        return _mostly(st.sampled_from(shape.enum), st.sampled_from([shape.enum[0].lower(), ""]))
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 300)
    edges = st.sampled_from(["x" * least, "x" * most, "x" * (most + 1), "1" * least, ""])
    if "pattern" in shape.metadata:
        return _mostly(st.from_regex(shape.metadata["pattern"], fullmatch=True), edges)
    return _mostly(st.text(min_size=least, max_size=min(most, least + 12)), edges)


@st.composite
def requests_of(draw: st.DrawFn, operation: OperationModel, values: Values) -> Asked:
    """A request for the operation, sound or damaged in one place."""
    shape = operation.input_shape
    members: dict[str, Shape] = dict(shape.members) if shape is not None else {}
    required = set(shape.required_members) if shape is not None else set()
    given: dict[str, Any] = draw(st.fixed_dictionaries(
        {name: values.of(members[name], name) for name in sorted(required)},
        optional={name: values.of(member, name) for name, member in members.items() if name not in required}))
    damage = draw(st.sampled_from(["none", "none", "none", "value", "inside", "missing", "unknown", "body"]))
    if given and damage in ("value", "missing"):
        chosen = draw(st.sampled_from(sorted(given)))
        if damage == "value":
            given[chosen] = draw(WILD)
        elif members[chosen].serialization.get("location") != "uri":
            del given[chosen]
    if damage == "inside":
        given = {name: _spoilt(draw, value) for name, value in given.items()}
    labels, query, body = {}, [], {}
    for name, value in given.items():
        place, there = members[name].serialization.get("location"), wire(name, members[name])
        if place == "uri":
            labels[there] = quote(_text(value), safe="", errors="surrogatepass")[:LONGEST]
        elif place == "querystring":
            query += [(there, _text(one)) for one in (value if isinstance(value, list) else [value])][:50]
        else:
            body[there] = value
    if damage == "unknown":
        body[draw(st.text(max_size=8))] = draw(WILD)
        query.append(("unknown", "x"))
    path = operation.http["requestUri"]
    for there, value in labels.items():
        path = path.replace(f"{{{there}}}", value)
    written_query = urlencode(query, errors="surrogatepass", quote_via=quote, safe="")
    written = json.dumps(body).encode() if body else b""
    return Asked(operation.http["method"],
                 path + ("?" + written_query[:LONGEST] if query else ""),
                 draw(st.sampled_from(NO_JSON)) if damage == "body" else written)


def _spoilt(draw: st.DrawFn, value: Any) -> Any:
    """The value with one thing in it replaced."""
    if isinstance(value, dict) and value:
        chosen = draw(st.sampled_from(sorted(value)))
        return {**value, chosen: _spoilt(draw, value[chosen])}
    if isinstance(value, list) and value:
        return [_spoilt(draw, value[0]), *value[1:]]
    return draw(WILD)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
