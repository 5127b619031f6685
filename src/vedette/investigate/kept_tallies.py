"""Kept tallies: of entities that a day's records name very often, what a profile tells of them, its hours added up.

They are made from the sums of the day. An entity of which none is kept is told from the sums, or from its records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import polars as pl

from vedette.engine.history_writer import write_whole
from vedette.investigate import sums
from vedette.investigate.entity import Entity, EntityKind
from vedette.investigate.kept import kept_rows, write_kept_rows
from vedette.investigate.naming import NAMES, names, namings_of
from vedette.investigate.tallies import SEEN, columns_of_tallies, tally
from vedette.logs.kinds import LogKind

MANY = 1 << 12
"""Rows of a day's sums that an entity has of which a tally is kept."""

_KIND = "vedette tallies 1"


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a tally stands."""

    first: int
    """Row."""
    height: int
    instance: str | None = None
    """Of an interface, the one instance that all its records name."""


class _Index(msgspec.Struct, frozen=True):
    what: str
    tallies: dict[EntityKind, dict[str, Place]]
    """By kind and value."""


def tallied_in(path: Path) -> dict[Entity, Place]:
    """Of whom tallies are kept, and where; of nobody, if they cannot be read."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_Index)
    except (OSError, msgspec.DecodeError):
        return {}
    if found.what != _KIND:
        return {}
    return {Entity(kind, value): place
            for kind, values in found.tallies.items() for value, place in values.items()}


def is_worth_it(parts: Sequence[Path]) -> bool:
    """There may be entities of whom a tally is kept.

    Raises:
        OSError: sums cannot be read.
    """
    return sum(sums.height_of(part) for part in parts) >= MANY


def write_tallies(parts: Sequence[Path], log: LogKind, path: Path) -> None:
    """Keep the tallies of what some sums are of, each hour in one of them.

    Raises:
        HistoryError: they cannot be written.
        polars.exceptions.PolarsError, OSError: sums cannot be read.
    """
    rows = {part: kept_rows(part).collect() for part in parts}
    index: dict[EntityKind, dict[str, Place]] = {}
    lines = [pl.DataFrame(schema=columns_of_tallies(log))]
    height = 0
    there: dict[int, list[tuple[Place, pl.DataFrame]]] = {}
    for entity in _frequent(rows, log):
        told = tally(_rows_of(rows, log, entity), log, entity)
        told = told.sort("part", *(name for name in told.columns if name != "part"))
        # An instance and its interface have one tally.
        same = there.setdefault(int(told.hash_rows().sum()), [])
        place = next((place for place, other in same if other.equals(told)), None)
        if place is None:
            place = Place(height, told.height)
            same.append((place, told))
            lines.append(told)
            height += told.height
        index.setdefault(entity.kind, {})[entity.value] = msgspec.structs.replace(
            place, instance=_instance(told, entity))
    write_kept_rows(pl.concat(lines), path)
    write_whole(path, msgspec.json.encode(_Index(_KIND, index)))


def _frequent(rows: Mapping[Path, pl.DataFrame], log: LogKind) -> list[Entity]:
    """Entities that some column names in `MANY` rows."""
    found: dict[Entity, None] = {}
    for naming in NAMES[log].namings:
        for one in (naming.told, naming.heard):
            if one is None:
                continue
            counts = [_counted(some.head(sums.height_of(part)), one) for part, some in rows.items()]
            often = pl.concat(counts).group_by("value").agg(pl.col("len").sum()).filter(
                (pl.col("len") >= MANY) & (pl.col("value") != ""))
            found |= dict.fromkeys(Entity(naming.kind, value) for value in often["value"].sort())
    return list(found)


def _counted(rows: pl.DataFrame, named: pl.Expr) -> pl.DataFrame:
    told = rows.select(value=named)
    if isinstance(told.schema["value"], pl.List):
        told = told.explode("value")
    return told.drop_nulls().group_by("value").len()


def _rows_of(rows: Mapping[Path, pl.DataFrame], log: LogKind, entity: Entity) -> pl.DataFrame:
    """The rows of sums that name an entity."""
    noted: list[str] | None = []
    for one in namings_of(log, entity.kind):
        noted = None if noted is None or one.noted is None else [*noted, *one.noted(entity.value)]
    found = [some.clear() for some in rows.values()]
    for part, some in rows.items():
        places = sums.places_in(part, noted)
        if places is None:
            raise OSError("sums cannot be read")
        found += [some.slice(*place) for place in places]
    return pl.concat(found).filter(names(log, entity))


def _instance(told: pl.DataFrame, entity: Entity) -> str | None:
    """Of an interface, the one instance that all its records name."""
    if entity.kind is not EntityKind.INTERFACE:
        return None
    seen = told.filter(pl.col("part") == SEEN)["count"].sum()
    named = told.filter(pl.col("part") == str(EntityKind.INSTANCE)).group_by("value").agg(pl.col("count").sum())
    return named["value"][0] if named.height == 1 and named["count"][0] == seen else None
