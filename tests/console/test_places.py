"""Where remote addresses are: a map and a table of what the user's own database knows, and never more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.console.conftest import PATIENCE, Desk
from tests.console.test_screens import SCREENS, first_finding, violations
from tests.console.world import ACCOUNT, REGION, World
from tests.findings.documents import document, row_of
from vedette.findings.fold import detector_id
from vedette.findings.store import Store

pytestmark = pytest.mark.long

expect.set_options(timeout=PATIENCE)

WHERE = "Where the remote address is"


def asked_for(desk: Desk) -> list[str]:
    """The addresses of all that the page asks for from now on."""
    urls: list[str] = []
    desk.page.on("request", lambda request: urls.append(request.url))
    return urls


def test_an_address_that_the_database_knows_is_a_point_on_the_map(desk: Desk, world: World) -> None:
    finding = first_finding(desk, "?f=type%3DPenTest:IAMUser/KaliLinux")
    urls = asked_for(desk)
    desk.go(f"findings/{finding}")
    drawn = desk.page.get_by_role("img", name="A map of the world with 1 place on it")
    expect(drawn).to_be_visible()
    point = drawn.locator("circle")
    expect(point).to_have_count(1)
    # London lies on the meridian in the middle, and well north of the equator.
    _, _, width, height = map(float, str(drawn.get_attribute("viewBox")).split())
    assert float(str(point.get_attribute("cx"))) == pytest.approx(width / 2, abs=width / 200)
    assert height / 10 < float(str(point.get_attribute("cy"))) < height / 3
    row = desk.page.get_by_role("table", name=WHERE).get_by_role("row").nth(1)
    for said in ("81.2.69.160", "United Kingdom", "London", "20712", "Andrews & Arnold Ltd"):
        expect(row).to_contain_text(said)
    assert {urlsplit(url).netloc for url in urls} == {urlsplit(world.url).netloc}
    assert violations(desk, "finding with a map") == []
    assert desk.page.evaluate("window.refused") == []
    assert desk.wrong == []


@pytest.fixture
def make_finding(world: World) -> Iterator[Any]:
    """Makes a finding of an API call from an address of which that is known; gives its id."""
    made: list[str] = []
    with Store.open(world.folder / "state") as store:
        def make(**known: Any) -> str:
            found = document(90 + len(made), detectorId=detector_id(ACCOUNT, REGION), accountId=ACCOUNT, region=REGION)
            found["service"]["action"] = {"actionType": "AWS_API_CALL", "awsApiCallAction": {
                "api": "ListUsers", "remoteIpDetails": {"ipAddressV4": "203.0.113.77", **known}}}
            with store.transaction() as batch:
                batch.put_finding(row_of(found), found, b"", [])
            made.append(found["id"])
            return made[-1]

        yield make
        with store.transaction() as batch:
            for one in made:
                batch.delete_finding(one)


@pytest.mark.parametrize("known", [
    {"country": {"countryName": "Nowhere"}}, {"geoLocation": {"lat": 12.5}},
    {"geoLocation": {"lat": 95.0, "lon": 0.0}}])
def test_what_has_no_coordinates_is_no_point(desk: Desk, make_finding: Any, known: dict[str, Any]) -> None:
    finding = make_finding(**known)
    urls = asked_for(desk)
    desk.go(f"findings/{finding}")
    expect(desk.page.get_by_role("table", name=WHERE)).to_contain_text("203.0.113.77")
    assert desk.page.locator(".world").count() == 0
    assert not [url for url in urls if "WorldMap" in url]
    assert desk.wrong == []


def test_an_address_of_which_nothing_is_known_says_so(desk: Desk, make_finding: Any) -> None:
    desk.go(f"findings/{make_finding()}")
    expect(desk.page.get_by_text("No geography of the address is known.")).to_be_visible()
    assert desk.page.locator(".world").count() == 0


def test_a_profile_has_the_map_and_the_table(desk: Desk) -> None:
    desk.go(next(one for one in SCREENS if "kind=ip" in one))
    expect(desk.page.get_by_role("img", name="A map of the world with 1 place on it")).to_be_visible()
    row = desk.page.get_by_role("table", name="Where from").get_by_role("row").nth(1)
    for said in ("GB", "London", "AS20712 Andrews & Arnold Ltd"):
        expect(row).to_contain_text(said)
    assert desk.wrong == []
