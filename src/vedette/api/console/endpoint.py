"""The endpoints under ``/vedette/v1``: each a function of the caller's context and of what is asked, one struct.

``@endpoint("GET", "/findings/{id}/evidence")`` on ``handler(context, asked)``: the struct that ``asked`` is annotated
with says which labels, query parameters (GET) or members of a JSON body (POST) there are, in camelCase, and what they
may be. What the handler returns is written as JSON.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, get_type_hints
from urllib.parse import unquote_to_bytes

import msgspec

from vedette.api.errors import BadRequest
from vedette.api.operation import Operation
from vedette.api.protocol import json_object
from vedette.api.sigv4 import normal_path

ROOT = b"vedette"
"""The first segment of these paths."""

_BEGINNING = (ROOT, b"v1")
_SHOWN = 200
_MOST = 100
"""Parameters of a query."""


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What is asked of an endpoint."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One of them, as `vedette.api.protocol.Route` is one of GuardDuty's operations."""

    name: str
    method: str
    path: tuple[bytes | None, ...]
    """Its segments; None is a label."""
    labels: tuple[str, ...]
    reads: type[Asked]
    operation: Operation
    status: int = 200
    token: None = None

    def read(self, labels: Sequence[bytes], query: bytes, content_type: bytes | None, body: bytes) -> dict[str, Any]:
        """The handler's one argument, ``asked``.

        Raises:
            BadRequest: it cannot be asked so; names the member.
        """
        given: dict[str, Any] = json_object(content_type, body) if self.method == "POST" else _parameters(query)
        for name, label in zip(self.labels, labels, strict=True):
            given[name] = _text(label, name)
        try:
            # A query's numbers are texts.
            return {"asked": msgspec.convert(given, self.reads, strict=self.method == "POST")}
        except (msgspec.ValidationError, RecursionError) as error:
            raise BadRequest(f"The request is rejected because {_said(error)}.") from None

    @staticmethod
    def write(result: Any) -> bytes:
        """The body of the answer."""
        return msgspec.json.encode(result)


_ENDPOINTS: list[Endpoint] = []


def endpoint(
    method: str, path: str, *, changes: bool = False, for_analysts: bool = False, admins_only: bool = False,
    from_outside: bool = True,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Serve ``/vedette/v1`` and ``path``, whose segments in braces are labels, by the function.

    Answers of one that answers not ``from_outside`` are kept until the database changes.
    """

    def served(handler: Callable[..., Any]) -> Callable[..., Any]:
        segments = path.split("/")[1:]
        parts = tuple(None if one.startswith("{") else one.encode() for one in segments)
        name = "".join(word.capitalize() for word in handler.__name__.split("_"))
        _ENDPOINTS.append(Endpoint(
            name, method, (*_BEGINNING, *parts), tuple(one[1:-1] for one in segments if one.startswith("{")),
            _asked_by(handler), Operation(handler, changes, from_outside, admins_only, for_analysts)))
        return handler

    return served


def find(method: str, raw_path: bytes) -> tuple[Endpoint, tuple[bytes, ...]] | None:
    """The endpoint of a request and the labels in its path, still percent-encoded. None: there is none."""
    path = normal_path(raw_path).split(b"/")[1:]
    for one in endpoints().get((method, len(path)), ()):
        if all(part and (wanted is None or wanted == part) for wanted, part in zip(one.path, path, strict=True)):
            return one, tuple(part for wanted, part in zip(one.path, path, strict=True) if wanted is None)
    return None


@cache
def endpoints() -> Mapping[tuple[str, int], Sequence[Endpoint]]:
    """Every endpoint, by method and number of segments."""
    import vedette.api.console.endpoints as group

    for module in pkgutil.iter_modules(group.__path__):
        importlib.import_module(f"{group.__name__}.{module.name}")
    found: dict[tuple[str, int], list[Endpoint]] = {}
    for one in _ENDPOINTS:
        found.setdefault((one.method, len(one.path)), []).append(one)
    return found


def _asked_by(handler: Callable[..., Any]) -> type[Asked]:
    hints = get_type_hints(handler, vars(inspect.getmodule(handler)))
    reads: type[Asked] = hints["asked"]
    return reads


def _parameters(query: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in query.split(b"&", _MOST) if query else ():
        name, _, value = part.partition(b"=")
        key = _text(_spaced(name), "query")
        # A presigned request has its signature here.
        if key.startswith("X-Amz-"):
            continue
        if key in found:
            raise BadRequest(f"The request is rejected because {key[:40]} is given more than once.")
        found[key] = _text(_spaced(value), key[:40])
    return found


def _spaced(raw: bytes) -> bytes:
    """In a query a plus stands for a space."""
    return raw.replace(b"+", b" ")


def _text(raw: bytes, name: str) -> str:
    try:
        text = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise BadRequest(f"The request is rejected because {name} is not percent-encoded UTF-8.")
    return text


def _said(error: Exception) -> str:
    said = " ".join(str(error).split())[:_SHOWN]
    return f"of what is asked: {said[:1].lower()}{said[1:]}"
