"""Keys: the filter of every screen that has one, the panel, and the help that lists them all."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.console.conftest import PATIENCE, Desk

expect.set_options(timeout=PATIENCE)

SEARCHED = ("findings", "investigate", "types", "coverage", "rules", "access")


def test_a_slash_goes_to_the_filter_of_the_screen_and_is_not_typed(desk: Desk) -> None:
    for screen in SEARCHED:
        desk.go(screen)
        desk.page.keyboard.press("/")
        focused = desk.page.locator("input:focus")
        expect(focused).to_have_count(1)
        expect(focused).to_have_value("")
        desk.page.keyboard.type("a/b")
        expect(focused).to_have_value("" if screen == "coverage" else "a/b")
        desk.page.keyboard.press("Escape")
    assert desk.wrong == []


def test_escape_closes_the_panel_of_a_type_and_a_question_mark_lists_the_keys(desk: Desk) -> None:
    page = desk.page
    desk.go("types?type=Recon:EC2/Portscan")
    expect(page.get_by_role("heading", name="Recon:EC2/Portscan")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Recon:EC2/Portscan")).to_have_count(0)
    assert "type=" not in page.url
    page.keyboard.press("?")
    keys = page.get_by_role("dialog").locator("kbd")
    expect(keys).to_have_count(9)
    for key in ("j or", "Enter or o", "x", "e", "t", "f", "Esc", "/", "?"):
        expect(keys.filter(has_text=key).first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert desk.wrong == []
