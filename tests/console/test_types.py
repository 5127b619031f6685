"""The catalogue of finding types: what was found of each, when last, and what people said of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.console.conftest import PATIENCE, Desk
from tests.console.world import World

pytestmark = pytest.mark.long

expect.set_options(timeout=PATIENCE)


def test_a_finding_type_says_when_it_was_last_seen_and_whether_that_was_useful(desk: Desk, world: World) -> None:
    client, scan = world.client(), "Recon:EC2/Portscan"
    (detector,) = client.list_detectors()["DetectorIds"]
    (one, *_) = ids = client.list_findings(
        DetectorId=detector, FindingCriteria={"Criterion": {"type": {"Eq": [scan]}}})["FindingIds"]
    client.update_findings_feedback(DetectorId=detector, FindingIds=[one], Feedback="USEFUL")
    page = desk.page
    desk.go("types")
    page.get_by_label("Filter: Finding types").fill(scan)
    row = page.get_by_role("table", name="Finding types").get_by_role("row").filter(has_text=scan)
    expect(row).to_contain_text("1 useful, 0 not")
    expect(row.get_by_role("time")).to_have_count(1)
    expect(row.get_by_role("cell").nth(3)).to_have_text(str(len(ids)))
    page.get_by_role("button", name=scan).click()
    page.get_by_role("link", name=str(len(ids)), exact=True).click()
    desk.settled()
    assert desk.rows() == len(ids)
    desk.go("types?show=blind")
    expect(page.get_by_text("never").first).to_be_visible()
    assert desk.wrong == []
