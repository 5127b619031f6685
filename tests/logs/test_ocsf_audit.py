"""EKS's audit events as Security Lake keeps them: read back, and through the whole engine."""

from __future__ import annotations

import gzip
import io
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.playing import known_in, play
from vedette.detectors.kubernetes import anonymous_access, bindings, dashboards, exec_in_kube_system, listed_callers
from vedette.logs import ocsf
from vedette.logs.eks_audit import KubeCall, decode_record
from vedette.logs.kinds import LogKind
from vedette.simulate.story import Story

NODE = {
    "class_uid": 6003, "activity_name": "Create", "message": "ResponseComplete", "time": 1631047050642,
    "start_time_dt": "2021-09-07 20:37:30.502000", "time_dt": "2021-09-07 20:37:30.642000",
    "metadata": {"version": "1.1.0", "log_level": "RequestResponse", "product": {
        "name": "Amazon EKS", "version": "audit.k8s.io/v1", "feature": {"name": "Elastic Kubernetes Service"}}},
    "actor": {
        "session": {"credential_uid": "ASIAEXAMPLE", "issuer": "arn:aws:iam::123456789012:role/node", "uid": "i-123"},
        "user": {"name": "system:node:ip-10-0-1-2.ec2.internal", "type_id": 0,
                 "uid": "aws-iam-authenticator:123456789012:AROAEXAMPLE",
                 "groups": [{"name": "system:nodes"}, {"name": "system:authenticated"}]}},
    "api": {"operation": "create", "version": "v1", "request": {"uid": "f47c68f2"}, "response": {"code": 201}},
    "cloud": {"account": {"uid": "arn:aws:sts::123456789012:assumed-role/node/i-123"}, "provider": "AWS"},
    "http_request": {"url": {"path": "/api/v1/nodes"}, "user_agent": "kubelet/v1.31.2 (linux/amd64)"},
    "resources": [{"name": "ip-10-0-1-2.ec2.internal", "type": "nodes"}], "src_endpoint": {"ip": "10.0.1.2"},
    "unmapped": {
        "kind": "Event", "sourceIPs[]": "10.0.1.2", "annotations.authorization.k8s.io/decision": "allow",
        "requestObject.metadata.labels.beta.kubernetes.io/arch": "amd64", "requestObject.spec.unschedulable": "true",
        "requestObject.status.addresses[].type": "InternalIP,Hostname",
        "requestObject.status.addresses[].address": "10.0.1.2,ip-10-0-1-2.ec2.internal",
        "responseObject.spec.taints[].effect": "NoSchedule"},
}


def one(value: dict[str, Any]) -> KubeCall:
    (batch,) = ocsf.read_records([value], [5])
    assert not batch.dead
    assert (batch.kind, list(batch.positions)) == (LogKind.EKS_AUDIT, [5])
    (call,) = batch.structs
    return call


def test_an_audit_event_is_the_request_it_was_made_of() -> None:
    call = one(NODE)
    assert (call.audit_id, call.verb, call.stage, call.request_uri) == (
        "f47c68f2", "create", "ResponseComplete", "/api/v1/nodes")
    assert (call.who.username, call.who.uid) == (
        "system:node:ip-10-0-1-2.ec2.internal", "aws-iam-authenticator:123456789012:AROAEXAMPLE")
    assert call.who.groups == ("system:nodes", "system:authenticated")
    assert call.who.extra == {
        "accessKeyId": ["ASIAEXAMPLE"], "sessionName": ["i-123"],
        "canonicalArn": ["arn:aws:iam::123456789012:role/node"],
        "arn": ["arn:aws:sts::123456789012:assumed-role/node/i-123"]}
    assert (call.source_ips, call.user_agent) == (("10.0.1.2",), "kubelet/v1.31.2 (linux/amd64)")
    assert (call.about.resource, call.about.name, call.code) == ("nodes", "ip-10-0-1-2.ec2.internal", 201)
    assert call.time == 1631047050502
    assert call.request == {
        "metadata": {"labels": {"beta.kubernetes.io/arch": "amd64"}}, "spec": {"unschedulable": True},
        "status": {"addresses": [{"type": "InternalIP", "address": "10.0.1.2"},
                                 {"type": "Hostname", "address": "ip-10-0-1-2.ec2.internal"}]}}
    assert call.response == {"spec": {"taints": [{"effect": "NoSchedule"}]}}


