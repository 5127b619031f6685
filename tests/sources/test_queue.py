"""Queues that S3 tells of new objects."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import boto3
import pytest

from vedette.errors import SourceError
from vedette.sources.feed import Delivery, Outcome
from vedette.sources.queue import QueueFeed, objects_of

KEY = "AWSLogs/111122223333/CloudTrail/eu-west-1/2024/08/18/111122223333_CloudTrail_eu-west-1_20240818T1305Z_a.json.gz"


def record(key: str = "a.json", event: str = "ObjectCreated:Put", **described: Any) -> dict[str, Any]:
    return {
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "eu-west-1",
        "eventTime": "2024-08-18T13:05:00.123Z", "eventName": event, "s3": {
            "bucket": {"name": "logs"},
            "object": {"key": key, "size": 5, "eTag": "e1", "versionId": "v", "sequencer": "0A", **described}}}


def direct(*records: dict[str, Any]) -> str:
    return json.dumps({"Records": list(records)})


def bridged(key: str, **changed: Any) -> str:
    return json.dumps({
        "version": "0", "id": "1", "detail-type": "Object Created", "source": "aws.s3", "account": "111122223333",
        "time": "2024-08-18T13:05:00Z", "region": "eu-west-1", "resources": ["arn:aws:s3:::logs"], "detail": {
            "bucket": {"name": "logs"}, "object": {"key": key, "size": 5, "etag": "e1", "sequencer": "0A"}}, **changed})


def topical(message: str) -> str:
    return json.dumps({"Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:eu-west-1:1:t",
                       "Message": message, "Signature": "x"})


def locators(body: str) -> list[str]:
    return [obj.locator for obj in objects_of(body)]


@pytest.mark.parametrize("wrapped", [str, topical], ids=["in the queue", "by a topic"])
def test_notifications_and_events_tell_of_the_same_object(wrapped: Any) -> None:
    for body in (direct(record(KEY)), bridged(KEY)):
        (found,) = objects_of(wrapped(body))
        assert (found.locator, found.version, found.size) == (f"s3://logs/{KEY}", "e1", 5)
        assert (found.account, found.region) == ("111122223333", "eu-west-1")
        assert found.start == 1723985100000  # 12:45, as the name says
        assert found.modified // 1000 == 1723986300


def test_keys_are_decoded_in_notifications_and_taken_as_they_are_from_the_bus() -> None:
    assert locators(direct(record("a%3D1/b+c/%2B%C3%BC.json"))) == ["s3://logs/a=1/b c/+ü.json"]
    assert locators(direct(record("AWSLogs%2Fx.gz"))) == ["s3://logs/AWSLogs/x.gz"]
    assert locators(bridged("a=1/b c/+ü%41.json")) == ["s3://logs/a=1/b c/+ü%41.json"]


def test_a_message_tells_of_several_objects_and_only_of_those_created() -> None:
    body = direct(record("a"), record("b", "ObjectRemoved:Delete"), record("c", "s3:ObjectCreated:Copy"),
                  record("folder/", size=0), record("d", "ObjectCreated:CompleteMultipartUpload"))
    assert locators(body) == ["s3://logs/a", "s3://logs/c", "s3://logs/d"]


def test_what_else_s3_says_is_of_no_object() -> None:
    test = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2024-08-18T13:05:00Z", "Bucket": "logs"}
    for body in (json.dumps(test), topical(json.dumps(test)), bridged("a", **{"detail-type": "Object Deleted"}),
                 bridged("a", source="aws.ec2"), direct()):
        assert locators(body) == []


@pytest.mark.parametrize(("body", "said"), [
    ("", "no JSON"), ("{", "no JSON"), ("[" * 100_000, "no JSON"), ("[]", "no JSON object"), ("{}", "no Records"),
    (topical(topical(topical(topical(topical("{}"))))), "no Records"),
    (direct({"eventName": "ObjectCreated:Put"}), "no s3"), (direct(record(), {}), "no eventName"),
    (direct(record(eTag="")), "ETag"), (direct(record(size="5")), "size"),
    (direct(record(size=-2)), "size"), (direct(record(size=1 << 63)), "size"),
    (direct({**record(), "eventTime": "yesterday"}), "'yesterday' is no time"),
    (json.dumps({"Records": [7]}), "no eventName"), (bridged("a", detail=[]), "no bucket"),
])
def test_a_message_that_is_no_notification_says_why(body: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        list(objects_of(body))


@pytest.fixture
def sqs(endpoint: str) -> Any:
    return boto3.client("sqs", endpoint_url=endpoint)


@pytest.fixture
def queue(sqs: Any, bucket: str) -> str:
    return sqs.create_queue(QueueName=f"q-{bucket}")["QueueUrl"]


def arn_of(sqs: Any, queue: str) -> str:
    return sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def taken(feed: QueueFeed) -> Delivery:
    for _ in range(20):
        if (delivery := feed.next(threading.Event())) and (delivery.objects or delivery.unreadable):
            return delivery
    raise AssertionError("the queue holds nothing")


def left_in(sqs: Any, queue: str) -> int:
    told = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    return int(told["ApproximateNumberOfMessages"]) + int(told["ApproximateNumberOfMessagesNotVisible"])


def read_all(feed: QueueFeed, number: int) -> dict[str, bytes]:
    """What the first objects, so many, hold; all is acknowledged."""
    found: dict[str, bytes] = {}
    while len(found) < number:
        delivery = taken(feed)
        found.update((obj.locator, delivery.source.open(obj).read()) for obj in delivery.objects)
        delivery.acknowledge([Outcome(obj) for obj in delivery.objects])
        delivery.release()
    return found


@pytest.mark.parametrize("way", ["direct", "topic", "bus"])
def test_s3_tells_the_queue_and_the_objects_are_read(
    way: str, endpoint: str, s3: Any, sqs: Any, bucket: str, queue: str
) -> None:
    if way == "direct":
        configuration = {"QueueConfigurations": [
            {"QueueArn": arn_of(sqs, queue), "Events": ["s3:ObjectCreated:*"]}]}
    elif way == "topic":
        sns = boto3.client("sns", endpoint_url=endpoint)
        topic = sns.create_topic(Name=f"t-{bucket}")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue))
        configuration = {"TopicConfigurations": [{"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}]}
    else:
        bus = boto3.client("events", endpoint_url=endpoint)
        bus.put_rule(Name=f"r-{bucket}", EventPattern=json.dumps({
            "source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}}))
        bus.put_targets(Rule=f"r-{bucket}", Targets=[{"Id": "1", "Arn": arn_of(sqs, queue)}])
        configuration = {}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)
    bodies = {f"s3://{bucket}/x={number}/an object.json": b"%d" % number for number in range(3)}
    for locator, body in bodies.items():
        key = locator.split("/", 3)[3]
        put = s3.put_object(Bucket=bucket, Key=key, Body=body)
        if way == "bus":  # moto's S3 tells no bus, but its bus tells the queue
            bus.put_events(Entries=[{"Source": "aws.s3", "DetailType": "Object Created", "Detail": json.dumps({
                "bucket": {"name": bucket},
                "object": {"key": key, "size": len(body), "etag": put["ETag"].strip('"')}})}])
    assert read_all(QueueFeed(queue, endpoint_url=endpoint), 3) == bodies
    assert left_in(sqs, queue) == 0


def send(sqs: Any, queue: str, *bodies: str) -> None:
    for body in bodies:
        sqs.send_message(QueueUrl=queue, MessageBody=body)


def test_a_message_is_deleted_only_when_all_its_objects_are_acknowledged(
    endpoint: str, sqs: Any, queue: str
) -> None:
    send(sqs, queue, direct(record("a"), record("b")), direct(record("b"), record("c")), direct(record("c")))
    feed = QueueFeed(queue, endpoint_url=endpoint)
    delivery = taken(feed)
    objects = {obj.locator[-1]: obj for obj in delivery.objects}
    assert sorted(objects) == ["a", "b", "c"]
    assert left_in(sqs, queue) == 3
    delivery.acknowledge([Outcome(objects["a"], failed="is gone"), Outcome(objects["b"]), Outcome(objects["c"])])
    delivery.release()
    assert left_in(sqs, queue) == 1


def test_a_message_nobody_can_read_is_told_of_and_left_to_the_redrive_policy(
    endpoint: str, sqs: Any, queue: str, bucket: str
) -> None:
    aside = sqs.create_queue(QueueName=f"dead-{bucket}")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": json.dumps(
        {"deadLetterTargetArn": arn_of(sqs, aside), "maxReceiveCount": 1})})
    send(sqs, queue, "what is this?", direct(record("a")))
    feed = QueueFeed(queue, endpoint_url=endpoint, visibility=1)
    delivery = taken(feed)
    ((stand_in, why),) = delivery.unreadable
    assert stand_in.locator.startswith(f"sqs://q-{bucket}/")
    assert "no JSON" in why
    assert stand_in.modified > 0
    delivery.acknowledge([Outcome(stand_in, failed=why), *(Outcome(obj) for obj in delivery.objects)])
    delivery.release()
    time.sleep(1.2)
    feed.next(threading.Event())
    assert left_in(sqs, aside) == 1
    assert left_in(sqs, queue) == 0


def test_messages_stay_hidden_for_as_long_as_they_are_worked_on(endpoint: str, sqs: Any, queue: str) -> None:
    send(sqs, queue, direct(record("a")))
    feed, other = (QueueFeed(queue, endpoint_url=endpoint, visibility=2) for _ in range(2))
    delivery = taken(feed)
    start = time.monotonic()
    while time.monotonic() - start < 4.5:
        nothing = other.next(threading.Event())
        assert nothing is not None
        assert not nothing.objects
        assert not nothing.caught_up  # the message may come yet
    delivery.release()  # not acknowledged: it comes again
    again = taken(other)
    assert len(list(again.objects)) == 1
    again.release()


def test_many_messages_are_taken_together_and_duplicates_once(endpoint: str, sqs: Any, queue: str) -> None:
    for number in range(35):
        send(sqs, queue, direct(record(f"{number % 30}.json")))
    feed = QueueFeed(queue, endpoint_url=endpoint)
    found: set[str] = set()
    deliveries = 0
    while len(found) < 30:
        delivery = taken(feed)
        here = [obj.locator for obj in delivery.objects]
        assert len(here) == len(set(here))
        found.update(here)
        deliveries += 1
        delivery.release()
    assert deliveries <= 2
    assert delivery.caught_up


def test_a_queue_that_is_gone_or_denied_says_so(endpoint: str, sqs: Any, queue: str, bucket: str) -> None:
    feed = QueueFeed(f"{queue}-not", endpoint_url=endpoint)
    with pytest.raises(SourceError, match="the queue does not exist"):
        feed.next(threading.Event())
    with pytest.raises(SourceError, match="cannot be reached"):
        QueueFeed(queue, endpoint_url="http://127.0.0.1:9").next(threading.Event())
    with pytest.raises(SourceError, match="is no queue's URL"):
        QueueFeed("my-queue")
