"""CloudWatch Logs groups, followed through a real ingestion."""

from __future__ import annotations

import json
import secrets
import threading
import time
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.engine.test_service import _stopped as stopped
from tests.engine.test_service import running, until
from tests.playing import everything_in, known_in
from vedette.engine.plan import LATENESS
from vedette.errors import SourceError
from vedette.findings.store import Store
from vedette.logs.reading import raw_record
from vedette.sources import open_spec, reopen
from vedette.sources.cloudwatch import ALL_EVERY, INTERVAL, OVERLAP, GroupFeed, latest
from vedette.sources.feed import Delivery

MINUTE = 60_000


@pytest.fixture
def logs(endpoint: str) -> Any:
    return boto3.client("logs", endpoint_url=endpoint, region_name="eu-west-1")


@pytest.fixture
def group(logs: Any, request: pytest.FixtureRequest) -> str:
    name = f"/aws/test/{abs(hash(request.node.nodeid))}"
    logs.create_log_group(logGroupName=name)
    for stream in ("eni-1/all", "eni-2"):
        logs.create_log_stream(logGroupName=name, logStreamName=stream)
    return name


def put(logs: Any, group: str, *events: tuple[int, str], stream: str = "eni-1/all") -> None:
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[
        {"timestamp": at, "message": message} for at, message in sorted(events)])


def now() -> int:
    return int(time.time() * 1000)


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        self.seconds += 100  # each look finds it time to ask again
        return self.seconds


def feed_of(endpoint: str, group: str, since: int, **changed: Any) -> GroupFeed:
    return GroupFeed("eu-west-1", group, since, endpoint_url=endpoint, **{"monotonic": Clock(), **changed})


def texts(delivery: Delivery | None) -> list[bytes]:
    return [] if delivery is None else [delivery.source.open(obj).read() for obj in delivery.objects]


def test_events_of_a_stream_are_an_object_of_lines(endpoint: str, logs: Any, group: str) -> None:
    start = now() - 10 * MINUTE
    put(logs, group, (start, "one"), (start + 5, "two\n"))
    put(logs, group, (start + 1, json.dumps({"three": 3}, indent=1)), stream="eni-2")
    delivery = feed_of(endpoint, group, start, account="111122223333").next(threading.Event())
    assert texts(delivery) == [b"one\ntwo\n", b'{  "three": 3 }\n']
    assert delivery is not None
    first, second = delivery.objects
    quoted = group.replace("/", "%2F")
    assert first.locator == f"cloudwatch://eu-west-1/{quoted}/eni-1%2Fall?from={start}&to={start + 5}"
    assert (first.start, first.account, first.region, first.size) == (start, "111122223333", "eu-west-1", 8)
    assert latest([first.locator, second.locator]) == start + 5
    assert latest([]) is None


def test_what_was_handed_out_is_not_again_and_what_came_in_late_is(endpoint: str, logs: Any, group: str) -> None:
    start = now() - 120 * MINUTE
    feed, stop = feed_of(endpoint, group, start), threading.Event()
    put(logs, group, (start + 90 * MINUTE, "a"))
    assert texts(feed.next(stop)) == [b"a\n"]
    assert feed.next(stop) is None
    put(logs, group, (start + 72 * MINUTE, "late"), (start + 91 * MINUTE, "b"))
    assert texts(feed.next(stop)) == [b"late\nb\n"]
    assert feed.next(stop) is None
    put(logs, group, (start + 5 * MINUTE, "too late"))
    assert [feed.next(stop) for _ in range(5)] == [None] * 5


def test_an_event_of_the_future_hides_none_of_the_present(endpoint: str, logs: Any, group: str) -> None:
    start = now()
    feed, stop = feed_of(endpoint, group, start - MINUTE), threading.Event()
    put(logs, group, (start + 90 * MINUTE, "future"))
    assert texts(feed.next(stop)) == [b"future\n"]
    put(logs, group, (start, "present"))
    assert texts(feed.next(stop)) == [b"present\n"]


def test_how_far_a_group_was_read_is_noted_when_it_is_committed_and_never_beyond_the_clock(
    endpoint: str, logs: Any, group: str
) -> None:
    start, noted = now() - 10 * MINUTE, list[int]()
    feed, stop = feed_of(endpoint, group, start, note=noted.append, now=lambda: start + 9), threading.Event()
    feed.name = "flows"
    put(logs, group, (start, "one"), (start + 5, "two"))
    delivery = feed.next(stop)
    assert delivery is not None
    assert next(iter(delivery.objects)).locator.startswith("cloudwatch://eu-west-1/")
    assert noted == []
    delivery.acknowledge([])
    put(logs, group, (start + MINUTE, "future"))
    following = feed.next(stop)
    assert following is not None
    delivery.acknowledge([])  # of what was handed out then
    following.acknowledge([])
    assert noted == [start + 5, start + 5, start + 9]


def test_objects_can_be_read_again_by_locator_until_more_came_in(endpoint: str, logs: Any, group: str) -> None:
    start = now() - 10 * MINUTE
    put(logs, group, (start, "one"), (start + 5, "two"))
    delivery = feed_of(endpoint, group, start).next(threading.Event())
    assert delivery is not None
    (obj,) = delivery.objects
    again = open_spec(delivery.source.spec)
    assert again.open(obj).read() == b"one\ntwo\n"
    assert reopen(obj.locator, endpoint_url=endpoint).read() == b"one\ntwo\n"
    put(logs, group, (start + 3, "between"))
    with pytest.raises(SourceError, match="other events"):
        again.open(obj)


