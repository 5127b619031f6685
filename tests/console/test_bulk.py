"""What is done with many findings at once: to the archive, out of it, and into files. In a Region of samples only."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.console.conftest import Desk
from tests.console.world import World

pytestmark = pytest.mark.long

REGION = "eu-west-1"
SAMPLES_TAKE = 120_000
"""Milliseconds: stories of every type are played."""
SEVERE = {"severity": {"GreaterThanOrEqual": 7}}


@pytest.fixture(scope="module")
def client(world: World) -> Any:
    return world.client(REGION)


@pytest.fixture
def samples(desk: Desk, client: Any) -> Desk:
    """A desk in a Region whose findings are samples of every type."""
    desk.region = REGION
    if not client.list_detectors()["DetectorIds"]:
        desk.go("settings")
        desk.page.get_by_role("button", name="Create a detector").click()
        desk.page.get_by_role("button", name="Make sample findings").click()
        desk.page.get_by_text("The sample findings are made").first.wait_for(timeout=SAMPLES_TAKE)
    return desk


def every(client: Any, **criterion: Any) -> list[str]:
    """Ids of all findings that match, the newest first."""
    pages = client.get_paginator("list_findings").paginate(
        DetectorId=client.list_detectors()["DetectorIds"][0], FindingCriteria={"Criterion": criterion},
        SortCriteria={"AttributeName": "updatedAt", "OrderBy": "DESC"})
    return [one for page in pages for one in page["FindingIds"]]


def documents(client: Any, ids: list[str]) -> dict[str, Any]:
    (detector,) = client.list_detectors()["DetectorIds"]
    found = [one for begin in range(0, len(ids), 50) for one in client.get_findings(
        DetectorId=detector, FindingIds=ids[begin:begin + 50])["Findings"]]
    return {one["Id"]: one for one in found}


def archived(is_so: bool) -> dict[str, Any]:
    return {"service.archived": {"Equals": [str(is_so).lower()]}}


def select_page(desk: Desk) -> None:
    # The first is that of the header that stays in sight.
    desk.page.get_by_label("Select all on this page").first.click()


def test_a_page_is_archived_and_comes_back(samples: Desk, client: Any) -> None:
    page = samples.page
    samples.go("findings")
    shown = samples.rows()
    before = every(client, **archived(False))
    assert shown < len(before)
    ids = [one.get_attribute("data-finding") for one in page.locator("[data-finding]").all()]
    select_page(samples)
    samples.says(f"({shown} selected)")
    page.get_by_role("button", name="Archive", exact=True).click()
    samples.says(f"{shown} archived")
    samples.settled()
    assert set(every(client, **archived(True))) == set(ids)
    assert page.get_by_text(f"({len(before) - shown})", exact=True).count() == 1

    samples.go("findings?show=archived")
    assert samples.rows() == shown
    select_page(samples)
    samples.choose("Actions", "Take out of the archive")
    samples.says(f"{shown} taken out of the archive")
    page.get_by_text("No finding matches").wait_for()
    assert every(client, **archived(True)) == []
    assert samples.wrong == []


def test_all_that_match_are_archived_and_no_other(samples: Desk, client: Any) -> None:
    severe, all_of = every(client, **SEVERE), every(client)
    assert 50 < len(severe) < len(all_of)
    samples.go("findings?f=severity%3E%3D7")
    samples.rows()
    samples.choose("Actions", f"Archive all {len(severe)} that match")
    samples.says(f"{len(severe)} archived")
    samples.page.get_by_text("No finding matches").wait_for()
    assert set(every(client, **archived(True))) == set(severe)

    samples.go("findings?f=severity%3E%3D7&show=archived")
    samples.rows()
    samples.choose("Actions", f"Take all {len(severe)} that match out of the archive")
    samples.says(f"{len(severe)} taken out of the archive")
    assert every(client, **archived(True)) == []
    assert samples.wrong == []


def exported(desk: Desk, how: str) -> Path:
    told = desk.download("Export", f"All that match, as {how}")
    assert told.suggested_filename == f"findings.{how.lower()}"
    return Path(told.path())


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_all_that_match_are_written_as_csv(samples: Desk, client: Any) -> None:
    ids = every(client, **SEVERE)
    found = documents(client, ids)
    samples.go("findings?f=severity%3E%3D7")
    samples.rows()
    rows = read_csv(exported(samples, "CSV"))
    assert [row["id"] for row in rows] == ids
    for row in rows:
        one = found[row["id"]]
        assert (float(row["severity"]), row["type"], row["title"], row["description"]) == (
            one["Severity"], one["Type"], one["Title"], one["Description"])
        assert (row["accountId"], row["region"], int(row["count"])) == (
            one["AccountId"], one["Region"], one["Service"]["Count"])
        assert (row["firstSeen"], row["lastSeen"], row["updatedAt"]) == (
            one["Service"]["EventFirstSeen"], one["Service"]["EventLastSeen"], one["UpdatedAt"])
        assert (row["archived"], row["sample"]) == ("false", "true")
        assert row["band"] == ("critical" if one["Severity"] >= 9 else "high")
    assert samples.wrong == []


def test_all_that_match_are_written_as_json(samples: Desk, client: Any) -> None:
    ids = every(client)
    found = documents(client, ids)
    samples.go("findings?show=all&sort=severity")
    samples.rows()
    told = json.loads(exported(samples, "JSON").read_text("utf-8"))
    assert len(told) == len(ids)
    assert {one["id"] for one in told} == set(ids)
    assert [one["severity"] for one in told] == sorted(one["severity"] for one in told)
    for one in told:
        there = found[one["id"]]
        assert (one["arn"], one["title"], one["service"]["count"]) == (
            there["Arn"], there["Title"], there["Service"]["Count"])
        assert one["resource"]["resourceType"] == there["Resource"]["ResourceType"]
        assert json.loads(one["service"]["additionalInfo"]["value"])["sample"] is True
    assert samples.wrong == []


def test_what_a_spreadsheet_would_take_for_a_formula_is_text(desk: Desk, world: World) -> None:
    desk.go("findings?f=type%3DPenTest:IAMUser/KaliLinux")
    desk.rows()
    (row,) = read_csv(exported(desk, "CSV"))
    (found,) = documents(world.client(), [row["id"]]).values()
    assert row["description"] == found["Description"]
    assert "<script>" in row["description"]
    assert not any(cell.startswith(("=", "+", "@")) for cell in row.values())


def test_the_page_stands_in_the_address_and_back_returns_to_it(samples: Desk) -> None:
    page = samples.page

    def turned(button: str, address: str) -> list[str]:
        before = shown()
        page.get_by_role("button", name=button).first.click()
        page.wait_for_url(address)
        page.locator(f"[data-finding='{before[0]}']").wait_for(state="detached")
        return shown()

    def shown(first: str = "") -> list[str]:
        samples.settled()
        if first:
            page.locator(f"[data-finding='{first}']").wait_for()
        # All at once: one by one they may be of two pages.
        return list(page.locator("[data-finding]").evaluate_all("(rows) => rows.map((one) => one.dataset.finding)"))

    samples.go("findings")
    first = shown()
    second = turned("Next page", "**page=2&**")
    third = turned("Next page", "**page=3&**")
    assert first
    assert len({*first, *second, *third}) == len(first) + len(second) + len(third)

    page.keyboard.press("j")
    page.keyboard.press("f")
    page.wait_for_url(f"**/findings/{third[0]}")
    page.go_back()
    page.wait_for_url("**page=3&**")
    assert shown(third[0]) == third
    page.go_back()
    page.wait_for_url("**page=2&**")
    assert shown(second[0]) == second

    # Nobody has walked here in this tab: what is before it is found by walking.
    page.go_forward()
    page.reload()
    assert shown(third[0]) == third
    assert turned("Previous page", "**page=2&**") == second
    page.get_by_role("button", name="Archived", exact=True).click()
    page.wait_for_url("**/findings?show=archived")
    assert samples.wrong == []
