"""Tallies: what a profile tells of an entity's records, as lines that are added up.

Each line is of records of one account and Region, of when they were first and last (ms), and of one ``part``:

- ``seen``: all of them.
- ``when``: those of one moment, or of one hour where more is not known.
- ``called``: those that call one thing: ``value`` is the service and ``name`` the call.
- a kind of entity: those that name one of it besides the entity, ``value``; of flows with what went to it and came from
  it. Lines of the entity itself may be among them.
- ``ends``: flows of which, without knowing the interfaces' addresses, it cannot be told which end is the other one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from vedette.investigate.alike import HOUR
from vedette.investigate.entity import Entity, EntityKind
from vedette.investigate.naming import NAMES
from vedette.logs.flow_orientation import oriented
from vedette.logs.kinds import LogKind

SEEN, WHEN, CALLED, ENDS = "seen", "when", "called", "ends"

OWNER = ("region", "account")
"""Whose records a line is of."""

TALLY: dict[str, pl.DataType] = {
    "region": pl.String(), "account": pl.String(), "part": pl.Enum([SEEN, WHEN, CALLED, ENDS, *map(str, EntityKind)]),
    "value": pl.String(), "name": pl.String(), "count": pl.Int64(), "failed": pl.Int64(), "bytes_in": pl.Int64(),
    "bytes_out": pl.Int64(), "first": pl.Int64(), "last": pl.Int64(),
}
"""``failed`` is told of what was seen, when and what was called; ``bytes_in`` of ``ends`` is of either way.
A log's own are `columns_of_tallies`."""

_ENDS = ("interface_id", "srcaddr", "dstaddr", "pkt_srcaddr", "pkt_dstaddr")

_WITHOUT_ENDS = (EntityKind.IP, EntityKind.ACCOUNT)
"""Of flows of one of these all that is told of their ends needs nobody's addresses."""

_SUMS = (pl.col("count").sum(), pl.col("first").min(), pl.col("last").max())
_FAILED = pl.col("count").filter(pl.col("failed_")).sum().alias("failed")
_BYTES = (pl.col("bytes_in").sum(), pl.col("bytes_out").sum())


def columns_of_tallies(log: LogKind) -> dict[str, pl.DataType]:
    """The columns of a log's tallies."""
    return TALLY | (dict.fromkeys(_ENDS, pl.String()) if log is LogKind.VPC_FLOW else {})


def columns_read(log: LogKind, kind: EntityKind) -> list[str]:
    """Those of them in which anything stands of an entity of a kind."""
    return list(TALLY if kind in _WITHOUT_ENDS else columns_of_tallies(log))


def tally(rows: pl.DataFrame, log: LogKind, entity: Entity, addresses: pl.DataFrame | None = None) -> pl.DataFrame:
    """The tally of an entity's records.

    Args:
        rows: they, as `vedette.investigate.alike` has them.
        log: whose they are.
        entity: who they are of.
        addresses: the known addresses of interfaces: ``interface_id`` and ``address``. None: the tally is to be kept,
            with the `ENDS` of flows that only these tell, and with hours for moments.
    """
    rows = rows.with_columns(account=pl.col(NAMES[log].account)).with_row_index("row_")
    owners = rows.select(OWNER).unique()
    # Who groups by one column is quicker.
    by = [] if owners.height == 1 else list(OWNER)
    time = pl.col("first") if addresses is not None else pl.col("first") // HOUR * HOUR
    when = rows.select(*OWNER, "failed_", "count", time=time, first=time, last=time)
    parts = [_lines(rows, SEEN, by, [*_SUMS, _FAILED]), _lines(when, WHEN, [*by, "time"], [*_SUMS, _FAILED])]
    if NAMES[log].service is not None:
        called = rows.with_columns(value="service_", name="name_")
        parts.append(_lines(called, CALLED, [*by, "value", "name"], [*_SUMS, _FAILED]))
    parts += [_lines(told, kind, [*by, "value"], _SUMS) for kind, told in _named(rows, log)]
    if log is LogKind.VPC_FLOW and entity.kind is not EntityKind.ACCOUNT:
        if addresses is None and entity.kind not in _WITHOUT_ENDS:
            told = pl.col("flow_direction").is_in(["egress", "ingress"]).fill_null(value=False)
            rows, ends = rows.filter(told), rows.filter(~told)
            parts.append(_lines(ends.with_columns(bytes_in="bytes", bytes_out=pl.lit(0, pl.Int64)), ENDS,
                                [*by, *_ENDS], [*_SUMS, *_BYTES]))
        parts.append(_lines(_far_ends(rows, entity, addresses), EntityKind.IP, [*by, "value"], [*_SUMS, *_BYTES]))
    if not by:
        parts = [part.with_columns(pl.lit(owners[name][0], pl.String).alias(name) for name in OWNER) for part in parts]
    schema = columns_of_tallies(log)
    return pl.concat([pl.DataFrame(schema=schema), *parts], how="diagonal").select(*schema)


def oriented_lines(lines: pl.DataFrame, entity: Entity, addresses: pl.DataFrame) -> pl.DataFrame:
    """A tally of flows without `ENDS`: which end is the other one is told by the known addresses of interfaces."""
    ends = lines.filter(pl.col("part") == ENDS)
    if ends.is_empty():
        return lines
    far = _far_ends(ends.with_columns(bytes="bytes_in", flow_direction=pl.lit(None, pl.String)), entity, addresses)
    told = far.with_columns(pl.lit(str(EntityKind.IP), TALLY["part"]).alias("part"))
    return pl.concat([lines.filter(pl.col("part") != ENDS), told], how="diagonal")


def _lines(rows: pl.DataFrame, part: str, by: Sequence[str], sums: Sequence[pl.Expr]) -> pl.DataFrame:
    told = rows.group_by(by).agg(sums) if by else rows.select(sums).filter(pl.col("first").is_not_null())
    return told.drop("time", strict=False).with_columns(pl.lit(str(part), TALLY["part"]).alias("part"))


def _named(rows: pl.DataFrame, log: LogKind) -> list[tuple[EntityKind, pl.DataFrame]]:
    """By kinds, what rows name, ``value``: each row once for each."""
    by_kind: dict[EntityKind, list[pl.DataFrame]] = {}
    several: set[EntityKind] = set()
    for naming in NAMES[log].namings:
        if log is LogKind.VPC_FLOW and naming.kind is EntityKind.IP:
            continue  # told otherwise
        told = rows.select(*OWNER, "row_", "count", "first", "last", value=naming.told)
        if naming.many:
            told = told.explode("value")
        if naming.many or naming.kind in by_kind:
            several.add(naming.kind)
        by_kind.setdefault(naming.kind, []).append(told.filter(pl.col("value") != ""))
    # A record that names something twice was one meeting.
    return [(kind, pl.concat(parts).unique(["row_", "value"]) if kind in several else parts[0])
            for kind, parts in by_kind.items()]


def _far_ends(rows: pl.DataFrame, entity: Entity, addresses: pl.DataFrame | None) -> pl.DataFrame:
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
        *OWNER, "count", "first", "last", bytes_in=pl.when(~pl.col("outgoing")).then("bytes").otherwise(0),
        bytes_out=pl.when("outgoing").then("bytes").otherwise(0),
        value=pl.when(pl.col("outgoing").is_not_null()).then("remote")).filter(pl.col("value").is_not_null())
