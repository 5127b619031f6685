"""VPC flow logs: what an interface sent and received, in text, in Parquet, and as CloudWatch Logs passes it on.

A batch of rows is a frame (its columns: `flow_fields.FIELDS`, of which `flow_fields.ALWAYS` are always there, and
``position``); the few rows that a detector keeps become `Flow` objects. Fields and formats:
https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hashlib import blake2b
from typing import Literal

import msgspec
import numpy as np
import polars as pl

from vedette.logs.flow_fields import (
    ALWAYS,
    DEFAULT_FORMAT,
    FIELDS,
    NOT_KEPT,
    faults,
    in_range,
    numeric,
    settled,
    without_data,
)
from vedette.logs.flow_orientation import oriented
from vedette.logs.flow_text import FlowLayout, is_default_row, is_of_gateway, read_lines, recognise
from vedette.logs.kinds import Batch, DeadLetter, Limits, LogKind

__all__ = [
    "ALWAYS",
    "FIELDS",
    "Flow",
    "FlowLayout",
    "is_default_row",
    "oriented",
    "read_lines",
    "read_parquet",
    "read_table",
    "recognise",
    "recognise_columns",
    "to_flows",
]

TCP, UDP = 6, 17
_SYN, _ACK = 2, 16
_RESERVED = 1024
_EPHEMERAL = 32768
"""Ports below the first are services'; from the second on, Linux and the IANA range take clients' ports."""


class Flow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of a flow log. Text that the row lacks is empty, a number that it lacks is None."""

    interface_id: str = ""
    account_id: str = ""
    vpc_id: str = ""
    subnet_id: str = ""
    instance_id: str = ""
    region: str = ""
    az_id: str = ""
    srcaddr: str = ""
    dstaddr: str = ""
    srcport: int | None = None
    dstport: int | None = None
    protocol: int | None = None
    """IANA number: 6 TCP, 17 UDP, 1 ICMP."""
    packets: int = 0
    bytes: int = 0
    start: int = 0
    """Seconds since the epoch."""
    end: int = 0
    action: str = ""
    """ACCEPT or REJECT."""
    tcp_flags: int | None = None
    """FIN 1, SYN 2, RST 4, SYN-ACK 18, ORed over the interval."""
    type: str = ""
    pkt_srcaddr: str = ""
    pkt_dstaddr: str = ""
    pkt_src_aws_service: str = ""
    pkt_dst_aws_service: str = ""
    flow_direction: str = ""
    traffic_path: int | None = None
    ecs_cluster_name: str = ""
    ecs_service_name: str = ""
    ecs_task_arn: str = ""
    ecs_container_id: str = ""
    reject_reason: str = ""
    resource_id: str = ""
    local: str = ""
    """The interface's own address; empty when it cannot be told which of the two it is."""
    remote: str = ""
    local_port: int | None = None
    remote_port: int | None = None
    outgoing: bool = False
    """The row's packets leave the interface. False too when that cannot be told: then ``local`` is empty."""
    initiator: Literal["local", "remote", ""] = ""
    """Who opened the conversation: from the TCP flags, else from which side has a client's port."""
    record: str = ""
    """Identity of the row: equal rows have equal ones, whichever format they came in."""
    position: int = -1

    @property
    def time(self) -> int:
        """When the interval's first packet came, in milliseconds since the epoch."""
        return self.start * 1000

    @property
    def end_time(self) -> int:
        """When the interval's last packet came, in milliseconds since the epoch."""
        return self.end * 1000


_DEFAULTS = {field.name: field.default for field in msgspec.structs.fields(Flow)}
_CANONICAL = tuple(name for name in FIELDS if name not in NOT_KEPT)


def to_flows(frame: pl.DataFrame) -> list[Flow]:
    """The rows as objects; for the few that something selected. Columns of `oriented` are used when there."""
    columns = [name for name in frame.columns if name in _DEFAULTS]
    told = pl.concat_str(
        [pl.lit(f"{name}=") + pl.col(name).cast(pl.String) for name in _CANONICAL if name in columns],
        separator="\n", ignore_nulls=True)
    rows = frame.select(
        *(pl.col(name) if _DEFAULTS[name] is None else pl.col(name).fill_null(_DEFAULTS[name]) for name in columns),
        _initiator(columns).alias("initiator"), told.alias("record"))
    flows = []
    for row in rows.iter_rows(named=True):
        row["record"] = blake2b(row["record"].encode(), digest_size=8).hexdigest()
        flows.append(Flow(**row))
    return flows


