"""How calls become rows of the event history: object by object, while what was decoded is still at hand.

A table holds what calls say again and again once, so that of each call a few numbers remain, and what it alone says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from operator import attrgetter
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from vedette.logs.cloudtrail import EARLIEST, LATEST, ApiCall, UserIdentity
from vedette.logs.distinct import Codes, Numbers, filled, texts

_END, _BETWEEN = "\x1e", "\x1f"
"""What ends a row and parts its columns while texts pass into a frame. Neither stands in JSON as it is written."""

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
_DOCUMENTS = ("request", "response", "additional", "resources")
_WHAT, _WHERE, _WHO = attrgetter(*_DONE), attrgetter(*_FROM), attrgetter(*_CALLER)
_RAW = attrgetter(*(f"raw_{name}" for name in _DOCUMENTS))
_IDENTITY, _ID, _TIME = map(attrgetter, ("user_identity", "event_id", "event_time"))


class CallTable:
    """The different things that calls say, each once."""

    def __init__(self) -> None:
        self.deeds, self.places = Numbers[tuple[Any, ...]](), Numbers[tuple[Any, ...]]()

    def keep(self, calls: Sequence[ApiCall]) -> KeptCalls:
        """Keep calls, just decoded."""
        length = len(calls)
        seconds = np.fromiter(map(datetime.timestamp, map(_TIME, calls)), np.float64, length)
        return KeptCalls(
            self, self.deeds.of(map(_WHAT, calls), length), self.places.of(map(_WHERE, calls), length),
            list(map(_IDENTITY, calls)),
            # As `ApiCall.time`.
            (seconds * 1000).astype(np.int64).clip(EARLIEST, LATEST), list(map(_ID, calls)),
            _END.encode().join(map(_BETWEEN.encode().join, map(_RAW, calls))))


@dataclass(frozen=True, slots=True)
class KeptCalls:
    """What each of several calls says, as numbers of a table and by itself."""

    table: CallTable
    deeds: Codes
    places: Codes
    callers: Sequence[UserIdentity | None]
    """Most calls of a caller share it."""
    times: npt.NDArray[np.int64]
    ids: Sequence[str]
    documents: bytes
    """JSON, as it is written: `_DOCUMENTS` of each call."""

    @property
    def size(self) -> int:
        """Bytes of what is held of the calls alone, about."""
        return len(self.documents) + _CALL * len(self.times)


def kept_frame(objects: Sequence[KeptCalls]) -> pl.DataFrame:
    """The columns of calls that are kept in one table; those of the place are not among them.

    Text that comes again and again is numbered (`vedette.logs.distinct`).
    """
    table = objects[0].table
    called = list(chain.from_iterable(one.callers for one in objects))
    _, places, callers = np.unique(
        np.fromiter(map(id, called), np.int64, len(called)), return_index=True, return_inverse=True)
    who = [called[place] or _NOBODY for place in places.tolist()]
    told: list[tuple[Iterable[str], Iterable[Sequence[Any]], npt.NDArray[Any]]] = [
        (_DONE, table.deeds, np.concatenate([one.deeds for one in objects])),
        (_FROM, table.places, np.concatenate([one.places for one in objects])),
        (_CALLER.values(), map(_WHO, who), callers),
        (["session"], [[_json(bytes(one.raw_session))] for one in who], callers)]
    columns = []
    for names, different, codes in told:
        for name, values in zip(names, zip(*different, strict=True), strict=True):
            column = texts(name, values) if name != "read_only" else pl.Series(name, values, pl.Boolean)
            columns.append(column.gather(codes))
    frame = pl.DataFrame([
        *columns, pl.Series("time", np.concatenate([one.times for one in objects])),
        pl.Series("event_id", list(chain.from_iterable(one.ids for one in objects)), pl.String),
        *_documents(_END.encode().join([one.documents for one in objects]))])
    return frame.with_columns(filled(frame["recipient_account_id"], frame["principal_account"]).alias("account"))


def _documents(text: bytes, encoding: Literal["utf8", "utf8-lossy"] = "utf8") -> list[pl.Series]:
    try:
        return pl.read_csv(
            text, separator=_BETWEEN, eol_char=_END, has_header=False, quote_char=None, encoding=encoding,
            null_values=_NULL, schema=dict.fromkeys(_DOCUMENTS, pl.String)).get_columns()
    except pl.exceptions.ComputeError:
        if encoding == "utf8-lossy":
            raise
        return _documents(text, "utf8-lossy")


def _json(raw: bytes) -> str | None:
    return None if raw == _NULL.encode() else str(raw, "utf-8", "replace")
