"""OCSF records, as Security Lake keeps them, read back into CloudTrail calls, flows, look-ups, log-ins, audit events.

Classes: API Activity 6003 (3005 in 1.0.0-rc.2; of Amazon EKS an audit event) and what else CloudTrail becomes (3001
Account Change, 3002 Authentication, which of RDS is a log-in at a database), Network Activity 4001, DNS Activity 4003;
versions 1.0.0-rc.2 (Security Lake's source version 1), 1.1.0 (source version 2) and 1.5.0. The mappings undone here:
https://github.com/ocsf/examples/tree/main/mappings/markdown/AWS
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import polars as pl

from vedette.logs import cloudtrail, ocsf_audit, rds, resolver_dns, vpc_flow
from vedette.logs.eks_audit import KubeCall
from vedette.logs.flow_fields import FIELDS
from vedette.logs.kinds import Batch, DeadLetter, Limits, LogKind
from vedette.logs.ocsf_values import account_of, at, list_of, mapping_of, millis_of, number_at, text_at
from vedette.logs.times import format_time

_NETWORK, _DNS, _AUTHENTICATION, _API_ACTIVITY = 4001, 4003, 3002, 6003
_CALLS = frozenset({6003, 3005, 3001, 3002})
_RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
_DIRECTIONS = {1: "ingress", 2: "egress"}
_ACCEPTED = frozenset({"allowed", "accept", "accepted"})
_REJECTED = frozenset({"denied", "blocked", "dropped", "rejected", "reject", "refused"})
_FIREWALL = {"alert": "ALERT", "blocked": "BLOCK", "denied": "BLOCK"}
_BOUNDARY_TO_PATH = 3
"""OCSF's ``boundary_id`` 4 to 11 are ``traffic-path`` 1 to 8."""


def recognise_record(value: Mapping[str, Any]) -> bool:
    """This JSON object, or Parquet schema, is of an OCSF record."""
    return "class_uid" in value and ("metadata" in value or "category_uid" in value)


def read_records(values: Sequence[Mapping[str, Any]], positions: Sequence[int]) -> list[Batch]:
    """The records, a batch for each log kind; those of other classes and broken ones become dead letters."""
    calls: list[cloudtrail.ApiCall] = []
    call_positions: list[int] = []
    flows: list[dict[str, Any]] = []
    flow_positions: list[int] = []
    lookups: list[dict[str, Any]] = []
    lookup_positions: list[int] = []
    logins: list[rds.DbEvent] = []
    login_positions: list[int] = []
    audits: list[KubeCall] = []
    audit_positions: list[int] = []
    passed_over = 0
    dead: list[DeadLetter] = []
    for position, value in zip(positions, values, strict=True):
        kind = value.get("class_uid")
        try:
            if kind == _NETWORK:
                flows.append(_flow(value))
                flow_positions.append(position)
            elif kind == _DNS:
                lookups.append(_lookup(value))
                lookup_positions.append(position)
            elif kind == _AUTHENTICATION and rds.is_database_login(value):
                if (login := rds.from_ocsf(value, millis_of(value, "time", "time_dt"))) is None:
                    passed_over += 1
                else:
                    logins.append(login)
                    login_positions.append(position)
            elif kind == _API_ACTIVITY and ocsf_audit.recognise_record(value):
                audits.append(ocsf_audit.read_record(value))
                audit_positions.append(position)
            elif isinstance(kind, int) and kind in _CALLS:
                calls.append(cloudtrail.from_object(_call(value)))
                call_positions.append(position)
            else:
                dead.append(_buried(position, f"OCSF class {kind!r} is not one that Vedette reads", value))
        except (ValueError, msgspec.MsgspecError, OverflowError, OSError) as error:
            dead.append(_buried(position, f"not a readable OCSF record ({error})", value))
    batches = []
    if calls:
        batches.append(Batch(LogKind.CLOUDTRAIL, structs=calls, positions=call_positions))
    if flows:
        frame = pl.DataFrame(
            {name: [row.get(name) for row in flows] for name in FIELDS},
            schema={name: pl.String if kind == pl.String else pl.Int64 for name, kind in FIELDS.items()},
        )
        used = [column.name for column in frame if column.null_count() < frame.height]
        batches.append(vpc_flow.read_table(frame.select(used), flow_positions))
    if lookups:
        batches.append(resolver_dns.read_records(lookups, lookup_positions))
    if logins:
        batches.append(Batch(LogKind.RDS, structs=logins, positions=login_positions))
    if audits:
        batches.append(Batch(LogKind.EKS_AUDIT, structs=audits, positions=audit_positions))
    if dead or passed_over:
        batches.append(Batch(LogKind.CLOUDTRAIL, structs=[], dead=dead, passed_over=passed_over))
    return batches


