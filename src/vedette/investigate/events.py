"""The records that name an entity, the newest first, a page at a time."""

from __future__ import annotations

from typing import Any

import msgspec
import polars as pl

from vedette.engine.history_rows import SCHEMAS
from vedette.investigate.entity import Entity, EntityKind
from vedette.investigate.naming import NAMES
from vedette.investigate.profile import Sources, wanted_of
from vedette.investigate.sightings import sightings
from vedette.logs.kinds import LogKind

FURTHEST = 10_000
"""Records that can be paged through; ``total`` counts all."""

CUT = 4096
"""Characters of a text that are told; a cut shows as ``…``."""

_NEWEST = ["time", "object", "object_version", "position"]
_TURN = [True, False, False, False]


class Events(msgspec.Struct, frozen=True):
    """Some records of a log."""

    columns: list[str]
    """Those in which anything stands."""
    kinds: list[EntityKind | None]
    """What each of them names by its value alone; None: nothing."""
    rows: list[list[Any]]
    total: int


def events(sources: Sources, entity: Entity, log: LogKind, since: int, until: int, offset: int, limit: int) -> Events:
    """Records that name the entity from ``since`` up to, not including, ``until`` (ms).

    Raises:
        HistoryError: the event history cannot be read.
    """
    total = 0
    newest = pl.DataFrame(schema=SCHEMAS[log])
    if sources.past is not None:
        for rows in sightings(sources.past, wanted_of(sources, log, entity), since, until, list(SCHEMAS[log])):
            total += rows.height
            newest = pl.concat([newest, rows]).sort(_NEWEST, descending=_TURN, nulls_last=True).head(offset + limit)
    page = newest.slice(offset, limit)
    page = page.select(name for name in page.columns if page[name].null_count() < page.height)
    page, kinds = cut(page), kinds_of(log)
    return Events(
        page.columns, [kinds.get(name) for name in page.columns], [list(row) for row in page.iter_rows()], total)


def cut(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows as they are told, long texts cut."""
    return rows.with_columns(
        pl.when(pl.col(name).str.len_chars() > CUT).then(pl.col(name).str.head(CUT) + "…").otherwise(pl.col(name))
        for name, kind in rows.schema.items() if kind == pl.String)


def kinds_of(log: LogKind) -> dict[str, EntityKind]:
    """What columns of a log name by their value alone."""
    return {one.columns[0]: one.kind for one in NAMES[log].namings if len(one.columns) == 1}
