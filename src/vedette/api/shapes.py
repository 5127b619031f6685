"""What a service model says of values: functions that read a request's values, and that write a result's.

A model that says something these do not do is refused when it is loaded, not when a request meets it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from vedette.api.errors import BadRequest

Read = Callable[[Any, str], Any]
"""``read(value, where)``: the value as a handler gets it; raises BadRequest naming ``where``."""
Write = Callable[[Any], Any]

_LARGEST = {"integer": 2**31, "long": 2**63}
_LAST_SECOND = 253_402_300_799
"""The end of the year 9999."""

_SHOWN = 40
"""Letters of a wrong value that are told again."""


class UnservedModelError(ValueError):
    """The model uses a trait of the protocol that GuardDuty's does not, and that is not served."""


def invalid(where: str, why: str) -> BadRequest:
    """The refusal of a value."""
    return BadRequest(f"The request is rejected because the parameter {where} has an invalid value: {why}")


def missing(where: str) -> BadRequest:
    """The refusal of a request without something it needs."""
    return BadRequest(f"The request is rejected because the required parameter {where} is missing.")


def wire_name(name: str, shape: Shape) -> str:
    """What the member ``name`` of a structure is called on the wire."""
    return str(shape.serialization.get("name", name))


class Readers:
    """Makes the reading function of each shape, once."""

    def __init__(self) -> None:
        self._made: dict[str, Read] = {}

    def of(self, shape: Shape) -> Read:
        """The function that reads values of the shape.

        Raises:
            UnservedModelError: values of this kind are not served.
        """
        name = shape.name + str(shape.serialization.get("timestampFormat", ""))
        if name not in self._made:
            # A shape may hold itself: while it is being made, what holds it looks it up later.
            self._made[name] = lambda value, where: self._made[name](value, where)
            self._made[name] = self._make(shape)
        return self._made[name]

    def _make(self, shape: Shape) -> Read:
        _check_served(shape)
        if isinstance(shape, StructureShape):
            return self._structure(shape)
        if isinstance(shape, ListShape):
            return self._list(shape)
        if isinstance(shape, MapShape):
            return self._map(shape)
        if isinstance(shape, StringShape):
            return _string(shape)
        if shape.type_name in _LARGEST:
            return _integer(shape)
        return {"boolean": _boolean, "timestamp": _timestamp, "float": _number, "double": _number}[shape.type_name]

    def _structure(self, shape: StructureShape) -> Read:
        members = {wire_name(name, member): self.of(member) for name, member in shape.members.items()}
        required = [wire_name(name, shape.members[name]) for name in shape.required_members]

        def read(value: Any, where: str) -> Any:
            if not isinstance(value, dict):
                raise invalid(where, "it must be an object.")
            found = {}
            for name, inner in value.items():
                if name not in members:
                    raise invalid(where, f"it has no member {_clip(name)}.")
                if inner is not None:
                    found[name] = members[name](inner, f"{where}.{name}")
            for name in required:
                if name not in found:
                    raise missing(f"{where}.{name}")
            return found

        return read

    def _list(self, shape: ListShape) -> Read:
        member = self.of(shape.member)
        most = shape.metadata.get("max")

        def read(value: Any, where: str) -> Any:
            if not isinstance(value, list):
                raise invalid(where, "it must be a list.")
            if most is not None and len(value) > most:
                raise invalid(where, f"it must have at most {most} members, not {len(value)}.")
            return [member(inner, f"{where}[{place}]") for place, inner in enumerate(value)]

        return read

    def _map(self, shape: MapShape) -> Read:
        key_of, value_of = self.of(shape.key), self.of(shape.value)
        most = shape.metadata.get("max")

        def read(value: Any, where: str) -> Any:
            if not isinstance(value, dict):
                raise invalid(where, "it must be an object.")
            if most is not None and len(value) > most:
                raise invalid(where, f"it must have at most {most} members, not {len(value)}.")
            return {
                key_of(key, f"{where} (key)"): value_of(inner, f"{where}[{key[:_SHOWN]}]")
                for key, inner in value.items()}

        return read