def _initiator(columns: Collection[str]) -> pl.Expr:
    """Who opened the conversation, as `Flow` says it."""
    flags, source, target, protocol, outgoing = (
        pl.col(name) if name in columns else pl.lit(None, kind) for name, kind in (
            ("tcp_flags", pl.UInt8), ("srcport", pl.UInt16), ("dstport", pl.UInt16), ("protocol", pl.UInt8),
            ("outgoing", pl.Boolean)))
    by_source = (
        pl.when(~protocol.is_in([TCP, UDP])).then(None)
        .when(((flags & _SYN) > 0) & (protocol != UDP).fill_null(value=True)).then((flags & _ACK) == 0)
        .when((source < _RESERVED) != (target < _RESERVED)).then(target < _RESERVED)
        .when((source < _EPHEMERAL) != (target < _EPHEMERAL)).then(target < _EPHEMERAL))
    return pl.when(by_source == outgoing).then(pl.lit("local")).when(by_source != outgoing).then(
        pl.lit("remote")).otherwise(pl.lit(""))


def read_rows(lines: Sequence[str], positions: Sequence[int], limits: Limits) -> Batch:
    """Rows in the default format (`is_default_row`) that stood each for itself, at these positions."""
    batch = read_lines("\n".join(lines).encode(), 0, FlowLayout(DEFAULT_FORMAT), limits)
    if batch.frame is not None:
        places = pl.Series("position", positions, pl.UInt32)
        batch.frame = batch.frame.with_columns(position=places.gather(batch.frame["position"]))
    if batch.dead:
        batch.dead = [msgspec.structs.replace(letter, position=positions[letter.position])
                      if letter.position >= 0 else letter for letter in batch.dead]
    return batch


def recognise_columns(columns: list[str]) -> bool:
    """A Parquet object with these columns is a flow log."""
    names = {name.replace("-", "_") for name in columns}
    known = len(names & FIELDS.keys()) > max(1, len(names) // 2)
    return known and bool(names & {"start", "end"}) and not is_of_gateway(names)


def read_parquet(frame: pl.DataFrame, limits: Limits, first_row: int = 0) -> Batch:
    """The rows of a flow log delivered as Parquet, of which the first has the number ``first_row``."""
    given = frame.rename({name: name.replace("-", "_") for name in frame.columns})
    batch = read_table(given, range(first_row, first_row + frame.height))
    if batch.dead and len(batch.dead) > limits.dead_letters:
        batch.dead[limits.dead_letters :] = [_UNREADABLE] * (len(batch.dead) - limits.dead_letters)
    return batch


def read_table(table: pl.DataFrame, positions: Sequence[int]) -> Batch:
    """Rows that are in columns already, named as in `FIELDS` but of any type; other columns are left out."""
    text = table.select(
        pl.col(name).cast(pl.String, strict=False).replace("-", None) if FIELDS[name] == pl.String else name
        for name in table.columns if name in FIELDS
    )
    numbers = numeric(text.columns)
    rows = text.with_columns(pl.col(name).cast(FIELDS[name], strict=False) for name in numbers).with_columns(
        pl.Series("position", positions, pl.UInt32)
    )
    tests = [(rows[name].is_null() & text[name].is_not_null(), in_range(name)) for name in numbers]
    tests += [
        (rows.select(broken=fault.broken)["broken"], fault.reason) for fault in faults(rows.columns)
    ]
    broken = np.zeros(rows.height, dtype=bool)
    dead: list[DeadLetter] = []
    for flags, reason in tests:
        wrong = np.broadcast_to(flags.to_numpy(), rows.height) & ~broken
        dead.extend(
            DeadLetter(positions[number], reason, str(text.row(number, named=True))[:200])
            for number in np.flatnonzero(wrong).tolist()
        )
        broken = broken | wrong
    if dead:
        dead.sort(key=lambda letter: letter.position)
        rows = rows.filter(pl.Series(~broken))
    passed_over = int(rows.select(without_data(rows.columns).sum()).item())
    return Batch(LogKind.VPC_FLOW, frame=settled(rows, passed_over), dead=dead or None, passed_over=passed_over)


_UNREADABLE = DeadLetter(-1, "one of very many unreadable rows")
