"""The overview: how much there is, and how much more than before, what that shows of ATT&CK, and from where."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.console.conftest import PATIENCE, Desk
from tests.console.world import World
from vedette.detectors.catalogue import catalogue

expect.set_options(timeout=PATIENCE)


@pytest.fixture
def types(world: World) -> list[str]:
    """The types of the findings that are not archived."""
    client = world.client()
    (detector,) = client.list_detectors()["DetectorIds"]
    found: list[str] = []
    for page in client.get_paginator("list_findings").paginate(
            DetectorId=detector, FindingCriteria={"Criterion": {"service.archived": {"Eq": ["false"]}}}):
        found += [one["Type"] for one in client.get_findings(
            DetectorId=detector, FindingIds=page["FindingIds"])["Findings"]] if page["FindingIds"] else []
    return found


def test_sequences_stand_first_and_each_severity_says_how_much_more_it_is(desk: Desk, types: list[str]) -> None:
    desk.go("overview?range=90d")
    tiles = desk.page.locator(".tile")
    expect(tiles.first).to_contain_text("Attack sequences")
    expect(tiles.first).to_contain_text("Not in this build")
    assert not any(name.startswith("AttackSequence:") for name in catalogue().types)
    numbers = [int(text) for text in tiles.locator(".big").all_inner_texts()]
    assert sum(numbers) == len(types)
    for tile, number in zip(tiles.all()[1:], numbers, strict=True):
        expect(tile).to_contain_text(f"{number} more than before" if number else "As many as before")
    assert desk.wrong == []


def test_the_strip_of_tactics_leads_to_the_findings_that_show_them(desk: Desk, types: list[str]) -> None:
    page = desk.page
    scans = [one for one in types if "T1046" in catalogue().types[one].attack]
    desk.go("overview")
    strip = page.get_by_role("list", name="Findings by tactic").get_by_role("listitem")
    expect(strip).to_have_count(14)
    expect(strip.first).to_contain_text("naissance")
    expect(strip.last).to_contain_text("Impact")
    page.get_by_role("link", name=f"T1046 · {len(scans)}").click()
    desk.settled()
    assert desk.rows() == len(scans)
    page.go_back()
    page.get_by_role("link", name="findings of Discovery").click()
    desk.settled()
    assert len(scans) <= desk.rows() < len(types)
    assert desk.wrong == []


def test_the_map_says_from_where_and_the_strip_of_sources_what_is_read(desk: Desk) -> None:
    page = desk.page
    chunks: list[str] = []
    page.on("response", lambda answer: chunks.append(answer.url))
    desk.go("overview")
    expect(page.locator(".world-point title").first).to_have_text(re.compile(r"United Kingdom: \d+ findings"))
    assert any("CountryMap" in url for url in chunks)
    sources = page.get_by_role("list", name="Sources", exact=True)
    expect(sources).to_contain_text("simulated")
    expect(sources).to_contain_text("Up to date")
    sources.get_by_role("link", name=re.compile("A log fell silent in")).click()
    expect(page.get_by_role("checkbox", name="Only where a log fell silent")).to_be_checked()
    expect(page.get_by_role("table", name="Logs by account and Region").get_by_role("row").nth(1)).to_be_visible()
    assert desk.wrong == []


def test_where_nothing_was_found_nothing_is_drawn(desk: Desk, world: World) -> None:
    desk.region = "eu-west-2"
    client = world.client("eu-west-2")
    made = client.create_detector(Enable=True)["DetectorId"]
    try:
        desk.go("overview")
        expect(desk.page.get_by_text("No country is known")).to_be_visible()
        assert desk.page.locator(".world").count() == 0
        assert desk.wrong == []
    finally:
        client.delete_detector(DetectorId=made)
