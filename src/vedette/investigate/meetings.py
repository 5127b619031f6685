"""Whom an entity's records name besides it: one row for each other, with how often, how much, and when."""

from __future__ import annotations

import numpy as np
import polars as pl

from vedette.investigate.entity import Entity, EntityKind
from vedette.investigate.naming import NAMES
from vedette.logs.flow_orientation import oriented
from vedette.logs.kinds import LogKind

MEETING = {
    "kind": pl.String(), "value": pl.String(), "count": pl.Int64(), "bytes_in": pl.Int64(), "bytes_out": pl.Int64(),
    "has_bytes": pl.Boolean(), "before": pl.Int64(), "first": pl.Int64(), "last": pl.Int64(),
}
"""``before`` counts the records that only tell what is usual; ``count`` and all else is of the others."""

_NO_PEER = {LogKind.VPC_FLOW: (EntityKind.IP,)}
"""What is told otherwise."""

_FIGURES = ("count", "before", "first", "last")


def meetings(rows: pl.DataFrame, log: LogKind, entity: Entity, addresses: pl.DataFrame) -> pl.DataFrame:
    """Others by how the rows name them; columns as in `MEETING`.

    Args:
        rows: an entity's records, as `vedette.investigate.alike` has them. ``count``, ``first``, ``last`` and ``bytes``
            are of those that do not only tell what is usual, ``before`` counts those that do.
        log: whose they are.
        entity: who they are of. It may be among the others.
        addresses: the known addresses of interfaces: ``interface_id`` and ``address``.
    """
    parts = [pl.DataFrame(schema=MEETING)]
    by_kind: dict[EntityKind, list[pl.DataFrame]] = {}
    several: set[EntityKind] = set()
    numbered = rows.with_row_index("row_")
    for naming in NAMES[log].namings:
        if naming.kind in _NO_PEER.get(log, ()):
            continue
        told = numbered.select(*_FIGURES, "row_", value=naming.told)
        if naming.many:
            told = told.explode("value")
        if naming.many or naming.kind in by_kind:
            several.add(naming.kind)
        by_kind.setdefault(naming.kind, []).append(told.filter(pl.col("value") != ""))
    for kind, parts_of_kind in by_kind.items():
        told = pl.concat(parts_of_kind)
        if kind in several:
            # A record that names something twice was one meeting.
            told = told.unique(["row_", "value"])
        parts.append(_counted(told.with_columns(bytes_in=pl.lit(0, pl.Int64), bytes_out=pl.lit(0, pl.Int64)), kind,
                              has_bytes=False))
    if log is LogKind.VPC_FLOW and entity.kind is not EntityKind.ACCOUNT:
        parts.append(_counted(_far_ends(rows, entity, addresses), EntityKind.IP, has_bytes=True))
    return pl.concat(parts)


def _far_ends(rows: pl.DataFrame, entity: Entity, addresses: pl.DataFrame) -> pl.DataFrame:
    """The other end of each flow, and what went to it and came from it.

    For an address the end that it is not; for others the end that is not their interface's: a flow of which that cannot
    be told has none.
    """
    if entity.kind is EntityKind.IP:
        sent = pl.any_horizontal(pl.col(name) == entity.value for name in ("srcaddr", "pkt_srcaddr"))
        rows = rows.with_columns(outgoing=sent.fill_null(value=False)).with_columns(
            remote=pl.when("outgoing").then(pl.coalesce("pkt_dstaddr", "dstaddr")).otherwise(
                pl.coalesce("pkt_srcaddr", "srcaddr")))
    else:
        # Each row by itself: what other rows are there must not change it. Nor do ports.
        alone = np.arange(rows.height, dtype=np.int64)
        ports = [pl.lit(None, pl.UInt16).alias(name) for name in ("srcport", "dstport")]
        rows = oriented(rows.with_columns(ports), addresses, alone).collect()
    return rows.select(
        *_FIGURES, bytes_in=pl.when(~pl.col("outgoing")).then("bytes").otherwise(0),
        bytes_out=pl.when("outgoing").then("bytes").otherwise(0),
        value=pl.when(pl.col("outgoing").is_not_null()).then("remote")).filter(pl.col("value").is_not_null())


def _counted(told: pl.DataFrame, kind: EntityKind, *, has_bytes: bool) -> pl.DataFrame:
    return told.group_by("value").agg(
        *(pl.col(name).sum() for name in ("count", "bytes_in", "bytes_out", "before")), pl.col("first").min(),
        pl.col("last").max()).with_columns(kind=pl.lit(str(kind)), has_bytes=pl.lit(has_bytes)).select(*MEETING)
