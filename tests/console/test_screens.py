"""Every screen opens as it should, and hostile text in logs is text."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.console.conftest import TOP, Desk

SCREENS = {
    "overview": "Overview", "findings": "Findings", "findings?group=type": "Findings", "investigate": "Investigate",
    "investigate?kind=ip&value=81.2.69.160&since=1772323200000&until=1775001600000": "81.2.69.160",
    "search": "Search", "search?log=cloudtrail&from=1772323200000&to=1775001600000": "Search",
    "investigations": "Investigations", "lists": "Lists", "suppression": "Suppression rules",
    "rules": "Custom rules", "types": "Finding types",
    "malware": "Malware scans", "coverage": "Coverage", "usage": "Usage", "accounts": "Accounts",
    "settings": "Settings", "access": "Access", "dead-letters": "Dead letters",
}
AXE = TOP / "console" / "node_modules" / "axe-core" / "axe.min.js"


def first_finding(desk: Desk, query: str = "") -> str:
    """The id of the first finding of the list."""
    desk.go(f"findings{query}")
    return str(desk.page.locator("[data-finding]").first.get_attribute("data-finding"))


def test_every_screen_opens_and_the_browser_has_nothing_to_complain_of(desk: Desk) -> None:
    for screen, heading in SCREENS.items():
        desk.go(screen)
        shown = desk.page.get_by_role("heading", level=1).first
        shown.wait_for()
        assert heading in shown.inner_text(), screen
        assert desk.page.evaluate("window.refused") == [], screen
        assert desk.page.get_by_text("This screen has failed").count() == 0, screen
        assert desk.wrong == [], screen


def test_an_address_that_leads_nowhere_says_so(desk: Desk) -> None:
    desk.go("no-such-screen")
    desk.page.get_by_text("There is no such page").wait_for()


def test_what_an_attacker_wrote_into_a_log_is_text(desk: Desk) -> None:
    finding = first_finding(desk, "?f=type%3DPenTest:IAMUser/KaliLinux")
    desk.go(f"findings/{finding}")
    sentence = desk.page.locator(".sentence")
    assert "<script>window.hacked = true</script>" in sentence.inner_text()
    assert "U+202E" in sentence.inner_text()
    assert "\u202e" not in sentence.inner_text()
    for tab in ("Evidence", "Details", "Related", "JSON"):
        desk.page.get_by_role("tab", name=tab).click()
        desk.settled()
        if tab == "Evidence":
            record = desk.page.locator(".record-text").first
            record.wait_for()
            assert "<script>window.hacked" in record.inner_text()
            assert "Longer than 256 kB" in record.inner_text()
            assert desk.page.locator(".record-text mark", has_text="81.2.69.160").count() > 0
    assert desk.page.locator("img").count() == 0
    assert desk.page.evaluate("window.hacked") is None
    assert desk.page.evaluate("window.refused") == []
    assert desk.wrong == []


def test_the_address_holds_the_filter_and_the_open_finding(desk: Desk) -> None:
    desk.go("findings")
    total = desk.rows()
    desk.page.keyboard.press("j")
    desk.page.keyboard.press("o")
    desk.page.get_by_role("tab", name="Evidence").wait_for()
    desk.page.keyboard.press("j")
    assert "finding=" in desk.page.url
    desk.page.keyboard.press("Escape")
    desk.page.get_by_role("tab", name="Evidence").wait_for(state="detached")
    desk.go("findings?f=severity%3E%3D7&sort=-severity")
    high = desk.rows()
    assert 0 < high < total
    assert all(re.match("High|Critical", text) for text in desk.page.locator("tbody td:nth-child(2)").all_inner_texts())


@pytest.mark.long
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axe_finds_no_violation_on_any_screen(make_desk: Any, mode: str) -> None:
    if not AXE.exists():
        pytest.skip("axe is not installed: make console")
    desk = make_desk(mode)
    desk.page.goto(f"{desk.url}/login")
    desk.page.get_by_label("User", exact=True).wait_for()
    found = violations(desk, "login")
    desk.sign_in()
    finding = first_finding(desk)
    for screen in [*SCREENS, f"findings?finding={finding}", f"findings/{finding}"]:
        desk.go(screen)
        found += violations(desk, screen)
        if "kind=" in screen or screen == f"findings/{finding}":
            for tab in desk.page.get_by_role("tab").all()[1:]:
                tab.click()
                desk.settled()
                found += violations(desk, f"{screen} {tab.inner_text()}")
    desk.page.get_by_role("button", name="Suppress those like this").click()
    desk.page.get_by_text("What it would have hidden").wait_for()
    desk.settled()
    found += violations(desk, "suppress")
    assert found == []


def violations(desk: Desk, screen: str) -> list[str]:
    """What axe says of WCAG 2.2 AA."""
    desk.page.evaluate(AXE.read_text("utf-8"))
    said = desk.page.evaluate("""axe.run(document, {runOnly: [
        "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})""")
    return [f"{screen}: {one['id']} {one['help']} {[node['html'][:200] for node in one['nodes'][:3]]}"
            for one in said["violations"]]


def test_plans_whose_engine_is_not_built_are_never_shown_as_working(desk: Desk) -> None:
    desk.go("settings")
    table = desk.page.get_by_role("table", name="Features")
    for feature, state in (("S3_DATA_EVENTS", "On"), ("EBS_MALWARE_PROTECTION", "Not in this build"),
                           ("RUNTIME_MONITORING", "Not in this build")):
        row = table.get_by_role("row").filter(has=desk.page.get_by_text(feature, exact=True)).first
        row.get_by_text(state).first.wait_for()
    desk.go("malware")
    desk.page.get_by_text("The engine that scans volumes and objects is not in this build.").wait_for()


def test_types_that_are_blind_now_are_named_and_say_why(desk: Desk) -> None:
    desk.go("coverage")
    desk.page.get_by_role("link", name="blind now").click()
    desk.page.wait_for_url("**/types?show=blind")
    rows = desk.page.get_by_role("table", name="Finding types").locator("tbody tr")
    rows.first.wait_for()
    desk.settled()
    assert all("Blind now" in one for one in rows.all_inner_texts())
    desk.page.get_by_label("Filter: Finding types").fill("TorIPCaller")
    desk.page.get_by_role("button", name="UnauthorizedAccess:IAMUser/TorIPCaller", exact=True).click()
    desk.page.get_by_text("not loaded: a feed of the category tor exit").first.wait_for()
    assert "show=blind" in desk.page.url
    assert violations(desk, "a type that is blind") == []
    desk.go("types?type=Policy:S3/BucketPublicAccessGranted")
    desk.page.get_by_text("What to do", exact=True).wait_for()
    assert desk.page.get_by_text("Why it is blind now").count() == 0
    assert desk.wrong == []


def test_the_time_before_and_after_the_scope_is_shown_grey(desk: Desk) -> None:
    desk.go(next(one for one in SCREENS if "kind=" in one))
    activity = desk.page.locator("svg.activity").first
    activity.wait_for()
    fills = {name: set(activity.locator(where).evaluate_all("(all) => all.map((one) => getComputedStyle(one).fill)"))
             for name, where in (("scope", "g:not(.peripheral) .activity-ok"), ("around", ".peripheral .activity-ok"))}
    assert [len(one) for one in fills.values()] == [1, 1]
    assert fills["scope"] != fills["around"]
    width = float(str(activity.get_attribute("viewBox")).split()[2])
    scope = activity.locator(".scope-time")
    begin, long = float(str(scope.get_attribute("x"))), float(str(scope.get_attribute("width")))
    assert 0 < begin < begin + long < width
    assert activity.locator("g.peripheral").count() == width - long
