"""The least that reading a log costs: gunzip and a typed decode, nothing judged.

``python -m benchmarks.floor KIND DIR`` reads object by object with the very libraries that Vedette reads with, whole
records into types like the logs' own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import polars as pl
from isal import isal_zlib

from vedette.logs.cloudtrail import ApiCall
from vedette.logs.flow_fields import DEFAULT_FORMAT, FIELDS
from vedette.logs.kinds import LogKind


class Document(msgspec.Struct):
    """What CloudTrail delivers."""

    records: list[ApiCall] = msgspec.field(name="Records")


class Answer(msgspec.Struct, gc=False, rename="pascal"):
    """One answer of a look-up."""

    rdata: str = ""
    type: str = ""
    class_: str = msgspec.field(default="", name="Class")


class Source(msgspec.Struct, gc=False):
    """Who asked."""

    instance: str | None = None
    resolver_endpoint: str | None = None
    resolver_network_interface: str | None = None


class Query(msgspec.Struct, gc=False):
    """A look-up, with every field of the format."""

    query_name: str
    query_timestamp: str
    account_id: str | None = None
    region: str | None = None
    vpc_id: str | None = None
    query_type: str | None = None
    query_class: str | None = None
    rcode: str | None = None
    answers: tuple[Answer, ...] | None = None
    srcaddr: str | None = None
    srcport: str | int | None = None
    transport: str | None = None
    srcids: Source | None = None
    firewall_rule_action: str | None = None
    firewall_rule_group_id: str | None = None
    firewall_domain_list_id: str | None = None


_DOCUMENTS = msgspec.json.Decoder(Document)
_QUERIES = msgspec.json.Decoder(Query)
_SCHEMA = {name: FIELDS[name] for name in DEFAULT_FORMAT}


def _calls(text: bytes) -> int:
    return len(_DOCUMENTS.decode(text).records)


def _flows(text: bytes) -> int:
    return pl.read_csv(text, separator=" ", has_header=False, skip_rows=1, schema=_SCHEMA, null_values="-",
                       quote_char=None).height


def _lookups(text: bytes) -> int:
    return len(_QUERIES.decode_lines(text))


READ: dict[LogKind, Callable[[bytes], int]] = {
    LogKind.CLOUDTRAIL: _calls, LogKind.VPC_FLOW: _flows, LogKind.DNS: _lookups,
}


if __name__ == "__main__":
    read = READ[LogKind(sys.argv[1])]
    records = 0
    for path in sorted(Path(sys.argv[2]).rglob("*.gz")):
        text: bytes = isal_zlib.decompress(path.read_bytes(), 31)
        records += read(text)
    print(records)
