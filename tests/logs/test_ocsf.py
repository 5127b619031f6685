from __future__ import annotations

import io
from datetime import UTC, datetime

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.logs import ocsf, parquet
from vedette.logs.kinds import Limits, LogKind
from vedette.logs.resolver_dns import Answer, to_lookups
from vedette.logs.vpc_flow import oriented, to_flows

LIMITS = Limits()
META = {"version": "1.1.0", "uid": "71c88be9-ea5c-43c7-8c82-02ecb5ec7f09", "event_code": "AwsApiCall",
        "product": {"name": "CloudTrail", "feature": {"name": "Management, Data, and Insights"}}}
CALL = {
    "class_uid": 6003, "metadata": META, "time": 1695334972000,
    "api": {"operation": "StopLogging", "service": {"name": "cloudtrail.amazonaws.com"},
            "request": {"uid": "r", "data": '{"name":"main","none":null,"empty":{}}'},
            "response": {"data": "null", "error": "AccessDenied"}},
    "actor": {
        "user": {"type": "AssumedRole", "uid": "arn:aws:sts::111122223333:assumed-role/ops/bob",
                 "uid_alt": "AROAEXAMPLE:bob", "credential_uid": "ASIAEXAMPLE", "account": {"uid": "111122223333"}},
        "session": {"issuer": "arn:aws:iam::111122223333:role/ops", "is_mfa": False,
                    "created_time_dt": "2023-09-21T22:00:00.000Z"},
    },
    "cloud": {"provider": "AWS", "region": "us-east-1", "account": {"uid": "111122223333"}},
    "src_endpoint": {"ip": "192.0.2.1"}, "http_request": {"user_agent": "aws-cli/2"},
    "resources": [{"uid": "arn:aws:cloudtrail:us-east-1:111122223333:trail/main", "type": "AWS::CloudTrail::Trail",
                   "account": {"uid": "111122223333"}}],
    "unmapped": {"recipientAccountId": "111122223333", "readOnly": "false", "managementEvent": "true",
                 "eventCategory": "Management", "additionalEventData": '{"MFAUsed":"No"}',
                 "userIdentity.sessionContext.sessionIssuer.userName": "ops"},
}
FLOW = {
    "class_uid": 4001, "metadata": {"version": "1.1.0", "product": {"version": "5"}}, "time": 1649721732000,
    "start_time_dt": "2022-04-12 00:02:12+00:00", "end_time_dt": "2022-04-12 00:03:08+00:00",
    "cloud": {"account": {"uid": "123456789012"}, "region": "us-east-1", "zone": "use1-az1"},
    "src_endpoint": {"ip": "9.9.9.9", "port": 56858, "svc_name": "-", "intermediate_ips": []},
    "dst_endpoint": {"ip": "172.31.2.52", "port": 22, "interface_uid": "eni-1", "vpc_uid": "vpc-1",
                     "instance_uid": "i-1", "subnet_uid": "subnet-1", "svc_name": "-"},
    "connection_info": {"protocol_num": 6, "tcp_flags": 2, "protocol_ver": "IPv4", "direction_id": 1,
                        "boundary_id": 11},
    "traffic": {"packets": 1, "bytes": 40}, "status_code": "OK", "action": "Denied", "action_id": 2,
    "unmapped": {"sublocation_id": "-"},
}
LOOKUP = {
    "class_uid": 4003, "metadata": {"version": "1.1.0"}, "time": 1665694956000,
    "cloud": {"account": {"uid": "123456789012"}, "region": "us-east-1"},
    "query": {"hostname": "Bad.Example.", "type": "A", "class": "IN"}, "rcode": "NXDomain", "rcode_id": 3,
    "answers": [{"rdata": "192.0.2.62", "type": "A", "class": "IN"}],
    "src_endpoint": {"ip": "10.200.21.100", "port": 15083, "vpc_uid": "vpc-1", "instance_uid": "i-1"},
    "dst_endpoint": {"instance_uid": "rslvr-in-1", "interface_uid": "rni-1"},
    "connection_info": {"protocol_name": "UDP"}, "firewall_rule": {"uid": "rslvr-frg-1"},
    "action": "Denied", "disposition": "Blocked", "unmapped": {"firewall_domain_list_id": "rslvr-fdl-1"},
}


def one(value: dict):
    (batch,) = ocsf.read_records([value], [5])
    assert not batch.dead
    return batch


