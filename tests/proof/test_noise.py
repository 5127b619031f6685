"""A finding is a story's by its type, its time and whom it is about; all else about the company's is noise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from benchmarks.noise import Result, page, run, sorted_out, stories

from vedette.detectors.catalogue import catalogue
from vedette.logs.times import format_time
from vedette.simulate import iam_user, story
from vedette.simulate.company import Company
from vedette.simulate.estate_plan import Size

TYPE = "Stealth:IAMUser/CloudTrailLoggingDisabled"
STOPS = iam_user("mallory").calls("cloudtrail", "StopLogging", {"name": "main"})
TOLD = story("somebody stops a trail", STOPS).fires(TYPE)
SMALL = Size(accounts=2, principals=90, instances=40)


@pytest.fixture(scope="module")
def company() -> Company:
    return Company(seed=1, days=3, size=SMALL, stories=[TOLD])


def finding(company: Company, *, kind: str = TYPE, after: int = 0, **about: Any) -> dict[str, Any]:
    moment = format_time(company.injected[0].start + after)
    return {"id": f"{kind}{after}{about}", "type": kind, "severity": 2.0, "title": "", "description": "",
            "accountId": "111122223333", "resource": about,
            "service": {"count": 1, "eventFirstSeen": moment, "eventLastSeen": moment}}


def mallory() -> dict[str, Any]:
    return {"accessKeyDetails": {"userName": "mallory", "principalId": "AIDAX"}}


def test_what_a_story_asks_for_is_neither_noise_nor_missed(company: Company) -> None:
    assert sorted_out([finding(company, **mallory())], company) == ([], [], [])


def test_a_story_that_nothing_tells_of_is_missed(company: Company) -> None:
    assert sorted_out([], company)[2] == [f"{TYPE}: somebody stops a trail"]


@pytest.mark.parametrize("changes", [{"kind": "Recon:EC2/Portscan"}, {"after": 8 * 3_600_000}])
def test_a_finding_of_another_type_or_time_is_not_the_storys(company: Company, changes: dict[str, Any]) -> None:
    noise, besides, missed = sorted_out([finding(company, **changes, **mallory())], company)
    assert (len(noise), len(besides), len(missed)) == (0, 1, 1)


def test_a_finding_about_the_companys_own_is_noise_even_if_type_and_time_fit(company: Company) -> None:
    person = company.plan.people[0]
    machine = company.plan.networks[0].machines[0].host
    about = (
        {"accessKeyDetails": {"userName": person.user, "principalId": ""}},
        {"accessKeyDetails": {"userName": "AWSReservedSSO_X", "principalId": f"AROA:{person.email}"}},
        {"accessKeyDetails": {"userName": "prod-deploy", "principalId": ""}},
        {"instanceDetails": {"instanceId": machine.instance_id}},
        {"instanceDetails": {"networkInterfaces": [{"networkInterfaceId": machine.interface}]}},
        {"s3BucketDetails": [{"name": "corp-website"}]},
    )
    for one in about:
        noise, besides, missed = sorted_out([finding(company, **one)], company)
        assert (len(noise), len(besides), len(missed)) == (1, 0, 1), one


def test_there_is_a_story_for_each_type_that_has_one() -> None:
    told = {one.type for each in stories() for one in each.expected or ()}
    assert told == {one.type for _, each in catalogue().stories() for one in each.expected or ()}


def test_the_page_tells_rate_and_misses() -> None:
    result = Result(seed=7, days=14, accounts=2, principals=90, instances=40, types=3, feeds=[], records={"dns": 5},
                    minutes=1.0, findings=2, noise=[], besides=[], missed=["a type: a story"])
    text = page([msgspec.json.decode(msgspec.json.encode(result), type=Result)])
    assert "**0.00**" in text
    assert "- a type: a story" in text


@pytest.mark.long
def test_a_small_company_is_made_scanned_and_thrown_away(tmp_path: Path) -> None:
    result = run(days=1, seed=3, size=SMALL, feeds=[], told=[TOLD])
    assert result.missed == []
    assert result.records["cloudtrail"] > 15_000
