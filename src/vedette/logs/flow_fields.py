"""The fields of a VPC flow log row, their column types, and what makes a row sound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import polars as pl

_TEXT = pl.String()
_COUNT = pl.Int64()
_PORT = pl.UInt16()
_SMALL = pl.UInt8()

FIELDS: dict[str, pl.DataType] = {
    # version 2, in the order of the default format
    "version": _TEXT, "account_id": _TEXT, "interface_id": _TEXT, "srcaddr": _TEXT, "dstaddr": _TEXT,
    "srcport": _PORT, "dstport": _PORT, "protocol": _SMALL, "packets": _COUNT, "bytes": _COUNT,
    "start": _COUNT, "end": _COUNT, "action": _TEXT, "log_status": _TEXT,
    # 3
    "vpc_id": _TEXT, "subnet_id": _TEXT, "instance_id": _TEXT, "tcp_flags": _SMALL, "type": _TEXT,
    "pkt_srcaddr": _TEXT, "pkt_dstaddr": _TEXT,
    # 4
    "region": _TEXT, "az_id": _TEXT, "sublocation_type": _TEXT, "sublocation_id": _TEXT,
    # 5
    "pkt_src_aws_service": _TEXT, "pkt_dst_aws_service": _TEXT, "flow_direction": _TEXT, "traffic_path": _SMALL,
    # 7
    "ecs_cluster_arn": _TEXT, "ecs_cluster_name": _TEXT, "ecs_container_instance_arn": _TEXT,
    "ecs_container_instance_id": _TEXT, "ecs_container_id": _TEXT, "ecs_second_container_id": _TEXT,
    "ecs_service_name": _TEXT, "ecs_task_definition_arn": _TEXT, "ecs_task_arn": _TEXT, "ecs_task_id": _TEXT,
    # 8
    "reject_reason": _TEXT,
    # 9
    "resource_id": _TEXT,
    # 10
    "encryption_status": _SMALL,
}
"""Every published field, in ``snake_case`` (text logs write ``-``, Parquet ``_``), with the type of its column.

``start`` and ``end`` are seconds since the epoch. Version 6 belongs to transit gateway flow logs. Source:
https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
"""

DEFAULT_FORMAT = tuple(FIELDS)[:14]
"""What a flow log writes when nobody chose a format."""

ALWAYS = (
    "interface_id", "account_id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "packets", "bytes", "start",
    "end", "action",
)
"""Columns every frame has, null where the log's format lacks them."""

NOT_KEPT = ("version", "log_status")
"""Fields that say nothing more once a row is read."""

_LATEST = 253_402_300_799
_ADDRESS_LENGTH = 45
_STATUSES = ("OK", "NODATA", "SKIPDATA")


class Fault(NamedTuple):
    """A test that a broken row passes, and the reason to write into its dead letter."""

    broken: pl.Expr
    reason: str


def faults(columns: Iterable[str]) -> list[Fault]:
    """What can be wrong with a row beyond the types of its columns."""
    present = set(columns)
    found: list[Fault] = []

    def fault(name: str, broken: pl.Expr, right: str) -> None:
        if name in present:
            found.append(Fault(broken.fill_null(value=False), f"{name.replace('_', '-')} must be {right}"))

    status, action = pl.col("log_status"), pl.col("action")
    unknown = pl.all_horizontal(status != word for word in _STATUSES) | status.is_null()
    fault("log_status", unknown, "OK, NODATA or SKIPDATA")
    fault("action", (action != "ACCEPT") & (action != "REJECT"), "ACCEPT, REJECT or -")
    for name in ("start", "end"):
        fault(name, (pl.col(name) < 0) | (pl.col(name) > _LATEST), "seconds since 1970")
    for name in ("packets", "bytes"):
        fault(name, pl.col(name) < 0, "zero or more")
    for name in ("srcaddr", "dstaddr", "pkt_srcaddr", "pkt_dstaddr"):
        fault(name, pl.col(name).str.len_bytes() > _ADDRESS_LENGTH, "an IP address or -")
    times = [pl.col(name) for name in ("start", "end") if name in present]
    found.append(Fault(
        pl.all_horizontal(*(time.is_null() for time in times)) if times else pl.lit(value=True),
        "start and end are missing: the row cannot be placed in time",
    ))
    return found


def without_data(columns: Iterable[str]) -> pl.Expr:
    """Rows that tell of an interval without data (NODATA, SKIPDATA) instead of a flow."""
    if "log_status" in columns:
        return (pl.col("log_status") != "OK").fill_null(value=False)
    ends = [pl.col(name).is_null() for name in ("srcaddr", "dstaddr") if name in columns]
    return pl.all_horizontal(*ends) if len(ends) == 2 else pl.lit(value=False)


def settled(frame: pl.DataFrame, passed_over: int) -> pl.DataFrame:
    """The sound rows as every reader of flows meets them.

    Rows without data dropped, both times present, and the columns in one order: `ALWAYS`, others of `FIELDS`,
    ``position``. ``passed_over`` is how many rows are without data.
    """
    if passed_over:
        frame = frame.filter(~without_data(frame.columns))
    present = set(frame.columns)
    made = [pl.lit(None, FIELDS[name]).alias(name) for name in ALWAYS if name not in present]
    for name, other in (("start", "end"), ("end", "start")):
        if other in present and (name not in present or frame[name].null_count()):
            own = [pl.col(name)] if name in present else []
            made = [expression for expression in made if expression.meta.output_name() != name]
            made.append(pl.coalesce(*own, pl.col(other)).alias(name))
    kept = [name for name in FIELDS if name in present and name not in ALWAYS and name not in NOT_KEPT]
    return frame.with_columns(made).select(*ALWAYS, *kept, "position")


def in_range(name: str) -> str:
    """What a value of a numeric field must be, in words."""
    limits: dict[pl.DataType, int] = {_PORT: 65535, _SMALL: 255, _COUNT: 2**63 - 1}
    limit = limits[FIELDS[name]]
    return f"{name.replace('_', '-')} must be a whole number up to {limit} or -"


def numeric(columns: Sequence[str]) -> list[str]:
    """Those of the columns that hold numbers."""
    return [name for name in columns if name in FIELDS and FIELDS[name] != _TEXT]
