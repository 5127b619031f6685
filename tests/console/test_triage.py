"""An analyst triages: status, assignee and comments, on the finding's page, in the panel and in the table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.conftest import PATIENCE, Desk
from tests.console.test_bulk import exported, read_csv
from tests.console.test_screens import AXE, first_finding, violations
from tests.console.world import ACCOUNT, ADMIN, ANALYST, HOSTILE, REGION, World
from tests.findings.documents import document, row_of
from vedette.detectors.signal import Evidence
from vedette.findings.fold import detector_id
from vedette.findings.store import Store

pytestmark = pytest.mark.long

expect.set_options(timeout=PATIENCE)

TYPE = "Policy:S3/BucketPublicAccessGranted"


def choose(desk: Desk, label: str, option: str) -> None:
    """Choose in one of the two lists, and wait until the server has said that it is so."""
    button(desk, label).click()
    desk.page.get_by_role("option", name=option).click()
    expect(button(desk, label)).to_contain_text(option)
    desk.settled()


def button(desk: Desk, label: str) -> Any:
    """What opens the list."""
    return desk.page.get_by_role("group", name="Triage", exact=True).get_by_role("button", name=label)


def test_an_analyst_takes_a_finding_and_everybody_sees_it(make_desk: Any, desk: Desk, world: World) -> None:
    ann = make_desk()
    ann.sign_in(ANALYST)
    finding = first_finding(ann, f"?f=type%3D{TYPE}")
    ann.go(f"findings/{finding}")
    expect(ann.page.get_by_text("Resolving does not stop repeats")).to_be_visible()
    choose(ann, "Status", "Under review")
    choose(ann, "Assignee", f"{ANALYST} (you)")
    ann.page.get_by_role("tab", name="Activity").click()
    add = ann.page.get_by_role("button", name="Add comment")
    expect(add).to_be_disabled()
    ann.page.get_by_label("Comment", exact=True).fill(f"Ours?\n{HOSTILE}")
    add.click()
    deeds = ann.page.get_by_role("list", name="What was done with the finding").get_by_role("listitem")
    expect(deeds).to_have_count(3)
    expect(deeds.nth(1)).to_contain_text(f"{ANALYST} took it")
    expect(deeds.nth(0)).to_contain_text("<script>window.hacked = true</script>")
    expect(deeds.nth(0)).to_contain_text("U+202E")
    assert ann.page.evaluate("window.hacked") is None
    expect(ann.page.get_by_label("Comment", exact=True)).to_have_value("")

    # The admin sees it in the table, finds it by the filter, and archives it.
    desk.go("findings?f=triage.status%3DUNDER_REVIEW")
    assert desk.rows() == 1
    row = desk.page.get_by_role("row").filter(has=desk.page.locator(f"[data-finding='{finding}']"))
    for said in ("Under review", ANALYST, "1 comment"):
        expect(row).to_contain_text(said)
    row.locator("[data-finding]").click()
    desk.page.get_by_role("tab", name="Activity").click()
    expect(button(desk, "Assignee")).to_contain_text(ANALYST)
    desk.page.get_by_role("button", name="Archive", exact=True).last.click()
    told = desk.page.get_by_role("list", name="What was done with the finding").get_by_role("listitem").first
    expect(told).to_contain_text(f"{ADMIN} archived it")
    desk.page.get_by_role("button", name="Take out of the archive").click()
    expect(told).to_contain_text("took it out of the archive")

    choose(desk, "Status", "Resolved")
    choose(desk, "Assignee", "Nobody")
    ann.page.reload()
    expect(button(ann, "Status")).to_contain_text("Resolved")
    desk.go("findings?f=triage.status%21%3DOPEN")
    assert desk.rows() == 1
    client = world.client()
    (detector,) = client.list_detectors()["DetectorIds"]
    assert client.list_findings(DetectorId=detector, FindingCriteria={"Criterion": {
        "triage.status": {"Equals": ["RESOLVED"]}}})["FindingIds"] == [finding]
    # As the other tests expect it.
    desk.go(f"findings/{finding}")
    choose(desk, "Status", "Open")
    assert ann.wrong == []
    assert desk.wrong == []


def test_repeats_are_drawn_where_they_are_known(desk: Desk, world: World) -> None:
    client = world.client()
    (detector,) = client.list_detectors()["DetectorIds"]
    ids = client.list_findings(DetectorId=detector)["FindingIds"]
    found = client.get_findings(DetectorId=detector, FindingIds=ids)["Findings"]
    repeated = next(one for one in found if one["Service"]["Count"] > 1)
    said = f"Seen {repeated['Service']['Count']} times"
    desk.go(f"findings/{repeated['Id']}")
    shown = desk.page.get_by_role("figure").filter(has_text="log records behind it")
    expect(shown).to_contain_text(said)
    marks = shown.locator(".known")
    assert 1 <= marks.count() <= 50
    expect(shown).to_contain_text(f"The times of {marks.count()} log records behind it are known")
    desk.go("findings")
    row = desk.page.get_by_role("row").filter(has=desk.page.locator(f"[data-finding='{repeated['Id']}']"))
    expect(row.get_by_role("img", name=said)).to_be_visible()
    assert desk.wrong == []


def test_what_is_not_known_between_the_first_and_the_last_records_is_said(desk: Desk, world: World) -> None:
    detector = detector_id(ACCOUNT, REGION)
    found = document(7, detectorId=detector, accountId=ACCOUNT, region=REGION, count=900)
    # The first 25 and the last 25 of very many, as a finding keeps them.
    records = [Evidence(1_000_000 + 10_000 * (number if number < 25 else number + 50), str(number), "o", "1", number)
               for number in range(50)]
    with Store.open(world.folder / "state") as store:
        with store.transaction() as batch:
            batch.put_finding(row_of(found), {**found, "title": "very many"}, b"", records)
        desk.go(f"findings/{found['id']}")
        shown = desk.page.get_by_role("figure").filter(has_text="log records behind it")
        expect(shown).to_contain_text("Seen 900 times. The times of 50 log records behind it are known. Only the first")
        marks = [one.get_attribute("x1") for one in shown.locator(".known").all()]
        unknown = shown.locator(".unknown")
        begins, width = float(unknown.get_attribute("x")), float(unknown.get_attribute("width"))
        assert [begins, begins + width] == pytest.approx([float(marks[24]), float(marks[25])])
        desk.go("findings")
        row = desk.page.get_by_role("row").filter(has=desk.page.locator(f"[data-finding='{found['id']}']"))
        expect(row.locator(".spark .unknown")).to_have_count(1)
        with store.transaction() as batch:
            batch.delete_finding(found["id"])
    assert desk.wrong == []


@pytest.fixture
def made(world: World) -> Iterator[list[str]]:
    """Ids of three findings of this test's own, besides those of the logs."""
    found = [document(number, detectorId=detector_id(ACCOUNT, REGION), accountId=ACCOUNT, region=REGION)
             | {"title": f"made {number}"} for number in (41, 42, 43)]
    with Store.open(world.folder / "state") as store:
        with store.transaction() as batch:
            for one in found:
                batch.put_finding(row_of(one), one, b"", [])
        yield [one["id"] for one in found]
        with store.transaction() as batch:
            for one in found:
                batch.delete_finding(one["id"])


