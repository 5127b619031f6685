"""A Route 53 Resolver query log record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vedette.logs.times import format_time

_ADDRESSES = frozenset({"A", "AAAA", "CNAME"})


def record_of(fields: Mapping[str, Any], millis: int) -> dict[str, Any]:
    """The record of a look-up that `vedette.simulate.network.Instance.resolves` made."""
    host = fields["host"]
    name = fields["name"]
    record: dict[str, Any] = {
        "version": "1.100000", "account_id": host.account, "region": host.region, "vpc_id": host.vpc,
        "query_timestamp": format_time(millis)[:19] + "Z",
        "query_name": name if name.endswith(".") else name + ".",
        "query_type": fields["qtype"], "query_class": "IN", "rcode": fields["rcode"],
        "answers": _answers(fields["answers"], fields["qtype"]), "srcaddr": host.private_ip,
        "srcport": str(fields["port"] or 32768 + millis // 1000 % 28000), "transport": fields["transport"],
        "srcids": {"instance": host.instance_id},
    }
    return record | dict(fields["more"])


def _answers(answers: Sequence[str | tuple[str, str]], qtype: str) -> list[dict[str, str]]:
    told = [answer if isinstance(answer, tuple) else (_type(answer, qtype), answer) for answer in answers]
    return [{"Rdata": data, "Type": kind, "Class": "IN"} for kind, data in told]


def _type(data: str, qtype: str) -> str:
    if qtype not in _ADDRESSES:
        return qtype
    if ":" in data:
        return "AAAA"
    return "A" if data.replace(".", "").isdigit() else "CNAME"