def read_parquet(frame: pl.DataFrame, limits: Limits, first_row: int = 0) -> list[Batch]:
    """The rows of a Security Lake object, of which the first has the number ``first_row``."""
    batches: list[Batch] = []
    for start in range(0, frame.height, _ROWS):
        rows = frame.slice(start, _ROWS).to_dicts()
        first = first_row + start
        batches.extend(read_records(rows, range(first, first + len(rows))))
    kept = limits.dead_letters
    for batch in batches:
        if batch.dead and len(batch.dead) > kept:
            batch.dead[kept:] = [_UNREADABLE] * (len(batch.dead) - kept)
    return batches


_ROWS = 20_000
_UNREADABLE = DeadLetter(-1, "one of very many unreadable records")


def _buried(position: int, reason: str, value: Mapping[str, Any]) -> DeadLetter:
    return DeadLetter(position, reason[:300], str(value)[:200])


def _flow(value: Mapping[str, Any]) -> dict[str, Any]:
    """The row of the flow log that the record was made of."""
    source, target = at(value, "src_endpoint") or {}, at(value, "dst_endpoint") or {}
    direction = _DIRECTIONS.get(number_at(value, "connection_info", "direction_id") or 0)
    if direction is None and bool(text_at(source, "interface_uid")) != bool(text_at(target, "interface_uid")):
        direction = "egress" if text_at(source, "interface_uid") else "ingress"
    boundary = number_at(value, "connection_info", "boundary_id") or 0
    path = boundary - _BOUNDARY_TO_PATH
    start = millis_of(value, "start_time", "start_time_dt", "time", "time_dt")
    end = millis_of(value, "end_time", "end_time_dt", "time", "time_dt")
    more = {name: told for name, told in mapping_of(value.get("unmapped")).items() if name in FIELDS}
    row: dict[str, Any] = {name: text_at(more, name) for name in more if FIELDS[name] == pl.String}
    row |= {
        "account_id": account_of(value), "region": text_at(value, "cloud", "region"),
        "az_id": text_at(value, "cloud", "zone"),
        "srcport": number_at(source, "port"), "dstport": number_at(target, "port"),
        "protocol": number_at(value, "connection_info", "protocol_num"),
        "tcp_flags": number_at(value, "connection_info", "tcp_flags"),
        "type": text_at(value, "connection_info", "protocol_ver"),
        "packets": number_at(value, "traffic", "packets"), "bytes": number_at(value, "traffic", "bytes"),
        "start": None if start is None else start // 1000, "end": None if end is None else end // 1000,
        "action": _action(value), "log_status": text_at(value, "status_code") or "OK",
        "flow_direction": direction, "traffic_path": path if 1 <= path <= 8 else None,
        "pkt_src_aws_service": text_at(source, "svc_name"), "pkt_dst_aws_service": text_at(target, "svc_name"),
    }
    near, far = (target, source) if direction == "ingress" else (source, target)
    for name, field in (("interface_id", "interface_uid"), ("vpc_id", "vpc_uid"), ("subnet_id", "subnet_uid"),
                        ("instance_id", "instance_uid")):
        row[name] = text_at(near, field) or text_at(far, field)
    for name, endpoint in (("srcaddr", source), ("dstaddr", target)):
        address, between = text_at(endpoint, "ip"), at(endpoint, "intermediate_ips")
        through = [ip for ip in between if isinstance(ip, str)] if isinstance(between, list) else []
        row[name], row[f"pkt_{name}"] = (through[0] if through else address), address
    return row


def _action(value: Mapping[str, Any]) -> str | None:
    told = str(text_at(value, "action") or text_at(value, "disposition") or text_at(value, "activity_name")).lower()
    if told in _ACCEPTED:
        return "ACCEPT"
    if told in _REJECTED:
        return "REJECT"
    number = number_at(value, "action_id") or number_at(value, "disposition_id")
    return {1: "ACCEPT", 2: "REJECT"}.get(number or 0)


def _lookup(value: Mapping[str, Any]) -> dict[str, Any]:
    """The record of the query log that the record was made of."""
    time = millis_of(value, "time", "time_dt")
    if time is None:
        raise ValueError("time is missing")
    answers = value.get("answers")
    told = [answer for answer in answers if isinstance(answer, Mapping)] if isinstance(answers, list) else []
    number = number_at(value, "rcode_id")
    rcode = _RCODES.get(number) if number is not None else None
    decided = (text_at(value, "disposition") or text_at(value, "action") or "").lower()
    rule = text_at(value, "firewall_rule", "uid")
    return {
        "query_name": text_at(value, "query", "hostname"), "query_timestamp": format_time(time),
        "account_id": account_of(value), "region": text_at(value, "cloud", "region"),
        "vpc_id": text_at(value, "src_endpoint", "vpc_uid"), "query_type": text_at(value, "query", "type"),
        "query_class": text_at(value, "query", "class"),
        "rcode": rcode or (text_at(value, "rcode") or "").upper() or None,
        "answers": [
            {"Rdata": text_at(answer, "rdata") or "", "Type": text_at(answer, "type") or "",
             "Class": text_at(answer, "class") or ""}
            for answer in told
        ],
        "srcaddr": text_at(value, "src_endpoint", "ip"), "srcport": number_at(value, "src_endpoint", "port"),
        "transport": text_at(value, "connection_info", "protocol_name"),
        "srcids": {
            "instance": text_at(value, "src_endpoint", "instance_uid"),
            "resolver_endpoint": text_at(value, "dst_endpoint", "instance_uid"),
            "resolver_network_interface": text_at(value, "dst_endpoint", "interface_uid"),
        },
        "firewall_rule_action": _FIREWALL.get(decided) or ("ALLOW" if rule and decided == "allowed" else None),
        "firewall_rule_group_id": rule,
        "firewall_domain_list_id": text_at(mapping_of(value.get("unmapped")), "firewall_domain_list_id"),
    }


