"""Callers: each kind's userIdentity, and the records of their calls, against what CloudTrail writes."""

from __future__ import annotations

import gzip
import ipaddress
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import addresses
from vedette.simulate.events import Event
from vedette.simulate.network import instance
from vedette.simulate.principals import (
    Principal,
    anonymous,
    assumed_root,
    ecs_session,
    federated_user,
    foreign_account,
    iam_user,
    instance_session,
    lambda_session,
    role_session,
    root,
    service,
    service_role_session,
    sso_session,
    web_identity,
)
from vedette.simulate.story import story

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
WEB = instance("i-0123456789abcdef0", public_ip="54.210.33.12")

EVERYBODY = {
    "iam_user": iam_user("bob"), "root": root(), "assumed_root": assumed_root(),
    "role": role_session("deploy", "alice"),
    "instance": instance_session(WEB), "lambda": lambda_session("orders", "orders-fn"),
    "ecs": ecs_session("api", "api-task"), "sso": sso_session("ada@corp.example", "Developer"),
    "service": service("config.amazonaws.com"), "federated": federated_user("temp", "bob"),
    "service_role": service_role_session("AWSServiceRoleForAutoScaling", "AutoScaling", "autoscaling.amazonaws.com"),
    "web_identity": web_identity("repo:a/b", "token.actions.githubusercontent.com"),
    "foreign": foreign_account("444455556666"), "anonymous": anonymous(),
}


def raw(*events: Event) -> list[dict[str, Any]]:
    files = story("x", *events).render().files
    return [
        record for name, content in sorted(files.items()) if "/CloudTrail/" in name
        for record in json.loads(gzip.decompress(content))["Records"]
    ]


def decoded(event: Event) -> ApiCall:
    return msgspec.json.decode(msgspec.json.encode(raw(event)[0]), type=ApiCall)


@pytest.mark.parametrize("who", EVERYBODY.values(), ids=EVERYBODY)
def test_a_call_of_anybody_is_a_record_that_reads_back(who: Principal) -> None:
    call = decoded(who.calls("ec2", "DescribeInstances", {"filterSet": {}}, at=5))
    assert call.time == 1_772_442_005_000
    assert (call.event_source, call.event_name, call.region) == ("ec2.amazonaws.com", "DescribeInstances", "us-east-1")
    assert call.account == who.recipient == addresses.ACCOUNT
    assert call.source_ip == who.ip
    assert call.user_agent == who.agent
    assert call.identity.type == who.user_identity["type"]
    assert (call.identity.arn or "") == who.arn
    assert (call.identity.principal_id or "") == who.principal_id
    assert (call.identity.access_key_id or "") == who.access_key_id
    assert call.request == {"filterSet": {}}
    assert call.succeeded
    assert call.read_only is True


def test_identifiers_have_the_lengths_and_letters_of_aws() -> None:
    bob, session = EVERYBODY["iam_user"], EVERYBODY["role"]
    assert len(bob.principal_id) == 21
    assert bob.principal_id.startswith("AIDA")
    assert len(bob.access_key_id) == 20
    assert bob.access_key_id.startswith("AKIA")
    role_id, _, name = session.principal_id.partition(":")
    assert (role_id[:4], len(role_id), name) == ("AROA", 21, "alice")
    assert session.access_key_id.startswith("ASIA")
    assert session.user_name == "deploy"
    assert session.arn == "arn:aws:sts::111122223333:assumed-role/deploy/alice"


def test_the_same_name_in_another_account_is_somebody_else() -> None:
    here, there = iam_user("bob"), iam_user("bob", account="444455556666")
    assert here == iam_user("bob")
    assert here.principal_id != there.principal_id
    assert here.access_key_id != there.access_key_id


def test_an_instance_session_says_so() -> None:
    who = instance_session(WEB, role="web", imds="1.0")
    identity = raw(who.calls("s3", "ListBuckets"))[0]["userIdentity"]
    assert identity["arn"].endswith("assumed-role/web/i-0123456789abcdef0")
    assert identity["sessionContext"]["ec2RoleDelivery"] == "1.0"
    assert who.ip == WEB.public_ip
    assert instance_session(instance("i-0f")).ip == addresses.NAT_PUBLIC


def test_a_session_began_before_its_story() -> None:
    [record] = raw(role_session("deploy", "alice", mfa=True).calls("s3", "ListBuckets", at=3600))
    assert record["userIdentity"]["sessionContext"]["attributes"] == {
        "creationDate": "2026-03-02T08:50:00Z", "mfaAuthenticated": "true",
    }


def test_an_assumed_root_is_root_and_says_that_it_was_assumed() -> None:
    call = decoded(assumed_root().calls("s3", "DeleteBucketPolicy", {"bucketName": "b"}))
    assert call.identity.type == "Root"
    assert call.identity.session_context is not None
    assert call.identity.session_context.assumed_root == "true"


@pytest.mark.parametrize("name", ["service", "service_role"])
def test_a_service_calls_under_its_own_name_and_without_tls_details(name: str) -> None:
    [record] = raw(EVERYBODY[name].calls("ec2", "DescribeInstances"))
    assert record["userIdentity"]["invokedBy"] == record["sourceIPAddress"] == record["userAgent"]
    assert record["sourceIPAddress"].endswith(".amazonaws.com")
    assert "tlsDetails" not in record


