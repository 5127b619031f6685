"""What a server adds to a scan at commit: the clock's dates, what people said before, the outbox."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.playing import known_in
from vedette.engine.commit import Service
from vedette.engine.pipeline import Street
from vedette.findings.configuration import DetectorSettings, Feature
from vedette.findings.fold import detector_id
from vedette.findings.rows import Handling
from vedette.findings.store import Store
from vedette.intel.geo import Geo
from vedette.logs.times import format_time
from vedette.sources import open_source

ACCOUNT, REGION = "111122223333", "us-east-1"
NOON, HOUR = 1_790_000_000_000, 3_600_000


def stopped(minute: int) -> dict[str, Any]:
    return {
        "eventVersion": "1.11", "eventTime": f"2026-03-02T10:{minute:02}:00Z",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "StopLogging", "eventID": f"00000000-0000-4000-8000-0000000000{minute:02}", "awsRegion": REGION,
        "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2", "recipientAccountId": ACCOUNT,
        "requestParameters": {"name": "main"}, "eventType": "AwsApiCall", "eventCategory": "Management",
        "userIdentity": {"type": "IAMUser", "principalId": "AIDA1", "accountId": ACCOUNT, "userName": "bob",
                         "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "arn": f"arn:aws:iam::{ACCOUNT}:user/bob"},
    }


class Server:
    """A store, and logs that come in one after the other, each at a time of the clock."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.logs, self.store, self.now = folder / "logs", store, NOON
        self.logs.mkdir()
        self.known = known_in(folder)

    def receives(self, minute: int) -> dict[str, Any]:
        """The finding, once one more record has come."""
        (self.logs / f"{minute}.json").write_text(json.dumps(stopped(minute)))
        return self.reads()

    def reads(self) -> dict[str, Any]:
        service = Service(lambda: self.now, ("hook",))
        Street(self.store, self.known, Geo.open(None, None), service).run(open_source(str(self.logs)))
        return self.finding

    @property
    def finding(self) -> dict[str, Any]:
        found = self.store.get(self.store.list().ids)
        return found[0] if found else {}


@pytest.fixture
def server(tmp_path: Path, store: Store) -> Server:
    return Server(tmp_path, store)


def test_a_finding_is_created_and_updated_when_it_is_found_and_says_when_it_happened(server: Server) -> None:
    first = server.receives(1)
    assert first["createdAt"] == first["updatedAt"] == format_time(NOON)
    assert first["service"]["eventFirstSeen"] == "2026-03-02T10:01:00.000Z"
    server.now += HOUR
    again = server.receives(5)
    assert (again["id"], again["service"]["count"]) == (first["id"], 2)
    assert (again["createdAt"], again["updatedAt"]) == (format_time(NOON), format_time(NOON + HOUR))
    assert server.store.list(sort=("updatedAt", "DESC")).ids == [first["id"]]


def test_reading_nothing_new_updates_and_publishes_nothing(server: Server) -> None:
    first = server.receives(1)
    (due,) = server.store.due("hook", NOON)
    with server.store.transaction() as batch:
        batch.sent([due], NOON, HOUR)
    server.now += 10 * HOUR
    (server.logs / "copy.json").write_text(json.dumps(stopped(1)))
    assert server.reads() == first
    assert server.store.due("hook", NOON + 100 * HOUR) == []


def test_a_repeat_is_published_a_period_after_the_first(server: Server) -> None:
    server.receives(1)
    (due,) = server.store.due("hook", NOON)
    with server.store.transaction() as batch:
        batch.sent([due], NOON, 6 * HOUR)
    server.now += HOUR
    server.receives(2)
    assert [one.due for one in server.store.due("hook", NOON + 6 * HOUR)] == [NOON + 6 * HOUR]


def test_what_people_said_stays_when_a_finding_repeats(server: Server) -> None:
    first = server.receives(1)
    with server.store.transaction() as batch:
        batch.handle(first["id"], Handling(feedback="USEFUL", comments="seen"))
    assert server.receives(2)["service"]["userFeedback"] == "USEFUL"
    assert server.store.handling([first["id"]])[first["id"]].comments == "seen"


def test_a_suspended_detector_finds_nothing_new_and_forgets_nothing(server: Server) -> None:
    first = server.receives(1)
    here = {"account": ACCOUNT, "region": REGION, "id": detector_id(ACCOUNT, REGION)}
    for enabled, count in ((False, 1), (True, 2)):
        with server.store.transaction() as batch:
            batch.configure(DetectorSettings(**here, enabled=enabled))
        assert server.receives(3 + count)["service"]["count"] == count
        assert server.finding["id"] == first["id"]


def test_features_of_other_plans_make_no_difference(server: Server) -> None:
    with server.store.transaction() as batch:
        batch.configure(DetectorSettings(account=ACCOUNT, region=REGION, id=detector_id(ACCOUNT, REGION),
                                         features={"S3_DATA_EVENTS": Feature(enabled=False)}))
    assert server.receives(1)["service"]["count"] == 1


def test_what_was_analysed_is_counted_by_the_day_it_was(server: Server) -> None:
    server.receives(1)
    server.receives(2)
    (use,) = server.store.usage(0)
    assert (use.kind, use.records, use.day) == ("cloudtrail", 2, NOON // 86_400_000)
    assert use.bytes == sum(path.stat().st_size for path in server.logs.iterdir())