def chosen(desk: Desk, label: str, option: str) -> None:
    """Choose in one of the lists of the dialogue."""
    dialogue = desk.page.get_by_role("dialog")
    dialogue.get_by_role("button", name=label).click()
    desk.page.get_by_role("option", name=option).click()


def select(desk: Desk, ids: list[str]) -> None:
    for one in ids:
        desk.page.get_by_role("row").filter(has=desk.page.locator(f"[data-finding='{one}']")).get_by_role(
            "checkbox").check()


def stand(world: World, *ids: str) -> list[tuple[str, str]]:
    """Status and assignee of each, as the server has them."""
    with Store.open(world.folder / "state") as store:
        handled = store.handling(ids)
    return [(handled[one].status, handled[one].assignee) if one in handled else ("OPEN", "") for one in ids]


def test_an_analyst_triages_several_at_once_and_takes_it_back(make_desk: Any, world: World, made: list[str]) -> None:
    ann = make_desk()
    ann.sign_in(ANALYST)
    page = ann.page
    ann.go("findings")
    button_of_many = page.get_by_role("button", name="Triage", exact=True)
    expect(button_of_many).to_be_disabled()
    select(ann, made[:2])
    button_of_many.click()
    dialogue = page.get_by_role("dialog", name="Triage 2 findings")
    change = dialogue.get_by_role("button", name="Change 2 findings")
    expect(change).to_be_disabled()
    chosen(ann, "Status", "Under review")
    chosen(ann, "Assignee", f"{ANALYST} (you)")
    assert violations(ann, "triage of several") == []
    change.click()
    ann.says("Triage of 2 findings changed.")
    ann.settled()
    assert stand(world, *made) == [("UNDER_REVIEW", ANALYST), ("UNDER_REVIEW", ANALYST), ("OPEN", "")]
    expect(page.get_by_role("row").filter(has=page.locator(f"[data-finding='{made[1]}']"))).to_contain_text(ANALYST)

    # In the meantime somebody goes on with one of them: that stays.
    client = page.context.request
    told = client.post(f"{world.url}/vedette/v1/findings/{made[0]}/triage", data={
        "detectorId": detector_id(ACCOUNT, REGION), "status": "RESOLVED"}, headers={
        "X-Vedette-Region": REGION, "X-Vedette-CSRF": client.get(f"{world.url}/vedette/v1/session").json()["csrf"]})
    assert told.ok
    page.get_by_role("button", name="Undo").click()
    ann.says("Taken back for 1 finding.")
    expect(page.get_by_role("listitem").get_by_text(
        "made 41: The request is rejected because somebody has changed it since.")).to_be_visible()
    assert page.get_by_role("button", name="Undo").count() == 0
    assert stand(world, *made) == [("RESOLVED", ANALYST), ("OPEN", ""), ("OPEN", "")]
    assert ann.wrong == []


