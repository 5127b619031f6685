"""The hunt: records of all logs, found, counted, narrowed, kept and taken away."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.conftest import PATIENCE, Desk
from tests.console.test_screens import violations
from tests.console.world import ANALYST

pytestmark = pytest.mark.long

expect.set_options(timeout=PATIENCE)

MARCH = "from=1772323200000&to=1775001600000"


def records(desk: Desk) -> Any:
    return desk.page.get_by_role("table", name="Records").locator("tbody tr")


@contextmanager
def searched(desk: Desk) -> Iterator[None]:
    """What is done here asks for other records; those are there then."""
    with desk.page.expect_response(lambda one: one.url.endswith("/vedette/v1/search")):
        yield
    desk.page.get_by_role("heading", name="Records (").wait_for()
    desk.settled()


def open_search(desk: Desk, query: str) -> None:
    with searched(desk):
        desk.go(f"search?{query}")


def said(desk: Desk) -> Any:
    """What the panel says of a record, by column."""
    return desk.page.locator("dl[aria-label='What it says'] .detail-row")


def test_what_is_looked_for_is_typed_and_stands_in_the_address(desk: Desk) -> None:
    page = desk.page
    desk.go(f"search?{MARCH}")
    expect(page.get_by_role("heading", name="What are you looking for?")).to_be_visible()
    box = page.get_by_role("combobox", name="What the records say")
    box.fill("81.2.69.160")
    with searched(desk):
        box.press("Enter")
    page.wait_for_url("**/search?t=81.2.69.160&**")
    among = records(desk).count()
    assert among > 0
    expect(page.get_by_text("Blind spot: nothing of DNS look-ups")).to_be_visible()
    page.get_by_role("button", name="Log All logs").click()
    with searched(desk):
        page.get_by_role("option", name="CloudTrail").click()
    page.wait_for_url("**log=cloudtrail**")
    box.fill("event_name=ListUsers")
    with searched(desk):
        box.press("Enter")
    page.wait_for_url("**c=event_name%3DListUsers**")
    assert 0 < records(desk).count() < among
    assert all("ListUsers" in one for one in records(desk).all_inner_texts())
    # Who gets the address sees the same.
    with searched(desk):
        page.reload()
    expect(page.get_by_role("button", name="event_name = ListUsers")).to_be_visible()
    assert all("ListUsers" in one for one in records(desk).all_inner_texts())
    box.fill("event_time=1")
    with searched(desk):
        box.press("Enter")
    expect(page.get_by_text("No record of this time is like that")).to_be_visible()
    with searched(desk):
        page.get_by_role("button", name="Take all conditions away").click()
    page.wait_for_url(lambda url: "c=" not in url and "t=" not in url)
    assert records(desk).count() > among
    assert desk.wrong == []


def test_a_value_is_filtered_for_and_out_and_leads_on(desk: Desk) -> None:
    page = desk.page
    open_search(desk, f"log=vpc-flow&{MARCH}")
    every = page.get_by_role("heading", name="Records (").inner_text()
    rejected = page.locator(".facet", has=page.get_by_role("heading", name="action", exact=True))
    with searched(desk):
        rejected.get_by_role("button", name="REJECT", exact=True).click()
    page.wait_for_url("**c=action%3DREJECT**")
    assert page.get_by_role("heading", name="Records (").inner_text() != every
    expect(page.get_by_text("Succeeded 0")).to_be_visible()
    with searched(desk):
        rejected.get_by_role("button", name="Filter out REJECT").click()
    page.wait_for_url("**c=action%21%3DREJECT**")
    expect(page.get_by_text("Failed 0")).to_be_visible()
    assert "c=action%3DREJECT" not in page.url
    port = records(desk).first.get_by_role("button", name="Filter for 445")
    port.focus()
    with searched(desk):
        port.click()
    page.wait_for_url("**c=dstport%3D445**")
    link = records(desk).first.locator("a[href*='kind=ip']").first
    address = link.inner_text()
    link.click()
    page.wait_for_url("**/investigate?kind=ip&**since=1772323200000**")
    with searched(desk):
        page.get_by_role("link", name="Search its records").click()
    page.wait_for_url("**/search?c=%40ip%3D**")
    expect(page.get_by_role("button", name=f"IP address = {address}")).to_be_visible()
    assert records(desk).count() > 0
    # A value in a record of all logs is asked of that log.
    out = records(desk).first.get_by_role("button", name="Filter out ACCEPT")
    out.focus()
    with searched(desk):
        out.click()
    page.wait_for_url("**log=vpc-flow&c=%40ip%3D**c=action%21%3DACCEPT**")
    assert desk.wrong == []


def test_time_is_narrowed_by_dragging_and_older_records_are_shown(desk: Desk) -> None:
    page = desk.page
    open_search(desk, f"log=vpc-flow&{MARCH}")
    assert records(desk).count() == 50
    page.get_by_role("button", name="Show older ones").click()
    expect(records(desk)).to_have_count(100)
    times = page.get_by_role("table", name="Records").locator("tbody time").evaluate_all(
        "(all) => all.map((one) => one.dateTime)")
    assert times == sorted(times, reverse=True)
    chart = page.get_by_role("img", name="Records over time")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 20, steps=4)
    with searched(desk):
        page.mouse.up()
    page.wait_for_url(lambda url: "from=1772323200000" not in url)
    expect(chart).to_be_visible()
    assert desk.wrong == []


def test_a_record_is_read_whole_and_what_an_attacker_wrote_is_text(desk: Desk, tmp_path: Path) -> None:
    page = desk.page
    open_search(desk, f"log=cloudtrail&c=user_agent%3Awindow.hacked&{MARCH}")
    expect(records(desk)).to_have_count(2)
    page.get_by_role("button", name="Open the record of").first.click()
    agent = said(desk).filter(has=page.get_by_text("user_agent", exact=True)).locator("dd")
    expect(agent).to_contain_text("<script>window.hacked = true</script><img src=x")
    assert "U+202E" in agent.inner_text()
    assert "\u202e" not in page.locator("body").inner_text()
    request = said(desk).filter(has=page.get_by_text("request", exact=True)).locator("dd")
    assert 100 < len(request.inner_text()) < 2000
    expect(said(desk).filter(has_text="object_version")).to_have_count(1)
    assert violations(desk, "an open record") == []
    for kind in ("CSV", "JSON"):
        desk.download("Export", f"What is shown, as {kind}").save_as(tmp_path / kind)
    rows = json.loads((tmp_path / "JSON").read_text("utf-8"))
    assert [one["log"] for one in rows] == ["cloudtrail", "cloudtrail"]
    assert all("window.hacked" in one["user_agent"] for one in rows)
    told = list(csv.DictReader((tmp_path / "CSV").read_text("utf-8-sig").splitlines()))
    assert [one["event_id"] for one in told] == [one["event_id"] for one in rows]
    page.keyboard.press("Escape")
    assert page.locator("img").count() == 0
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("window.refused") == []
    assert desk.wrong == []


def test_an_analyst_keeps_a_search_and_others_open_it(desk: Desk, make_desk: Any) -> None:
    analyst = make_desk()
    analyst.sign_in(ANALYST)
    name = "Failed calls <b>of March</b>"
    analyst.go(f"search?log=cloudtrail&c=error_code%21%3D&{MARCH}&columns=time%2Cerror_code")
    expect(analyst.page.get_by_role("button", name="error_code != (nothing)")).to_be_visible()
    analyst.page.get_by_role("button", name="Save this search").click()
    dialogue = analyst.page.get_by_role("dialog")
    dialogue.get_by_label("Name", exact=True).fill(name)
    assert violations(analyst, "saving a search") == []
    dialogue.get_by_role("button", name="Save", exact=True).click()
    analyst.says(f"The search {name} is saved")
    desk.go("search")
    desk.page.get_by_role("button", name="Saved searches").click()
    with searched(desk):
        desk.page.get_by_role("option", name=name).click()
    desk.page.wait_for_url("**log=cloudtrail&c=error_code%21%3D&**columns=time%2Cerror_code")
    assert records(desk).count() > 0
    assert desk.page.get_by_role("columnheader").all_inner_texts() == ["Record", "time", "error_code"]
    desk.page.get_by_role("button", name=f"Delete the saved search {name}").click()
    desk.says(f"The search {name} is deleted")
    desk.page.get_by_role("button", name="Saved searches").click()
    desk.says("None is saved yet")
    assert [*desk.wrong, *analyst.wrong] == []


def test_what_the_server_refuses_is_told(desk: Desk) -> None:
    desk.go(f"search?log=vpc-flow&c=srcport%3E%3Dmany&{MARCH}")
    desk.says("srcport: is compared with a whole number")
    desk.go(f"search?log=dns&c=%40bucket%3Ddata&{MARCH}")
    desk.says("no record of dns names any: give a log of cloudtrail")
    assert violations(desk, "a refused search") == []


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axe_finds_no_violation(make_desk: Any, signed_in: Any, mode: str) -> None:
    desk = make_desk(mode, signed_in)
    found = []
    for search in ("", f"?log=cloudtrail&{MARCH}", f"?c=%40ip%3D81.2.69.160&t=aws&{MARCH}",
                   f"?log=rds&c=did%3Dfailed&{MARCH}"):
        desk.go(f"search{search}")
        found += violations(desk, search)
    assert found == []
    assert desk.wrong == []
