"""The event history's rows: what stands in its files of each log, and how records become such rows.

`SCHEMAS` is what a reader meets. Every row has ``time`` (ms), and where its record lies: ``object``, ``object_version``
and ``position`` (`vedette.logs.kinds.Batch`). A record that names no account or Region has those of its object's path.
Rows have no columns in which nothing stands; text in them may be numbered (`vedette.logs.distinct`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import chain

import numpy as np
import polars as pl

from vedette.engine.history_audits import COLUMNS as AUDITS
from vedette.engine.history_calls import KeptCalls, kept_frame
from vedette.engine.history_logins import COLUMNS as EVENTS
from vedette.logs.distinct import Codes, as_text, filled, texts
from vedette.logs.flow_fields import ALWAYS, FIELDS, NOT_KEPT
from vedette.logs.kinds import LogKind
from vedette.logs.resolver_dns import COLUMNS
from vedette.logs.small_objects import Places, Rows
from vedette.sources import LogObject

PLACE: dict[str, pl.DataType] = {"object": pl.String(), "object_version": pl.String(), "position": pl.UInt32()}
"""Where a record lies."""

_TEXT = pl.String()
_CALLS: dict[str, pl.DataType] = {
    "time": pl.Int64(), "account": _TEXT, "region": _TEXT, "event_source": _TEXT, "event_name": _TEXT,
    "event_id": _TEXT, "event_type": _TEXT, "principal_type": _TEXT, "principal_id": _TEXT, "principal_arn": _TEXT,
    "principal_account": _TEXT, "user_name": _TEXT, "invoked_by": _TEXT, "access_key_id": _TEXT, "source_ip": _TEXT,
    "user_agent": _TEXT, "vpc_endpoint_id": _TEXT, "error_code": _TEXT, "error_message": _TEXT,
    "read_only": pl.Boolean(), "resources": _TEXT, "session": _TEXT, "request": _TEXT, "response": _TEXT,
    "additional": _TEXT,
}
"""``session``, ``request``, ``response``, ``additional`` and ``resources`` are JSON, as the record has them."""

_FLOWS = {"time": pl.Int64(), **{name: FIELDS[name] for name in (*ALWAYS, *FIELDS) if name not in NOT_KEPT}}
"""``time`` is ``start`` in milliseconds."""

SCHEMAS: dict[LogKind, dict[str, pl.DataType]] = {
    LogKind.CLOUDTRAIL: _CALLS | PLACE,
    LogKind.VPC_FLOW: _FLOWS | PLACE,
    LogKind.DNS: {name: kind for name, kind in COLUMNS.items() if name != "position"} | PLACE,
    LogKind.EKS_AUDIT: {name: kind for name, kind in AUDITS.items() if name != "position"} | PLACE,
    LogKind.RDS: {name: kind for name, kind in EVENTS.items() if name != "position"} | PLACE,
}
"""The columns of each log, null where a record lacks them."""

def rows_of_calls(held: Sequence[tuple[KeptCalls, Sequence[int], LogObject]]) -> pl.DataFrame:
    """Calls of one table, each lot with its positions and its object."""
    calls = [kept for kept, _, _ in held]
    lengths = [len(kept.ids) for kept in calls]
    positions = np.fromiter(chain.from_iterable(positions for _, positions, _ in held), np.uint32, sum(lengths))
    owner = np.repeat(np.arange(len(held)), lengths)
    return _placed(LogKind.CLOUDTRAIL, kept_frame(calls), positions, owner, [obj for _, _, obj in held])


def rows_of_frame(kind: LogKind, frame: pl.DataFrame, obj: LogObject) -> pl.DataFrame:
    """Flows, look-ups, audit events or what happened at databases, of one object."""
    return _placed(kind, frame, None, None, [obj])


def rows_together(together: Rows, objects: Sequence[LogObject]) -> pl.DataFrame:
    """Records of several objects, those that ``together.owner`` numbers."""
    return _placed(together.kind, together.frame, together.line, together.owner, objects)


def joined(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The rows of all."""
    return frames[0] if len(frames) == 1 else pl.concat(map(as_text, frames), how="diagonal")


def _placed(
    kind: LogKind, frame: pl.DataFrame, positions: Places | Codes | None, owner: Places | None,
    objects: Sequence[LogObject],
) -> pl.DataFrame:
    def told(name: str, *, none: bool = False) -> pl.Series:
        values = texts(name, [getattr(obj, name) or (None if none else "") for obj in objects])
        return values.new_from_index(0, frame.height) if owner is None else values[owner]

    columns = {column.name: column for column in frame.get_columns()}
    columns["object"], columns["object_version"] = told("locator"), told("version")
    if positions is not None:
        columns["position"] = pl.Series(positions, dtype=pl.UInt32)
    if kind is LogKind.VPC_FLOW:
        columns["time"] = columns["start"] * 1000
    for name, path in (("account" if kind is LogKind.CLOUDTRAIL else "account_id", "account"), ("region", "region")):
        of_path = partial(told, path, none=True)
        columns[name] = filled(columns[name], of_path) if name in columns else of_path()
    return pl.DataFrame([columns[name].alias(name) for name in SCHEMAS[kind]
                         if name in columns and columns[name].null_count() < frame.height])
