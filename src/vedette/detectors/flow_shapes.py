"""What several detector files ask of a flow row: is its far end outside, is it nothing but SYNs, has it an instance."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

import polars as pl

from vedette.detectors.known import Known
from vedette.logs.vpc_flow import TCP, Flow

SYN_SIZES = (40, 44, 48, 52, 60, 64, 68, 72, 80, 84)
"""Bytes of a bare SYN in IPv4 and IPv6, by its options. A SYN and an ACK together average to none of them."""

_INSIDE = (
    r"^(?:0\.|10\.|100\.(?:6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.|127\.|169\.254\.|172\.(?:1[6-9]|2[0-9]|3[01])\.|"
    r"192\.0\.0\.|192\.168\.|198\.1[89]\.|22[4-9]\.|2[345][0-9]\.)"
)
"""Private, shared, link-local, multicast and reserved IPv4 space. The documentation ranges count as outside: no real
network has them, and made-up logs use them for the Internet."""
_IPV4 = r"^[0-9]+\."
_IPV6_OUTSIDE = r"^[23][0-9a-fA-F]{3}:"
"""Global unicast, 2000::/3."""

_SYN, _ACK = 2, 16
_RESERVED, _CLIENT = 1024, 32_768


def outside(address: pl.Expr) -> pl.Expr:
    """Whether a string column's address is publicly routable, IPv4 or IPv6. A null gives false."""
    ipv4 = address.str.contains(_IPV4) & ~address.str.contains(_INSIDE)
    return (ipv4 | address.str.contains(_IPV6_OUTSIDE)).fill_null(value=False)


@lru_cache(maxsize=1 << 16)
def is_outside(address: str) -> bool:
    """The same of one address."""
    ipv4 = re.match(_IPV4, address) and not re.match(_INSIDE, address)
    return bool(ipv4 or re.match(_IPV6_OUTSIDE, address))


def network_of(address: str) -> str:
    """The address's neighbourhood, as text: its /24, or about its /48 in IPv6."""
    return ":".join(address.split(":")[:3]) if ":" in address else address.rpartition(".")[0]


def bare_syn(columns: Collection[str], attempts: int) -> pl.Expr:
    """Whether a row's packets, at most ``attempts``, are from here and nothing but SYNs, to what could be a service.

    ``columns`` are the frame's. Where it has TCP flags they must be a SYN's alone; where not, the ports must be as a
    client's are.
    """
    packets, size = pl.col("packets"), pl.col("bytes")
    bare = (
        pl.col("outgoing") & (pl.col("protocol") == TCP) & (packets <= attempts) & (packets > 0)
        & (size % packets == 0) & (size // packets).is_in(SYN_SIZES)
    )
    from_client = pl.when(pl.col("remote_port") < _RESERVED).then(pl.col("local_port") >= _RESERVED).otherwise(
        pl.col("local_port") >= _CLIENT)
    if "tcp_flags" not in columns:
        return bare & from_client
    flags = pl.col("tcp_flags")
    return bare & pl.when(flags.is_null()).then(from_client).otherwise(flags == _SYN)


def is_bare_syn(flow: Flow, attempts: int) -> bool:
    """The same of one row."""
    if not flow.outgoing or flow.protocol != TCP or not 0 < flow.packets <= attempts:
        return False
    if flow.bytes % flow.packets or flow.bytes // flow.packets not in SYN_SIZES:
        return False
    if flow.tcp_flags is not None:
        return flow.tcp_flags == _SYN
    return (flow.local_port or 0) >= (_RESERVED if (flow.remote_port or 0) < _RESERVED else _CLIENT)


def first_of_day(*columns: str | pl.Expr) -> pl.Expr:
    """Whether of its day's rows with the same values in these columns a row is the first, or began in the same second.

    Of the rows that are read together: what else of a day is selected depends on how a log is cut into pieces. So it is
    for detectors that do something at the first row of a day, and nothing at another.
    """
    return pl.col("start") == pl.col("start").min().over(*columns, pl.col("start") // 86_400)


def seen_daily(frame: pl.LazyFrame) -> pl.LazyFrame:
    """A row for each interface, address of it, and day on which it sent anything, for detectors that ask on which days
    it was there. Which of a day's rows it is depends on how a log is cut into pieces, and says nothing.
    """
    whose = pl.col("interface_id").hash(1) ^ pl.col("local").hash(2) ^ (pl.col("start") // 86_400).hash(3)
    return of_instances(frame.filter(pl.col("outgoing"))).filter(whose.is_first_distinct())


def opened_here(columns: Collection[str]) -> pl.Expr:
    """Whether the interface's own end opened a row's conversation, as `Flow.initiator` says it; ``columns``: the
    frame's. Many rows are asked, so it is said in fewer words than there."""
    here, there = pl.col("local_port"), pl.col("remote_port")
    by_ports = ((there < _RESERVED) & (here >= _RESERVED)) | ((there < _CLIENT) & (here >= _CLIENT))
    if "tcp_flags" not in columns:
        return by_ports
    flags = pl.col("tcp_flags")
    return pl.when((flags & _SYN != 0) & (pl.col("protocol") == TCP)).then(
        pl.col("outgoing") == (flags & _ACK == 0)).otherwise(by_ports)


def of_functions(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    """The rows of interfaces by which Lambda functions reach into a VPC. None where no inventory tells of any."""
    return frame.filter(pl.col("interface_id").is_in(list(known.inventory.interfaces_of_functions())))


def of_instances(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Without rows of NAT gateways, load balancers and endpoints, as far as the log tells them.

    A log that names the VPC of a row, and of other rows the instance, says of this one that there is none.
    """
    if {"instance_id", "vpc_id"} <= set(frame.collect_schema().names()):
        return frame.filter(pl.col("instance_id").is_not_null() | pl.col("vpc_id").is_null())
    return frame