def _call(value: Mapping[str, Any]) -> dict[str, Any]:
    """The CloudTrail record that the record was made of, as far as it was kept."""
    time = millis_of(value, "time", "time_dt")
    if time is None:
        raise ValueError("time is missing")
    if not text_at(value, "api", "service", "name"):
        raise ValueError("api.service.name is missing")
    user, session = at(value, "actor", "user") or {}, at(value, "actor", "session") or {}
    uid, alternative = text_at(user, "uid"), text_at(user, "uuid")
    arn = next((told for told in (uid, alternative) if told and told.startswith("arn:")), None)
    principal = text_at(user, "uid_alt") or (uid if uid != arn else None)
    mfa = session.get("is_mfa", session.get("mfa")) if isinstance(session, Mapping) else None
    second_factor = value.get("is_mfa", value.get("mfa"))
    account = text_at(user, "account", "uid") or text_at(user, "account_uid")
    record: dict[str, Any] = {
        "eventTime": format_time(time), "eventSource": text_at(value, "api", "service", "name"),
        "eventName": text_at(value, "api", "operation"), "eventID": text_at(value, "metadata", "uid"),
        "awsRegion": text_at(value, "cloud", "region"),
        "sourceIPAddress": text_at(value, "src_endpoint", "ip") or text_at(value, "src_endpoint", "domain"),
        "userAgent": text_at(value, "http_request", "user_agent"),
        "errorCode": text_at(value, "api", "response", "error"),
        "errorMessage": text_at(value, "api", "response", "message")
        or text_at(value, "api", "response", "error_message"),
        "eventType": text_at(value, "metadata", "event_code"),
        "vpcEndpointId": text_at(value, "src_endpoint", "uid"),
        "requestParameters": _json(at(value, "api", "request", "data")),
        "responseElements": _json(at(value, "api", "response", "data")),
        "recipientAccountId": account_of(value),
        "resources": [
            {"ARN": text_at(item, "uid"), "type": text_at(item, "type"),
             "accountId": text_at(item, "account", "uid") or text_at(item, "account_uid")}
            for item in list_of(value.get("resources")) if isinstance(item, Mapping)
        ],
        "userIdentity": _without_nothing({
            "type": text_at(user, "type"), "principalId": principal, "arn": arn, "accountId": account,
            "accessKeyId": text_at(user, "credential_uid") or text_at(session, "credential_uid"),
            "userName": text_at(user, "name"), "invokedBy": text_at(value, "actor", "invoked_by"),
            "identityProvider": text_at(value, "actor", "idp", "name"),
            "sessionContext": {
                "sessionIssuer": {"arn": text_at(session, "issuer")},
                "attributes": {
                    "creationDate": _written(session, "created_time", "created_time_dt"),
                    "mfaAuthenticated": None if mfa is None else str(mfa).lower(),
                },
            },
        }),
    }
    record = {name: told for name, told in record.items() if told is not None}
    for path, told in mapping_of(value.get("unmapped")).items():
        _put(record, path, told)
    if isinstance(second_factor, bool):
        _put(record, "additionalEventData.MFAUsed", "Yes" if second_factor else "No")
    record.setdefault("recipientAccountId", account)
    return record


def _written(session: Any, *names: str) -> str | None:
    millis = millis_of(session, *names) if isinstance(session, Mapping) else None
    return None if millis is None else format_time(millis)


def _json(text: Any) -> Any:
    """JSON that OCSF keeps as text; what is not JSON is nothing, as an object is expected."""
    if not isinstance(text, str):
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


def _without_nothing(value: dict[str, Any]) -> dict[str, Any]:
    """Without what is absent, at any depth: a session without an issuer has none, not an empty one."""
    kept = {name: _without_nothing(item) if isinstance(item, dict) else item for name, item in value.items()}
    return {name: item for name, item in kept.items() if item not in (None, {})}


def _put(record: dict[str, Any], path: str, told: Any) -> None:
    """Put back a field that OCSF keeps in ``unmapped`` under its path; what is there already stays."""
    *names, last = path.split(".")
    place = record
    for name in names[:_DEPTH]:
        inner = place.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        place = inner
    if told is not None and last not in place:
        opened = isinstance(told, str) and told[:1] in ("{", "[")
        place[last] = _json(told) if opened else told


_DEPTH = 8
