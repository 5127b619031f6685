"""The five operations on publishing destinations, against a bucket that is really there."""

from __future__ import annotations

import gzip
import json

import boto3
import pytest
from botocore.loaders import JSONFileLoader

from tests.aws import aws_over_http, be_nobody
from tests.findings.documents import document, put
from tests.publish.many import answering
from vedette.api.errors import UNKNOWN_DETECTOR, BadRequest
from vedette.api.operation import Context
from vedette.api.operations import publishing
from vedette.engine.publisher import Publisher
from vedette.findings.configuration import Destination, DetectorSettings
from vedette.findings.policy import Policy

ACCOUNT, REGION, DETECTOR = "111122223333", "eu-west-1", "d" * 32
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture(scope="module")
def endpoint():
    with aws_over_http() as url:
        yield url


@pytest.fixture(autouse=True)
def aws(monkeypatch, endpoint, tmp_path):
    """Credentials of nobody, and the bucket's server where every AWS client looks for it."""
    be_nobody(monkeypatch, tmp_path / "none")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)


@pytest.fixture
def bucket(request):
    name = f"b{abs(hash(request.node.nodeid))}"
    boto3.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def now():
    return [1_772_442_000_000]


@pytest.fixture
def context(store, now):
    with store.transaction() as batch:
        batch.configure(DetectorSettings(account=ACCOUNT, region=REGION, id=DETECTOR))
    return Context(account=ACCOUNT, region=REGION, role="admin", store=store, clock=lambda: now[0])


def create(context, bucket, **properties):
    answer = publishing.create_publishing_destination(
        context, detector_id=DETECTOR, destination_type="S3",
        destination_properties={"destinationArn": f"arn:aws:s3:::{bucket}", **properties})
    return answer["DestinationId"]


def describe(context, destination):
    return publishing.describe_publishing_destination(context, detector_id=DETECTOR, destination_id=destination)


def keys(bucket):
    return [one["Key"] for one in boto3.client("s3").list_objects_v2(Bucket=bucket).get("Contents", ())]


def test_a_destination_is_made_when_its_bucket_can_be_written_to(context, bucket):
    made = create(context, f"{bucket}/all", kmsKeyArn=KEY)
    assert keys(bucket) == [f"all/AWSLogs/{ACCOUNT}/GuardDuty/permission-check"]
    assert len(made) == 32
    assert describe(context, made) == {
        "DestinationId": made, "DestinationType": "S3", "Status": "PUBLISHING", "PublishingFailureStartTimestamp": 0,
        "DestinationProperties": {"destinationArn": f"arn:aws:s3:::{bucket}/all", "kmsKeyArn": KEY}, "Tags": {}}
    assert publishing.list_publishing_destinations(context, detector_id=DETECTOR) == {
        "Destinations": [{"destinationId": made, "destinationType": "S3", "status": "PUBLISHING"}]}


def test_what_s3_is_like_is_not_read_again_for_every_check(context, bucket, monkeypatch):
    """It is most of what a check takes."""
    made = create(context, bucket)
    read = []
    original = JSONFileLoader.load_file
    monkeypatch.setattr(JSONFileLoader, "load_file", lambda *asked: read.append(asked[1]) or original(*asked))
    publishing.update_publishing_destination(
        context, detector_id=DETECTOR, destination_id=made,
        destination_properties={"destinationArn": f"arn:aws:s3:::{bucket}/moved"})
    assert f"moved/AWSLogs/{ACCOUNT}/GuardDuty/permission-check" in keys(bucket)
    assert read == []


@pytest.mark.parametrize("tags", [{"aws:owner": "me"}, {f"{number}": "" for number in range(51)}])
def test_a_destination_has_no_tags_that_no_resource_may_have(context, bucket, tags):
    with pytest.raises(BadRequest, match="tag"):
        publishing.create_publishing_destination(
            context, detector_id=DETECTOR, destination_type="S3", tags=tags,
            destination_properties={"destinationArn": f"arn:aws:s3:::{bucket}"})
    assert keys(bucket) == []
    assert publishing.list_publishing_destinations(context, detector_id=DETECTOR) == {"Destinations": []}


def test_a_detector_has_one_destination(context, bucket):
    made = create(context, bucket)
    with pytest.raises(BadRequest, match="already exists"):
        create(context, bucket)
    publishing.delete_publishing_destination(context, detector_id=DETECTOR, destination_id=made)
    assert create(context, bucket) != made


@pytest.mark.parametrize(("properties", "said"), [
    ({"destinationArn": "arn:aws:s3:::no-such-bucket-at-all"}, "s3:PutObject.*NoSuchBucket"),
    ({"destinationArn": "s3://logs"}, "write arn:aws:s3:::bucket"),
    ({}, "write arn:aws:s3:::bucket"),
    ({"destinationArn": "arn:aws:s3:::logs", "kmsKeyArn": "alias/mine"}, "is no KMS key"),
])
def test_what_cannot_be_written_to_is_not_made(context, properties, said):
    with pytest.raises(BadRequest, match=said):
        publishing.create_publishing_destination(
            context, detector_id=DETECTOR, destination_type="S3", destination_properties=properties)
    assert publishing.list_publishing_destinations(context, detector_id=DETECTOR) == {"Destinations": []}


