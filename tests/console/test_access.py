"""Who may come in and who changed what: an admin sees it, an analyst does not."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.conftest import PATIENCE, Desk
from tests.console.test_screens import violations
from tests.console.world import ADMIN, ANALYST, HOSTILE, World

pytestmark = pytest.mark.long

expect.set_options(timeout=PATIENCE)


def test_an_admin_sees_users_keys_and_who_changed_what(desk: Desk, make_desk: Any, world: World) -> None:
    page, client = desk.page, world.client()
    (detector,) = client.list_detectors()["DetectorIds"]
    arn = f"arn:aws:guardduty:us-east-1:111122223333:detector/{detector}"
    for _ in range(51):
        client.untag_resource(ResourceArn=arn, TagKeys=["none"])
    client.tag_resource(ResourceArn=arn, Tags={"note": "plain"})
    with pytest.raises(client.exceptions.ClientError):
        client.create_ip_set(DetectorId=detector, Name="x", Format="TXT", Location=HOSTILE, Activate=False)
    client.untag_resource(ResourceArn=arn, TagKeys=["note"])

    desk.go("overview")
    page.get_by_role("link", name="Access", exact=True).click()
    users = page.get_by_role("table", name="Console users")
    expect(users.get_by_role("row").filter(has_text=f"{ADMIN} (you)")).to_contain_text("admin")
    expect(users.get_by_role("row").filter(has_text=ANALYST)).to_contain_text("analyst")
    key = page.get_by_role("table", name="API keys").get_by_role("row").filter(has_text=world.key[0])
    expect(key).to_contain_text("Good")
    expect(key.get_by_role("time")).to_have_count(2)

    log = page.get_by_role("table", name="Audit log").get_by_role("row")
    expect(log).to_have_count(51)
    expect(log.nth(1)).to_contain_text("UntagResource")
    expect(log.nth(1)).to_contain_text(world.key[0])
    refused = log.filter(has_text="CreateIPSet")
    assert "<script>window.hacked = true</script>" in refused.inner_text()
    assert "\u202e" not in refused.inner_text()
    assert page.evaluate("window.hacked") is None
    assert violations(desk, "access") == []
    expect(log.nth(1)).to_contain_text('"tag_keys":["note"]')
    page.get_by_role("button", name="Next page").click()
    expect(log.filter(has_text="CreateSession").filter(has_text=ADMIN).first).to_be_visible()
    page.get_by_role("button", name="Previous page").click()
    expect(log.nth(1)).to_contain_text('"tag_keys":["note"]')

    page.get_by_label("User or access key").fill(ADMIN.upper())
    page.get_by_label("Call", exact=True).fill("session")
    page.get_by_label("Call", exact=True).press("Enter")
    expect(log.filter(has_text="UntagResource")).to_have_count(0)
    expect(log.nth(1)).to_contain_text("CreateSession")
    expect(log.nth(1)).to_contain_text(ADMIN)
    page.get_by_role("button", name="Time of the calls").click()
    page.get_by_role("option", name="24h").click()
    expect(log.nth(1)).to_contain_text("CreateSession")
    desk.go("access?what=NoSuchCall&range=7d")
    expect(page.get_by_text("No such call")).to_be_visible()
    assert violations(desk, "access, filtered") == []
    assert desk.wrong == []

    dark = make_desk("dark", page.context.storage_state())
    dark.go("access")
    assert violations(dark, "access, dark") == []


def test_an_analyst_is_told_that_it_is_for_admins(make_desk: Any) -> None:
    desk = make_desk()
    desk.sign_in(ANALYST)
    desk.go("access")
    expect(desk.page.get_by_text("Needs a user with the role admin")).to_be_visible()
    expect(desk.page.get_by_role("table")).to_have_count(0)
    assert desk.wrong == []
