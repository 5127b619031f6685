"""Findings, and the steps of a sequence, on a line of time: in lanes by tactic, and by whom they name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.conftest import PATIENCE, Desk
from tests.console.test_screens import SCREENS, first_finding, violations
from tests.console.world import ACCOUNT, HOSTILE, REGION, World
from tests.findings.documents import document, row_of
from vedette.findings.fold import detector_id
from vedette.findings.store import Store

pytestmark = pytest.mark.long

expect.set_options(timeout=PATIENCE)

ENTITY = next(one for one in SCREENS if "kind=" in one)
BEGIN = 1_772_438_400


def lane(desk: Desk, name: str) -> Any:
    return desk.page.locator(".lanes > .lane").filter(has=desk.page.get_by_text(name, exact=True))


def grouped(desk: Desk, by: str) -> None:
    desk.page.get_by_role("button", name=by, exact=True).click()


def test_a_lane_of_an_entitys_findings_narrows_the_table_below(desk: Desk) -> None:
    page = desk.page
    desk.go(ENTITY)
    table = page.get_by_role("table", name="Findings on the timeline")
    expect(lane(desk, "Exfiltration").get_by_role("img")).to_be_visible()
    whole = table.get_by_role("row").count()
    number = lane(desk, "Exfiltration").get_by_role("button")
    said = int(number.inner_text().split()[0])
    assert 0 < said < whole - 1
    number.focus()
    page.keyboard.press("Enter")
    expect(number).to_have_attribute("aria-pressed", "true")
    expect(table.get_by_role("row")).to_have_count(said + 1)
    expect(table.get_by_role("cell", name="Exfiltration")).to_have_count(said)
    assert violations(desk, "a lane that is chosen") == []
    page.get_by_role("button", name="Show all findings").click()
    expect(table.get_by_role("row")).to_have_count(whole)
    assert desk.wrong == []


def test_a_lane_leads_to_its_entity_in_the_same_time_and_a_mark_to_its_finding(desk: Desk) -> None:
    page = desk.page
    desk.go(ENTITY)
    grouped(desk, "By entity")
    bucket = page.locator(".lanes > .lane").filter(has=page.get_by_text("Bucket", exact=True)).first
    name = bucket.locator(".shown").inner_text()
    # All findings here are of the address: it has no lane of its own.
    expect(lane(desk, "81.2.69.160")).to_have_count(0)
    expect(page.get_by_role("list", name="Tactics by their colours")).to_contain_text("Exfiltration")
    assert violations(desk, "lanes by entity") == []
    bucket.locator(".mark-span").first.click()
    page.wait_for_url("**/findings/*")
    expect(page.locator(".flow")).to_contain_text(name)
    page.go_back()
    grouped(desk, "By entity")
    bucket.get_by_role("link", name=name, exact=True).first.click()
    page.wait_for_url(f"**/investigate?kind=bucket&value={name}&since=1772323200000**")
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    assert desk.wrong == []


def test_findings_beside_one_stand_on_its_line_of_time(desk: Desk) -> None:
    finding = first_finding(desk, "?f=type%3DPolicy:S3/BucketPublicAccessGranted")
    desk.go(f"findings/{finding}")
    desk.page.get_by_role("tab", name="Related").click()
    desk.page.get_by_role("heading", name="In time").wait_for()
    marks = desk.page.locator(".lanes .mark-span")
    expect(marks.first).to_be_visible()
    numbers = [int(one.split()[0]) for one in desk.page.locator(".lane-number").all_inner_texts()]
    assert numbers == sorted(numbers, reverse=True)
    assert marks.count() == sum(numbers)
    grouped(desk, "By tactic")
    expect(lane(desk, "Exfiltration")).to_be_visible()
    assert violations(desk, "beside a finding") == []
    assert desk.wrong == []


@pytest.fixture
def sequence(world: World) -> Iterator[str]:
    """A sequence by somebody whose name is hostile to whoever looks at it; its id."""

    def signal(number: int, name: str, tactic: str, begin: int, end: int, **fields: Any) -> dict[str, Any]:
        return {"uid": str(number), "type": "CLOUD_TRAIL", "name": name, "createdAt": BEGIN, "updatedAt": BEGIN,
                "firstSeenAt": BEGIN + begin, "lastSeenAt": BEGIN + end, "count": 1, "actorIds": ["who"],
                "signalIndicators": [{"key": "ATTACK_TACTIC", "title": "Tactics", "values": [tactic]}], **fields}

    told = {
        "uid": "s", "description": "",
        "actors": [{"id": "who", "user": {"name": HOSTILE, "uid": "AIDAFTRNUQZ2HSM2K5J4Z", "type": "IAMUser"}}],
        "resources": [{"uid": "arn:aws:s3:::payroll", "name": "payroll", "resourceType": "S3_BUCKET"}],
        "signals": [signal(2, "Objects were read", "Exfiltration", 1800, 3600, resourceUids=["arn:aws:s3:::payroll"]),
                    signal(1, "Users were listed", "Discovery", 0, 900)]}
    found = document(78, detectorId=detector_id(ACCOUNT, REGION), accountId=ACCOUNT, region=REGION, severity=9.0,
                     type="AttackSequence:IAM/CompromisedCredentials", detection={"sequence": told})
    with Store.open(world.folder / "state") as store:
        with store.transaction() as batch:
            batch.put_finding(row_of(found), {**found, "title": "a sequence"}, b"", [])
        yield found["id"]
        with store.transaction() as batch:
            batch.delete_finding(found["id"])


def test_a_sequence_is_told_by_who_was_in_which_step(desk: Desk, sequence: str) -> None:
    page = desk.page
    desk.go(f"findings/{sequence}")
    lanes = page.locator(".lanes > .lane")
    expect(lanes).to_have_count(2)
    actor, bucket = lanes.nth(0), lanes.nth(1)
    expect(actor).to_contain_text("2 steps")
    expect(bucket).to_contain_text("1 step")
    assert "<script>window.hacked = true</script>" in actor.inner_text()
    assert "\u202e" not in actor.inner_text()
    first, second = (one.bounding_box() for one in actor.locator(".mark-span").all())
    assert first["x"] + first["width"] < second["x"]
    assert second["x"] == pytest.approx(bucket.locator(".mark-span").bounding_box()["x"], abs=1)
    graph = page.get_by_role("group", name="Those in the sequence")
    expect(graph.get_by_role("link")).to_have_count(2)
    steps = page.get_by_role("table", name="Steps of the sequence").get_by_role("row")
    expect(steps.nth(1)).to_contain_text("Users were listed")
    expect(steps.nth(1)).to_contain_text("Discovery")
    assert page.evaluate("window.hacked") is None
    assert violations(desk, "a sequence") == []
    graph.get_by_role("link", name="Actor").click()
    page.wait_for_url("**/investigate?kind=principal&value=AIDAFTRNUQZ2HSM2K5J4Z&since=*")
    page.go_back()
    graph.get_by_role("link", name="Bucket payroll").click()
    page.wait_for_url("**/investigate?kind=bucket&value=payroll&since=*")
    assert desk.wrong == []
