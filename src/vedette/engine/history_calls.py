"""How calls become rows of the event history: object by object, while what was decoded is still at hand.

A table holds what calls say again and again once, so that of each call a few numbers remain, and what it alone says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from vedette.logs.cloudtrail import EARLIEST, LATEST, ApiCall, UserIdentity
from vedette.logs.distinct import Codes, Numbers, lists, texts

_BETWEEN = "\x1e"
"""Joins texts while they pass into a column; taken out of an ARN that has it in it."""

_NULL = "null"
"""How a record says in JSON that it lacks something."""

_CALL = 200
"""Bytes that are held of a call besides its documents, about."""

_NOBODY = UserIdentity()
_DONE = ("event_source", "event_name", "event_type", "read_only", "error_code", "error_message")
_FROM = ("recipient_account_id", "region", "source_ip", "user_agent", "vpc_endpoint_id")
_CALLER = {"type": "principal_type", "principal_id": "principal_id", "arn": "principal_arn",
           "account_id": "principal_account", "user_name": "user_name", "invoked_by": "invoked_by",
           "access_key_id": "access_key_id"}
_WHAT, _WHERE, _WHO = attrgetter(*_DONE), attrgetter(*_FROM), attrgetter(*_CALLER)
_IDENTITY, _SESSION, _ID, _TIME = map(attrgetter, ("user_identity", "raw_session", "event_id", "event_time"))
_REQUEST, _RESPONSE, _ADDITIONAL, _CONCERNED = map(
    attrgetter, ("raw_request", "raw_response", "raw_additional", "raw_resources"))


class _Resource(msgspec.Struct):
    arn: str | None = msgspec.field(default=None, name="ARN")


_RESOURCES = msgspec.json.Decoder(list[_Resource])


class CallTable:
    """The different things that calls say, each once."""

    def __init__(self) -> None:
        self.deeds, self.callers = Numbers[tuple[Any, ...]](), Numbers[tuple[Any, ...]]()
        self.responses, self.resources = Numbers[bytes](), Numbers[bytes]()

    def keep(self, calls: Sequence[ApiCall]) -> KeptCalls:
        """Keep calls, just decoded."""
        length = len(calls)
        who = [identity or _NOBODY for identity in map(_IDENTITY, calls)]
        callers = zip(map(_WHERE, calls), map(_WHO, who), map(bytes, map(_SESSION, who)), strict=True)
        seconds = np.fromiter(map(datetime.timestamp, map(_TIME, calls)), np.float64, length)
        return KeptCalls(
            self, self.deeds.of(map(_WHAT, calls), length), self.callers.of(callers, length),
            self.responses.of(map(bytes, map(_RESPONSE, calls)), length),
            self.resources.of(map(bytes, map(_CONCERNED, calls)), length),
            # As `ApiCall.time`.
            (seconds * 1000).astype(np.int64).clip(EARLIEST, LATEST), list(map(_ID, calls)),
            _documents(list(map(_REQUEST, calls))), _documents(list(map(_ADDITIONAL, calls))))


@dataclass(frozen=True, slots=True)
class KeptCalls:
    """What each of several calls says, as numbers of a table and by itself."""

    table: CallTable
    deeds: Codes
    callers: Codes
    responses: Codes
    resources: Codes
    times: npt.NDArray[np.int64]
    ids: Sequence[str]
    requests: _Documents
    additional: _Documents

    @property
    def size(self) -> int:
        """Bytes of what is held of the calls alone, about."""
        return len(self.requests.text) + len(self.additional.text) + _CALL * len(self.times)


@dataclass(frozen=True, slots=True)
class _Documents:
    """JSON that is seldom the same twice."""

    text: str
    """Joined; empty when that cannot be."""
    apart: Sequence[str | None] = ()


def kept_frame(objects: Sequence[KeptCalls]) -> pl.DataFrame:
    """The columns of calls that are kept in one table; those of the place are not among them.

    Text that comes again and again is numbered (`vedette.logs.distinct`).
    """
    table = objects[0].table
    told: dict[str, Sequence[Any]] = dict(
        zip(_FROM, zip(*(where for where, _, _ in table.callers), strict=True), strict=True))
    told |= zip(_CALLER.values(), zip(*(who for _, who, _ in table.callers), strict=True), strict=True)
    own = told.pop("recipient_account_id")
    told["account"] = [one or other for one, other in zip(own, told["principal_account"], strict=True)]
    told["session"] = [_json(raw) for _, _, raw in table.callers]
    callers = np.concatenate([one.callers for one in objects])
    columns = [texts(name, values).gather(callers) for name, values in told.items()]
    deeds = np.concatenate([one.deeds for one in objects])
    for name, values in zip(_DONE, zip(*table.deeds, strict=True), strict=True):
        column = texts(name, values) if name != "read_only" else pl.Series(name, values, pl.Boolean)
        columns.append(column.gather(deeds))
    responses = texts("response", [_json(raw) for raw in table.responses])
    arns = pl.Series("resources", [_arns(raw) for raw in table.resources], pl.String).str.split(_BETWEEN)
    return pl.DataFrame([
        *columns, pl.Series("time", np.concatenate([one.times for one in objects])),
        responses.gather(np.concatenate([one.responses for one in objects])),
        lists(arns).gather(np.concatenate([one.resources for one in objects])),
        pl.Series("event_id", list(chain.from_iterable(one.ids for one in objects)), pl.String),
        _column("request", [one.requests for one in objects]),
        _column("additional", [one.additional for one in objects])])


def _documents(raws: Sequence[msgspec.Raw]) -> _Documents:
    try:
        text = _BETWEEN.encode().join(raws).decode()
    except UnicodeDecodeError:
        text = ""
    if text.count(_BETWEEN) != len(raws) - 1:
        return _Documents("", [_json(bytes(raw)) for raw in raws])
    return _Documents(text)


def _column(name: str, lots: Sequence[_Documents]) -> pl.Series:
    parts: list[pl.Series] = []
    for joined, alike in groupby(lots, lambda lot: bool(lot.text)):
        if joined:
            text = _BETWEEN.join([lot.text for lot in alike])
            parts.append(pl.Series(name, [text], pl.String).str.split(_BETWEEN).explode())
        else:
            parts += [pl.Series(name, lot.apart, pl.String) for lot in alike]
    column = pl.concat(parts)
    return column.set(column == _NULL, None)


def _json(raw: bytes) -> str | None:
    return None if raw == _NULL.encode() else str(raw, "utf-8", "replace")


def _arns(raw: bytes) -> str | None:
    """The ARNs of a record's ``resources``, joined; None when it has none that can be read."""
    try:
        return _BETWEEN.join([one.arn.replace(_BETWEEN, " ") for one in _RESOURCES.decode(raw) if one.arn]) or None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
