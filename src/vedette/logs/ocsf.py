"""OCSF records, as Security Lake keeps them, read back into CloudTrail calls, flows, look-ups and log-ins.

Classes: API Activity 6003 (3005 in 1.0.0-rc.2) and what else CloudTrail becomes (3001 Account Change, 3002
Authentication, which of RDS is a log-in at a database), Network Activity 4001, DNS Activity 4003; versions 1.0.0-rc.2
(Security Lake's source version 1), 1.1.0 (source version 2) and 1.5.0. The mappings undone here:
https://github.com/ocsf/examples/tree/main/mappings/markdown/AWS
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import polars as pl

from vedette.logs import cloudtrail, rds, resolver_dns, vpc_flow
from vedette.logs.flow_fields import FIELDS
from vedette.logs.kinds import Batch, DeadLetter, Limits, LogKind
from vedette.logs.times import format_time, parse_time

_NETWORK, _DNS, _AUTHENTICATION = 4001, 4003, 3002
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
                if (login := rds.from_ocsf(value, _millis(value, "time", "time_dt"))) is None:
                    passed_over += 1
                else:
                    logins.append(login)
                    login_positions.append(position)
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


def _at(value: Any, *path: str) -> Any:
    """What stands at a path of nested objects; None where it ends early, and for ``-``."""
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return None if value in ("-", "") else value


def _text(value: Any, *path: str) -> str | None:
    found = _at(value, *path)
    return str(found) if isinstance(found, str | int | float) and not isinstance(found, bool) else None


def _number(value: Any, *path: str) -> int | None:
    found = _at(value, *path)
    if found is None:
        return None
    try:
        number = int(found)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{'.'.join(path)} must be a number, not {str(found)[:40]!r}") from error
    if not -(2**63) <= number < 2**63:
        raise ValueError(f"{'.'.join(path)} must be a number of 64 bits")
    return number


def _millis(value: Mapping[str, Any], *names: str) -> int | None:
    """The first of these times that is there: a number of milliseconds, a Parquet timestamp or ISO text."""
    for name in names:
        found = value.get(name)
        if isinstance(found, datetime):
            return int(found.replace(tzinfo=found.tzinfo or UTC).timestamp() * 1000)
        if isinstance(found, str) and not found.isdigit():
            return parse_time(found)
        if found is not None:
            return _number(value, name)
    return None


def _mapping(value: Any) -> dict[str, Any]:
    """A JSON object, or a Parquet map (pairs of key and value)."""
    if isinstance(value, list):
        return {str(pair["key"]): pair.get("value") for pair in value if isinstance(pair, dict) and "key" in pair}
    return dict(value) if isinstance(value, Mapping) else {}


def _account(value: Mapping[str, Any]) -> str | None:
    return _text(value, "cloud", "account", "uid") or _text(value, "cloud", "account_uid")


def _flow(value: Mapping[str, Any]) -> dict[str, Any]:
    """The row of the flow log that the record was made of."""
    source, target = _at(value, "src_endpoint") or {}, _at(value, "dst_endpoint") or {}
    direction = _DIRECTIONS.get(_number(value, "connection_info", "direction_id") or 0)
    if direction is None and bool(_text(source, "interface_uid")) != bool(_text(target, "interface_uid")):
        direction = "egress" if _text(source, "interface_uid") else "ingress"
    boundary = _number(value, "connection_info", "boundary_id") or 0
    path = boundary - _BOUNDARY_TO_PATH
    start = _millis(value, "start_time", "start_time_dt", "time", "time_dt")
    end = _millis(value, "end_time", "end_time_dt", "time", "time_dt")
    more = {name: told for name, told in _mapping(value.get("unmapped")).items() if name in FIELDS}
    row: dict[str, Any] = {name: _text(more, name) for name in more if FIELDS[name] == pl.String}
    row |= {
        "account_id": _account(value), "region": _text(value, "cloud", "region"),
        "az_id": _text(value, "cloud", "zone"),
        "srcport": _number(source, "port"), "dstport": _number(target, "port"),
        "protocol": _number(value, "connection_info", "protocol_num"),
        "tcp_flags": _number(value, "connection_info", "tcp_flags"),
        "type": _text(value, "connection_info", "protocol_ver"),
        "packets": _number(value, "traffic", "packets"), "bytes": _number(value, "traffic", "bytes"),
        "start": None if start is None else start // 1000, "end": None if end is None else end // 1000,
        "action": _action(value), "log_status": _text(value, "status_code") or "OK",
        "flow_direction": direction, "traffic_path": path if 1 <= path <= 8 else None,
        "pkt_src_aws_service": _text(source, "svc_name"), "pkt_dst_aws_service": _text(target, "svc_name"),
    }
    near, far = (target, source) if direction == "ingress" else (source, target)
    for name, field in (("interface_id", "interface_uid"), ("vpc_id", "vpc_uid"), ("subnet_id", "subnet_uid"),
                        ("instance_id", "instance_uid")):
        row[name] = _text(near, field) or _text(far, field)
    for name, endpoint in (("srcaddr", source), ("dstaddr", target)):
        address, between = _text(endpoint, "ip"), _at(endpoint, "intermediate_ips")
        through = [ip for ip in between if isinstance(ip, str)] if isinstance(between, list) else []
        row[name], row[f"pkt_{name}"] = (through[0] if through else address), address
    return row


def _action(value: Mapping[str, Any]) -> str | None:
    told = str(_text(value, "action") or _text(value, "disposition") or _text(value, "activity_name")).lower()
    if told in _ACCEPTED:
        return "ACCEPT"
    if told in _REJECTED:
        return "REJECT"
    number = _number(value, "action_id") or _number(value, "disposition_id")
    return {1: "ACCEPT", 2: "REJECT"}.get(number or 0)


def _lookup(value: Mapping[str, Any]) -> dict[str, Any]:
    """The record of the query log that the record was made of."""
    time = _millis(value, "time", "time_dt")
    if time is None:
        raise ValueError("time is missing")
    answers = value.get("answers")
    told = [answer for answer in answers if isinstance(answer, Mapping)] if isinstance(answers, list) else []
    number = _number(value, "rcode_id")
    rcode = _RCODES.get(number) if number is not None else None
    decided = (_text(value, "disposition") or _text(value, "action") or "").lower()
    rule = _text(value, "firewall_rule", "uid")
    return {
        "query_name": _text(value, "query", "hostname"), "query_timestamp": format_time(time),
        "account_id": _account(value), "region": _text(value, "cloud", "region"),
        "vpc_id": _text(value, "src_endpoint", "vpc_uid"), "query_type": _text(value, "query", "type"),
        "query_class": _text(value, "query", "class"), "rcode": rcode or (_text(value, "rcode") or "").upper() or None,
        "answers": [
            {"Rdata": _text(answer, "rdata") or "", "Type": _text(answer, "type") or "",
             "Class": _text(answer, "class") or ""}
            for answer in told
        ],
        "srcaddr": _text(value, "src_endpoint", "ip"), "srcport": _number(value, "src_endpoint", "port"),
        "transport": _text(value, "connection_info", "protocol_name"),
        "srcids": {
            "instance": _text(value, "src_endpoint", "instance_uid"),
            "resolver_endpoint": _text(value, "dst_endpoint", "instance_uid"),
            "resolver_network_interface": _text(value, "dst_endpoint", "interface_uid"),
        },
        "firewall_rule_action": _FIREWALL.get(decided) or ("ALLOW" if rule and decided == "allowed" else None),
        "firewall_rule_group_id": rule,
        "firewall_domain_list_id": _text(_mapping(value.get("unmapped")), "firewall_domain_list_id"),
    }


def _call(value: Mapping[str, Any]) -> dict[str, Any]:
    """The CloudTrail record that the record was made of, as far as it was kept."""
    time = _millis(value, "time", "time_dt")
    if time is None:
        raise ValueError("time is missing")
    if not _text(value, "api", "service", "name"):
        raise ValueError("api.service.name is missing")
    user, session = _at(value, "actor", "user") or {}, _at(value, "actor", "session") or {}
    uid, alternative = _text(user, "uid"), _text(user, "uuid")
    arn = next((told for told in (uid, alternative) if told and told.startswith("arn:")), None)
    principal = _text(user, "uid_alt") or (uid if uid != arn else None)
    mfa = session.get("is_mfa", session.get("mfa")) if isinstance(session, Mapping) else None
    second_factor = value.get("is_mfa", value.get("mfa"))
    account = _text(user, "account", "uid") or _text(user, "account_uid")
    record: dict[str, Any] = {
        "eventTime": format_time(time), "eventSource": _text(value, "api", "service", "name"),
        "eventName": _text(value, "api", "operation"), "eventID": _text(value, "metadata", "uid"),
        "awsRegion": _text(value, "cloud", "region"),
        "sourceIPAddress": _text(value, "src_endpoint", "ip") or _text(value, "src_endpoint", "domain"),
        "userAgent": _text(value, "http_request", "user_agent"),
        "errorCode": _text(value, "api", "response", "error"),
        "errorMessage": _text(value, "api", "response", "message") or _text(value, "api", "response", "error_message"),
        "eventType": _text(value, "metadata", "event_code"),
        "vpcEndpointId": _text(value, "src_endpoint", "uid"),
        "requestParameters": _json(_at(value, "api", "request", "data")),
        "responseElements": _json(_at(value, "api", "response", "data")),
        "recipientAccountId": _account(value),
        "resources": [
            {"ARN": _text(item, "uid"), "type": _text(item, "type"),
             "accountId": _text(item, "account", "uid") or _text(item, "account_uid")}
            for item in _list(value.get("resources")) if isinstance(item, Mapping)
        ],
        "userIdentity": _without_nothing({
            "type": _text(user, "type"), "principalId": principal, "arn": arn, "accountId": account,
            "accessKeyId": _text(user, "credential_uid") or _text(session, "credential_uid"),
            "userName": _text(user, "name"), "invokedBy": _text(value, "actor", "invoked_by"),
            "identityProvider": _text(value, "actor", "idp", "name"),
            "sessionContext": {
                "sessionIssuer": {"arn": _text(session, "issuer")},
                "attributes": {
                    "creationDate": _written(session, "created_time", "created_time_dt"),
                    "mfaAuthenticated": None if mfa is None else str(mfa).lower(),
                },
            },
        }),
    }
    record = {name: told for name, told in record.items() if told is not None}
    for path, told in _mapping(value.get("unmapped")).items():
        _put(record, path, told)
    if isinstance(second_factor, bool):
        _put(record, "additionalEventData.MFAUsed", "Yes" if second_factor else "No")
    record.setdefault("recipientAccountId", account)
    return record


def _written(session: Any, *names: str) -> str | None:
    millis = _millis(session, *names) if isinstance(session, Mapping) else None
    return None if millis is None else format_time(millis)


def _json(text: Any) -> Any:
    """JSON that OCSF keeps as text; what is not JSON is nothing, as an object is expected."""
    if not isinstance(text, str):
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


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