def test_whose_cluster_it_is_only_the_record_says_and_the_callers_account_is_not_the_clusters() -> None:
    assert (one(NODE).account_id, one(NODE).region, one(NODE).cluster) == ("", "", "")
    told = one(NODE | {"cloud": {"account": {"uid": "111122223333"}, "region": "eu-west-1"},
                       "unmapped": {"eks_cluster_name": "shop"}})
    assert (told.account_id, told.region, told.cluster) == ("111122223333", "eu-west-1", "shop")


def test_the_later_version_has_the_objects_whole() -> None:
    rules = {"rules": [{"verbs": ["get"], "resources": ["pods"]}, {"verbs": ["*"], "resources": ["secrets"]}]}
    api = {"operation": "create", "request": {"uid": "a", "data": json.dumps(rules)}, "response": {"data": rules}}
    call = one(NODE | {"api": api})
    assert call.request == call.response == rules
    broken = NODE | {"api": api | {"request": {"uid": "a", "data": "{"}, "response": {"data": "[1]"}}, "unmapped": {}}
    assert one(broken).request == one(broken).response == {}


@pytest.mark.parametrize(("uri", "kind", "about"), [
    ("/api/v1/namespaces/shop/pods/web-0/exec?command=sh", "pods/exec", ("pods", "shop", "web-0", "exec")),
    ("/api/v1/namespaces/shop/pods/web-0/exec", "podsexec", ("pods", "shop", "web-0", "exec")),
    ("/apis/apps/v1/namespaces/shop/deployments", "deployments", ("deployments", "shop", "", "")),
    ("/apis/rbac.authorization.k8s.io/v1/clusterroles/x", "", ("clusterroles", "", "x", "")),
    ("/api/v1/namespaces/shop", "namespaces", ("namespaces", "shop", "shop", "")),
    ("/api/v1/namespaces/shop/finalize", "", ("namespaces", "shop", "shop", "finalize")),
    ("/api/v1/namespaces", "namespaces", ("namespaces", "", "", "")),
    ("/api/v1/watch/namespaces/shop/secrets", "secrets", ("secrets", "shop", "", "")),
    ("/healthz", "", ("", "", "", "")), ("/api", "", ("", "", "", "")), ("/apis/apps/v1", "", ("", "", "", "")),
    ("", "pods/exec", ("pods", "", "", "exec")), ("", "pods", ("pods", "", "", "")),
])
def test_what_it_is_about_is_read_as_the_api_server_does(uri: str, kind: str, about: tuple[str, ...]) -> None:
    told = one(NODE | {"http_request": {"url": {"path": uri}}, "resources": [{"type": kind}] if kind else []}).about
    assert (told.resource, told.namespace, told.name, told.subresource) == about


def test_of_several_containers_it_is_lost_which_one_is_privileged_and_of_one_it_is_not() -> None:
    def pod(*names: str) -> Any:
        listed = [{"name": name, "image": {"name": f"acme/{name}:1", "path": "/x"}} for name in names]
        return one(NODE | {"api": {"operation": "create", "request": {"uid": "a", "containers": listed}}, "unmapped": {
            "requestObject.spec.containers[].securityContext.privileged": "true",
            "requestObject.spec.containers[].command[]": "sh,-c"}}).request["spec"]["containers"]

    assert pod("a", "b") == [{"name": "a", "image": "acme/a:1"}, {"name": "b", "image": "acme/b:1"}]
    assert pod("a") == [{"name": "a", "image": "acme/a:1", "securityContext": {"privileged": True},
                         "command": ["sh", "-c"]}]


def test_rules_of_a_role_are_not_guessed() -> None:
    flat = {"requestObject.rules[].verbs[]": "get,*", "requestObject.rules[].resources[]": "pods,secrets"}
    assert one(NODE | {"unmapped": flat}).request == {}


