"""EKS audit events in all the forms in which they come."""

import gzip
import io
import json

import pytest

from tests.playing import SHARED
from vedette.logs.eks_audit import cluster_at, cluster_of, decode_record
from vedette.logs.kinds import Limits, LogKind
from vedette.logs.reading import Reading, raw_record

GROUP = "/aws/eks/shop-prod/cluster"
AUDITS = "kube-apiserver-audit-0123456789abcdef"


def event(number, **more):
    return {
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": f"a-{number}",
        "stage": "ResponseComplete", "requestURI": "/api/v1/pods", "verb": "list",
        "user": {"username": "ann", "groups": ["system:authenticated"]}, "sourceIPs": ["9.9.60.1"],
        "objectRef": {"resource": "pods", "apiVersion": "v1"}, "responseStatus": {"metadata": {}, "code": 200},
        "requestReceivedTimestamp": f"2026-03-02T09:00:{number:02}.123456Z",
        "stageTimestamp": f"2026-03-02T09:00:{number:02}.223456Z"} | more


def subscription(*messages, stream=AUDITS, group=GROUP, kind="DATA_MESSAGE"):
    return {"messageType": kind, "owner": "111122223333", "logGroup": group, "logStream": stream,
            "subscriptionFilters": ["all"], "logEvents": [
                {"id": str(number), "timestamp": 0, "message": message} for number, message in enumerate(messages)]}


def dumped(*documents, between=""):
    return between.join(json.dumps(one, separators=(",", ":")) for one in documents)


def read(text):
    data = text if isinstance(text, bytes) else text.encode()
    reading = Reading(io.BytesIO(gzip.compress(data)), Limits())
    batches = list(reading.batches())
    assert all(batch.kind is LogKind.EKS_AUDIT for batch in batches)
    found = [(at, call) for batch in batches for at, call in zip(batch.positions, batch.structs, strict=True)]
    return found, reading


EVENTS = [event(number) for number in range(5)]
MESSAGES = [json.dumps(one) for one in EVENTS]

FORMS = {
    "a line each": (dumped(*EVENTS, between="\n"), range(1, 6)),
    "a line each, as CloudWatch Logs exports them": (
        "".join(f"2026-03-02T09:00:0{at}.000Z {message}\n" for at, message in enumerate(MESSAGES)), range(1, 6)),
    "one": (dumped(EVENTS[0]), [1]),
    "one, in many lines": (json.dumps(EVENTS[0], indent=2), [0]),
    "an array": (json.dumps(EVENTS), range(5)),
    "a webhook's batch": (json.dumps({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "metadata": {},
                                      "items": EVENTS}), range(5)),
    "a subscription": (dumped(subscription(*MESSAGES)), range(5)),
    "a subscription, in many lines": (json.dumps(subscription(*MESSAGES), indent=1), range(5)),
    "a subscription's documents next to each other": (
        dumped(subscription(*MESSAGES[:2]), subscription(*MESSAGES[2:])), range(5)),
}


@pytest.mark.parametrize("form", FORMS)
def test_all_forms_say_the_same(form):
    text, positions = FORMS[form]
    found, reading = read(text)
    assert [at for at, _ in found] == list(positions)
    assert [call.audit_id for _, call in found] == [f"a-{number}" for number in range(len(found))]
    assert {call.who.username for _, call in found} == {"ann"}
    assert found[0][1].time == 1_772_442_000_123
    assert not reading.dead
    for at, call in found:
        assert call.audit_id in raw_record(io.BytesIO(gzip.compress(text.encode())), at)


@pytest.mark.parametrize("form", [form for form in FORMS if "subscription" in form])
def test_a_subscription_says_whose_cluster_it_is(form):
    found, _ = read(FORMS[form][0])
    assert {(call.account_id, call.cluster) for _, call in found} == {("111122223333", "shop-prod")}


def test_what_a_clusters_other_parts_say_is_passed_over():
    others = subscription("I0302 09:00:00 1 scheduler.go:5] hello", '{"level":"info"}', stream="kube-scheduler-1")
    for text in (dumped(others, subscription(*MESSAGES)), json.dumps(others, indent=1) + json.dumps(
            subscription(*MESSAGES), indent=1)):
        found, reading = read(text)
        assert len(found) == 5
        assert reading.passed_over == 2
        assert not reading.dead


def test_what_is_written_as_null_is_as_if_it_was_left_out():
    bare = {name: value for name, value in EVENTS[0].items() if name not in ("user", "objectRef")}
    ((_, said), (_, left_out)), reading = read(dumped(bare | {"user": None, "objectRef": None}, bare, between="\n"))
    assert not reading.dead
    assert said == left_out
    assert (said.who.username, said.about.resource) == ("", "")


