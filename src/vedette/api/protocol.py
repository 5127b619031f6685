"""The HTTP protocol of a service model (AWS rest-json): which request is which operation, its members, its answer.

Members of requests are uri labels, query parameters and members of a JSON body, those of answers are members of a
JSON body: all that GuardDuty's model has. Members that clients send and the model does not have are refused, save
query parameters: half a criterion would match what was never meant.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape

from vedette.api.errors import BadRequest
from vedette.api.shapes import Read, Readers, UnservedModelError, Write, Writers, invalid, missing, wire_name
from vedette.api.sigv4 import normal_path

_JSON = re.compile(rb"application/(json|x-amz-json-1\.[01])\s*(;.*)?", re.IGNORECASE | re.DOTALL)
_REMEMBERED, _SHORT = 1024, 256
"""Requests' methods and paths whose routes are at hand, and the longest path (bytes) among them."""

_INTEGER = re.compile(r"-?\d{1,19}", re.ASCII)

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class _Member:
    argument: str
    """What the handler calls it."""
    read: Read


@dataclass(frozen=True, slots=True)
class _Parameter:
    member: _Member
    parse: Callable[[str, str], Any]
    """From the text of one value."""
    several: bool


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the model, ready to be served."""

    name: str
    status: int
    """Of a good answer."""
    token: str | None
    """The argument that makes a repeated request the same one (clientToken)."""
    _labels: tuple[tuple[str, _Member], ...]
    _parameters: Mapping[str, _Parameter]
    _members: Mapping[str, _Member]
    _required: tuple[tuple[str, str], ...]
    """(name on the wire, argument)."""
    _answer: Mapping[str, tuple[str, Write | None]]
    _promised: frozenset[str]
    """Members that every answer has."""

    def read(self, labels: Sequence[bytes], query: bytes, content_type: bytes | None, body: bytes) -> dict[str, Any]:
        """The arguments of the handler: top-level members in snake_case, what is in them by wire name.

        Raises:
            BadRequest: the request is not as the model says; names the parameter.
        """
        arguments: dict[str, Any] = {}
        for (shown, member), raw in zip(self._labels, labels, strict=True):
            arguments[member.argument] = member.read(_text(raw, shown), shown)
        if query and self._parameters:
            self._read_query(query, arguments)
        if body and self._members:
            for wire, value in json_object(content_type, body).items():
                found = self._members.get(wire)
                if found is None:
                    raise BadRequest(f"The request is rejected because {self.name} has no parameter {wire[:40]!r}.")
                if value is not None:
                    arguments[found.argument] = found.read(value, wire)
        for wire, argument in self._required:
            if argument not in arguments:
                raise missing(wire)
        return arguments

    def write(self, result: Mapping[str, Any] | None) -> bytes:
        """The body of the answer.

        Args:
            result: its members by the model's names; in them, wire names. Times are milliseconds. None stands for a
                member that is left out, even for one that the model requires.

        Raises:
            TypeError: it is not what the model says (a bug of the handler).
        """
        if self.status == 204:
            return b""
        given = {name: value for name, value in (result or {}).items() if value is not None}
        if wrong := given.keys() - self._answer.keys() or self._promised - (result or {}).keys():
            raise TypeError(f"the answer of {self.name} has no {sorted(wrong)}, or needs it")
        answer = {}
        for name, value in given.items():
            wire, write = self._answer[name]
            answer[wire] = value if write is None else write(value)
        return _encoder.encode(answer)

    def _read_query(self, query: bytes, arguments: dict[str, Any]) -> None:
        given: dict[str, list[bytes]] = defaultdict(list)
        for part in query.split(b"&"):
            name, _, value = part.partition(b"=")
            given[unquote_to_bytes(name).decode("utf-8", "replace")].append(value)
        for wire, parameter in self._parameters.items():
            if wire not in given:
                continue
            values = [parameter.parse(_text(raw, wire), wire) for raw in given[wire]]
            if not parameter.several and len(values) > 1:
                raise invalid(wire, "it is given more than once.")
            member = parameter.member
            arguments[member.argument] = member.read(values if parameter.several else values[0], wire)


class Protocol:
    """A service model, ready to be served.

    Raises:
        UnservedModelError: the model uses what GuardDuty's does not.
    """

    def __init__(self, model: ServiceModel) -> None:
        readers, writers = Readers(), Writers()
        routes: dict[tuple[str, int], list[tuple[tuple[bytes | None, ...], Route]]] = defaultdict(list)
        for name in model.operation_names:
            operation = model.operation_model(name)
            segments = operation.http["requestUri"].split("/")[1:]
            pattern = tuple(None if part.startswith("{") else part.encode() for part in segments)
            labels = [part[1:-1] for part in segments if part.startswith("{")]
            route = _route(operation, labels, readers, writers)
            routes[operation.http["method"], len(pattern)].append((pattern, route))
        for candidates in routes.values():
            # What is spelled out comes before what takes anything.
            candidates.sort(key=lambda one: [part is None for part in one[0]])
        self._routes = dict(routes)
        self._lately = lru_cache(_REMEMBERED)(self._found)
        self.roots = frozenset(pattern[0] for candidates in routes.values() for pattern, _ in candidates)
        """What the first segment of a path can be."""
        self.sensitive = frozenset(_sensitive(model))
        """Names (wire and snake_case) of members of requests that logs must not repeat."""

    def route(self, method: str, raw_path: bytes) -> tuple[Route, tuple[bytes, ...]] | None:
        """The operation of a request and the labels in its path, still percent-encoded. None: there is none."""
        return (self._lately if len(raw_path) <= _SHORT else self._found)(method, raw_path)

    def _found(self, method: str, raw_path: bytes) -> tuple[Route, tuple[bytes, ...]] | None:
        path = normal_path(raw_path).split(b"/")[1:]
        for pattern, route in self._routes.get((method, len(path)), ()):
            if all(part and (wanted is None or wanted == part) for wanted, part in zip(pattern, path, strict=True)):
                return route, tuple(part for wanted, part in zip(pattern, path, strict=True) if wanted is None)
        return None


@cache
def guardduty() -> Protocol:
    """GuardDuty's protocol, from botocore's model of it."""
    return Protocol(ServiceModel(Loader().load_service_model("guardduty", "service-2"), "guardduty"))


def _route(operation: OperationModel, labels: Sequence[str], readers: Readers, writers: Writers) -> Route:
    uri: dict[str, tuple[str, _Member]] = {}
    parameters: dict[str, _Parameter] = {}
    body: dict[str, _Member] = {}
    required: list[tuple[str, str]] = []
    for name, shape in _members(operation.input_shape):
        wire, member = wire_name(name, shape), _Member(xform_name(name), readers.of(shape))
        location = shape.serialization.get("location")
        if location == "uri":
            if shape.type_name != "string":
                raise UnservedModelError(f"{operation.name}.{name}: labels are strings")
            # The model's labels begin with a capital; GuardDuty's messages, and all other names on the wire, do not.
            uri[wire] = wire[:1].lower() + wire[1:], member
        elif location == "querystring":
            inner = shape.member if isinstance(shape, ListShape) else shape
            parameters[wire] = _Parameter(member, _parser(inner), isinstance(shape, ListShape))
        elif location is None:
            body[wire] = member
        else:
            raise UnservedModelError(f"{operation.name}.{name}: members of requests in {location} are not served")
        if operation.input_shape is not None and name in operation.input_shape.required_members:
            required.append((wire, member.argument))
    if uri.keys() != set(labels):
        raise UnservedModelError(f"{operation.name}: its path is not made of segments that are labels or texts")
    tokens = operation.idempotent_members
    answer = {}
    for name, shape in _members(operation.output_shape):
        if "location" in shape.serialization:
            raise UnservedModelError(f"{operation.name}.{name}: members of answers are served in the body only")
        answer[name] = wire_name(name, shape), writers.of(shape)
    return Route(
        operation.name, operation.http.get("responseCode", 200), xform_name(tokens[0]) if tokens else None,
        tuple(uri[label] for label in labels), parameters, body, tuple(required), answer,
        frozenset(operation.output_shape.required_members if operation.output_shape else ()))


def _members(shape: StructureShape | None) -> Iterator[tuple[str, Shape]]:
    if shape is None:
        return
    if "payload" in shape.serialization or getattr(shape, "is_document_type", False):
        raise UnservedModelError(f"{shape.name}: a member that is the whole body is not served")
    yield from shape.members.items()


def _parser(shape: Shape) -> Callable[[str, str], Any]:
    if shape.type_name == "string":
        return lambda text, _: text
    if shape.type_name in ("integer", "long"):
        return _integer_of
    if shape.type_name == "boolean":
        return _boolean_of
    raise UnservedModelError(f"{shape.name}: query parameters of type {shape.type_name} are not served")


def _integer_of(text: str, wire: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise invalid(wire, "it must be an integer.")
    return int(text)


def _boolean_of(text: str, wire: str) -> bool:
    if text not in ("true", "false"):
        raise invalid(wire, "it must be true or false.")
    return text == "true"


def _text(raw: bytes, wire: str) -> str:
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise invalid(wire, "it is not percent-encoded UTF-8.") from None


def json_object(content_type: bytes | None, body: bytes) -> dict[str, Any]:
    """A request's body.

    Raises:
        BadRequest: it is no JSON object.
    """
    if content_type is not None and not _JSON.fullmatch(content_type.strip()):
        raise BadRequest(
            f"The request is rejected because its Content-Type is {content_type[:40].decode('latin-1')!r}: the body "
            "must be application/json.")
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"The request is rejected because its body is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise BadRequest("The request is rejected because its body is not a JSON object.")
    return found


def _sensitive(model: ServiceModel) -> Iterator[str]:
    met: set[str] = set()
    shapes: list[Shape | None] = [model.operation_model(name).input_shape for name in model.operation_names]
    while shapes:
        shape = shapes.pop()
        if not isinstance(shape, StructureShape | ListShape | MapShape) or shape.name in met:
            continue
        met.add(shape.name)
        if not isinstance(shape, StructureShape):
            shapes.append(shape.member if isinstance(shape, ListShape) else shape.value)
            continue
        shapes.extend(shape.members.values())
        for name, member in shape.members.items():
            if member.metadata.get("sensitive"):
                yield from (wire_name(name, member), xform_name(name))