def test_addresses_come_as_they_were_listed() -> None:
    many = NODE | {"src_endpoint": {"ip": "9.9.9.9", "intermediate_ips": ["9.9.9.9", "10.0.0.1"]}}
    assert one(many | {"unmapped": {}}).source_ips == ("9.9.9.9", "10.0.0.1")
    assert one(many | {"unmapped": {"sourceIPs[]": "9.9.9.9,8.8.8.8"}}).source_ips == ("9.9.9.9", "8.8.8.8")
    assert one(NODE | {"src_endpoint": None, "unmapped": {}}).source_ips is None


def test_who_acts_as_somebody_else_says_so() -> None:
    acts = one(NODE | {"unmapped": {"impersonatedUser.username": "ann", "impersonatedUser.groups[]": "a,b"}})
    assert acts.impersonated is not None
    assert (acts.impersonated.username, acts.impersonated.groups) == ("ann", ("a", "b"))


def test_broken_events_are_named_and_the_others_are_read() -> None:
    timeless = {name: told for name, told in NODE.items() if "time" not in name}
    values = [timeless, NODE, NODE | {"http_request": {}, "api": {}}, NODE | {"start_time_dt": "yesterday"},
              NODE | {"api": {"operation": "get", "response": {"code": "what"}}}]
    batches = ocsf.read_records(values, range(5))
    assert sum(batch.records for batch in batches) == 1
    letters = {letter.position: letter.reason for batch in batches for letter in batch.dead or ()}
    assert sorted(letters) == [0, 2, 3, 4]
    assert "time is missing" in letters[0]
    assert "api.operation is missing" in letters[2]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=6)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_value_anywhere_in_an_event_can_crash_the_reader(data: Any) -> None:
    path = data.draw(st.sampled_from([(name,) for name in NODE if name != "class_uid"] + [
        (name, inner) for name, held in NODE.items() if isinstance(held, dict) for inner in held]))
    spoiled: dict[str, Any] = dict(NODE)
    if len(path) == 2:
        spoiled[path[0]] = {**spoiled[path[0]], path[1]: data.draw(anything)}
    else:
        spoiled[path[0]] = data.draw(anything)
    batches = ocsf.read_records([spoiled, NODE], [0, 1])
    assert sum(batch.records for batch in batches) + sum(len(batch.dead or ()) for batch in batches) == 2


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text("ab.[],", max_size=90).map("requestObject.".__add__), st.text("ab,", max_size=9)))
def test_no_path_can_crash_it(unmapped: dict[str, str]) -> None:
    assert isinstance(one(NODE | {"unmapped": unmapped}).request, dict)


# Stories, as Security Lake keeps their events.

STORIES = [(module.__name__.rpartition(".")[2], told)
           for module in (anonymous_access, bindings, dashboards, exec_in_kube_system, listed_callers)
           for told in module.EXAMPLES]


