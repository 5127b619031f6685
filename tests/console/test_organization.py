"""The organization's delegated administrator sets custom detection rules for its accounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.conftest import PATIENCE, Desk
from tests.console.test_screens import violations
from tests.console.world import ACCOUNT, ANALYST, OTHER_ACCOUNT, REGION, World
from vedette.findings.configuration import Member, OrganizationAdmin, RuleAssociation, RuleOrganization
from vedette.findings.store import Store

pytestmark = pytest.mark.long

expect.set_options(timeout=PATIENCE)

MANAGEMENT = "999900001111"
RULE, NAME = "iam-access-key-created", "IAMAccessKeyCreated"
SCREEN = f"rules?rule={RULE}"


@pytest.fixture
def delegated(world: World) -> Iterator[Any]:
    """The account is the delegated administrator, and the other one is its member. Gives a client of its."""
    with Store.open(world.folder / "state") as store:
        with store.transaction() as batch:
            batch.configure(OrganizationAdmin(account=MANAGEMENT, region=REGION, id=ACCOUNT))
            batch.configure(Member(account=ACCOUNT, region=REGION, id=OTHER_ACCOUNT, email="otto@example.com",
                                   relationship="Enabled", by_organization=True))
        yield world.client()
        with store.transaction() as batch:
            batch.unconfigure(OrganizationAdmin, MANAGEMENT, REGION, ACCOUNT)
            batch.unconfigure(Member, ACCOUNT, REGION, OTHER_ACCOUNT)
            for kind in (RuleOrganization, RuleAssociation):
                for one in batch.configured(kind):
                    batch.unconfigure(kind, one.account, one.region, one.id)


def settings(client: Any) -> list[tuple[str, list[str], list[str]]]:
    """Mode and accounts of what is set for the rule."""
    found = client.list_custom_detection_rule_org_configurations()["Configurations"]
    whole = [client.get_custom_detection_rule_org_configuration(RuleId=RULE, Mode=one["Mode"])["Configuration"]
             for one in found]
    return [(one["Mode"], one["IncludeAccountIds"], one["ExcludeAccountIds"]) for one in whole]


def test_a_rule_is_set_changed_and_ended_for_the_organization(desk: Desk, delegated: Any) -> None:
    page = desk.page
    desk.go(SCREEN)
    desk.says("Nothing is set for the organization")
    page.get_by_role("button", name="Set for the organization").click()
    dialogue = page.get_by_role("dialog")
    save = dialogue.get_by_role("button", name="Save")
    expect(dialogue.get_by_role("radio", name="Dry run")).to_be_checked()
    dialogue.get_by_role("radio", name="Only some").check()
    expect(save).to_be_disabled()
    dialogue.get_by_label("Account ids").fill(f"{OTHER_ACCOUNT} 12345")
    expect(dialogue.get_by_text("12345 is no account id")).to_be_visible()
    expect(save).to_be_disabled()
    assert violations(desk, "setting for the organization") == []
    dialogue.get_by_label("Account ids").fill(OTHER_ACCOUNT)
    save.click()
    desk.says(f"{NAME} is set for the organization")
    row = page.get_by_role("table", name="In the organization").get_by_role("row").nth(1)
    for said in ("Dry run", "until", f"Only {OTHER_ACCOUNT}", "1 now"):
        expect(row).to_contain_text(said)
    assert settings(delegated) == [("DRY_RUN", [OTHER_ACCOUNT], [])]
    assert violations(desk, "rule of the organization") == []

    page.get_by_role("button", name="Change: Dry run").click()
    dialogue.get_by_role("radio", name="Live").check()
    dialogue.get_by_role("radio", name="All accounts").check()
    save.click()
    expect(row).to_contain_text("2 now")
    expect(row).to_contain_text("Live")
    assert settings(delegated) == [("LIVE", [], [])]
    # It goes before what the account itself may set.
    desk.says("Set by the organization\u2019s administrator")
    assert page.get_by_role("button", name="Set for the organization").count() == 0

    page.get_by_role("button", name="Delete: Live").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    desk.says(f"{NAME} is no longer set for the organization")
    desk.says("Nothing is set for the organization")
    assert settings(delegated) == []
    assert desk.wrong == []


def test_an_analyst_sees_it_and_changes_nothing(
    make_desk: Any, delegated: Any,
) -> None:
    delegated.create_custom_detection_rule_org_configuration(
        RuleId=RULE, Mode="LIVE", ExcludeAccountIds=[OTHER_ACCOUNT])
    ann = make_desk()
    ann.sign_in(ANALYST)
    ann.go(SCREEN)
    expect(ann.page.get_by_role("table", name="In the organization")).to_contain_text(f"All but {OTHER_ACCOUNT}")
    for name in ("Change: Live", "Delete: Live", "Set for the organization"):
        expect(ann.page.get_by_role("button", name=name)).to_be_disabled()
    assert ann.wrong == []


def test_an_account_that_administers_no_organization_sees_no_such_setting(desk: Desk) -> None:
    desk.go(SCREEN)
    desk.says("eventName = 'CreateAccessKey'")
    assert desk.page.get_by_text("In the organization").count() == 0
    assert desk.wrong == []
