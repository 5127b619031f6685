"""The least that reading a log costs: gunzip and a typed decode, nothing judged.

``python -m benchmarks.floor KIND DIR`` reads object by object with the very libraries that Vedette reads with, whole
records into types of its own: a floor must not change with the code that is measured against it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from isal import isal_zlib

from vedette.logs.flow_fields import DEFAULT_FORMAT, FIELDS
from vedette.logs.kinds import LogKind

_NOTHING = msgspec.Raw(b"null")


class Issuer(msgspec.Struct, rename="camel"):
    """Who issued a session."""

    type: str | None = None
    principal_id: str | None = None
    arn: str | None = None
    account_id: str | None = None
    user_name: str | None = None


class Session(msgspec.Struct, rename="camel"):
    """Where temporary credentials come from."""

    session_issuer: Issuer | None = None
    attributes: dict[str, Any] | None = None
    ec2_role_delivery: str | None = None
    source_identity: str | None = None
    assumed_root: bool | str | None = None


class Identity(msgspec.Struct, rename="camel"):
    """Who called."""

    type: str | None = None
    principal_id: str | None = None
    arn: str | None = None
    account_id: str | None = None
    access_key_id: str | None = None
    user_name: str | None = None
    invoked_by: str | None = None
    session_context: Session | None = None
    identity_provider: str | None = None


class Call(msgspec.Struct, rename={
    "event_id": "eventID", "source_ip": "sourceIPAddress", "region": "awsRegion", "vpc_endpoint_id": "vpcEndpointId",
    "event_time": "eventTime", "event_source": "eventSource", "event_name": "eventName", "user_agent": "userAgent",
    "error_code": "errorCode", "error_message": "errorMessage", "event_type": "eventType",
    "event_category": "eventCategory", "recipient_account_id": "recipientAccountId", "read_only": "readOnly",
    "management_event": "managementEvent", "user_identity": "userIdentity", "request": "requestParameters",
    "response": "responseElements", "additional": "additionalEventData",
    "vpc_endpoint_account_id": "vpcEndpointAccountId", "shared_event_id": "sharedEventID",
}):
    """A CloudTrail record, typed; the parts whose shape depends on the service are left raw."""

    event_time: datetime
    event_source: str
    event_name: str = ""
    event_id: str = ""
    region: str = ""
    source_ip: str = ""
    user_agent: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    user_identity: Identity | None = None
    recipient_account_id: str | None = None
    event_type: str | None = None
    event_category: str | None = None
    read_only: bool | None = None
    management_event: bool | None = None
    vpc_endpoint_id: str | None = None
    vpc_endpoint_account_id: str | None = None
    shared_event_id: str | None = None
    request: msgspec.Raw = _NOTHING
    response: msgspec.Raw = _NOTHING
    additional: msgspec.Raw = _NOTHING
    resources: msgspec.Raw = _NOTHING


class Document(msgspec.Struct):
    """What CloudTrail delivers."""

    records: list[Call] = msgspec.field(name="Records")


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


class Subject(msgspec.Struct, rename="camel"):
    """Who asked a cluster."""

    username: str = ""
    uid: str | None = None
    groups: list[str] | None = None
    extra: dict[str, list[str]] | None = None


class About(msgspec.Struct, rename="camel"):
    """What a cluster was asked for."""

    resource: str = ""
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    api_group: str = ""
    api_version: str = ""


class Status(msgspec.Struct):
    """What it answered."""

    code: int = 0


class Asked(msgspec.Struct, rename={
    "audit_id": "auditID", "uri": "requestURI", "source_ips": "sourceIPs", "agent": "userAgent", "about": "objectRef",
    "status": "responseStatus", "request": "requestObject", "response": "responseObject",
    "received": "requestReceivedTimestamp", "staged": "stageTimestamp", "acts_as": "impersonatedUser",
}):
    """An audit event, typed; objects are left raw."""

    audit_id: str
    received: datetime | None = None
    staged: datetime | None = None
    level: str = ""
    stage: str = ""
    uri: str = ""
    verb: str = ""
    user: Subject | None = None
    acts_as: Subject | None = None
    source_ips: tuple[str, ...] | None = None
    agent: str | None = None
    about: About | None = None
    status: Status | None = None
    annotations: dict[str, str] | None = None
    request: msgspec.Raw = _NOTHING
    response: msgspec.Raw = _NOTHING


class Message(msgspec.Struct):
    """One event within what CloudWatch Logs passes on."""

    message: str
    id: str = ""
    timestamp: int = 0


class Passed(msgspec.Struct, rename="camel"):
    """What CloudWatch Logs passes on."""

    owner: str
    log_group: str
    log_stream: str
    log_events: list[Message]


_PASSED = msgspec.json.Decoder(Passed)
_ASKED = msgspec.json.Decoder(Asked)
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


def _audits(text: bytes) -> int:
    return len([_ASKED.decode(one.message) for one in _PASSED.decode(text).log_events])


READ: dict[LogKind, Callable[[bytes], int]] = {
    LogKind.CLOUDTRAIL: _calls, LogKind.VPC_FLOW: _flows, LogKind.DNS: _lookups,
    LogKind.EKS_AUDIT: _audits,
}


if __name__ == "__main__":
    read = READ[LogKind(sys.argv[1])]
    records = 0
    for path in sorted(Path(sys.argv[2]).rglob("*.gz")):
        text: bytes = isal_zlib.decompress(path.read_bytes(), 31)
        records += read(text)
    print(records)