def test_an_owner_that_is_expected_is_asked_for(context, monkeypatch):
    asked = []

    def refuse(request, body):
        asked.append(request.headers["x-amz-expected-bucket-owner"])
        return 403, b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"

    with answering(refuse) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
        with pytest.raises(BadRequest, match="AccessDenied"):
            create(context, "bucket", expectedBucketOwner="999988887777")
    assert asked == ["999988887777"]


def test_an_update_changes_what_it_names_and_tries_at_once_what_was_refused(context, store, bucket, now):
    made = create(context, bucket)
    with store.transaction() as batch:
        there = batch.configuration(Destination, ACCOUNT, REGION, made)
        there.status, there.failing_since = "UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY", now[0]
        batch.configure(there)
        batch.publish("f", [f"export/{made}"], now[0], 1)
        batch.refused(batch.due(f"export/{made}", now[0]), now[0] + 900_000, "AccessDenied")
    assert describe(context, made)["PublishingFailureStartTimestamp"] == now[0]
    now[0] += 5
    publishing.update_publishing_destination(
        context, detector_id=DETECTOR, destination_id=made, destination_properties={"kmsKeyArn": KEY})
    described = describe(context, made)
    assert (described["Status"], described["PublishingFailureStartTimestamp"]) == ("PUBLISHING", 0)
    assert described["DestinationProperties"] == {"destinationArn": f"arn:aws:s3:::{bucket}", "kmsKeyArn": KEY}
    assert len(store.due(f"export/{made}", now[0])) == 1


def test_an_update_to_what_cannot_be_written_to_changes_nothing(context, bucket):
    made = create(context, bucket)
    before = describe(context, made)
    with pytest.raises(BadRequest, match="NoSuchBucket"):
        publishing.update_publishing_destination(
            context, detector_id=DETECTOR, destination_id=made,
            destination_properties={"destinationArn": "arn:aws:s3:::no-such-bucket-at-all"})
    assert describe(context, made) == before


def test_what_was_deleted_is_gone_with_what_was_still_to_be_sent(context, store, bucket, now):
    made = create(context, bucket)
    with store.transaction() as batch:
        batch.publish("f", [f"export/{made}", "hook"], now[0], 1)
    publishing.delete_publishing_destination(context, detector_id=DETECTOR, destination_id=made)
    assert store.due(f"export/{made}", now[0]) == []
    assert len(store.due("hook", now[0])) == 1
    for operation in (publishing.describe_publishing_destination, publishing.update_publishing_destination,
                      publishing.delete_publishing_destination):
        with pytest.raises(BadRequest) as raised:
            operation(context, detector_id=DETECTOR, destination_id=made)
        assert str(raised.value) == publishing.NO_SUCH_DESTINATION


def test_another_account_or_region_sees_nothing_of_it(context, store, bucket):
    made = create(context, bucket)
    with store.transaction() as batch:
        batch.configure(DetectorSettings(account="444455556666", region=REGION, id="e" * 32))
    other = Context(account="444455556666", region=REGION, role="admin", store=store, clock=context.clock)
    with pytest.raises(BadRequest) as raised:
        describe(other, made)
    assert str(raised.value) == UNKNOWN_DETECTOR
    with pytest.raises(BadRequest) as raised:
        publishing.describe_publishing_destination(other, detector_id="e" * 32, destination_id=made)
    assert str(raised.value) == publishing.NO_SUCH_DESTINATION
    assert publishing.list_publishing_destinations(other, detector_id="e" * 32) == {"Destinations": []}


def test_a_token_that_was_never_given_is_refused(context):
    with pytest.raises(BadRequest, match="nextToken"):
        publishing.list_publishing_destinations(context, detector_id=DETECTOR, next_token="x")


def test_what_is_found_from_then_on_is_in_the_bucket(context, store, bucket, now):
    create(context, bucket)
    found = [document(number) for number in (1, 2, 3)]
    found[2]["service"]["archived"] = True
    with store.transaction() as batch:
        policy = Policy.read(batch)
        for one in found:
            put(batch, one)
            batch.publish(one["id"], policy.destinations(ACCOUNT, REGION), now[0], 1)
    publisher = Publisher(store, {}, context.clock)
    assert publisher.step()
    assert not publisher.step()
    (key,) = [one for one in keys(bucket) if one.endswith(".jsonl.gz")]
    assert key.startswith(f"AWSLogs/{ACCOUNT}/GuardDuty/{REGION}/2026/03/02/")
    body = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert [json.loads(line) for line in gzip.decompress(body).splitlines()] == found[:2]


def test_a_bucket_that_is_deleted_is_reported_and_served_again_when_it_is_back(context, store, bucket, now):
    made = create(context, bucket)
    s3 = boto3.client("s3")
    for key in keys(bucket):
        s3.delete_object(Bucket=bucket, Key=key)
    s3.delete_bucket(Bucket=bucket)
    with store.transaction() as batch:
        put(batch, document(1))
        batch.publish(document(1)["id"], [f"export/{made}"], now[0], 1)
    publisher = Publisher(store, {}, context.clock)
    publisher.step()
    described = describe(context, made)
    assert (described["Status"], described["PublishingFailureStartTimestamp"]) == (
        "UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY", now[0])
    s3.create_bucket(Bucket=bucket)
    publishing.update_publishing_destination(context, detector_id=DETECTOR, destination_id=made)
    publisher.step()
    assert [key.endswith(".jsonl.gz") for key in sorted(keys(bucket))] == [True, False]
    assert describe(context, made)["Status"] == "PUBLISHING"
