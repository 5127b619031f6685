"""How what happened at databases becomes rows of the event history."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from vedette.logs.rds import DbEvent

COLUMNS: dict[str, pl.DataType] = {
    "time": pl.Int64(), "account_id": pl.String(), "region": pl.String(), "cluster": pl.String(),
    "instance": pl.String(), "did": pl.String(), "engine": pl.String(), "user": pl.String(), "database": pl.String(),
    "source": pl.String(), "port": pl.UInt16(), "session": pl.String(), "application": pl.String(),
    "ssl": pl.String(), "method": pl.String(), "reason": pl.String(), "command": pl.String(), "target": pl.String(),
    "rows": pl.Int64(), "statement": pl.String(), "position": pl.UInt32(),
}
"""``time`` is when it happened; ``did`` one of `vedette.logs.rds.Did`."""


def event_frame(events: Sequence[DbEvent], positions: Sequence[int]) -> pl.DataFrame:
    """Events as rows, each with its place in the object."""
    rows = [(
        event.moment, *(getattr(event, name) or None for name in _TEXTS), event.rows, event.statement or None, position,
    ) for event, position in zip(events, positions, strict=True)]
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


_TEXTS = tuple(COLUMNS)[1:-3]
