"""Single values are copied by a button that is seen when they are pointed at or have the focus, and moves nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.conftest import PATIENCE, Desk
from tests.console.test_screens import first_finding, violations

pytestmark = pytest.mark.long

expect.set_options(timeout=PATIENCE)

PLACES = "(all) => all.map((one) => JSON.stringify(one.getBoundingClientRect()))"


@pytest.fixture
def at_finding(desk: Desk) -> Desk:
    """A desk at a finding of an API call, that may read the clipboard."""
    finding = first_finding(desk, "?f=type%3DPenTest:IAMUser/KaliLinux")
    desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.go(f"findings/{finding}")
    return desk


def copies_by(desk: Desk, shown: Any, button: Any, value: str) -> None:
    """Pointing at what is shown shows the button, which copies the value; nothing on the page moves."""
    page = desk.page
    page.mouse.move(0, 0)
    shown.scroll_into_view_if_needed()
    actions = shown.locator(".value-actions")
    expect(actions).to_have_css("opacity", "0")
    everything = page.locator("main *")
    before = everything.evaluate_all(PLACES)
    shown.hover()
    expect(actions).to_have_css("opacity", "1")
    assert everything.evaluate_all(PLACES) == before
    page.mouse.move(0, 0)
    expect(actions).to_have_css("opacity", "0")
    button.focus()
    expect(actions).to_have_css("opacity", "1")
    assert everything.evaluate_all(PLACES) == before
    page.keyboard.press("Enter")
    for _ in range(PATIENCE // 100):
        if (copied := page.evaluate("navigator.clipboard.readText()")) == value:
            break
        page.wait_for_timeout(100)
    assert copied == value
    # The button says for a moment that it has copied, and is as it was again.
    expect(button).to_have_count(1)
    button.evaluate("(one) => one.blur()")


def test_details_are_copied_one_by_one(at_finding: Desk) -> None:
    page = at_finding.page
    page.get_by_role("tab", name="Details").click()
    for name in ("arn", "createdAt", "accessKeyId", "accountId"):
        row = page.locator(".detail-row").filter(has=page.get_by_text(re.compile(rf"(^|\u203a ){name}$"))).first
        value = row.locator(".value")
        button = row.get_by_role("button", name=re.compile("^Copy (?!as a command)"))
        copies_by(at_finding, value, button, value.locator(".shown").inner_text())
    assert at_finding.wrong == []


def test_moments_are_copied_as_machines_write_them(at_finding: Desk) -> None:
    moment = at_finding.page.locator(".copyable").filter(has=at_finding.page.locator("time")).first
    said = moment.locator("time").get_attribute("datetime")
    copies_by(at_finding, moment, moment.get_by_role("button"), str(said))


def test_what_is_marked_in_a_record_is_copied(at_finding: Desk) -> None:
    page = at_finding.page
    page.get_by_role("tab", name="Evidence").click()
    record = page.locator(".record-text").first
    marks = record.locator(".copyable").filter(has=page.get_by_text("81.2.69.160", exact=True))
    copies_by(at_finding, marks.first, marks.first.get_by_role("button"), "81.2.69.160")
    for at in range(1, marks.count()):
        expect(marks.nth(at).get_by_role("button")).to_have_attribute("tabindex", "-1")
    assert record.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    marks.first.hover()
    assert violations(at_finding, "a mark that is pointed at") == []
    assert page.evaluate("window.hacked") is None
    assert at_finding.wrong == []


def test_a_row_of_the_table_stays_as_it_is(desk: Desk) -> None:
    desk.go("findings")
    desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    value = desk.page.locator("td .value").first
    copies_by(desk, value, value.get_by_role("button", name="Copy "), value.locator(".shown").inner_text())
    value.hover()
    assert violations(desk, "a value of the table that is pointed at") == []
