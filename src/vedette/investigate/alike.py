"""Records that are alike, as one row: what a profile tells of them, how many they are, and when they were.

A row is of records of one day that say the same in all of `columns_told`. ``count`` is how many, ``first`` and ``last``
are when (ms), ``bytes`` is the sum of flows'. Of three and more, ``hours`` has the hours of the day in which they were,
and ``each`` how many in each of them; of fewer, both are null, since ``first`` and ``last`` say it.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from vedette.investigate.naming import NAMES
from vedette.logs.kinds import LogKind

HOUR, DAY = 3_600_000, 86_400_000
"""Milliseconds."""

MEASURES: dict[str, pl.DataType] = {
    "count": pl.Int64(), "first": pl.Int64(), "last": pl.Int64(), "bytes": pl.Int64(),
    "hours": pl.List(pl.UInt8()), "each": pl.List(pl.Int64()),
}


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
        *columns_told(log), count=pl.lit(1, pl.Int64), first=pl.col("time"), last=pl.col("time"), bytes=size,
        hours=pl.lit(None, MEASURES["hours"]), each=pl.lit(None, MEASURES["each"]))


def put_together(hours: Sequence[tuple[int, pl.DataFrame]], log: LogKind) -> pl.DataFrame:
    """Records of some hours of one day as rows of those that are alike.

    ``hours`` has when each begins (ms) and its records with derived columns, each once.
    """
    alike = columns_told(log)
    sums = [pl.col("count").sum(), pl.col("first").min(), pl.col("last").max(), pl.col("bytes").sum()]
    parts = [one_by_one(rows, log).group_by(alike).agg(*sums).with_columns(
        hour=pl.lit(begin % DAY // HOUR, pl.UInt8)) for begin, rows in hours]
    many = pl.col("count") > 2
    return pl.concat(parts).group_by(alike).agg(*sums, hours=pl.col("hour"), each=pl.col("count")).with_columns(
        pl.when(many).then(name).alias(name) for name in ("hours", "each")).select(*alike, *MEASURES)


def moments(rows: pl.DataFrame) -> pl.DataFrame:
    """When the records of some rows were: ``time``, to the hour where more is not known, ``count`` and ``failed_``."""
    rows = rows.select("failed_", "count", "first", "last", "hours", "each")
    few = rows.filter(pl.col("each").is_null())
    parts = [few.select("failed_", time="first", count=pl.lit(1, pl.Int64)),
             few.filter(pl.col("count") > 1).select("failed_", time="last", count=pl.lit(1, pl.Int64))]
    if few.height < rows.height:
        many = rows.filter(pl.col("each").is_not_null()).select(
            "failed_", "hours", "each", time=pl.col("first") // DAY * DAY)
        many = many.explode("hours", "each").group_by("failed_", "time", "hours").agg(pl.col("each").sum())
        parts.append(many.select(
            "failed_", time=pl.col("time") + pl.col("hours").cast(pl.Int64) * HOUR, count="each"))
    return pl.concat(parts)
