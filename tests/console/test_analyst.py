"""What an analyst does, from signing in to archiving; and when the session ends or the network goes."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.console.conftest import PATIENCE, Desk
from tests.console.world import ANALYST, REGION, World

expect.set_options(timeout=PATIENCE)

TYPE = "UnauthorizedAccess:EC2/MaliciousIPCaller.Custom"


def test_from_the_finding_to_the_archive(desk: Desk, world: World) -> None:
    page = desk.page
    desk.go(f"findings?f=type%3D{TYPE}")
    title = page.locator("[data-finding]").first
    finding = title.get_attribute("data-finding")
    title.click()
    page.get_by_role("tab", name="Evidence").click()
    record = page.locator(".record-text").first
    expect(record).to_be_visible()
    marked = page.locator(".record-text mark").first.inner_text()
    assert marked in record.inner_text()

    page.get_by_role("link", name="Open as a page").click()
    page.wait_for_url(f"**/{REGION}/findings/{finding}")
    page.locator(".flow-card").first.get_by_role("link").first.click()
    page.wait_for_url("**/investigate?kind=**")
    expect(page.get_by_text("Findings on the timeline")).to_be_visible()
    expect(page.locator(".finding-type", has_text=TYPE).first).to_be_visible()
    page.go_back()

    page.get_by_role("button", name="Suppress those like this").click()
    expect(page.get_by_text("It would have hidden 1 of")).to_be_visible()
    page.get_by_label("Name of the rule").fill("our-scanner")
    page.get_by_label("Note").fill("Ours, says Ada")
    page.get_by_role("button", name="Create the rule").click()
    expect(page.get_by_text("The suppression rule our-scanner is made").first).to_be_visible()
    page.get_by_role("button", name="Archive", exact=True).click()
    expect(page.get_by_role("button", name="Take out of the archive")).to_be_visible()

    desk.go("suppression")
    expect(page.get_by_text("our-scanner").first).to_be_visible()
    desk.go(f"findings?f=type%3D{TYPE}")
    expect(page.get_by_text("No finding matches")).to_be_visible()
    client = world.client()
    (detector,) = client.list_detectors()["DetectorIds"]
    assert client.get_findings(DetectorId=detector, FindingIds=[finding])["Findings"][0]["Service"]["Archived"]
    assert client.get_filter(DetectorId=detector, FilterName="our-scanner")["Action"] == "ARCHIVE"
    assert desk.wrong == []
    client.delete_filter(DetectorId=detector, FilterName="our-scanner")
    client.unarchive_findings(DetectorId=detector, FindingIds=[finding])


def test_an_analyst_sees_what_only_an_admin_may_do(make_desk: Any) -> None:
    desk = make_desk()
    desk.sign_in(ANALYST)
    desk.go("findings")
    desk.page.locator("[data-finding]").first.click()
    desk.page.get_by_role("tab", name="Evidence").wait_for()
    expect(desk.page.get_by_role("button", name="Suppress those like this")).to_be_disabled()
    assert desk.wrong == []


def test_whoever_signs_in_again_goes_on_where_he_was(desk: Desk) -> None:
    desk.go("findings?f=severity%3E%3D7")
    before = desk.page.url
    desk.rows()
    desk.settled()
    desk.page.context.clear_cookies()
    desk.page.get_by_role("button", name="Refresh").click()
    expect(desk.page.get_by_text("Your session has ended")).to_be_visible()
    desk.fill_in(password="not the password at all")
    expect(desk.page.get_by_text("User or password is wrong")).to_be_visible()
    desk.fill_in()
    desk.page.wait_for_url(before)


def test_a_network_that_is_gone_and_comes_back(desk: Desk) -> None:
    desk.go("findings")
    rows = desk.rows()
    desk.page.context.set_offline(True)
    desk.page.get_by_role("button", name="Refresh").click()
    expect(desk.page.get_by_text("The server cannot be reached").first).to_be_visible()
    assert desk.rows() == rows
    desk.page.context.set_offline(False)
    desk.page.get_by_role("button", name="Refresh").click()
    expect(desk.page.get_by_text("The server cannot be reached")).to_have_count(0)
    assert desk.rows() == rows


def test_what_is_copied_for_elsewhere_is_quoted_and_asks_for_the_scope(desk: Desk) -> None:
    page = desk.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.go("findings?f=type%3DPenTest:IAMUser/KaliLinux")
    page.locator("[data-finding]").first.click()
    copied(desk, "Copy", "Athena query over CloudTrail", "eventname = 'ListUsers'", "sourceipaddress = '81.2.69.160'",
           "eventtime < '2026-03-02T09:00:02Z'")
    copied(desk, "Copy", "Command of the AWS CLI", "aws guardduty get-findings --region us-east-1")
    page.get_by_role("link", name="Open as a page").click()
    page.get_by_role("link", name="<script>").first.click()
    page.wait_for_url("**/investigate?kind=user-agent**")
    text = copied(desk, "Copy as", "Athena query over CloudTrail", "FROM cloudtrail_logs", "useragent = U&'",
                  "onerror=''window.hacked = true''>\\202Egnp.exe\\0007\\200B{{7*7}}'", "eventtime >= '2026-03-02T")
    assert all(one.isprintable() for one in text.splitlines())
    assert desk.wrong == []


def copied(desk: Desk, menu: str, entry: str, *parts: str) -> str:
    """Chooses to copy; gives what is in the clipboard then, which has all the parts."""
    desk.choose(menu, entry)
    desk.says(f"Copied: {entry}")
    text = str(desk.page.evaluate("navigator.clipboard.readText()"))
    for part in parts:
        assert part in text
    return text


def test_what_else_the_actor_called_is_told_beside_the_finding(desk: Desk) -> None:
    page = desk.page
    desk.go("findings?f=type%3DPenTest:IAMUser/KaliLinux")
    finding = page.locator("[data-finding]").first.get_attribute("data-finding")
    desk.go(f"findings/{finding}")
    page.get_by_role("tab", name="Related").click()
    told = page.get_by_role("table", name="What 81.2.69.160 called within one hour")
    expect(told.get_by_role("row").filter(has_text="ListUsers")).to_contain_text("iam.amazonaws.com")
    # The finding is of calls at nine; the logs have others of the same address hours later.
    assert "2026-03-02 09:00" in told.inner_text()
    assert "2026-03-07" not in told.inner_text()
    page.get_by_role("link", name="All there is of it in this time").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("81.2.69.160")
    assert "since=1772438400000" in page.url
    assert desk.wrong == []