def test_an_api_activity_is_the_call_it_was_made_of() -> None:
    batch = one(CALL)
    (call,) = batch.structs
    assert (batch.kind, list(batch.positions)) == (LogKind.CLOUDTRAIL, [5])
    assert (call.event_source, call.event_name, call.time) == ("cloudtrail.amazonaws.com", "StopLogging", 1695334972000)
    assert (call.event_id, call.region, call.source_ip) == (META["uid"], "us-east-1", "192.0.2.1")
    assert (call.user_agent, call.error_code, call.event_type) == ("aws-cli/2", "AccessDenied", "AwsApiCall")
    assert (call.account, call.read_only, call.management_event) == ("111122223333", False, True)
    assert call.event_category == "Management"
    assert call.request == {"name": "main", "none": None, "empty": {}}
    assert call.additional == {"MFAUsed": "No"}
    assert call.resources[0]["ARN"].endswith("trail/main")
    who = call.identity
    assert (who.type, who.principal_id, who.access_key_id) == ("AssumedRole", "AROAEXAMPLE:bob", "ASIAEXAMPLE")
    assert who.arn == "arn:aws:sts::111122223333:assumed-role/ops/bob"
    assert who.session_context.session_issuer.arn == "arn:aws:iam::111122223333:role/ops"
    assert who.session_context.session_issuer.user_name == "ops"
    assert who.session_context.attributes["creationDate"] == "2023-09-21T22:00:00.000Z"


def test_the_first_version_names_the_user_otherwise() -> None:
    user = {"type": "IAMUser", "uid": "AIDAEXAMPLE", "uuid": "arn:aws:iam::111122223333:user/ann", "name": "ann",
            "account_uid": "111122223333", "credential_uid": "AKIAEXAMPLE"}
    (call,) = one(CALL | {"class_uid": 3005, "actor": {"user": user, "session": {}, "idp": {}},
                          "cloud": {"region": "us-east-1"}, "unmapped": {"eventType": "AwsApiCall"}}).structs
    who = call.identity
    assert (who.principal_id, who.arn) == ("AIDAEXAMPLE", "arn:aws:iam::111122223333:user/ann")
    assert (who.user_name, who.account_id, call.account) == ("ann", "111122223333", "111122223333")


def test_a_login_says_whether_a_second_factor_was_used_wherever_it_says_so() -> None:
    login = {name: told for name, told in CALL.items() if name != "unmapped"} | {"class_uid": 3002}
    for more, used in (({"is_mfa": True}, "Yes"), ({"is_mfa": False}, "No"), ({"mfa": False}, "No")):
        (call,) = one(login | more).structs
        assert call.additional == {"MFAUsed": used}
    (call,) = one(login).structs
    assert call.additional == {}
    (call,) = one(CALL | {"class_uid": 3002, "is_mfa": True}).structs
    assert call.additional == {"MFAUsed": "No"}, "the record's own words count"


def test_a_record_of_another_producer_needs_no_metadata() -> None:
    assert ocsf.recognise_record({"class_uid": 6003, "category_uid": 6, "api": {}})
    assert not ocsf.recognise_record({"class_uid": 6003})


def test_a_number_that_is_none_is_named() -> None:
    (batch,) = ocsf.read_records([FLOW | {"src_endpoint": FLOW["src_endpoint"] | {"port": "vpn"}}], [5])
    (letter,) = batch.dead
    assert "port must be a number, not 'vpn'" in letter.reason


def test_a_network_activity_is_the_flow_it_was_made_of() -> None:
    batch = one(FLOW)
    (flow,) = to_flows(oriented(batch.frame).collect())
    assert (flow.srcaddr, flow.dstaddr, flow.srcport, flow.dstport) == ("9.9.9.9", "172.31.2.52", 56858, 22)
    assert (flow.protocol, flow.tcp_flags, flow.packets, flow.bytes) == (6, 2, 1, 40)
    assert (flow.start, flow.end, flow.action) == (1649721732, 1649721788, "REJECT")
    assert (flow.interface_id, flow.vpc_id, flow.subnet_id, flow.instance_id) == ("eni-1", "vpc-1", "subnet-1", "i-1")
    assert (flow.account_id, flow.region, flow.az_id) == ("123456789012", "us-east-1", "use1-az1")
    assert (flow.flow_direction, flow.traffic_path, flow.pkt_src_aws_service) == ("ingress", 8, "")
    assert (flow.local, flow.remote, flow.initiator, flow.position) == ("172.31.2.52", "9.9.9.9", "remote", 5)