def test_a_flow_log_with_a_format_of_its_own_is_read_by_that(
    endpoint: str, logs: Any, group: str, tmp_path: Path
) -> None:
    start = now() - 10 * MINUTE
    window = f"{start // 1000} {start // 1000 + 60}"
    put(logs, group, *((start + at, f"eni-0a1b2c3d4e5f60001 10.0.0.5 9.9.33.7 443 5050{at} 6 {window} ACCEPT")
                       for at in range(3)))
    feed = feed_of(endpoint, group, start, account="111122223333", flow_format=(
        "${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${start} ${end} ${action}"))
    with Store.open(tmp_path / "state") as store, running(store, known_in(tmp_path), feed) as ingestion:
        until(lambda: ingestion.progress()[0].objects == 1)
        assert list(ingestion.progress()[0].records.values()) == [3]
        (entry,) = store.ledger(feed.name)
        assert "50502" in raw_record(reopen(entry.object, endpoint_url=endpoint), 4)  # after the header


def test_of_a_clusters_group_the_audit_streams_are_read_and_say_which_cluster_it_is(
    endpoint: str, logs: Any, tmp_path: Path
) -> None:
    start, group = now() - 10 * MINUTE, f"/aws/eks/shop-{secrets.token_hex(3)}/cluster"
    logs.create_log_group(logGroupName=group)
    let_in = {"kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": "a-1", "stage": "ResponseComplete",
              "requestURI": "/api/v1/secrets", "verb": "list", "user": {"username": "system:anonymous"},
              "sourceIPs": ["9.9.60.1"], "objectRef": {"resource": "secrets", "apiVersion": "v1"},
              "responseStatus": {"code": 200}, "requestReceivedTimestamp": "2026-03-02T09:00:00.000000Z"}
    for stream, message in (("kube-apiserver-audit-1", json.dumps(let_in)), ("kube-scheduler-1", "I0302 hello")):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        put(logs, group, (start, message), stream=stream)
    feed = feed_of(endpoint, group, start, account="111122223333", streams="kube-apiserver-audit-")
    with Store.open(tmp_path / "state") as store, running(store, known_in(tmp_path), feed) as ingestion:
        until(lambda: ingestion.progress()[0].objects == 1)
        (found,) = everything_in(store).findings
        assert found["type"] == "CredentialAccess:Kubernetes/SuccessfulAnonymousAccess"
        assert (found["accountId"], found["region"]) == ("111122223333", "eu-west-1")
        assert found["resource"]["eksClusterDetails"] == {"name": group.split("/")[3]}
        assert not store.dead_letters()


def test_a_group_is_followed_to_findings_and_taken_up_where_it_was_left(
    endpoint: str, logs: Any, group: str, tmp_path: Path
) -> None:
    start = now() - 30 * MINUTE

    def record(number: int) -> tuple[int, str]:
        return start + number * MINUTE, json.dumps(json.loads(stopped(number))["Records"][0])

    with Store.open(tmp_path / "state") as store:
        for numbers in ((0, 1), (2, 3)):
            put(logs, group, *map(record, numbers))
            since = latest(locator for locator, _ in store.known_objects(feed_of(endpoint, group, 0).name))
            feed = feed_of(endpoint, group, start if since is None else since - 20 * MINUTE, interval=0.1,
                           monotonic=time.monotonic)
            with running(store, known_in(tmp_path), feed):
                until(lambda expected=numbers[1] + 1: len(everything_in(store).findings) == expected)
        # The second run began before the last event of the first, and so read some events twice.
        assert [found["service"]["count"] for found in everything_in(store).findings] == [1, 1, 1, 1]


def test_a_group_that_is_gone_says_so_and_a_bad_locator_too(endpoint: str) -> None:
    with pytest.raises(SourceError, match="the log group does not exist"):
        feed_of(endpoint, "/aws/nothing", 0).next(threading.Event())
    for locator in ("cloudwatch://eu-west-1/group", "cloudwatch://eu-west-1/group/stream",
                    "cloudwatch://eu-west-1/a/b?from=x&to=1"):
        with pytest.raises(SourceError, match="no locator of log events"):
            reopen(locator, endpoint_url=endpoint)


def test_an_event_that_comes_as_late_as_detection_bears_is_handed_out_once(
    endpoint: str, logs: Any, group: str
) -> None:
    start, seconds = now() - 90 * MINUTE, [0.0]
    feed = feed_of(endpoint, group, start, monotonic=lambda: seconds[0])
    found: list[bytes] = []

    def asked_after(wait: float) -> list[bytes]:
        seconds[0] += wait
        found.extend(line for text in texts(feed.next(threading.Event())) for line in text.split())
        return found

    put(logs, group, (start, "first"), (start + 70 * MINUTE, "newest"))
    assert asked_after(0) == [b"first", b"newest"]
    put(logs, group, (start + 15 * MINUTE, "late"), (start + 60 * MINUTE, "little"), stream="eni-2")
    assert asked_after(INTERVAL) == [b"first", b"newest", b"little"]
    assert asked_after(ALL_EVERY) == [b"first", b"newest", b"little", b"late"]
    assert asked_after(ALL_EVERY) == [b"first", b"newest", b"little", b"late"]
    assert OVERLAP == LATENESS