class Writers:
    """Makes the writing function of each shape, once. None: its values are written as they are."""

    def __init__(self) -> None:
        self._made: dict[str, Write | None] = {}

    def of(self, shape: Shape) -> Write | None:
        """The function that writes values of the shape: without members that are None, times (ms) as seconds.

        Raises:
            UnservedModelError: values of this kind are not served.
        """
        name = shape.name + str(shape.serialization.get("timestampFormat", ""))
        if name not in self._made:
            self._made[name] = lambda value: (self._made[name] or _as_it_is)(value)
            self._made[name] = self._make(shape)
        return self._made[name]

    def _make(self, shape: Shape) -> Write | None:
        _check_served(shape)
        if isinstance(shape, StructureShape):
            members = {wire_name(name, member): self.of(member) for name, member in shape.members.items()}
            return lambda value: {
                name: inner if (write := members.get(name)) is None else write(inner)
                for name, inner in value.items() if inner is not None}
        if isinstance(shape, ListShape):
            member = self.of(shape.member)
            return None if member is None else lambda value: [member(inner) for inner in value]
        if isinstance(shape, MapShape):
            inside = self.of(shape.value) or _as_it_is
            return lambda value: {name: inside(inner) for name, inner in value.items() if inner is not None}
        return _seconds if shape.type_name == "timestamp" else None


def _check_served(shape: Shape) -> None:
    traits = shape.serialization
    if shape.type_name == "blob" or getattr(shape, "is_document_type", False):
        raise UnservedModelError(f"{shape.name}: blobs and documents are not served")
    if traits.get("timestampFormat", "unixTimestamp") != "unixTimestamp":
        raise UnservedModelError(f"{shape.name}: times are served as seconds since the epoch")
    if traits.keys() & {"flattened", "jsonvalue", "eventstream", "streaming"}:
        raise UnservedModelError(f"{shape.name}: {', '.join(traits)} are not served")


def _string(shape: StringShape) -> Read:
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", math.inf)
    allowed = frozenset(shape.enum)
    pattern = re.compile(shape.metadata["pattern"], re.ASCII) if "pattern" in shape.metadata else None

    def read(value: Any, where: str) -> str:
        if not isinstance(value, str):
            raise invalid(where, "it must be a string.")
        if not least <= len(value) <= most:
            wanted = f"from {least} to {most}" if most < math.inf else f"at least {least}"
            raise invalid(where, f"it must have {wanted} characters, not {len(value)}.")
        if allowed and value not in allowed:
            raise invalid(where, f"{_clip(value)} is none of {', '.join(sorted(allowed))}.")
        if pattern is not None and not pattern.fullmatch(value):
            raise invalid(where, f"{_clip(value)} does not match {pattern.pattern}")
        if "\0" in value:
            raise invalid(where, "it must not contain the character U+0000.")
        return value

    return read


def _integer(shape: Shape) -> Read:
    beyond = _LARGEST[shape.type_name]
    least, most = shape.metadata.get("min", -beyond), shape.metadata.get("max", beyond - 1)

    def read(value: Any, where: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise invalid(where, "it must be an integer.")
        if not least <= value <= most:
            raise invalid(where, f"it must be from {least} to {most}.")
        return value

    return read


def _boolean(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise invalid(where, "it must be true or false.")
    return value


def _number(value: Any, where: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise invalid(where, "it must be a number.")
    return float(value)


def _timestamp(value: Any, where: str) -> int:
    if not isinstance(value, int | float) or isinstance(value, bool) or not -_LAST_SECOND <= value <= _LAST_SECOND:
        raise invalid(where, "it must be a time in seconds since the epoch.")
    return round(value * 1000)


def _seconds(millis: int) -> float:
    return millis // 1000 if millis % 1000 == 0 else millis / 1000


def _as_it_is(value: Any) -> Any:
    return value


def _clip(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
