import gzip
import json
import re

import pytest

from tests.publish.many import NOW, answering, numbered
from vedette.publish.aws import Refused
from vedette.publish.destination import ARRIVED, UNTRIED, DestinationError
from vedette.publish.ocsf_form import FOLDER, ocsf_line
from vedette.publish.s3_export import S3Export, bucket_and_prefix

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture
def bucket(client, name):
    client("s3").create_bucket(Bucket=name)
    return name


def objects(client, bucket):
    s3 = client("s3")
    for item in s3.list_objects_v2(Bucket=bucket).get("Contents", ()):
        answer = s3.get_object(Bucket=bucket, Key=item["Key"])
        yield item["Key"], answer, answer["Body"].read()


def test_findings_are_laid_out_as_guardduty_exports_them(endpoint, client, bucket):
    here, there = numbered(2), numbered(1, region="us-west-2", accountId="444455556666")
    sent = [here[0], *there, here[1]]
    assert S3Export(f"arn:aws:s3:::{bucket}/own/prefix/", endpoint_url=endpoint).send(sent, NOW) == [ARRIVED] * 3
    found = {key: [json.loads(line) for line in gzip.decompress(body).splitlines()]
             for key, _, body in objects(client, bucket)}
    uuid = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.jsonl\.gz"
    first, second = sorted(found)
    assert re.fullmatch(rf"own/prefix/AWSLogs/111122223333/GuardDuty/eu-west-1/2026/03/02/{uuid}", first)
    assert re.fullmatch(rf"own/prefix/AWSLogs/444455556666/GuardDuty/us-west-2/2026/03/02/{uuid}", second)
    assert (found[first], found[second]) == (here, there)


def test_a_key_encrypts_and_what_is_sent_twice_is_there_once(endpoint, client, bucket):
    export = S3Export(f"arn:aws:s3:::{bucket}", kms_key_arn=KEY, endpoint_url=endpoint)
    for _ in range(2):
        assert export.send(numbered(3), NOW) == [ARRIVED] * 3
    ((key, answer, body),) = objects(client, bucket)
    assert body[4:8] == bytes(4)  # no time of packing in it: the same findings are the same bytes
    assert key.startswith("AWSLogs/")
    assert (answer["ServerSideEncryption"], answer["SSEKMSKeyId"]) == ("aws:kms", KEY)
    assert answer["ContentType"] == "application/gzip"
    assert "ContentEncoding" not in answer  # or clients unpack what is named .gz


def test_ocsf_goes_into_a_folder_of_its_own(endpoint, client, bucket):
    sent = numbered(1)
    S3Export(f"arn:aws:s3:::{bucket}", endpoint_url=endpoint, render=ocsf_line, folder=FOLDER).send(sent, NOW)
    ((key, _, body),) = objects(client, bucket)
    assert f"/{FOLDER}/" in key
    assert json.loads(gzip.decompress(body))["class_uid"] == 2004


def test_a_bucket_that_is_not_there_is_for_its_owner_to_mend(endpoint):
    export = S3Export("arn:aws:s3:::no-such-bucket-at-all", endpoint_url=endpoint)
    (outcome, *_) = export.send(numbered(2), NOW)
    assert outcome.fate == "unable"
    assert "NoSuchBucket" in outcome.reason
    with pytest.raises(Refused, match="NoSuchBucket"):
        export.check("111122223333")


@pytest.mark.parametrize(("status", "code", "fate"), [
    (403, "AccessDenied", "unable"), (503, "SlowDown", "later"), (500, "InternalError", "later"),
    (400, "KMS.DisabledException", "unable")])
def test_what_a_store_answers_says_whether_it_passes_by_itself(status, code, fate):
    def refuse(request, body):
        return status, f"<Error><Code>{code}</Code><Message>No.</Message></Error>".encode()

    two_places = [*numbered(1), *numbered(1, region="us-west-2")]
    with answering(refuse) as url:
        first, second = S3Export("arn:aws:s3:::bucket", endpoint_url=url).send(two_places, NOW)
    assert (first.fate, first.reason) == (fate, f"{code}: No.")
    assert second == UNTRIED


def test_a_store_that_cannot_be_reached_is_tried_later():
    with answering(lambda *_: (200, b"")) as url:
        pass
    (outcome,) = S3Export("arn:aws:s3:::bucket", endpoint_url=url).send(numbered(1), NOW)
    assert outcome.fate == "later"


@pytest.mark.parametrize(("arn", "parts"), [
    ("arn:aws:s3:::logs", ("logs", "")), ("arn:aws-cn:s3:::logs/", ("logs", "")),
    ("arn:aws:s3:::logs/a/b/", ("logs", "a/b"))])
def test_an_arn_names_a_bucket_and_perhaps_a_prefix(arn, parts):
    assert bucket_and_prefix(arn) == parts


@pytest.mark.parametrize("arn", [
    "", "logs", "s3://logs", "arn:aws:s3:::", "arn:aws:s3:::/x", "arn:aws:sqs:us-east-1:1:logs", "arn:aws:s3:::a b",
    "arn:aws:s3:::logs/a\nb", "arn:aws:s3:::logs\n", "arn:aws:s3:::logs/" + "x" * 600])
def test_what_is_no_bucket_is_refused(arn):
    with pytest.raises(DestinationError, match="is no bucket"):
        S3Export(arn)


def test_what_is_no_key_is_refused():
    with pytest.raises(DestinationError, match="is no KMS key"):
        S3Export("arn:aws:s3:::logs", kms_key_arn="alias/mine")
