"""Looking into what records name, and into what none names."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.console.conftest import PATIENCE, Desk
from tests.console.test_screens import SCREENS, violations

pytestmark = pytest.mark.long

expect.set_options(timeout=PATIENCE)

ENTITY = next(one for one in SCREENS if "kind=" in one)


def test_what_a_record_names_leads_to_its_profile(desk: Desk) -> None:
    page = desk.page
    desk.go(f"{ENTITY}&tab=records")
    table = page.get_by_role("table", name="Records")
    link = table.get_by_role("link", name="111122223333", exact=True).first
    link.click()
    page.wait_for_url("**/investigate?kind=account&value=111122223333&since=1772323200000**")
    expect(page.get_by_role("heading", level=1)).to_contain_text("111122223333")
    page.go_back()
    expect(page.get_by_role("tab", name="Records")).to_have_attribute("aria-selected", "true")
    key = table.locator("a[href*='kind=access-key']").first
    key.scroll_into_view_if_needed()
    key.click()
    page.wait_for_url("**/investigate?kind=access-key&value=AKIA**")
    assert desk.wrong == []


def test_the_hash_of_a_file_is_refused_with_what_it_would_need(desk: Desk) -> None:
    desk.go("investigate")
    box = desk.page.get_by_role("combobox", name="Search an entity")
    box.fill("a" * 64)
    box.press("Enter")
    desk.says("That looks like the hash of a file. Nothing that this build reads names any")
    box.fill("something else")
    box.press("Enter")
    desk.says("Choose a kind: it cannot be told from the value.")
    assert violations(desk, "a hash") == []
