"""What is on the screen as a command for a terminal: whoever runs it gets the same."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.conftest import PATIENCE, Desk
from tests.console.test_analyst import copied
from tests.console.test_screens import first_finding, violations
from tests.console.world import World

pytestmark = pytest.mark.long

expect.set_options(timeout=PATIENCE)


def run(world: World, command: str) -> list[str]:
    """The ids that a copied command lists, asked for as the AWS CLI asks: by the same model of the service."""
    words = shlex.split(command)
    assert words[:3] == ["aws", "guardduty", "list-findings"]
    said = dict(zip(words[3::2], words[4::2], strict=True))
    assert said.pop("--endpoint-url") == world.url
    wanted: dict[str, Any] = {"DetectorId": said.pop("--detector-id")}
    client = world.client(said.pop("--region"))
    for option, name in (("--finding-criteria", "FindingCriteria"), ("--sort-criteria", "SortCriteria")):
        if option in said:
            wanted[name] = json.loads(said.pop(option))
    assert said == {}
    found: list[str] = client.list_findings(**wanted)["FindingIds"]
    return found


def ids(desk: Desk) -> list[str]:
    desk.rows()
    return [str(one.get_attribute("data-finding")) for one in desk.page.locator("[data-finding]").all()]


def test_a_list_is_copied_as_the_command_that_lists_the_same(desk: Desk, world: World) -> None:
    desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for query in ("", "?f=severity%3E%3D7&f=type!%3DRecon:EC2/Portscan&sort=-severity",
                  "?show=all&from=1000&to=4102444800000&sort=service.eventLastSeen"):
        desk.go(f"findings{query}")
        shown = ids(desk)
        command = copied(desk, "Export", "This list as a command of the AWS CLI", "--endpoint-url")
        assert run(world, command) == shown
    assert copied(desk, "Export", "Link to this list") == desk.page.url
    assert desk.wrong == []


def test_a_value_is_copied_as_the_command_that_lists_the_findings_with_it(desk: Desk, world: World) -> None:
    page = desk.page
    finding = first_finding(desk, "?f=type%3DPenTest:IAMUser/KaliLinux")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.go(f"findings/{finding}?tab=details")
    for name in ("createdAt", "accessKeyId", "userAgent"):
        row = page.locator(".detail-row").filter(has=page.locator("dt", has_text=name)).first
        row.get_by_role("button", name="Copy as a command of the AWS CLI").focus()
        page.keyboard.press("Enter")
        row.get_by_role("button", name="Copied").wait_for()
        command = str(page.evaluate("navigator.clipboard.readText()"))
        if name == "userAgent":
            # What a terminal obeys is not in it as it is, so that only a shell reads it.
            assert command.isprintable()
            assert "\\u202Egnp.exe" in command
        else:
            assert finding in run(world, command)
    # Not everything can be asked for: a title is no attribute of GuardDuty's criteria.
    title = page.locator(".detail-row").filter(has=page.get_by_text("title", exact=True))
    expect(title.get_by_role("button", name="Copy ")).to_have_count(1)
    expect(title.get_by_role("button", name="Filter")).to_have_count(0)
    assert violations(desk, "details with commands") == []
    assert desk.wrong == []


def test_a_time_of_a_finding_can_be_filtered_for(desk: Desk) -> None:
    page = desk.page
    finding = first_finding(desk, "?f=type%3DPenTest:IAMUser/KaliLinux")
    desk.go(f"findings/{finding}?tab=details")
    row = page.locator(".detail-row").filter(has=page.get_by_text("eventFirstSeen", exact=True))
    row.hover()
    row.get_by_role("button", name="Filter for").click()
    page.wait_for_url("**/findings?f=**")
    assert finding in ids(desk)


def test_the_tab_of_a_finding_stands_in_the_address_and_goes_along(desk: Desk) -> None:
    page = desk.page
    desk.go("findings")
    page.keyboard.press("j")
    page.keyboard.press("o")
    evidence = page.get_by_role("tab", name="Evidence")
    evidence.click()
    expect(evidence).to_have_attribute("aria-selected", "true")
    first = page.url
    assert "tab=evidence" in first
    page.locator("[data-finding]").first.focus()
    page.keyboard.press("j")
    page.wait_for_url(lambda url: url != first)
    expect(evidence).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    evidence.wait_for(state="detached")
    assert "tab=" not in page.url
    page.goto(first)
    expect(evidence).to_have_attribute("aria-selected", "true")
    assert desk.wrong == []


def test_a_frequent_value_is_filtered_out_and_so_is_a_group(desk: Desk) -> None:
    page = desk.page
    desk.go("findings")
    whole = desk.rows()
    page.get_by_role("button", name="Most frequent values").click()
    page.locator(".facet").filter(has=page.get_by_role("heading", name="Finding type")).get_by_role(
        "button", name="Filter out Recon:EC2/Portscan").click()
    page.wait_for_url("**/findings?f=type%21%3DRecon**")
    expect(page.locator(".finding-type").filter(has_text="Recon:EC2/Portscan")).to_have_count(0)
    assert 0 < desk.rows() < whole
    desk.go("findings?group=severity")
    rows = page.get_by_role("row")
    before = rows.count()
    page.get_by_role("button", name="Filter out 8").click()
    expect(rows).to_have_count(before - 1)
    assert violations(desk, "groups") == []
    assert desk.wrong == []
