"""EventBridge, SNS and SQS: what a consumer at the far end of each receives."""

import json
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.publish.many import NOW, answering, numbered
from vedette.findings.chunks import batches
from vedette.publish.aws import Refused, outcomes_by_id, region_of, send_in_batches
from vedette.publish.destination import ARRIVED, DestinationError, Outcome
from vedette.publish.eventbridge import EventBridge
from vedette.publish.sns import Sns
from vedette.publish.sqs import Sqs


def received(sqs, url):
    found = []
    while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in batch:
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


@pytest.fixture
def queue(client, name):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    return url, lambda: received(sqs, url)


def by_id(findings):
    return sorted(findings, key=lambda one: one["id"])


def envelope_of(sent, source="aws.guardduty"):
    return {"version": "0", "detail-type": "GuardDuty Finding", "source": source, "account": "111122223333",
            "time": "2026-03-02T09:02:03Z", "region": "eu-west-1", "resources": [], "detail": sent}


def test_a_queue_gets_the_event_that_guardduty_sends_one_message_a_finding(endpoint, queue):
    url, read = queue
    sent = numbered(25)
    assert Sqs(url, endpoint_url=endpoint).send(sent, NOW) == [ARRIVED] * 25
    events = read()
    ids = [event.pop("id") for event in events]
    assert len({UUID(one) for one in ids}) == 25
    assert by_id(event["detail"] for event in events) == sent
    (first,) = [event for event in events if event["detail"]["id"] == sent[0]["id"]]
    assert first == envelope_of(sent[0])


def test_a_topic_gets_the_same(endpoint, client, name, queue):
    url, read = queue
    topic = client("sns").create_topic(Name=name)["TopicArn"]
    arn = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    sent = numbered(11)
    assert Sns(topic, endpoint_url=endpoint).send(sent, NOW) == [ARRIVED] * 11
    assert by_id(event["detail"] for event in read()) == sent


def test_fifo_queues_and_topics_keep_the_order_and_take_a_repeat_once(endpoint, client, name):
    sqs, sns = client("sqs"), client("sns")
    queue = sqs.create_queue(QueueName=f"{name}.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    topic = sns.create_topic(Name=f"{name}.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    (sent,) = numbered(1)
    for _ in range(2):
        assert Sqs(queue, endpoint_url=endpoint).send([sent], NOW) == [ARRIVED]
        assert Sns(topic, endpoint_url=endpoint).send([sent], NOW) == [ARRIVED]
    assert len(received(sqs, queue)) == 1


def test_a_bus_delivers_to_a_rule_for_guardduty_findings(endpoint, client, name, queue):
    url, read = queue
    arn = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events = client("events")
    events.put_rule(Name=name, EventPattern=json.dumps({
        "source": ["vedette.guardduty"], "detail-type": ["GuardDuty Finding"], "detail": {"severity": [5.0]}}))
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn}])
    sent = numbered(23)
    for one in sent[:12]:
        one["severity"] = 8.0
    assert EventBridge(endpoint_url=endpoint).send(sent, NOW) == [ARRIVED] * 23
    delivered = read()
    assert by_id(event["detail"] for event in delivered) == sent[12:]
    event = next(one for one in delivered if one["detail"]["id"] == sent[-1]["id"])
    # The id, account and Region are the bus's own there; the finding names those it is about.
    ours = ("version", "detail-type", "source", "time", "resources", "detail")
    wanted = envelope_of(sent[-1], "vedette.guardduty")
    assert {name: event[name] for name in ours} == {name: wanted[name] for name in ours}


def test_a_bus_that_refuses_some_entries_gets_the_others():
    asked = []

    def answer(request, body):
        entries = json.loads(body)["Entries"]
        asked.append(len(entries))
        said = [{"ErrorCode": "ThrottlingException", "ErrorMessage": "Slow."} if one["Detail"].find('"Finding 3"') > 0
                else {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "No."} if number == 5
                else {"EventId": "x"} for number, one in enumerate(entries)]
        return 200, json.dumps({"FailedEntryCount": 2, "Entries": said}).encode()

    with answering(answer) as url:
        outcomes = EventBridge(endpoint_url=url).send(numbered(9), NOW)
    assert asked == [9]
    assert [one.fate for one in outcomes] == [
        "arrived", "arrived", "arrived", "later", "arrived", "unable", "arrived", "arrived", "arrived"]