def test_those_that_cannot_be_triaged_are_named_and_the_others_are(desk: Desk, world: World, made: list[str]) -> None:
    desk.go("findings")
    select(desk, made)
    with Store.open(world.folder / "state") as store, store.transaction() as batch:
        batch.delete_finding(made[1])
    desk.page.keyboard.press("t")
    chosen(desk, "Status", "Resolved")
    desk.page.get_by_role("button", name="Change 3 findings").click()
    desk.says("Triage of 2 findings changed.")
    expect(desk.page.get_by_text("Not changed: 1.")).to_be_visible()
    expect(desk.page.get_by_role("listitem").get_by_text("made 42: ")).to_contain_text("no such resource")
    assert stand(world, *made) == [("RESOLVED", ""), ("OPEN", ""), ("RESOLVED", "")]
    assert violations(desk, "triage of several, told") == []
    assert desk.wrong == []


def test_the_csv_has_triage_and_the_last_comment(desk: Desk, world: World, made: list[str]) -> None:
    desk.go(f"findings/{made[0]}")
    choose(desk, "Assignee", f"{ADMIN} (you)")
    desk.page.get_by_role("tab", name="Activity").click()
    for said in ("the first", "=1+1, \"and\nmore\""):
        desk.page.get_by_label("Comment", exact=True).fill(said)
        desk.page.get_by_role("button", name="Add comment").click()
        expect(desk.page.get_by_label("Comment", exact=True)).to_have_value("")
    desk.go("findings")
    desk.rows()
    rows = {row["id"]: row for row in read_csv(exported(desk, "CSV"))}
    row = rows[made[0]]
    assert (row["triageStatus"], row["assignee"], row["lastCommentBy"]) == ("OPEN", ADMIN, ADMIN)
    assert row["lastComment"] == "'=1+1, \"and\nmore\""
    with Store.open(world.folder / "state") as store:
        newest = store.last_comments([made[0]])[made[0]].time
    assert datetime.fromisoformat(row["lastCommentAt"]).timestamp() * 1000 == newest
    other = rows[made[1]]
    assert [other[name] for name in ("triageStatus", "assignee", "lastComment", "lastCommentBy", "lastCommentAt")] == [
        "OPEN", "", "", "", ""]
    assert desk.wrong == []


def test_axe_finds_no_violation_where_findings_are_triaged(desk: Desk) -> None:
    assert AXE.exists()
    finding = first_finding(desk)
    found = []
    for screen in (f"findings/{finding}", f"findings?finding={finding}"):
        desk.go(screen)
        desk.page.get_by_role("tab", name="Activity").click()
        desk.page.get_by_label("Comment", exact=True).fill("x")
        found += violations(desk, screen)
    desk.go("settings")
    desk.page.get_by_label("New password", exact=True).fill("short")
    desk.page.get_by_label("New password again").fill("another")
    found += violations(desk, "settings")
    assert found == []


def test_an_analyst_triages_all_that_match(make_desk: Any, world: World, made: list[str]) -> None:
    ann = make_desk()
    ann.sign_in(ANALYST)
    ann.go(f"findings?f=id%3D{made[0]}&f=id%3D{made[2]}")
    assert ann.rows() == 2
    # Nothing is selected, and what only an admin may do cannot be chosen.
    ann.page.get_by_role("button", name="Actions", exact=True).click()
    expect(ann.page.get_by_role("menuitem", name="Archive all 2 that match")).to_have_attribute("aria-disabled", "true")
    ann.page.get_by_role("menuitem", name="Triage all 2 that match").click()
    chosen(ann, "Status", "Resolved")
    ann.page.get_by_role("button", name="Change 2 findings").click()
    ann.says("Triage of 2 findings changed.")
    assert stand(world, *made) == [("RESOLVED", ""), ("OPEN", ""), ("RESOLVED", "")]
    ann.page.get_by_role("button", name="Undo").click()
    ann.says("Taken back for 2 findings.")
    assert stand(world, *made) == [("OPEN", ""), ("OPEN", ""), ("OPEN", "")]
    assert ann.wrong == []
