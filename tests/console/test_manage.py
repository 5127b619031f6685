"""What an admin manages: lists, members, destinations, filters, rules, features; and what the server refuses."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from playwright.sync_api import expect

from tests.console.conftest import PATIENCE, Desk
from tests.console.test_analyst import TYPE
from tests.console.test_screens import violations
from tests.console.world import ACCOUNT, ANALYST, OTHER_ACCOUNT, OTHER_ADMIN, REGION, World
from vedette.commands.serve import now
from vedette.findings.configuration import DetectorSettings, Member
from vedette.findings.fold import detector_id
from vedette.findings.rows import Usage
from vedette.findings.store import Store

pytestmark = pytest.mark.long

expect.set_options(timeout=PATIENCE)


@pytest.fixture
def client(world: World) -> Any:
    return world.client()


@pytest.fixture
def detector(client: Any) -> str:
    return str(client.list_detectors()["DetectorIds"][0])


def fill(desk: Desk, **fields: str) -> None:
    """The fields of the dialogue, by label."""
    for label, value in fields.items():
        dialogue(desk).get_by_label(label.replace("_", " ")).fill(value)


def dialogue(desk: Desk) -> Any:
    return desk.page.get_by_role("dialog")


def pick(desk: Desk, select: str, option: str) -> None:
    dialogue(desk).get_by_role("button", name=select).click()
    desk.page.get_by_role("option", name=option).click()


def row(desk: Desk, table: str, name: str) -> Any:
    return desk.page.get_by_role("table", name=table).get_by_role("row").filter(has_text=name)


def test_a_list_is_made_taken_out_of_force_and_deleted(
    desk: Desk, world: World, client: Any, detector: str, tmp_path: Path
) -> None:
    (world.folder / "lists" / "scanners.txt").write_text("198.51.100.0/24\n203.0.113.9\n")
    desk.go("lists")
    desk.page.get_by_role("button", name="Add a list").click()
    fill(desk, Name="scanners", Location=str(world.folder / "lists" / "scanners.txt"))
    dialogue(desk).get_by_role("button", name="Create").click()
    desk.says("The list scanners is made")
    expect(row(desk, "Lists", "scanners")).to_contain_text("ACTIVE")
    expect(row(desk, "Lists", "scanners")).to_contain_text("Threatening IP addresses")
    (made,) = client.list_threat_intel_sets(DetectorId=detector)["ThreatIntelSetIds"]
    assert client.get_threat_intel_set(DetectorId=detector, ThreatIntelSetId=made)["Status"] == "ACTIVE"

    desk.page.get_by_role("button", name="Deactivate scanners").click()
    expect(row(desk, "Lists", "scanners")).to_contain_text("INACTIVE")
    desk.page.get_by_role("button", name="Activate scanners").click()
    expect(row(desk, "Lists", "scanners").get_by_role("button", name="Deactivate")).to_be_visible()

    desk.page.get_by_role("button", name="Delete scanners").click()
    expect(dialogue(desk)).to_contain_text("Delete the list scanners?")
    dialogue(desk).get_by_role("button", name="Cancel").click()
    assert client.list_threat_intel_sets(DetectorId=detector)["ThreatIntelSetIds"] == [made]
    desk.page.get_by_role("button", name="Delete scanners").click()
    dialogue(desk).get_by_role("button", name="Delete").click()
    desk.says("The list scanners is deleted")
    desk.says("No list")
    assert client.list_threat_intel_sets(DetectorId=detector)["ThreatIntelSetIds"] == []
    assert desk.wrong == []


def test_a_list_that_is_refused_says_why_whatever_its_kind(
    desk: Desk, world: World, client: Any, detector: str
) -> None:
    (world.folder / "lists" / "broken.txt").write_text("198.51.100.1\nnot an address\n")
    desk.go("lists")
    desk.page.get_by_role("button", name="Add a list").click()
    pick(desk, "Kind", "Trusted IP addresses")
    fill(desk, Name="broken", Location=str(world.folder / "lists" / "broken.txt"))
    dialogue(desk).get_by_role("button", name="Create").click()
    expect(row(desk, "Lists", "broken")).to_contain_text("ERROR")
    expect(row(desk, "Lists", "broken")).to_contain_text("broken:2: 'not an address' is not an IPv4 address")
    desk.page.get_by_role("button", name="Add a list").click()
    fill(desk, Name="broken", Location="ftp://198.51.100.1/list")
    dialogue(desk).get_by_role("button", name="Create").click()
    expect(dialogue(desk)).to_contain_text("The request is rejected")
    assert client.list_threat_intel_sets(DetectorId=detector)["ThreatIntelSetIds"] == []
    dialogue(desk).get_by_role("button", name="Cancel").click()
    desk.page.get_by_role("button", name="Delete broken").click()
    dialogue(desk).get_by_role("button", name="Delete").click()
    desk.says("No list")
    assert client.list_ip_sets(DetectorId=detector)["IpSetIds"] == []


def test_an_address_is_looked_for_in_all_lists(
    desk: Desk, make_desk: Any, world: World, client: Any, detector: str
) -> None:
    page = desk.page
    (world.folder / "lists" / "doubtful.txt").write_text("9.9.77.0/24\nevil.example\nevil.example\n")
    made = client.create_threat_entity_set(
        DetectorId=detector, Name="doubtful", Format="TXT", Location=str(world.folder / "lists" / "doubtful.txt"),
        Activate=True)["ThreatEntitySetId"]
    desk.go("lists")
    expect(row(desk, "Lists", "doubtful").get_by_role("cell").nth(4)).to_have_text("21 passed over: repeated")
    expect(row(desk, "For every account", "threat-ips")).to_contain_text("Threats")

    value = page.get_by_label("Public IPv4 address or domain name")
    value.fill(" EVIL.example. ")
    value.press("Enter")
    found = page.get_by_role("table", name="Is it on a list?").get_by_role("row")
    expect(found.filter(has_text="doubtful")).to_contain_text("evil.example")
    expect(page.get_by_text("1 entry of threat lists and feeds")).to_be_visible()
    assert violations(desk, "a name on a list") == []
    value.fill("9.9.77.140")
    page.get_by_role("button", name="Look it up").click()
    expect(found.filter(has_text="doubtful")).to_contain_text("9.9.77.0/24")
    page.go_back()
    expect(found.filter(has_text="evil.example")).to_be_visible()
    page.get_by_role("link", name="evil.example", exact=True).click()
    page.get_by_role("link", name="Is it on a list?").click()
    page.wait_for_url("**/lists?value=evil.example")
    expect(found.filter(has_text="evil.example")).to_be_visible()

    dark = make_desk("dark", page.context.storage_state())
    dark.go("lists?value=10.1.2.3")
    expect(dark.page.get_by_text("Private and reserved addresses never match")).to_be_visible()
    assert violations(dark, "a private address") == []
    dark.go("lists?value=8.8.4.4")
    expect(dark.page.get_by_text("On no list")).to_be_visible()
    assert [*desk.wrong, *dark.wrong] == []
    desk.go(f"lists?value={'a' * 64}")
    expect(page.get_by_text("no hashes of files")).to_be_visible()
    client.delete_threat_entity_set(DetectorId=detector, ThreatEntitySetId=made)


def test_a_member_is_added_invited_accepts_and_is_removed(
    desk: Desk, make_desk: Any, client: Any, detector: str
) -> None:
    desk.go("accounts")
    desk.page.get_by_role("button", name="Add a member").click()
    create = dialogue(desk).get_by_role("button", name="Create")
    fill(desk, Account="4444", Mail="otto@example.com")
    expect(create).to_be_disabled()
    fill(desk, Account=ACCOUNT)
    create.click()
    expect(dialogue(desk)).to_contain_text(ACCOUNT)
    assert client.list_members(DetectorId=detector, OnlyAssociated="false")["Members"] == []
    fill(desk, Account=OTHER_ACCOUNT)
    create.click()
    desk.says(f"{OTHER_ACCOUNT} is a member now: invite it")
    expect(row(desk, "Members", OTHER_ACCOUNT)).to_contain_text("Created")

    other = make_desk()
    other.sign_in(OTHER_ADMIN)
    other.go("accounts")
    other.page.get_by_role("button", name="Create a detector").click()
    other.says("No invitation")
    desk.page.get_by_role("button", name=f"Invite {OTHER_ACCOUNT}").click()
    expect(row(desk, "Members", OTHER_ACCOUNT)).to_contain_text("Invited")
    other.go("accounts")
    row(other, "Invitations to this account", ACCOUNT).get_by_role("button", name="Accept").click()
    other.says(f"{ACCOUNT} administers this account now")
    expect(other.page.get_by_text("This account has no administrator")).to_have_count(0)
    other.says(ACCOUNT)
    desk.go("accounts")
    expect(row(desk, "Members", OTHER_ACCOUNT)).to_contain_text("Enabled")
    (member,) = client.list_members(DetectorId=detector)["Members"]
    assert (member["AccountId"], member["Email"], member["RelationshipStatus"]) == (
        OTHER_ACCOUNT, "otto@example.com", "Enabled")

    expect(desk.page.get_by_role("button", name=f"Invite {OTHER_ACCOUNT}")).to_have_count(0)
    desk.page.get_by_role("button", name=f"Stop monitoring {OTHER_ACCOUNT}").click()
    expect(dialogue(desk)).to_contain_text("nothing is found there until it is started again")
    dialogue(desk).get_by_role("button", name="Stop monitoring").click()
    expect(row(desk, "Members", OTHER_ACCOUNT)).to_contain_text("Disabled")
    desk.page.get_by_role("button", name=f"Start monitoring {OTHER_ACCOUNT}").click()
    expect(row(desk, "Members", OTHER_ACCOUNT)).to_contain_text("Enabled")
    desk.page.get_by_role("button", name=f"Remove {OTHER_ACCOUNT}").click()
    dialogue(desk).get_by_role("button", name="Remove").click()
    desk.says("No member")
    assert client.list_members(DetectorId=detector, OnlyAssociated="false")["Members"] == []
    assert desk.wrong == other.wrong == []


@pytest.fixture
def member(world: World, client: Any, detector: str) -> Iterator[Any]:
    """The other account has a detector and is named as a member. Gives how it stands."""
    with Store.open(world.folder / "state") as store:
        with store.transaction() as batch:
            made = DetectorSettings(account=OTHER_ACCOUNT, region=REGION, id=detector_id(OTHER_ACCOUNT, REGION))
            before = batch.configuration(DetectorSettings, OTHER_ACCOUNT, REGION, made.id)
            batch.configure(before or made)
        client.create_members(
            DetectorId=detector, AccountDetails=[{"AccountId": OTHER_ACCOUNT, "Email": "otto@example.com"}])
        yield lambda: [one["RelationshipStatus"] for one in client.list_members(
            DetectorId=detector, OnlyAssociated="false")["Members"]]
        with store.transaction() as batch:
            batch.unconfigure(Member, ACCOUNT, REGION, OTHER_ACCOUNT)
            if before is None:
                batch.unconfigure(DetectorSettings, OTHER_ACCOUNT, REGION, made.id)


def test_an_invitation_is_withdrawn_and_one_that_was_not_accepted_removed(desk: Desk, member: Any) -> None:
    page = desk.page
    desk.go("accounts")
    page.get_by_role("button", name=f"Invite {OTHER_ACCOUNT}").click()
    desk.says(f"{OTHER_ACCOUNT} is invited")
    page.get_by_role("button", name=f"Withdraw the invitation {OTHER_ACCOUNT}").click()
    dialogue(desk).get_by_role("button", name="Withdraw").click()
    expect(row(desk, "Members", OTHER_ACCOUNT)).to_contain_text("Removed")
    assert member() == ["Removed"]
    page.get_by_role("button", name=f"Remove {OTHER_ACCOUNT}").click()
    assert violations(desk, "removing a member") == []
    dialogue(desk).get_by_role("button", name="Remove").click()
    desk.says("No member")
    assert member() == []
    assert desk.wrong == []


def test_an_invitation_is_declined_and_an_administrator_left(
    make_desk: Any, client: Any, detector: str, member: Any
) -> None:
    client.invite_members(DetectorId=detector, AccountIds=[OTHER_ACCOUNT])
    other = make_desk()
    other.sign_in(OTHER_ADMIN)
    other.go("accounts")
    invitation = row(other, "Invitations to this account", ACCOUNT)
    invitation.get_by_role("button", name="Decline").click()
    expect(invitation).to_contain_text("Resigned")
    expect(invitation.get_by_role("button", name="Accept")).to_have_count(0)
    assert member() == ["Resigned"]
    invitation.get_by_role("button", name="Delete").click()
    other.says("No invitation")

    client.invite_members(DetectorId=detector, AccountIds=[OTHER_ACCOUNT])
    other.go("accounts")
    invitation.get_by_role("button", name="Accept").click()
    other.page.get_by_role("button", name="Leave", exact=True).click()
    expect(dialogue(other)).to_contain_text(f"Leave the administrator {ACCOUNT}?")
    assert member() == ["Enabled"]
    dialogue(other).get_by_role("button", name="Leave").click()
    other.says("This account has no administrator")
    assert member() == ["Resigned"]
    assert other.wrong == []


def test_usage_is_told_of_every_feature_in_records_and_bytes(desk: Desk, world: World) -> None:
    page = desk.page
    with Store.open(world.folder / "state") as store, store.transaction() as batch:
        batch.count_usage([Usage(account=ACCOUNT, region=REGION, kind="rds", records=900_000, bytes=3_000_000)], now())
    desk.go("usage")
    expect(row(desk, "By feature", "RDS_LOGIN_EVENTS")).to_contain_text("900,000 records")
    first = page.get_by_role("table", name="By feature").get_by_role("row").nth(1)
    expect(first).to_contain_text("RDS_LOGIN_EVENTS")
    expect(first).to_contain_text("%")
    expect(row(desk, "By account", ACCOUNT).get_by_role("link", name=ACCOUNT, exact=True)).to_be_visible()
    page.get_by_role("button", name="Bytes", exact=True).click()
    expect(row(desk, "By feature", "RDS_LOGIN_EVENTS")).to_contain_text("3.0 MB")
    page.reload()
    expect(row(desk, "By feature", "RDS_LOGIN_EVENTS")).to_contain_text("3.0 MB")
    assert violations(desk, "usage") == []
    assert desk.wrong == []


def test_findings_go_into_a_bucket_and_a_bucket_that_is_none_is_refused(
    desk: Desk, aws: str, client: Any, detector: str
) -> None:
    s3 = boto3.client("s3", endpoint_url=aws, region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")
    s3.create_bucket(Bucket="acme-findings")
    desk.go("settings")
    desk.page.get_by_role("button", name="Add a destination").click()
    fill(desk, Bucket_ARN="arn:aws:s3:::acme-nothing")
    dialogue(desk).get_by_role("button", name="Create").click()
    expect(dialogue(desk)).to_contain_text("the destination cannot be written to")
    fill(desk, Bucket_ARN="arn:aws:s3:::acme-findings/guard")
    dialogue(desk).get_by_role("button", name="Create").click()
    expect(row(desk, "Publishing destinations", "acme-findings/guard")).to_contain_text("PUBLISHING")
    assert len(client.list_publishing_destinations(DetectorId=detector)["Destinations"]) == 1
    assert s3.list_objects_v2(Bucket="acme-findings", Prefix=f"guard/AWSLogs/{ACCOUNT}/")["KeyCount"] > 0

    row(desk, "Publishing destinations", "acme-findings").get_by_role("button", name="Change").click()
    fill(desk, Bucket_ARN="arn:aws:s3:::acme-nothing")
    dialogue(desk).get_by_role("button", name="Save").click()
    expect(dialogue(desk)).to_contain_text("the destination cannot be written to")
    fill(desk, Bucket_ARN="arn:aws:s3:::acme-findings/watch")
    dialogue(desk).get_by_role("button", name="Save").click()
    expect(row(desk, "Publishing destinations", "acme-findings/watch")).to_contain_text("PUBLISHING")
    expect(row(desk, "Publishing destinations", "acme-findings/watch")).not_to_contain_text("Failing since")
    assert s3.list_objects_v2(Bucket="acme-findings", Prefix=f"watch/AWSLogs/{ACCOUNT}/")["KeyCount"] > 0

    row(desk, "Publishing destinations", "acme-findings").get_by_role("button", name="Delete").click()
    dialogue(desk).get_by_role("button", name="Delete").click()
    desk.says("No destination")
    assert client.list_publishing_destinations(DetectorId=detector)["Destinations"] == []


def test_a_filter_is_saved_loaded_and_deleted(desk: Desk, client: Any, detector: str) -> None:
    page = desk.page
    desk.go("findings?f=severity%3E%3D7&f=type%21%3DRecon%3AEC2%2FPortscan")
    found = desk.rows()
    page.get_by_role("button", name="Save as filter").click()
    fill(desk, Name="x y z")
    dialogue(desk).get_by_role("button", name="Save").click()
    expect(dialogue(desk)).to_contain_text("The request is rejected")
    fill(desk, Name="severe", Note="What wakes us <b>up</b>")
    dialogue(desk).get_by_role("button", name="Save").click()
    desk.says("The filter severe is saved")
    kept = client.get_filter(DetectorId=detector, FilterName="severe")
    assert (kept["Action"], kept["Description"]) == ("NOOP", "What wakes us <b>up</b>")
    assert kept["FindingCriteria"]["Criterion"].keys() == {"severity", "type"}

    desk.go("findings")
    assert desk.rows() > found
    page.get_by_role("button", name="Saved filters").click()
    page.get_by_role("option", name="severe").click()
    page.wait_for_url(re.compile(r"severity%3E%3D7"))
    expect(page.locator("[data-finding]")).to_have_count(found)
    assert "type%21%3DRecon" in page.url

    desk.go("suppression")
    expect(row(desk, "Saved filters", "severe")).to_contain_text("severity>=7")
    page.get_by_role("button", name="Delete severe").click()
    dialogue(desk).get_by_role("button", name="Delete").click()
    desk.says("No saved filter")
    assert client.list_filters(DetectorId=detector)["FilterNames"] == []


def test_a_suppression_rule_shows_what_it_would_hide_and_cannot_be_made_without_knowing(
    desk: Desk, client: Any, detector: str
) -> None:
    page = desk.page
    client.create_filter(DetectorId=detector, Name="taken", FindingCriteria={"Criterion": {"region": {"Eq": ["x"]}}})
    total = len(client.list_findings(DetectorId=detector)["FindingIds"])
    desk.go(f"findings?f=type%3D{TYPE}")
    page.locator("[data-finding]").first.click()
    page.get_by_role("button", name="Suppress those like this").click()
    create = dialogue(desk).get_by_role("button", name="Create the rule")
    desk.says(f"It would have hidden 1 of {total} findings of the last 90 days, 1 Medium among them.")
    expect(create).to_be_enabled()

    boxes = dialogue(desk).get_by_role("checkbox")
    for box in boxes.all():
        box.uncheck()
    desk.says("Choose at least one condition")
    expect(create).to_be_disabled()
    dialogue(desk).get_by_role("checkbox", name="Finding type").check()
    desk.says("This hides every finding of the type")
    fill(desk, Look_at_it_again_on="soon")
    desk.says("Not a date of the form YYYY-MM-DD")
    expect(create).to_be_disabled()
    fill(desk, Look_at_it_again_on="2026-02-31", Owner="Ada")
    desk.says("Not a date of the form YYYY-MM-DD")
    fill(desk, Look_at_it_again_on="2026-01-31", Name_of_the_rule="taken")
    create.click()
    expect(dialogue(desk)).to_contain_text("The request is rejected")
    fill(desk, Name_of_the_rule="scanner-of-ours")
    create.click()
    desk.says("The suppression rule scanner-of-ours is made")
    made = client.get_filter(DetectorId=detector, FilterName="scanner-of-ours")
    assert made["FindingCriteria"]["Criterion"] == {"type": {"Equals": [TYPE]}}
    assert made["Tags"] == {"owner": "Ada", "review-on": "2026-01-31"}

    desk.go("suppression")
    rule = row(desk, "Suppression rules", "scanner-of-ours")
    expect(rule).to_contain_text("overdue")
    rule.get_by_role("button", name="Preview").click()
    expect(dialogue(desk)).to_contain_text("It would have hidden 1 of")
    page.keyboard.press("Escape")
    for name in ("scanner-of-ours", "taken"):
        page.get_by_role("button", name=f"Delete {name}").click()
        dialogue(desk).get_by_role("button", name="Delete").click()
        desk.says(f"{name} is deleted")
    assert client.list_filters(DetectorId=detector)["FilterNames"] == []


def test_a_rule_that_hides_nothing_or_what_is_grave_says_so(desk: Desk, client: Any, detector: str) -> None:
    page = desk.page
    made = {"DetectorId": detector, "Action": "ARCHIVE"}
    client.create_filter(Name="nothing", **made, FindingCriteria={"Criterion": {"region": {"Eq": ["nowhere"]}}})
    client.create_filter(Name="grave", **made, FindingCriteria={"Criterion": {"severity": {"GreaterThanOrEqual": 7}}})
    grave = client.list_findings(DetectorId=detector, FindingCriteria={
        "Criterion": {"severity": {"GreaterThanOrEqual": 7}}})["FindingIds"]
    desk.go("suppression")
    expect(row(desk, "Suppression rules", "nothing").get_by_role("cell").nth(4)).to_have_text("0")
    expect(row(desk, "Suppression rules", "grave").get_by_role("cell").nth(4)).to_have_text(str(len(grave)))
    page.get_by_role("button", name="Preview nothing").click()
    expect(dialogue(desk)).to_contain_text("It would have hidden nothing of the last 90 days")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Preview grave").click()
    expect(dialogue(desk)).to_contain_text(f"{len(grave)} High among them")
    dialogue(desk).get_by_role("button", name="Some of them").click()
    assert dialogue(desk).get_by_role("link").count() == min(10, len(grave))
    for name in ("nothing", "grave"):
        client.delete_filter(DetectorId=detector, FilterName=name)


def feature(client: Any, detector: str, name: str) -> str:
    found = client.get_detector(DetectorId=detector)["Features"]
    return str(next(one["Status"] for one in found if one["Name"] == name))


def test_a_feature_is_turned_off_and_on_and_the_detector_suspended(desk: Desk, client: Any, detector: str) -> None:
    page = desk.page
    desk.go("settings")
    switch = page.get_by_role("checkbox", name="Turn S3_DATA_EVENTS on")
    expect(switch).to_be_checked()
    for wanted in ("DISABLED", "ENABLED"):
        switch.click()
        expect(row(desk, "Features", "S3_DATA_EVENTS")).to_contain_text("On" if wanted == "ENABLED" else "Off")
        expect(switch).to_be_enabled()
        assert feature(client, detector, "S3_DATA_EVENTS") == wanted
    expect(page.get_by_role("checkbox", name="Turn EBS_MALWARE_PROTECTION on")).to_be_disabled()
    expect(page.get_by_role("checkbox", name="Turn EBS_MALWARE_PROTECTION on")).not_to_be_checked()
    page.get_by_role("checkbox", name="Turn RDS_DATA_RISK on").click()
    expect(page.get_by_role("checkbox", name="Turn RDS_DATA_RISK on")).to_be_checked()
    page.get_by_role("checkbox", name="Turn RDS_DATA_RISK on").click()
    expect(page.get_by_role("checkbox", name="Turn RDS_DATA_RISK on")).not_to_be_checked()
    assert feature(client, detector, "RDS_LOGIN_EVENTS") == "ENABLED"

    page.get_by_role("button", name="Suspend").click()
    expect(dialogue(desk)).to_contain_text("Suspend the detector?")
    dialogue(desk).get_by_role("button", name="Cancel").click()
    assert client.get_detector(DetectorId=detector)["Status"] == "ENABLED"
    page.get_by_role("button", name="Suspend").click()
    dialogue(desk).get_by_role("button", name="Suspend").click()
    desk.says("Suspended: nothing is found from now on")
    assert client.get_detector(DetectorId=detector)["Status"] == "DISABLED"
    page.get_by_role("button", name="Enable").click()
    expect(page.get_by_role("button", name="Suspend")).to_be_visible()
    assert client.get_detector(DetectorId=detector)["Status"] == "ENABLED"

    page.get_by_role("button", name="How often repeats are published").click()
    page.get_by_role("option", name="Every hour").click()
    desk.says("Saved")
    expect(page.get_by_role("button", name="How often repeats are published")).to_contain_text("Every hour")
    assert client.get_detector(DetectorId=detector)["FindingPublishingFrequency"] == "ONE_HOUR"

    page.get_by_label("Key", exact=True).fill("team")
    page.get_by_label("Value", exact=True).fill("blue")
    page.get_by_role("button", name="Add a tag").click()
    expect(row(desk, "Tags", "team")).to_contain_text("blue")
    assert client.get_detector(DetectorId=detector)["Tags"] == {"team": "blue"}
    page.get_by_role("button", name="Remove team").click()
    desk.says("No tag")
    assert desk.wrong == []


def test_a_rule_is_tried_made_live_finds_and_is_turned_off(desk: Desk, world: World, client: Any) -> None:
    page = desk.page
    key = "IAMAccessKeyCreated"
    desk.go("overview")
    page.get_by_role("link", name="Custom rules").click()
    desk.says("No rule is at work")
    page.get_by_role("button", name=f"Dry run: {key}").click()
    desk.says(f"{key} is tried for 14 days")
    expect(row(desk, "Custom rules", key)).to_contain_text("Dry run")
    drop(world, "CreateAccessKey", 1)
    expect(row(desk, "Custom rules", key)).to_contain_text("1 more in dry runs")
    page.get_by_role("button", name="At work").click()
    expect(page.get_by_role("table", name="Custom rules").get_by_role("row")).to_have_count(2)

    page.get_by_role("button", name=key, exact=True).click()
    desk.says("eventName = 'CreateAccessKey'")
    page.get_by_role("button", name=f"Make live: {key}").last.click()
    desk.says(f"{key} is live")
    page.keyboard.press("Escape")
    drop(world, "CreateAccessKey", 2)
    show = page.get_by_role("link", name=f"findings of {key}").first
    expect(show).to_have_text("1")
    show.click()
    assert desk.rows() == 1
    expect(page.locator(".finding-type").first).to_have_text("Persistence:IAM/AccountManipulation")

    desk.go("rules?rule=iam-access-key-created")
    page.get_by_role("button", name=f"Turn off: {key}").last.click()
    desk.says(f"{key} is off")
    assert client.list_custom_detection_rule_associations()["RuleAssociations"] == []
    assert desk.wrong == []


def drop(world: World, call: str, minute: int) -> None:
    """A call comes into the logs."""
    moment = datetime(2026, 3, 8, 12, minute, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    record = {
        "eventVersion": "1.08", "eventTime": moment, "eventSource": "iam.amazonaws.com", "eventName": call,
        "awsRegion": REGION, "sourceIPAddress": "198.51.100.20", "userAgent": "aws-cli/2.15",
        "eventID": f"00000000-0000-4000-8000-{minute:012}", "eventType": "AwsApiCall", "recipientAccountId": ACCOUNT,
        "readOnly": False, "managementEvent": True, "eventCategory": "Management",
        "requestParameters": {"userName": "backup"}, "responseElements": None,
        "userIdentity": {"type": "IAMUser", "principalId": "AIDAFTRNUQZ2HSM2K5J4Z", "userName": "bea",
                         "arn": f"arn:aws:iam::{ACCOUNT}:user/bea", "accountId": ACCOUNT,
                         "accessKeyId": "AKIAFTRNUQZ2HSM2K5J5"}}
    written = world.folder / f"{minute}.json.gz"
    written.write_bytes(gzip.compress(json.dumps({"Records": [record]}).encode()))
    written.rename(world.folder / "logs" / f"dropped-{minute}.json.gz")


def test_an_analyst_changes_nothing(make_desk: Any) -> None:
    desk = make_desk()
    desk.sign_in(ANALYST)
    for screen, buttons in (
        ("rules", ["Dry run: IAMAccessKeyCreated", "Make live: IAMAccessKeyCreated"]), ("lists", ["Add a list"]),
        ("accounts", ["Add a member"]), ("settings", ["Suspend", "Add a destination", "Make sample findings"]),
    ):
        desk.go(screen)
        for name in buttons:
            expect(desk.page.get_by_role("button", name=name).first).to_be_disabled()
    for switch in desk.page.get_by_role("checkbox").all():
        expect(switch).to_be_disabled()
    assert desk.wrong == []
