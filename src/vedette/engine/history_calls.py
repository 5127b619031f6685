"""How calls become rows of the event history: object by object, while what was decoded is still at hand.

A table holds what calls say again and again once, so that of each call a few numbers remain, and what it alone says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Any, Literal

import numpy as np
import polars as pl

from vedette.engine.call_numbers import CALLER, DEED, CallTable, NumberedCalls, Told
from vedette.logs.cloudtrail import EARLIEST, LATEST, UserIdentity
from vedette.logs.distinct import Codes, filled, texts

_END, _BETWEEN = b"\x1e", "\x1f"
"""What ends a text while texts pass into a column, and what would part columns. Neither stands in JSON as written."""

_NULL = "null"
"""How a record says in JSON that it lacks something."""

_CALL = 200
"""Bytes that are held of a call besides its documents, about."""

_NOBODY = UserIdentity()
_CALLER = {"type": "principal_type", "principal_id": "principal_id", "arn": "principal_arn",
           "account_id": "principal_account", "user_name": "user_name", "invoked_by": "invoked_by",
           "access_key_id": "access_key_id"}
_NOT_KEPT = frozenset({"management_event", "vpc_endpoint_account_id", "user_identity"})
_DOCUMENTS = ("request", "response", "additional", "resources")
_WHO = attrgetter(*_CALLER)
_IDENTITY = CALLER.index("user_identity")


@dataclass(frozen=True, slots=True)
class KeptCalls:
    """What each of several calls says, as numbers of a table and by itself."""

    table: CallTable
    deeds: Sequence[int]
    callers: Sequence[int]
    seconds: Sequence[float]
    ids: Sequence[str]
    messages: Sequence[str | None]
    documents: Sequence[bytes]
    """JSON, as it is written: each of `_DOCUMENTS`, of all calls."""

    @property
    def size(self) -> int:
        """Bytes of what is held of the calls alone, about."""
        return sum(map(len, self.documents)) + _CALL * len(self.ids)


def kept_calls(said: NumberedCalls) -> KeptCalls:
    """What is kept of calls, just decoded."""
    calls = said.calls
    documents = ([call.raw_request for call in calls], [call.raw_response for call in calls],
                 [call.raw_additional for call in calls], [call.raw_resources for call in calls])
    return KeptCalls(said.table, said.deeds, said.callers, said.seconds, said.ids,
                     [call.error_message for call in calls], list(map(_END.join, documents)))


def kept_frame(objects: Sequence[KeptCalls]) -> pl.DataFrame:
    """The columns of calls that are kept in one table; those of the place are not among them.

    Text that comes again and again is numbered (`vedette.logs.distinct`).
    """
    table = objects[0].table
    count = sum(len(one.ids) for one in objects)
    deeds, done = _used(table.deeds, chain.from_iterable(one.deeds for one in objects), count)
    callers, by = _used(table.callers, chain.from_iterable(one.callers for one in objects), count)
    identities = [caller[_IDENTITY] for caller in callers]
    places = {id(identity): place for place, identity in enumerate(dict.fromkeys(identities))}
    who = [identity or _NOBODY for identity in dict.fromkeys(identities)]
    whose = np.fromiter(map(places.__getitem__, map(id, identities)), np.uint32, len(identities))[by]
    told: list[tuple[Iterable[str], Iterable[Sequence[Any]], Codes]] = [
        (DEED, deeds, done), (CALLER, callers, by),
        (_CALLER.values(), map(_WHO, who), whose),
        (["session"], [[_json(bytes(one.raw_session))] for one in who], whose)]
    frames = [_told(names, different)[codes] for names, different, codes in told]
    columns = {column.name: column for column in chain.from_iterable(frames)}
    seconds = np.fromiter(chain.from_iterable(one.seconds for one in objects), np.float64, count)
    return pl.DataFrame([
        *columns.values(),
        filled(columns["recipient_account_id"], lambda: columns["principal_account"]).alias("account"),
        # As `ApiCall.time`.
        pl.Series("time", (seconds * 1000).astype(np.int64).clip(EARLIEST, LATEST)),
        pl.Series("event_id", list(chain.from_iterable(one.ids for one in objects)), pl.String),
        pl.Series("error_message", list(chain.from_iterable(one.messages for one in objects)), pl.String),
        *_documents(_END.join(one.documents[place] for place in range(len(_DOCUMENTS)) for one in objects), count)])


def _told(names: Iterable[str], different: Iterable[Sequence[Any]]) -> pl.DataFrame:
    """The columns of different things: a row each."""
    columns = zip(names, zip(*different, strict=True), strict=True)
    return pl.DataFrame([texts(name, values) if name != "read_only" else pl.Series(name, values, pl.Boolean)
                         for name, values in columns if name not in _NOT_KEPT])


def _used(told: Told, numbers: Iterable[int], count: int) -> tuple[list[tuple[Any, ...]], Codes]:
    """The different things that numbers stand for, and for each number which of these."""
    numbered = np.fromiter(numbers, np.uint32, count)
    used = np.zeros(len(told.things), bool)
    used[numbered] = True
    places = np.cumsum(used, dtype=np.uint32) - np.uint32(1)
    return [told.things[number] for number in np.flatnonzero(used).tolist()], places[numbered]


def _documents(text: bytes, count: int, encoding: Literal["utf8", "utf8-lossy"] = "utf8") -> list[pl.Series]:
    """The columns, of texts that come column by column, ``count`` of each."""
    try:
        told = pl.read_csv(
            text, separator=_BETWEEN, eol_char=_END.decode(), has_header=False, quote_char=None, encoding=encoding,
            null_values=_NULL, schema={"text": pl.String})["text"]
    except pl.exceptions.ComputeError:
        if encoding == "utf8-lossy":
            raise
        return _documents(text, count, "utf8-lossy")
    # In one chunk, as all other columns are: else a write cuts them all alike, and copies them.
    told = told.rechunk()
    return [told.slice(place * count, count).alias(name) for place, name in enumerate(_DOCUMENTS)]


def _json(raw: bytes) -> str | None:
    return None if raw == _NULL.encode() else str(raw, "utf-8", "replace")
