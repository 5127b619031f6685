"""One CloudTrail record: its fields, what is mended in it, what makes it one."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.logs.cloudtrail import (
    decode_lines,
    decode_record,
    decode_written,
    from_json,
    from_object,
    is_digest,
    is_record,
)

RECORD = {
    "eventVersion": "1.11", "eventTime": "2024-08-02T08:23:24Z", "eventSource": "s3.amazonaws.com",
    "eventName": "GetObject", "awsRegion": "eu-west-1", "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2",
    "eventID": "11111111-2222-3333-4444-555555555555", "eventType": "AwsApiCall", "eventCategory": "Data",
    "recipientAccountId": "111122223333", "readOnly": True, "managementEvent": False,
    "userIdentity": {"type": "AssumedRole", "accountId": "111122223333", "arn": "arn:aws:sts::111122223333:x/y",
                     "sessionContext": {"sessionIssuer": {"userName": "role"}, "ec2RoleDelivery": "2.0"}},
    "requestParameters": {"bucketName": "b"}, "responseElements": None,
    "resources": [{"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::b"}, "odd"],
}


def encoded(**changes):
    return json.dumps({name: value for name, value in (RECORD | changes).items() if value is not ...}).encode()


def test_a_record_is_read_with_all_that_detectors_ask_for():
    call = decode_record(encoded())
    assert call.time == 1722587004000
    assert (call.event_source, call.event_name, call.region) == ("s3.amazonaws.com", "GetObject", "eu-west-1")
    assert (call.account, call.source_ip, call.user_agent) == ("111122223333", "198.51.100.7", "aws-cli/2")
    assert (call.read_only, call.management_event, call.event_category) == (True, False, "Data")
    assert call.identity.session_context.session_issuer.user_name == "role"
    assert call.request == {"bucketName": "b"}
    assert call.response == {}
    assert call.resources == [{"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::b"}]
    assert call.succeeded


def test_unknown_fields_and_future_versions_make_no_difference():
    changes = {"eventVersion": "7.0", "brandNew": {"a": [1]}, "userIdentity": RECORD["userIdentity"] | {"novel": {}}}
    newer, usual = (msgspec.structs.asdict(decode_record(text).identity) for text in (encoded(**changes), encoded()))
    assert newer == usual


def test_from_json_reads_a_sound_record_as_decode_record_does():
    one, another, third = (json.loads(msgspec.json.encode(call)) for call in (
        from_json(encoded()), decode_record(encoded()), from_object(RECORD)))
    assert one == another == third


def test_one_identity_field_of_another_type_does_not_cost_the_others():
    identity = RECORD["userIdentity"] | {"accountId": 111122223333, "userName": ["a"], "sessionContext": "none"}
    call = from_json(encoded(userIdentity=identity))
    assert call.identity.account_id == "111122223333"
    assert call.identity.type == "AssumedRole"
    assert call.identity.user_name is None
    assert call.identity.session_context is None


@pytest.mark.parametrize("context", [
    {"sessionIssuer": {"arn": 7, "userName": "role"}, "attributes": []},
    {"sessionIssuer": {"arn": "7", "userName": "role"}, "webIdFederationData": {"a": 1}},
])
def test_of_a_session_what_fits_is_read(context):
    for read in (decode_record, from_json):
        issuer = read(encoded(userIdentity={"sessionContext": context})).identity.session_context.session_issuer
        assert (issuer.arn, issuer.user_name) == ("7", "role")


@pytest.mark.parametrize("context", ["null", "[]", "1", '"x"', '{"attributes": {"a": 1e999}}',
                                     '{"attributes": ' + "[" * 900 + "]" * 900 + "}"])
def test_a_session_that_cannot_be_held_is_none_or_empty(context):
    text = b'{"eventTime":"2024-08-02T08:23:24Z","eventSource":"a","userIdentity":{"sessionContext":%s}}'
    found = decode_record(text % context.encode()).identity.session_context
    assert found is None or found.session_issuer is None


@pytest.mark.parametrize(("changes", "attribute", "value"), [
    ({"errorCode": 403}, "error_code", "403"),
    ({"sourceIPAddress": None}, "source_ip", ""),
    ({"sourceIPAddress": ["198.51.100.7"]}, "source_ip", ""),
    ({"readOnly": "true"}, "read_only", True),
    ({"readOnly": "perhaps"}, "read_only", None),
    ({"userIdentity": "root"}, "user_identity", None),
    ({"userIdentity": []}, "user_identity", None),
    ({"eventName": 5}, "event_name", "5"),
    ({"eventName": {"a": 1}}, "event_name", ""),
    ({"recipientAccountId": 111122223333}, "recipient_account_id", "111122223333"),
    ({"eventTime": "2024-08-02 08:23:24"}, "time", 1722587004000),
    ({"eventTime": "2024-08-02T10:23:24.5+0200"}, "time", 1722587004500),
    ({"errorMessage": False}, "error_message", "false"),
])
def test_a_field_of_another_type_is_read_as_text_or_left_out(changes, attribute, value):
    call = from_json(encoded(**changes))
    assert getattr(call, attribute) == value
    assert call.event_source == "s3.amazonaws.com"
    assert call.request == {"bucketName": "b"}


@pytest.mark.parametrize("changes", [
    {"eventTime": ...}, {"eventTime": None}, {"eventTime": "yesterday"}, {"eventTime": {}},
    {"eventTime": "2024-13-02T08:23:24Z"}, {"eventTime": "0001-01-01T00:00:00+10:00"}, {"eventSource": ...},
    {"eventSource": {}},
])
def test_a_record_without_a_time_or_a_service_is_refused(changes):
    with pytest.raises(ValueError, match=r"ISO 8601|year|month|eventSource"):
        from_json(encoded(**changes))


def test_an_insight_event_is_a_record_that_calls_nothing():
    insight = {
        "eventVersion": "1.07", "eventTime": "2024-08-02T08:23:00Z", "awsRegion": "us-east-1", "eventID": "i",
        "eventType": "AwsCloudTrailInsight", "recipientAccountId": "111122223333", "eventCategory": "Insight",
        "insightDetails": {"state": "Start", "eventSource": "ec2.amazonaws.com", "eventName": "RunInstances",
                           "insightType": "ApiCallRateInsight"},
    }
    assert is_record(insight)
    call = from_json(json.dumps(insight).encode())
    assert (call.event_source, call.event_name, call.event_category) == ("ec2.amazonaws.com", "", "Insight")
    assert json.loads(bytes(call.raw_insight))["state"] == "Start"


def test_a_digest_is_known_by_its_signature_fields():
    digest = {"awsAccountId": "1", "digestStartTime": "x", "digestEndTime": "y", "digestS3Bucket": "b",
              "digestS3Object": "o", "logFiles": []}
    assert is_digest(digest)
    assert not is_digest(RECORD)
    assert not is_record(digest)


def test_text_that_is_no_utf8_is_refused_even_in_what_stays_raw():
    for data in (encoded().replace(b'"b"', b'"\xff"'), encoded().replace(b"GetObject", b"Get\xffObject")):
        for read in (decode_record, decode_lines):
            with pytest.raises(UnicodeDecodeError):
                read(data)


@pytest.mark.parametrize("value", [b"1e999", b"1" * 6000, b"[" * 900 + b"]" * 900])
def test_a_request_that_python_cannot_hold_is_empty(value):
    raw = encoded(requestParameters="HERE", resources="HERE").replace(b'"HERE"', value)

    def deep(left):
        return deep(left - 1) if left else (call.request, call.resources)

    call = decode_record(raw)
    # A detector may ask from deeper down than the record was read.
    assert deep(300) == ({}, [])


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_the_ends_of_the_calendar_are_times_that_can_be_written(when):
    time = decode_record(encoded(eventTime=when)).time
    assert 1 <= datetime.fromtimestamp(time / 1000, UTC).year <= 9999


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from(["type", "accountId", "sessionContext", "sessionIssuer", "attributes", "x"]), inner, max_size=3),
    max_leaves=8)


@given(st.dictionaries(st.sampled_from([name for name in RECORD if name not in {"eventTime", "eventSource"}]), values))
@settings(deadline=None)
def test_whatever_the_other_fields_hold_the_record_is_read(changes):
    data = json.dumps(RECORD | changes, allow_nan=True).encode()
    if b"NaN" in data or b"Infinity" in data:
        return
    call = from_json(data)
    assert call.time == 1722587004000
    assert call.event_source == "s3.amazonaws.com"
    for name in ("event_name", "event_id", "region", "source_ip"):
        assert isinstance(getattr(call, name), str)
    for name in ("type", "arn", "account_id", "access_key_id"):
        assert isinstance(getattr(call.identity, name), str | None)
    assert isinstance(call.request, dict)
    written = msgspec.json.encode(call)
    one, other = decode_written(written), decode_written(written)
    assert msgspec.json.encode(one) == msgspec.json.encode(other) == written
    assert one.user_identity is other.user_identity


def test_callers_are_told_apart_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vedette.logs.cloudtrail._MOST_CALLERS", 2)
    names = ["ann", "bob", "ann", "eve", "bob", "ann", None, "eve"]
    written = [json.dumps(RECORD | {"userIdentity": name and {"userName": name}}) for name in names]
    assert [call.identity.user_name for call in decode_lines("\n".join(written).encode())] == names
