"""Rows of a VPC flow log, from conversations: what an interface's log says of the packets that passed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vedette.simulate.network import Instance

FLOW_V2 = (
    "version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol",
    "packets", "bytes",
    "start", "end", "action", "log-status",
)
"""The default format."""
FLOW_V5 = (
    *FLOW_V2, "vpc-id", "subnet-id", "instance-id", "tcp-flags", "type", "pkt-srcaddr", "pkt-dstaddr",
    "region",
    "az-id", "sublocation-type", "sublocation-id", "pkt-src-aws-service", "pkt-dst-aws-service",
    "flow-direction",
    "traffic-path",
)
"""A custom format with every field up to version 5."""

_VERSION_OF = dict.fromkeys(FLOW_V2, 2) | dict.fromkeys(
    ("vpc-id", "subnet-id", "instance-id", "tcp-flags", "type", "pkt-srcaddr", "pkt-dstaddr"), 3
) | dict.fromkeys(("region", "az-id", "sublocation-type", "sublocation-id"), 4)
_LATEST = 5

PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58}

FIN, SYN, RST, SYN_ACK = 1, 2, 4, 18
"""``tcp-flags`` as the log ORs them together: a lone ACK is not written, and SYN-ACK is 18."""

_AGGREGATION = 60
"""Seconds that one row of a conversation covers at most (the finer of AWS's two settings)."""


@dataclass(slots=True, kw_only=True)
class Conversation:
    """Packets between an instance and a remote host, in one connection or in many alike."""

    host: Instance
    remote: str
    remote_port: int
    local_port: int
    """0, as in ``remote_port``: an ephemeral port, another for each connection."""
    protocol: str
    started_by_host: bool
    accepted: bool
    answered: bool
    refused: bool
    """The other side answered, with RST: a closed port."""
    packets: int
    bytes: int
    reply_packets: int
    reply_bytes: int
    connections: int
    spread: float
    """Seconds over which the connections begin."""
    duration: float
    """Seconds that each connection lasts; one that outlasts a minute has a row for each minute."""


def rows_of(conversation: Conversation, start_ms: int) -> Iterator[dict[str, Any]]:
    """The rows that the host's interface logs, with every field of `FLOW_V5`."""
    c = conversation
    local = c.host.address_like(c.remote)
    forward_out = c.started_by_host
    for number in range(c.connections):
        begin = start_ms / 1000 + (c.spread * number / c.connections)
        if c.protocol.startswith("icmp"):
            port = remote_port = 0
        else:
            port = c.local_port or _ephemeral(number, start_ms)
            remote_port = c.remote_port or _ephemeral(number, start_ms + 7000)
        replies = c.accepted and (c.answered or c.refused)
        tcp = c.protocol == "tcp"
        ended = FIN if c.answered and c.accepted else 0
        spans = list(_minutes(begin, c.duration))
        # A packet passes in one minute: fewer packets than minutes leave rows in the first of them only.
        asked, answered = min(c.packets, len(spans)), min(c.reply_packets, len(spans)) if replies else 0
        for place, (first, last) in enumerate(spans):
            if place < asked:
                yield _row(
                    c, local, port, remote_port, out=forward_out, first=first, last=last,
                    packets=_share(c.packets, place, asked), size=_share(c.bytes, place, asked),
                    flags=((SYN if place == 0 else 0) | (ended if place + 1 == asked else 0)) if tcp else 0,
                )
            if place < answered:
                answer = RST if c.refused else (
                    (SYN_ACK if place == 0 else 0) | (ended if place + 1 == answered else 0))
                yield _row(
                    c, local, port, remote_port, out=not forward_out, first=first, last=last,
                    packets=_share(c.reply_packets, place, answered), size=_share(c.reply_bytes, place, answered),
                    flags=answer if tcp else 0,
                )


def raw_row(host: Instance, start_ms: int, fields: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the host's interface, of which the story gives what matters (``snake_case`` or AWS's own
    names).

    ``start`` and ``end`` count in seconds from the row's moment; ``end`` is a minute after ``start`` at the
    latest.
    """
    given = {name.replace("_", "-"): value for name, value in fields.items()}
    unknown = given.keys() - set(FLOW_V5)
    if unknown:
        raise ValueError(f"a flow log has no field {sorted(unknown)[0]!r}")
    begin = start_ms // 1000
    given["start"] = begin + int(given.get("start", 0))
    given["end"] = begin + int(given.get("end", 5))
    row: dict[str, Any] = dict.fromkeys(FLOW_V5) | _where(host) | {
        "action": "ACCEPT", "log-status": "OK",
    }
    row |= given
    if row["log-status"] == "OK":
        row["pkt-srcaddr"] = row["pkt-srcaddr"] or row["srcaddr"]
        row["pkt-dstaddr"] = row["pkt-dstaddr"] or row["dstaddr"]
        row["type"] = row["type"] or ("IPv6" if ":" in str(row["srcaddr"]) else "IPv4")
    elif "action" not in given:
        row["action"] = None
    return row


def header(fields: Sequence[str]) -> str:
    """The first line of a flow log object."""
    return " ".join(fields)


@cache
def format_version(fields: tuple[str, ...]) -> int:
    """What ``version`` says in a format: the latest version that one of its fields came with."""
    return max(_VERSION_OF.get(name, _LATEST) for name in fields)


def line(row: Mapping[str, Any], fields: tuple[str, ...]) -> str:
    """The row in a format; what is absent is ``-``."""
    values = {**row, "version": format_version(fields)}
    return " ".join(["-" if (value := values.get(name)) is None else str(value) for name in fields])


def _row(
    c: Conversation, local: str, port: int, remote_port: int, *, out: bool, first: int, last: int,
    packets: int,
    size: int, flags: int,
) -> dict[str, Any]:
    here, there = (local, port), (c.remote, remote_port)
    (source, source_port), (target, target_port) = (here, there) if out else (there, here)
    return _where(c.host) | {
        "srcaddr": source, "dstaddr": target, "srcport": source_port, "dstport": target_port,
        "protocol": PROTOCOLS[c.protocol], "packets": packets, "bytes": size, "start": first, "end": last,
        "action": "ACCEPT" if c.accepted else "REJECT", "log-status": "OK", "tcp-flags": flags,
        "type": "IPv6" if ":" in source else "IPv4", "pkt-srcaddr": source, "pkt-dstaddr": target,
        "flow-direction": "egress" if out else "ingress",
        "traffic-path": 8 if out and c.host.public_ip else None,
    }


def _where(host: Instance) -> dict[str, Any]:
    return {
        "account-id": host.account, "interface-id": host.interface, "vpc-id": host.vpc,
        "subnet-id": host.subnet,
        "instance-id": host.instance_id or None, "region": host.region, "az-id": "use1-az4",
    }


def _minutes(begin: float, duration: float) -> Iterator[tuple[int, int]]:
    """Cut a time at the minutes: the first and last second of each piece."""
    first, end = int(begin), int(begin + duration)
    while True:
        edge = first - first % _AGGREGATION + _AGGREGATION - 1
        yield first, min(edge, max(end, first))
        if end <= edge:
            return
        first = edge + 1


def _share(total: int, place: int, places: int) -> int:
    """One part of ``total``; the parts add up."""
    return total * (place + 1) // places - total * place // places


def _ephemeral(number: int, salt: int) -> int:
    return 32768 + (number * 7919 + salt // 1000 * 31) % 28000
