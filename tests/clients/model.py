"""GuardDuty's service model, as the tests of clients use it: requests made from it, answers held against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape

_SESSION = botocore.session.get_session()
MODEL = _SESSION.get_service_model("guardduty")
PAGINATORS: Mapping[str, Mapping[str, Any]] = _SESSION.get_component("data_loader").load_service_model(
    "guardduty", "paginators-1")["pagination"]

COMMON_ERRORS = frozenset({
    "AccessDeniedException", "IncompleteSignatureException", "InvalidSignatureException",
    "MissingAuthenticationTokenException", "RequestEntityTooLargeException", "UnknownOperationException",
    "UnrecognizedClientException"})
"""What AWS answers for any service, whatever its model says."""


def errors_of(operation: OperationModel) -> frozenset[str]:
    """The codes of the refusals that the model gives the operation; not that of the server's own faults."""
    return frozenset(shape.name for shape in operation.error_shapes) - {"InternalServerErrorException"}


def wire(name: str, shape: Shape) -> str:
    """The name of a structure's member in JSON."""
    return str(shape.serialization.get("name", name))


def least(shape: Shape, known: Mapping[str, Any], name: str = "") -> Any:
    """A value of the shape with no more than it needs. ``known`` gives values by the names of members."""
    if name in known:
        return known[name]
    if isinstance(shape, StructureShape):
        return {member: least(shape.members[member], known, member) for member in shape.required_members}
    if isinstance(shape, ListShape):
        return [least(shape.member, known, name.removesuffix("s"))]
    if isinstance(shape, MapShape):
        return {}
    if isinstance(shape, StringShape):
        return shape.enum[0] if shape.enum else "a" * max(1, shape.metadata.get("min", 1))
    return {"boolean": True, "timestamp": 1_700_000_000}.get(shape.type_name, shape.metadata.get("min", 1))


def faults(shape: Shape | None, value: Any, where: str = "") -> Iterator[str]:
    """What a value of an answer's JSON has that the model does not say, or lacks. Made for no name to be lost: parsers
    of clients drop what they do not know."""
    if shape is None:
        if value not in ({}, None):
            yield f"{where}: {value!r} where nothing is to be"
    elif isinstance(shape, StructureShape):
        if not isinstance(value, dict):
            yield f"{where}: {value!r} is no object"
            return
        members = {wire(name, member): member for name, member in shape.members.items()}
        for name, inner in value.items():
            if name in members:
                yield from faults(members[name], inner, f"{where}.{name}")
            else:
                yield f"{where}: there is no member {name}"
        for name in shape.required_members:
            if wire(name, shape.members[name]) not in value:
                yield f"{where}: {name} is missing"
    elif isinstance(shape, ListShape):
        if not isinstance(value, list):
            yield f"{where}: {value!r} is no list"
            return
        for inner in value:
            yield from faults(shape.member, inner, f"{where}[]")
    elif isinstance(shape, MapShape):
        if not isinstance(value, dict):
            yield f"{where}: {value!r} is no object"
            return
        for key, inner in value.items():
            yield from faults(shape.key, key, f"{where}(key)")
            yield from faults(shape.value, inner, f"{where}[{key}]")
    elif not _fits(shape, value):
        yield f"{where}: {value!r} is no {shape.type_name} {getattr(shape, 'enum', '') or ''}"


def _fits(shape: Shape, value: Any) -> bool:
    if isinstance(shape, StringShape):
        return isinstance(value, str) and (not shape.enum or value in shape.enum)
    if shape.type_name == "boolean":
        return isinstance(value, bool)
    whole = shape.type_name in ("integer", "long")
    return isinstance(value, int if whole else int | float) and not isinstance(value, bool)
