"""Records that are alike, as one row: what a profile tells of them, how many they are, and when they were.

A row is of records of one day that say the same in all of `columns_told`. ``count`` is how many, ``first`` and ``last``
are when (ms), ``bytes`` is the sum of flows'. Of three and more, ``hours`` has the hours of the day in which they were,
and ``each`` how many in each of them; of fewer, both are null, since ``first`` and ``last`` say it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from vedette.investigate.naming import NAMES
from vedette.logs.kinds import LogKind

HOUR, DAY = 3_600_000, 86_400_000
"""Milliseconds."""

MEASURES: dict[str, pl.DataType] = {
    "count": pl.Int64(), "first": pl.Int64(), "last": pl.Int64(), "bytes": pl.Int64(),
    "hours": pl.List(pl.UInt8()), "each": pl.List(pl.Int64()),
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
        *columns_told(log), count=pl.lit(1, pl.Int64), first=pl.col("time"), last=pl.col("time"), bytes=size,
        hours=pl.lit(None, MEASURES["hours"]), each=pl.lit(None, MEASURES["each"]))


def put_together(hours: Iterable[tuple[int, pl.DataFrame]], log: LogKind) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Records of some hours of one day as rows of those that are alike; and the same without their `ENDS`.

    ``hours`` has when each begins (ms) and its records with derived columns, each once.
    """
    alike = columns_told(log)
    fewer = [name for name in alike if name not in ENDS.get(log, ())]
    parts, without_ends = [], []
    for begin, rows in hours:
        hour = pl.lit(begin % DAY // HOUR, pl.UInt8).alias("hour")
        parts.append(one_by_one(rows, log).group_by(alike).agg(*_SUMS).with_columns(hour))
        if len(fewer) < len(alike):
            without_ends.append(parts[-1].group_by(fewer).agg(*_SUMS).with_columns(hour))
    told = _of_a_day(parts, alike)
    if not without_ends:
        return told, told.clear()
    return told, _of_a_day(without_ends, fewer).with_columns(
        pl.lit(None, told.schema[name]).alias(name) for name in ENDS[log]).select(told.columns)


def _of_a_day(hours: Sequence[pl.DataFrame], alike: Sequence[str]) -> pl.DataFrame:
    many = pl.col("count") > 2
    return pl.concat(hours).group_by(alike).agg(*_SUMS, hours=pl.col("hour"), each=pl.col("count")).with_columns(
        pl.when(many).then(name).alias(name) for name in ("hours", "each")).select(*alike, *MEASURES)


def moments(rows: pl.DataFrame, owner: Sequence[str]) -> pl.DataFrame:
    """When the records of some rows were: ``time``, to the hour where more is not known, ``count`` and ``failed_``.

    Those that differ in the columns of ``owner``, which it has too, apart.
    """
    rows = rows.select(*owner, "failed_", "count", "first", "last", "hours", "each")
    few = rows.filter(pl.col("each").is_null())
    one = pl.lit(1, pl.Int64)
    parts = [few.select(*owner, "failed_", time="first", count=one),
             few.filter(pl.col("count") > 1).select(*owner, "failed_", time="last", count=one)]
    if few.height < rows.height:
        many = rows.filter(pl.col("each").is_not_null()).select(
            *owner, "failed_", "hours", "each", time=pl.col("first") // DAY * DAY)
        many = many.explode("hours", "each").group_by(*owner, "failed_", "time", "hours").agg(pl.col("each").sum())
        parts.append(many.select(
            *owner, "failed_", time=pl.col("time") + pl.col("hours").cast(pl.Int64) * HOUR, count="each"))
    return pl.concat(parts)