def test_a_control_message_is_passed_over():
    control = subscription("CWL CONTROL MESSAGE: Checking health of destination Firehose.", kind="CONTROL_MESSAGE")
    found, reading = read(dumped(control, subscription(*MESSAGES)))
    assert (len(found), reading.passed_over, reading.dead) == (5, 1, [])


@pytest.mark.parametrize(("broken", "why"), [
    (event(1, verb=7), "Expected `str`"), (event(1, user="ann"), "Expected `object"),
    (event(1, requestReceivedTimestamp=None, stageTimestamp=None), "it has no time"),
    (event(1, requestReceivedTimestamp="yesterday"), "Invalid RFC3339"),
])
def test_one_broken_event_is_named_and_the_others_are_read(broken, why):
    for text, place in (
            (dumped(EVENTS[0], broken, EVENTS[2], between="\n"), 2),
            (json.dumps({"kind": "EventList", "items": [EVENTS[0], broken, EVENTS[2]]}), 1),
            (dumped(subscription(MESSAGES[0], json.dumps(broken), MESSAGES[2])), 1)):
        found, reading = read(text)
        assert [call.audit_id for _, call in found] == ["a-0", "a-2"]
        assert [letter.position for letter in reading.dead] == [place]
        assert why in reading.dead[0].reason


def test_text_that_is_no_utf8_is_one_dead_letter():
    text = dumped(EVENTS[0]).encode() + b"\n" + dumped(event(1, requestObject={"a": "§"})).encode().replace(
        b"\\u00a7", b"\xff") + b"\n" + dumped(EVENTS[2]).encode()
    found, reading = read(text)
    assert [call.audit_id for _, call in found] == ["a-0", "a-2"]
    assert [letter.position for letter in reading.dead] == [2]


@pytest.mark.parametrize(("groups", "told"), [
    (["b", "a"], ("b", "a")), ([], ()), (None, ()), ("admins", ()), ([1], ()), ({"a": "b"}, ()),
    (["g" * 2_000], ("g" * 2_000,))])
def test_groups_are_told_as_they_stand_and_what_is_none_of_texts_is_no_group(groups, told):
    found, reading = read(dumped(event(1, user={"username": "ann", "groups": groups})))
    assert [call.who.groups for _, call in found] == [told]
    assert not reading.dead


def test_fields_nobody_knows_and_absent_ones_do_not_matter():
    call = decode_record(json.dumps({"auditID": "x", "verb": "get", "timestamp": "2018-10-25T13:58:49Z", "new": [1]}
                                    ).encode())
    assert call.time == 1_540_475_929_000
    assert (call.who.username, call.about.resource, call.code, call.succeeded, call.request) == ("", "", 0, False, {})


def test_requests_without_an_id_of_their_own_are_told_apart_by_what_they_say():
    def said(**more):
        return decode_record(json.dumps(event(1, **more)).encode()).record

    ids = [said(auditID=""), said(auditID="", verb="get"), said(auditID="x" * 5_000), said(auditID="x" * 5_001)]
    assert len(set(ids)) == 4
    assert max(map(len, ids)) <= 16
    assert said(auditID="") == ids[0]
    assert said() == "a-1"


@pytest.mark.parametrize(("name", "cluster"), [
    ("/aws/eks/shop-prod/cluster", "shop-prod"), ("s3://logs/export/aws/eks/a_b/cluster/x.gz", "a_b"),
    ("/aws/eks/shop-prod/nodes", ""), ("/aws/containerinsights/shop-prod/cluster", ""), ("aws/eks//cluster", ""),
])
def test_the_group_names_the_cluster(name, cluster):
    assert cluster_of(name) == cluster


@pytest.mark.parametrize(("locator", "cluster"), [
    ("s3://logs/aws/eks/shop/cluster/x.gz", "shop"), ("/logs/aws/eks/shop/cluster", "shop"),
    ("/logs/%2Faws%2Feks%2Fshop%2Fcluster", "shop"), ("/logs/aws%2Feks%2Fshop%2Fcluster%2Fx.gz", "shop"),
    ("cloudwatch://eu-west-1/%2Faws%2Feks%2Fshop%2Fcluster/kube-apiserver-audit-1?from=1&to=2", "shop"),
    ("/logs/aws/eks/shop/nodes/x.gz", ""), ("x.gz", ""),
])
def test_an_objects_path_names_the_cluster(locator, cluster):
    assert cluster_at(locator) == cluster


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared test data are not here")
def test_real_events_of_an_api_server_are_all_read():
    # The last is no event: it says only that its kind is 0.
    paths = sorted(set((SHARED / "falco-k8s-audit").glob("*.json")) - {SHARED / "falco-k8s-audit" / "fal_01_003.json"})
    assert paths
    for path in paths:
        data = path.read_bytes()
        found, reading = read(data)
        assert found
        assert all(call.audit_id and call.verb and call.who.username for _, call in found)
        assert not reading.dead, path