def test_a_denied_call_has_no_response_and_awss_words() -> None:
    bob = EVERYBODY["iam_user"]
    call = decoded(bob.calls("cloudtrail", "StopLogging", {"name": "t"}, response={"a": 1}, error="AccessDenied"))
    assert not call.succeeded
    assert call.response == {}
    assert call.error_message == (
        f"User: {bob.arn} is not authorized to perform: cloudtrail:StopLogging because no identity-based policy allows"
        " the cloudtrail:StopLogging action"
    )
    assert decoded(bob.calls("ec2", "RunInstances", error="UnauthorizedOperation")).error_code == (
        "Client.UnauthorizedOperation"
    )


def test_what_s3_does_with_objects_is_a_data_event_and_what_it_does_with_buckets_is_not() -> None:
    bob = EVERYBODY["iam_user"]
    data, management = raw(
        bob.calls("s3", "GetObject", {"bucketName": "b", "key": "k"}),
        bob.calls("s3", "PutBucketPolicy", {"bucketName": "b"}),
    )
    assert (data["eventCategory"], data["managementEvent"], data["readOnly"]) == ("Data", False, True)
    assert data["resources"][0] == {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::b/k"}
    assert data["additionalEventData"]["SignatureVersion"] == "SigV4"
    assert (management["eventCategory"], management["managementEvent"], management["readOnly"]) == (
        "Management", True, False,
    )
    assert "resources" not in management


@pytest.mark.parametrize(("name", "reads"), [
    ("DescribeTrails", True), ("LookupEvents", True), ("StopLogging", False), ("UpdateTrail", False),
    ("GetTrailStatus", True), ("PutEventSelectors", False),
])
def test_reading_and_writing_are_told_apart_by_the_verb(name: str, reads: bool) -> None:
    assert raw(EVERYBODY["iam_user"].calls("cloudtrail", name))[0]["readOnly"] is reads


def test_a_call_through_an_endpoint_names_it() -> None:
    call = decoded(EVERYBODY["instance"].calls(
        "s3", "GetObject", {"bucketName": "b", "key": "k"}, ip="10.0.1.5", vpc_endpoint="vpce-0a",
        vpc_endpoint_account="444455556666",
    ))
    assert (call.vpc_endpoint_id, call.vpc_endpoint_account_id) == ("vpce-0a", "444455556666")


def test_a_login_shows_its_outcome_and_whether_mfa_was_used() -> None:
    bob = EVERYBODY["iam_user"]
    good, bad = raw(bob.console_login(), bob.console_login(success=False, mfa=False))
    assert good["responseElements"] == {"ConsoleLogin": "Success"}
    assert good["additionalEventData"]["MFAUsed"] == "Yes"
    assert "accessKeyId" not in good["userIdentity"]
    assert good["eventType"] == "AwsConsoleSignIn"
    assert good["readOnly"] is False
    assert bad["responseElements"] == {"ConsoleLogin": "Failure"}
    assert bad["errorMessage"] == "Failed authentication"
    assert bad["additionalEventData"]["MFAUsed"] == "No"


def test_top_level_fields_replace_the_records_own_and_none_removes_them() -> None:
    [record] = raw(EVERYBODY["iam_user"].calls(
        "s3", "ListBuckets", recipientAccountId="444455556666", eventVersion="1.08", tlsDetails=None
    ))
    assert record["recipientAccountId"] == "444455556666"
    assert record["eventVersion"] == "1.08"
    assert "tlsDetails" not in record


def test_the_callers_addresses_are_public_ones() -> None:
    named = {name: value for name, value in vars(addresses).items() if isinstance(value, str) and value.count(".") == 3}
    assert len(named) == 9
    for value in named.values():
        assert ipaddress.ip_address(value).is_global


def _real_records(folder: str) -> list[dict[str, Any]]:
    if not (DATA / folder).is_dir():
        pytest.skip(f"shared data {folder} is not here")
    found = []
    for path in sorted((DATA / folder).glob("*.json")):
        document = json.loads(path.read_text())
        found += document if isinstance(document, list) else document.get("Records", [document])
    return found


def _shape(value: Any) -> Any:
    """The keys of an object, and of what is in it."""
    return {key: _shape(inner) for key, inner in value.items()} if isinstance(value, dict) else None


@pytest.mark.parametrize(("kind", "delivered", "mine"), [
    ("IAMUser", False, "iam_user"), ("AssumedRole", False, "role"), ("AssumedRole", True, "instance"),
])
def test_identities_have_the_fields_of_real_ones(kind: str, delivered: bool, mine: str) -> None:
    real = [
        record["userIdentity"] for record in _real_records("stratus")
        if record["userIdentity"]["type"] == kind and record["eventName"] != "ConsoleLogin"
        and ("ec2RoleDelivery" in record["userIdentity"].get("sessionContext", {})) is delivered
    ]
    [record] = raw(EVERYBODY[mine].calls("s3", "ListBuckets"))
    shapes = {json.dumps(_shape(identity), sort_keys=True) for identity in real}
    assert json.dumps(_shape(record["userIdentity"]), sort_keys=True) in shapes


def test_a_record_has_the_fields_of_a_real_one() -> None:
    real = [
        record for record in _real_records("stratus")
        if record["eventName"] == "StopLogging" and "errorCode" not in record
    ]
    [record] = raw(EVERYBODY["iam_user"].calls("cloudtrail", "StopLogging", {"name": "t"}))
    assert any(set(one) == set(record) for one in real), [set(one) ^ set(record) for one in real]