def test_the_source_of_aws_is_only_for_buses_of_ones_own():
    with pytest.raises(DestinationError, match="kept for AWS"):
        EventBridge(source="aws.guardduty")
    EventBridge(source="aws.guardduty", endpoint_url="http://localhost:4566")


def test_a_finding_that_is_too_large_is_never_sent_and_holds_nothing_up(endpoint, queue):
    url, read = queue
    sent = numbered(5)
    sent[2]["description"] = "x" * (300 << 10)
    outcomes = Sqs(url, endpoint_url=endpoint).send(sent, NOW)
    assert [one.fate for one in outcomes] == ["arrived", "arrived", "never", "arrived", "arrived"]
    assert [one["detail"]["title"] for one in read()] == ["Finding 0", "Finding 1", "Finding 3", "Finding 4"]


def test_a_queue_that_is_gone_is_for_its_owner_to_mend_and_the_rest_is_not_tried(endpoint, queue):
    url, _ = queue
    outcomes = Sqs(url + "-gone", endpoint_url=endpoint).send(numbered(12), NOW)
    assert [one.fate for one in outcomes] == ["unable"] * 10 + ["untried"] * 2
    assert "NonExistentQueue" in outcomes[0].reason


def test_without_a_region_or_credentials_somebody_must_look(monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    (outcome,) = EventBridge().send(numbered(1), NOW)
    assert (outcome.fate, "region" in outcome.reason) == ("unable", True)


@pytest.mark.parametrize(("target", "region"), [
    ("arn:aws-us-gov:events:us-gov-west-1:111122223333:event-bus/default", "us-gov-west-1"),
    ("https://sqs.ap-southeast-2.amazonaws.com/111122223333/q", "ap-southeast-2"),
    ("default", None), ("http://127.0.0.1:5000/123456789012/q", None)])
def test_a_target_may_name_its_region(target, region):
    assert region_of(target) == region


def test_a_topic_is_asked_in_the_region_that_its_arn_names(monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    scopes = []

    def answer(request, body):
        scopes.append(request.headers["Authorization"].split("/")[2])
        return 500, b""

    with answering(answer) as url:
        Sns("arn:aws:sns:eu-west-1:111122223333:t", endpoint_url=url).send(numbered(1), NOW)
    assert set(scopes) == {"eu-west-1"}


def test_a_batch_answer_is_read_by_id():
    answer = {"Successful": [{"Id": "1"}], "Failed": [
        {"Id": "0", "SenderFault": False, "Code": "InternalError"},
        {"Id": "2", "SenderFault": True, "Code": "InvalidMessageContents", "Message": "Bad."},
        {"Id": "3", "SenderFault": True, "Code": "AccessDenied"}]}
    assert [one.fate for one in outcomes_by_id(["0", "1", "2", "3", "4"], answer)] == [
        "later", "arrived", "never", "unable", "untried"]


@given(st.lists(st.integers(1, 12)), st.integers(1, 5))
def test_batches_keep_all_entries_in_order_within_their_bounds(sizes, count):
    made = list(batches(list(enumerate(sizes)), lambda one: one[1], 10, count))
    assert [one for batch in made for one in batch] == list(enumerate(sizes))
    for batch in made:
        assert 1 <= len(batch) <= count
        assert len(batch) == 1 or sum(size for _, size in batch) <= 10
    for one, after in pairwise(made):
        assert len(one) == count or sum(size for _, size in [*one, after[0]]) > 10


@given(st.lists(st.sampled_from(["good", "bad", "huge"]), max_size=40), st.sampled_from(["", "later", "unable"]))
def test_every_entry_gets_the_outcome_it_deserves(kinds, broken):
    """A service that refuses a whole batch because of one bad entry, and perhaps breaks for good on the way."""
    calls = []

    def send(batch):
        calls.append(len(batch))
        if broken and len(calls) > 3:
            raise Refused(Outcome(broken))
        if any(kind == "bad" for _, kind in batch):
            raise Refused(Outcome("never"))
        return [ARRIVED] * len(batch)

    entries = list(enumerate(kinds))
    outcomes = send_in_batches(entries, lambda one: 11 if one[1] == "huge" else 1, 10, 10, send)
    assert len(outcomes) == len(entries)
    for (_, kind), outcome in zip(entries, outcomes, strict=True):
        deserved = {"arrived"} if kind == "good" else {"never"}
        assert outcome.fate in deserved | ({broken, "untried"} if broken else set())
