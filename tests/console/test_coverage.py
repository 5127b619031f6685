"""Which logs come from which account and Region, and where they fell silent."""

from __future__ import annotations

import gzip
import json
import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.conftest import PATIENCE, Desk
from tests.console.test_screens import violations
from tests.console.world import ACCOUNT, World
from vedette.findings.receptions import HOUR, Heard
from vedette.findings.store import Store

pytestmark = pytest.mark.long

expect.set_options(timeout=PATIENCE)

NOW = time.time_ns() // 1_000_000
MUMBAI, SEOUL = "ap-south-1", "ap-northeast-2"


def deliver(world: World) -> None:
    """A trail's object comes in from Mumbai, as AWS writes it."""
    moment = datetime.fromtimestamp(NOW / 1000, UTC)
    record = {
        "eventVersion": "1.11", "eventTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "eventSource": "sts.amazonaws.com",
        "eventName": "GetCallerIdentity", "eventID": "0f0a1c1e-6a3e-4d4c-9a55-1b2c3d4e5f60", "awsRegion": MUMBAI,
        "sourceIPAddress": "ec2.amazonaws.com", "userAgent": "ec2.amazonaws.com", "recipientAccountId": ACCOUNT,
        "readOnly": True, "managementEvent": True, "eventCategory": "Management", "eventType": "AwsApiCall",
        "userIdentity": {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}}
    into = world.folder / "logs" / "AWSLogs" / ACCOUNT / "CloudTrail" / MUMBAI / moment.strftime("%Y/%m/%d")
    into.mkdir(parents=True, exist_ok=True)
    written = world.folder / "delivered.json.gz"
    written.write_bytes(gzip.compress(json.dumps({"Records": [record]}).encode()))
    written.rename(into / f"{ACCOUNT}_CloudTrail_{MUMBAI}_{moment.strftime('%Y%m%dT%H%MZ')}_aBcDeFgHiJkLmNoP.json.gz")


def test_a_matrix_says_which_log_came_when_and_what_helps_where_none_does(
    desk: Desk, make_desk: Any, world: World,
) -> None:
    with Store.open(str(world.folder / "state")) as store, store.transaction() as batch:
        for ago in (30, 29, 20, 9):
            then = NOW - ago * HOUR
            batch.hear([Heard(account=ACCOUNT, region=SEOUL, kind="s3-data", first=then, last=then)], then)
    deliver(world)
    page = desk.page
    desk.go("coverage")
    matrix = page.get_by_role("table", name="Logs by account and Region")
    mumbai, seoul = (matrix.get_by_role("row").filter(has_text=region) for region in (MUMBAI, SEOUL))
    heard = once_read(desk, mumbai).get_by_role("button", name="CloudTrail of")
    expect(heard).to_have_accessible_name(re.compile(
        rf"CloudTrail of {ACCOUNT} in {MUMBAI}: age of the latest record \d+ (s|min) no detector"))
    never = mumbai.get_by_role("button", name="DNS of")
    expect(never).to_have_accessible_name(f"DNS of {ACCOUNT} in {MUMBAI}: not received no detector")
    assert never.locator("svg").count() == 0
    silent = seoul.get_by_role("button", name="S3 data events of")
    expect(silent).to_have_accessible_name(
        f"S3 data events of {ACCOUNT} in {SEOUL}: not received for 9 h 2 gaps, no detector")

    only_silent = page.get_by_role("checkbox", name="Only where a log fell silent")
    only_silent.click()
    expect(only_silent).to_be_checked()
    expect(mumbai).to_have_count(0)
    expect(seoul).to_have_count(1)
    page.get_by_role("button", name="Region", exact=False).filter(has_text="Every Region").click()
    page.get_by_role("option", name=SEOUL).click()
    expect(matrix.get_by_role("row")).to_have_count(2)
    silent.click()
    panel = page.get_by_role("heading", name=f"S3 data events of {ACCOUNT} in {SEOUL}")
    expect(panel).to_be_visible()
    desk.says("Data events for S3 on the trail")
    expect(page.get_by_role("img", name="Hours with records and without: 3 gaps")).to_be_visible()
    assert f"log={ACCOUNT}%2F{SEOUL}%2Fs3-data" in page.url
    assert violations(desk, "coverage") == []
    page.get_by_text("Finding types found in it").click()
    expect(page.get_by_role("link", name="Exfiltration:S3/AnomalousBehavior", exact=True)).to_be_visible()
    page.keyboard.press("Escape")

    dark = make_desk("dark", page.context.storage_state())
    dark.page.goto(page.url)
    dark.settled()
    assert violations(dark, "coverage, dark") == []
    assert desk.wrong == []


def once_read(desk: Desk, row: Any) -> Any:
    """The row of what was just delivered, when the server has read it."""
    deadline = time.monotonic() + 30
    while row.count() == 0 and time.monotonic() < deadline:
        desk.go("coverage")
    return row