def test_the_first_version_of_a_flow_tells_times_and_verdict_otherwise() -> None:
    absent = {"start_time_dt", "end_time_dt", "action", "action_id"}
    old = {name: told for name, told in FLOW.items() if name not in absent}
    old |= {"start_time": 1649721732000, "end_time": 1649721788000, "disposition": "Blocked", "disposition_id": 2,
            "activity_name": "Refuse", "cloud": {"account_uid": "123456789012"}}
    (flow,) = to_flows(one(old).frame)
    assert (flow.start, flow.end, flow.action, flow.account_id) == (1649721732, 1649721788, "REJECT", "123456789012")


def test_an_address_on_the_way_is_the_interfaces_and_the_far_one_the_packets() -> None:
    far = FLOW | {"src_endpoint": {"ip": "9.9.9.9", "port": 1, "intermediate_ips": ["10.0.0.220"]}}
    (flow,) = to_flows(oriented(one(far).frame).collect())
    assert (flow.srcaddr, flow.pkt_srcaddr, flow.remote) == ("10.0.0.220", "9.9.9.9", "9.9.9.9")


def test_a_dns_activity_is_the_look_up_it_was_made_of() -> None:
    (lookup,) = to_lookups(one(LOOKUP).frame)
    assert (lookup.query_name, lookup.query_type, lookup.rcode) == ("bad.example", "A", "NXDOMAIN")
    assert lookup.answers == (Answer("192.0.2.62", "A", "IN"),)
    assert (lookup.srcaddr, lookup.srcport, lookup.transport) == ("10.200.21.100", 15083, "UDP")
    assert (lookup.instance_id, lookup.vpc_id, lookup.resolver_endpoint) == ("i-1", "vpc-1", "rslvr-in-1")
    assert (lookup.firewall_rule_action, lookup.firewall_domain_list_id) == ("BLOCK", "rslvr-fdl-1")
    assert (lookup.time, lookup.account_id, lookup.position) == (1665694956000, "123456789012", 5)


def stored(*records: dict) -> bytes:
    """As Security Lake stores them: timestamps, and maps as lists of pairs."""
    shaped = []
    for record in records:
        row = dict(record)
        row["unmapped"] = [{"key": key, "value": told} for key, told in record["unmapped"].items()]
        for name in ("start_time_dt", "end_time_dt"):
            if name in row:
                row[name] = datetime.fromisoformat(row[name]).astimezone(UTC)
        shaped.append(row)
    out = io.BytesIO()
    pl.DataFrame(shaped, infer_schema_length=None).write_parquet(out)
    return out.getvalue()


@pytest.mark.parametrize("record", [CALL, FLOW, LOOKUP])
def test_security_lake_parquet_gives_the_same_as_json(record: dict) -> None:
    (batch,) = parquet.read_parquet(stored(record, record), LIMITS)
    assert not batch.dead
    plain = one(record)
    if record is CALL:
        assert list(batch.positions) == [0, 1]
        callers = [msgspec.json.encode(call.identity) for call in batch.structs]
        assert callers == [msgspec.json.encode(plain.structs[0].identity)] * 2
        assert batch.structs[0].request == plain.structs[0].request
    elif record is FLOW:
        assert [flow.record for flow in to_flows(batch.frame)] == [to_flows(plain.frame)[0].record] * 2
    else:
        assert [look.record for look in to_lookups(batch.frame)] == [to_lookups(plain.frame)[0].record] * 2


def test_broken_records_are_named_and_the_others_are_read() -> None:
    values = [
        FLOW, FLOW | {"class_uid": 2004}, FLOW | {"traffic": {"bytes": [1]}}, LOOKUP | {"time": None}, LOOKUP,
        CALL | {"api": {}}, CALL, CALL | {"time": 10**30}, FLOW | {"dst_endpoint": {"port": 70000}},
        LOOKUP | {"query": None}, FLOW | {"traffic": {"bytes": 2**70}},
    ]
    batches = ocsf.read_records(values, range(len(values)))
    assert sum(batch.records for batch in batches) == 3
    letters = [letter for batch in batches for letter in batch.dead or ()]
    assert sorted(letter.position for letter in letters) == [1, 2, 3, 5, 7, 8, 9, 10]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([CALL, FLOW, LOOKUP]), st.data())
def test_no_value_anywhere_in_a_record_can_crash_the_reader(record: dict, data) -> None:
    path = data.draw(st.sampled_from([(name,) for name in record] + [
        (name, inner) for name, held in record.items() if isinstance(held, dict) for inner in held]))
    spoiled = dict(record)
    if len(path) == 2:
        spoiled[path[0]] = {**spoiled[path[0]], path[1]: data.draw(anything)}
    else:
        spoiled[path[0]] = data.draw(anything)
    batches = ocsf.read_records([spoiled, record], [0, 1])
    assert sum(batch.records for batch in batches) + sum(len(batch.dead or ()) for batch in batches) == 2