def _flat(told: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(told, dict):
        for name, held in told.items():
            yield from _flat(held, f"{path}.{name}")
    elif isinstance(told, list):
        for held in told:
            yield from _flat(held, f"{path}[]")
    else:
        yield path, str(told).lower() if isinstance(told, bool) else str(told)


def _mapped(event: dict[str, Any], version: str) -> dict[str, Any]:
    """The event, as the mapping of that version has it."""
    user, about = event["user"], event.get("objectRef", {})
    extra = {name: values[0] for name, values in user.get("extra", {}).items()}
    first, *between = event["sourceIPs"]
    unmapped: defaultdict[str, list[str]] = defaultdict(list, {"sourceIPs[]": event["sourceIPs"]})
    bodies: dict[str, dict[str, Any]] = {"request": {"uid": event["auditID"]}, "response": {}}
    for which, body in bodies.items():
        sent = event.get(f"{which}Object")
        if version == "1.5.0":
            body["data"] = json.dumps(sent) if sent else None
        else:
            for path, told in _flat(sent or {}, f"{which}Object"):
                unmapped[path].append(told)
    bodies["response"]["code"] = event["responseStatus"]["code"]
    kind = about.get("resource", "") + (f"/{about['subresource']}" if about.get("subresource") else "")
    times = {"start_time_dt": event["requestReceivedTimestamp"], "time_dt": event["stageTimestamp"]}
    return {
        "class_uid": 6003, "message": event["stage"], "metadata": NODE["metadata"] | {"version": version},
        "time": int(datetime.fromisoformat(event["stageTimestamp"]).timestamp() * 1000),
        **{name: datetime.fromisoformat(told) for name, told in times.items()},
        "actor": {"user": {"name": user["username"], "uid": user.get("uid"),
                           "groups": [{"name": name} for name in user["groups"]]},
                  "session": {"credential_uid": extra.get("accessKeyId"), "uid": extra.get("sessionName"),
                              "issuer": extra.get("canonicalArn")}},
        "api": {"operation": event["verb"], **bodies},
        "cloud": {"account": {"uid": extra.get("arn")}, "provider": "AWS"},
        "http_request": {"url": {"path": event["requestURI"]}, "user_agent": event["userAgent"]},
        "resources": [{"type": kind, "name": about.get("name"), "namespace": about.get("namespace")}] if kind else [],
        "src_endpoint": {"ip": first, "intermediate_ips": between},
        "unmapped": [{"key": path, "value": ",".join(told)} for path, told in unmapped.items()],
    }


@pytest.mark.parametrize("version", ["1.1.0", "1.5.0"])
@pytest.mark.parametrize(("module", "told"), STORIES, ids=[f"{module}: {told.title}" for module, told in STORIES])
def test_a_story_in_security_lake_finds_the_same(module: str, told: Story, version: str, tmp_path: Path) -> None:
    told.render().save(tmp_path)
    native = play(tmp_path / "logs", known_in(tmp_path))
    events = [json.loads(entry["message"]) for path in sorted((tmp_path / "logs").rglob("*.gz"))
              for entry in json.loads(gzip.decompress(path.read_bytes()))["logEvents"]]
    out = io.BytesIO()
    pl.DataFrame([_mapped(event, version) for event in events], infer_schema_length=None).write_parquet(out)
    lake = tmp_path / "lake/aws/EKS_AUDIT/2.0/region=us-east-1/accountId=111122223333/eventDay=20260302/a.gz.parquet"
    lake.parent.mkdir(parents=True)
    lake.write_bytes(out.getvalue())
    played = play(tmp_path / "lake", known_in(tmp_path))
    assert played.summary.records == {LogKind.EKS_AUDIT: len(events)}
    assert [one["type"] for one in sorted(native.findings, key=_order)] == played.types
    assert {_said(one) for one in played.findings} == {_said(one) for one in native.findings}


def _order(finding: dict[str, Any]) -> str:
    return str(finding["type"])


def _said(finding: dict[str, Any]) -> bytes:
    """What a finding says, but for what the mapping does not carry: the cluster's name, and what follows from it."""
    details = finding["resource"]["kubernetesDetails"]["kubernetesUserDetails"]
    action = finding["service"]["action"]["kubernetesApiCallAction"]
    return msgspec.json.encode([finding["type"], finding["severity"], finding["accountId"], finding["region"], details,
                                action, finding["service"]["count"]], order="sorted")


def test_the_native_event_and_the_mapped_one_are_the_same_request() -> None:
    (path, *_) = bindings.EXAMPLES[0].render().files.items()
    event = json.loads(json.loads(gzip.decompress(path[1]))["logEvents"][0]["message"])
    native, mapped = decode_record(msgspec.json.encode(event)), one(_mapped(event, "1.5.0"))
    for name in ("audit_id", "verb", "stage", "request_uri", "source_ips", "user_agent", "about", "code", "time",
                 "request"):
        assert getattr(mapped, name) == getattr(native, name), name
    assert (mapped.who.username, mapped.who.groups, mapped.who.sessions) == (
        native.who.username, native.who.groups, native.who.sessions)
