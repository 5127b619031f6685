"""A user changes the password: the other browser is asked for it, this one goes on."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.conftest import PATIENCE, Desk
from tests.console.world import ACCOUNT, PASSWORD, REGION, World
from vedette.api.users import create_user
from vedette.findings.store import Store

pytestmark = pytest.mark.long

expect.set_options(timeout=PATIENCE)

NEW = "quite another password"


def fill(desk: Desk, old: str, new: str, again: str) -> None:
    for label, value in (("Current password", old), ("New password", new), ("New password again", again)):
        desk.page.get_by_label(label, exact=True).fill(value)


def test_a_password_is_changed_and_the_other_browser_must_sign_in_again(make_desk: Any, world: World) -> None:
    with Store.open(world.folder / "state") as store:
        create_user(store, "pat", ACCOUNT, "analyst", PASSWORD, 1)
    desk, elsewhere = make_desk(), make_desk()
    desk.sign_in("pat")
    elsewhere.sign_in("pat")
    desk.go("settings")
    change = desk.page.get_by_role("button", name="Change password")
    expect(change).to_be_disabled()
    fill(desk, PASSWORD, "short", "short")
    expect(desk.page.get_by_text("It has fewer than 12 characters")).to_be_visible()
    fill(desk, PASSWORD, NEW, NEW + "x")
    expect(desk.page.get_by_text("It is another one than above")).to_be_visible()
    expect(change).to_be_disabled()
    fill(desk, "not the password", NEW, NEW)
    change.click()
    expect(desk.page.get_by_text("the old password is wrong")).to_be_visible()
    desk.wrong.clear()

    fill(desk, PASSWORD, NEW, NEW)
    change.click()
    expect(desk.page.get_by_text("Your password is changed").first).to_be_visible()
    expect(desk.page.get_by_label("Current password", exact=True)).to_have_value("")
    desk.go("findings")
    assert desk.rows() > 0
    assert desk.wrong == []

    elsewhere.go("findings")
    elsewhere.page.wait_for_url("**/login?**")
    elsewhere.fill_in("pat")
    expect(elsewhere.page.get_by_text("User or password is wrong")).to_be_visible()
    elsewhere.fill_in("pat", NEW)
    elsewhere.page.wait_for_url(f"**/{REGION}/findings**")
