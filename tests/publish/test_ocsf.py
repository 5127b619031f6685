"""OCSF Detection Findings, held against the schema's required attributes and at-least-one rules (version 1.3)."""

from __future__ import annotations

import io
import json

import pytest

from tests.publish.made import API, DNS, FLOW, PROBE, each, finding
from vedette.logs.times import parse_time
from vedette.publish.formats import write_findings
from vedette.publish.ocsf import ocsf

REQUIRED = {"activity_id": int, "category_uid": int, "class_uid": int, "finding_info": dict, "metadata": dict,
            "severity_id": int, "time": int, "type_uid": int, "cloud": dict}
RECOMMENDED = {"evidences": list, "message": str, "resources": list, "status_id": int}
ANY_EVIDENCE = {"actor", "api", "connection_info", "data", "dst_endpoint", "query", "src_endpoint"}
ENDPOINT = {"ip", "uid", "name", "hostname", "svc_name", "instance_uid", "interface_uid", "interface_name"}


@pytest.mark.parametrize("one", each(), ids=lambda one: one["type"])
def test_what_the_schema_requires_is_there(one):
    event = ocsf(one, ("T1110.001", "T1078"))
    for name, kind in (REQUIRED | RECOMMENDED).items():
        assert isinstance(event[name], kind), name
    assert (event["class_uid"], event["category_uid"]) == (2004, 2)
    assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
    assert event["metadata"]["version"]
    assert event["metadata"]["product"]["vendor_name"]
    assert event["metadata"]["profiles"] == ["cloud"]
    assert event["cloud"]["provider"] == "AWS"
    assert event["finding_info"]["uid"]
    assert event["finding_info"]["title"]
    assert event["evidences"]
    for resource in event["resources"]:
        assert resource["uid"]
    for evidence in event["evidences"]:
        assert ANY_EVIDENCE & evidence.keys()
        assert evidence.keys() <= ANY_EVIDENCE
        for side in ("src_endpoint", "dst_endpoint"):
            assert side not in evidence or ENDPOINT & evidence[side].keys()
        assert "direction_id" in evidence.get("connection_info", {"direction_id": 0})
        assert "operation" in evidence.get("api", {"operation": ""})
        assert "hostname" in evidence.get("query", {"hostname": ""})
        assert {"name", "uid"} & evidence.get("actor", {"user": {"uid": ""}})["user"].keys()
    for attack in event["finding_info"]["attacks"]:
        assert attack["technique"]["uid"].startswith("T")
    assert "unmapped" not in event


def test_a_repeat_is_an_update_and_times_are_milliseconds():
    one = finding(FLOW, times=3)
    event = ocsf(one)
    assert (event["activity_id"], event["type_uid"], event["count"]) == (2, 200402, 3)
    assert event["finding_info"]["first_seen_time"] == event["start_time"] == 1_772_442_000_000
    assert event["finding_info"]["last_seen_time"] == event["end_time"] == 1_772_442_002_000
    assert event["time"] == parse_time(one["updatedAt"])
    assert ocsf(finding(FLOW))["type_uid"] == 200401


@pytest.mark.parametrize(("name", "number", "caption"), [(FLOW, 2, "Low"), (API, 3, "Medium"), (PROBE, 4, "High")])
def test_severity_is_the_band(name, number, caption):
    event = ocsf(finding(name))
    assert (event["severity_id"], event["severity"]) == (number, caption)


def test_an_archived_finding_is_suppressed():
    assert (ocsf(finding(FLOW, archived=True))["status_id"], ocsf(finding(FLOW))["status_id"]) == (3, 1)


def test_endpoints_follow_the_direction():
    evidence = ocsf(finding(FLOW))["evidences"][0]
    assert evidence["src_endpoint"] == {"ip": "198.51.100.8", "port": 40000}
    assert evidence["dst_endpoint"] == {"ip": "10.0.1.5", "port": 22, "interface_uid": "eni-1"}
    assert evidence["connection_info"] == {
        "direction_id": 1, "direction": "Inbound", "protocol_name": "tcp", "protocol_num": 6}


def test_a_call_has_its_api_actor_and_source():
    evidence = ocsf(finding(API))["evidences"][0]
    assert evidence["api"] == {
        "operation": "GetObject", "service": {"name": "s3.amazonaws.com"}, "response": {"error": "AccessDenied"}}
    assert evidence["actor"]["user"] == {
        "name": "mallory", "uid": "AIDAEXAMPLE", "credential_uid": "AKIA2IDUAVT5QPKTNQOR", "type": "IAMUser",
        "type_id": 1}
    assert evidence["src_endpoint"]["ip"] == "198.51.100.7"
    assert evidence["data"]["additionalInfo"] == {"sample": True}
    assert evidence["data"]["threatIntelligenceDetails"][0]["threatListName"] == "my list"


def test_every_probe_is_an_evidence_and_a_lookup_is_a_query():
    assert [one["dst_endpoint"]["port"] for one in ocsf(finding(PROBE))["evidences"]] == [9200, 9300]
    assert ocsf(finding(DNS))["evidences"][0]["query"] == {"hostname": "drop.bad.example"}


def test_a_sub_technique_names_its_parent():
    attack = ocsf(finding(FLOW), ("T1110.001",))["finding_info"]["attacks"][0]
    assert (attack["technique"]["uid"], attack["sub_technique"]["uid"]) == ("T1110", "T1110.001")


def test_the_file_is_an_event_a_line_with_the_type_s_techniques_of_the_catalogue():
    out = io.StringIO()
    write_findings([finding(API)], "ocsf", out)
    event = json.loads(out.getvalue())
    assert event["finding_info"]["types"] == [API]
