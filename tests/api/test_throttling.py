"""A key that asks too often, or for too much, is told so; others are answered."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from sqlalchemy import text

from tests.api.serving import REGION, Served, serving
from tests.api.test_asgi import replaced
from tests.findings.test_patience import ENDLESS
from vedette.api.throttling import BURST, Limits, Throttle, TooManyRequestsError


class Clock:
    """Seconds; goes on by ``step`` whenever it is looked at."""

    def __init__(self) -> None:
        self.now, self.step = 100.0, 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def accepted(throttle: Throttle, key: str, most: int = 1_000) -> int:
    """How many requests it takes before it refuses one."""
    for number in range(most):
        try:
            throttle.spend(key)
        except TooManyRequestsError:
            return number
    return most


def test_a_key_may_send_so_many_a_second_and_ten_seconds_worth_at_once() -> None:
    clock = Clock()
    throttle = Throttle(Limits(requests_per_second=3), clock)
    assert accepted(throttle, "one") == 3 * BURST
    clock.now += 2
    assert accepted(throttle, "one") == 6
    assert accepted(throttle, "other") == 3 * BURST
    clock.now += 1_000
    assert accepted(throttle, "one") == 3 * BURST


def test_without_a_limit_none_is_refused() -> None:
    assert accepted(Throttle(Limits(requests_per_second=0), Clock()), "one") == 1_000


def test_of_very_many_keys_those_that_are_quiet_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vedette.api.throttling._KEYS", 3)
    clock = Clock()
    throttle = Throttle(Limits(requests_per_second=1), clock)
    assert accepted(throttle, "busy") == BURST
    for number in range(10):
        throttle.spend(f"quiet {number}")
        clock.now += 0.5
    assert len(throttle._left) <= 4
    assert accepted(throttle, "busy") == 5


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttled(tmp_path: Path, clock: Clock) -> Any:
    with serving(tmp_path, limits=Limits(requests_per_second=1)) as served:
        served.api._throttle = Throttle(Limits(requests_per_second=1), clock)
        yield served


def test_the_answer_is_one_that_boto3_knows_and_others_go_on(throttled: Served) -> None:
    client = throttled.client()
    for _ in range(BURST):
        client.list_detectors()
    with pytest.raises(ClientError) as raised:
        client.list_detectors()
    answer = raised.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("TooManyRequestsException", 429)
    assert "more than 1 requests a second" in answer["Error"]["Message"]
    assert throttled.client("analyst").list_detectors()["DetectorIds"] == []


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_boto3_waits_and_tries_again(throttled: Served, clock: Clock, mode: Any) -> None:
    key, secret = throttled.key()
    client = boto3.client(
        "guardduty", region_name=REGION, endpoint_url=throttled.url, aws_access_key_id=key,
        aws_secret_access_key=secret, config=Config(retries={"mode": mode, "total_max_attempts": 4}))
    for _ in range(BURST):
        client.list_detectors()
    clock.step = 0.5  # every second request is one too many
    tries = [client.list_detectors()["ResponseMetadata"]["RetryAttempts"] for _ in range(3)]
    assert tries == [1, 1, 1]


def test_who_is_not_known_is_not_counted(throttled: Served) -> None:
    stranger = boto3.client("guardduty", region_name=REGION, endpoint_url=throttled.url, aws_access_key_id="AKIANOBODY",
                            aws_secret_access_key="x", config=Config(retries={"total_max_attempts": 1}))
    for _ in range(2 * BURST):
        with pytest.raises(ClientError, match="UnrecognizedClient"):
            stranger.list_detectors()


def test_reading_that_takes_too_long_is_broken_off_and_not_sent_again(tmp_path: Path) -> None:
    asked = []

    def endless(context: Any, **_: Any) -> dict[str, Any]:
        asked.append(True)
        with context.store._connected() as connection:
            connection.scalar(text(ENDLESS))
        return {"DetectorIds": []}

    with serving(tmp_path, limits=Limits(read_seconds=1)) as served:
        key, secret = served.key()
        client = boto3.client("guardduty", region_name=REGION, endpoint_url=served.url, aws_access_key_id=key,
                              aws_secret_access_key=secret)
        replaced(served, "ListDetectors", endless)
        with pytest.raises(ClientError, match="took longer than 1 seconds") as raised:
            client.list_detectors()
        assert raised.value.response["Error"]["Code"] == "BadRequestException"
        assert len(asked) == 1


def test_changes_are_given_all_the_time_they_take(tmp_path: Path) -> None:
    def slow(context: Any, **_: Any) -> dict[str, Any]:
        time.sleep(1.1)
        with context.store._connected() as connection:
            connection.scalar(text(ENDLESS.replace("FROM n)", "FROM n WHERE i < 300000)")))
        return {"DetectorId": "d"}

    with serving(tmp_path, limits=Limits(read_seconds=1)) as served:
        replaced(served, "CreateDetector", slow, changes=True)
        assert served.client().create_detector(Enable=True)["DetectorId"] == "d"
