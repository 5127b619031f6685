"""Which logs came from where: as of the account, and of its members where it sees their findings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.browsers import Browser, signed_in
from tests.api.serving import ACCOUNT, REGION, Served, now, serving
from vedette.detectors.catalogue import catalogue
from vedette.findings.configuration import DetectorSettings, Feature, Member
from vedette.findings.fold import detector_id
from vedette.findings.receptions import HOUR, Heard
from vedette.findings.rows import S3_DATA

BEGUN = now()
MEMBER, STRANGER, NORTH = "222233334444", "999999999999", "eu-north-1"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as server:
        with server.store.transaction() as batch:
            batch.configure(DetectorSettings(
                account=ACCOUNT, region=REGION, id=detector_id(ACCOUNT, REGION),
                features={"S3_DATA_EVENTS": Feature(enabled=False, updated=0)}))
            batch.configure(DetectorSettings(
                account=ACCOUNT, region=NORTH, id=detector_id(ACCOUNT, NORTH), enabled=False))
            for region, relationship in ((REGION, "Enabled"), (NORTH, "Removed")):
                batch.configure(Member(account=ACCOUNT, region=region, id=MEMBER, email="m@example.com",
                                       relationship=relationship))
        yield server


def came(served: Served, kind: str, hours_ago: int, account: str = ACCOUNT, region: str = REGION) -> None:
    then = BEGUN - hours_ago * HOUR
    with served.store.transaction() as batch:
        batch.hear([Heard(account=account, region=region, kind=kind, first=then, last=then)], then)


def told(browser: Browser, query: str = "") -> dict[str, Any]:
    answer = browser.get(f"/vedette/v1/receptions?detectorId={detector_id(ACCOUNT, REGION)}{query}")
    assert answer.status == 200
    return dict(answer.body)


def places(browser: Browser, query: str = "") -> list[tuple[str, str]]:
    return [(one["accountId"], one["region"]) for one in told(browser, query)["places"]]


def test_places_are_those_whose_findings_are_seen_and_what_is_not_known_is_empty(served: Served) -> None:
    browser = signed_in(served, role="analyst")
    for account, region in ((ACCOUNT, "eu-west-3"), (MEMBER, REGION), (MEMBER, NORTH), (STRANGER, REGION)):
        came(served, "cloudtrail", 1, account, region)
    assert places(browser) == [(ACCOUNT, NORTH), (ACCOUNT, REGION), (ACCOUNT, "eu-west-3"), (MEMBER, REGION)]
    assert told(browser)["regions"] == [NORTH, REGION, "eu-west-3"]
    silent = told(browser)["places"][1]
    assert {(one["receivedAt"], one["lastRecord"], one["knownSince"]) for one in silent["logs"]} == {(None, None, None)}
    assert [one["gaps"] for one in silent["logs"]] == [[]] * 7
    assert silent["blind"] == len(catalogue().types)
    other = signed_in(served, "olga", account=STRANGER)
    assert other.get(f"/vedette/v1/receptions?detectorId={detector_id(ACCOUNT, REGION)}").status == 400


def test_a_log_is_told_with_its_last_record_its_gaps_and_whether_its_plan_is_on(served: Served) -> None:
    browser = signed_in(served)
    for hours in (9, 5, 4, 3):
        came(served, S3_DATA, hours)
    came(served, "cloudtrail", 24 * 31)
    came(served, "cloudtrail", 1, region="eu-west-3")
    north, here, third = told(browser, f"&account={ACCOUNT[:5]}")["places"]
    logs = {one["log"]: one for one in here["logs"]}
    s3 = logs[S3_DATA]
    assert (s3["plan"], logs["dns"]["plan"], logs["cloudtrail"]["plan"]) == ("off", "on", "on")
    assert {one["plan"] for one in north["logs"]} == {"suspended"}
    assert {one["plan"] for one in third["logs"]} == {"none"}
    assert (s3["lastRecord"], s3["receivedAt"]) == (BEGUN - 3 * HOUR, BEGUN - 3 * HOUR)
    hour = BEGUN // HOUR * HOUR
    assert s3["knownSince"] == hour - 9 * HOUR
    first, now_silent = s3["gaps"]
    assert (first["since"], first["until"]) == (hour - 8 * HOUR, hour - 5 * HOUR)
    assert now_silent["since"] == hour - 2 * HOUR
    assert here["blind"] < len(catalogue().types)
    assert here["blind"] == third["blind"]


def test_pages_and_filters_hold_the_answer_to_some_places(served: Served) -> None:
    browser = signed_in(served)
    with served.store.transaction() as batch:
        for number in range(120):
            batch.configure(Member(account=ACCOUNT, region=REGION, id=f"{300_000_000_000 + number}",
                                   email="m@example.com", relationship="Enabled"))
    came(served, "dns", 2, "300000000007")
    came(served, "rds", 5, "300000000007")
    came(served, "dns", 2, "300000000008")
    assert told(browser)["total"] == 123
    assert len(places(browser)) == 50
    assert places(browser, "&offset=120&limit=100") == [(f"{300_000_000_117 + number}", REGION) for number in range(3)]
    assert places(browser, "&silentHours=3") == [("300000000007", REGION)]
    assert places(browser, f"&region={NORTH}") == [(ACCOUNT, NORTH)]
    assert told(browser, "&account=30000000001")["total"] == 10
    assert browser.get("/vedette/v1/receptions?detectorId=x&limit=101").status == 400
