"""Records that are alike, as one row: what a profile tells of them, how many they are, and when they were.

A row is of records of one hour that say the same in all of `columns_told`. ``count`` is how many, ``first`` and
``last`` are when (ms), ``bytes`` is the sum of flows'.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from vedette.investigate.naming import NAMES
from vedette.logs.kinds import LogKind

HOUR, DAY = 3_600_000, 86_400_000
"""Milliseconds."""

MEASURES: dict[str, pl.DataType] = {
    "count": pl.Int64(), "first": pl.Int64(), "last": pl.Int64(), "bytes": pl.Int64(),
}

ENDS = {LogKind.VPC_FLOW: ("srcaddr", "dstaddr", "pkt_srcaddr", "pkt_dstaddr", "flow_direction")}
"""What nobody is told of an account's records: there are too many of them."""

_SUMS = (pl.col("count").sum(), pl.col("first").min(), pl.col("last").max(), pl.col("bytes").sum())


def columns_told(log: LogKind) -> list[str]:
    """What records that are alike have in common; ``failed_``, ``service_`` and ``name_`` are told in full."""
    names = NAMES[log]
    called = [] if names.service is None else ["service_", "name_"]
    return list(dict.fromkeys(["region", names.account, *names.told, "failed_", *called]))


def one_by_one(rows: pl.DataFrame, log: LogKind) -> pl.DataFrame:
    """Records as rows of one each; of each the columns that its log's profile reads, and derived ones."""
    names = NAMES[log]
    told = {"failed_": names.failed.fill_null(value=False)}
    if names.service is not None and names.name is not None:
        told |= {"service_": names.service, "name_": names.name}
    size = pl.col("bytes").cast(pl.Int64).fill_null(0) if log is LogKind.VPC_FLOW else pl.lit(0, pl.Int64)
    return rows.with_columns(**told).select(
        *columns_told(log), count=pl.lit(1, pl.Int64), first=pl.col("time"), last=pl.col("time"), bytes=size)


def put_together(hours: Iterable[pl.DataFrame], log: LogKind) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Records of some hours as rows of those that are alike; and the same without their `ENDS`.

    ``hours`` has the records of each, with derived columns, each once.
    """
    alike = columns_told(log)
    fewer = [name for name in alike if name not in ENDS.get(log, ())]
    parts, without_ends = [], []
    for rows in hours:
        parts.append(one_by_one(rows, log).group_by(alike).agg(*_SUMS))
        if len(fewer) < len(alike):
            without_ends.append(parts[-1].group_by(fewer).agg(*_SUMS))
    told = pl.concat(parts)
    if not without_ends:
        return told, told.clear()
    return told, pl.concat(without_ends).with_columns(
        pl.lit(None, told.schema[name]).alias(name) for name in ENDS[log]).select(told.columns)
