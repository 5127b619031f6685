"""Profiles, records, entities and reports over real HTTP, each account its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from tests.api.browsers import Browser, signed_in
from tests.api.serving import Served, now, serving
from tests.investigate.conftest import Delivered
from vedette.api.operation import Running
from vedette.engine.history import History
from vedette.findings.investigations import Investigation
from vedette.findings.store import Store
from vedette.investigate.alike import DAY
from vedette.investigate.entity import Entity, EntityKind
from vedette.investigate.events import events
from vedette.investigate.investigator import Investigator
from vedette.investigate.looking import seen_by
from vedette.investigate.profile import profile
from vedette.investigate.prompt import Subject
from vedette.investigate.sightings import Past
from vedette.logs.kinds import LogKind
from vedette.logs.times import parse_time

STRANGER = "999999999999"


@pytest.fixture
def served(alone: Delivered, tmp_path: Path) -> Iterator[Served]:
    shutil.copytree(alone.state, tmp_path / "state")
    shutil.copytree(alone.history, tmp_path / "history")
    with Store.open(tmp_path / "state") as store:
        history = History(tmp_path / "history", store)
        with serving(tmp_path, running=Running(history=history, history_days=3650)) as server:
            yield server
        history.close()


def asked(browser: Browser, region: str, path: str, **query: Any) -> Any:
    answer = browser.get(f"/vedette/v1/{path}?{urlencode(query)}", X_Vedette_Region=region)
    return answer.body if answer.status == 200 else (answer.status, answer.body["__type"])


def test_each_account_is_told_of_its_own(served: Served, alone: Delivered) -> None:
    [finding] = served.store.get(served.store.list().ids)
    account, region = finding["accountId"], finding["region"]
    key = finding["resource"]["accessKeyDetails"]["accessKeyId"]
    moment = parse_time(finding["service"]["eventFirstSeen"])
    when = {"kind": "access-key", "value": key, "since": moment - DAY, "until": moment + DAY}
    own, strange = signed_in(served, role="analyst", account=account), signed_in(
        served, "mallory", account=STRANGER)
    sources = seen_by(served.store, Past(alone.history), alone.known, account, region)
    told = asked(own, region, "profile", **when)
    expected = profile(sources, Entity(EntityKind.ACCESS_KEY, key), moment - DAY, moment + DAY)
    assert told == msgspec.to_builtins(expected)
    assert told["calls"]
    assert told["findings"][0]["id"] == finding["id"]
    page = asked(own, region, "events", log="cloudtrail", limit=1, **when)
    same = events(sources, Entity(EntityKind.ACCESS_KEY, key), LogKind.CLOUDTRAIL, moment - DAY, moment + DAY, 0, 1)
    assert page == msgspec.to_builtins(same)
    assert page["total"] >= len(page["rows"]) == 1
    found = asked(own, region, "entities", q=key[4:12])["entities"]
    assert {"kind": "access-key", "value": key, "findings": 1} in found
    nothing = asked(strange, region, "profile", **when)
    assert (nothing["firstSeen"], nothing["calls"], nothing["findings"], nothing["peers"]) == (None, [], [], [])
    assert asked(strange, region, "events", log="cloudtrail", **when)["total"] == 0
    assert asked(strange, region, "entities", q=key[4:12]) == {"entities": []}


def test_a_report_is_given_as_a_page_to_those_who_see_it(served: Served, alone: Delivered) -> None:
    [finding] = served.store.get(served.store.list().ids)
    account, region = finding["accountId"], finding["region"]
    subject = Subject(kind="FINDING", finding_id=finding["id"])
    with served.store.transaction() as batch:
        batch.configure(Investigation(account=account, region=region, id="ab", prompt="Look", started=now(),
                                      subject=msgspec.json.encode(subject).decode()))
    own, strange = signed_in(served, role="analyst", account=account), signed_in(
        served, "mallory", account=STRANGER)
    absent = (404, "ResourceNotFoundException")
    assert asked(own, region, "investigations/ab/report") == absent
    assert Investigator(served.store, None, lambda *_: alone.known, now).step()
    told = asked(own, region, "investigations/ab/report")
    assert finding["type"] in told["title"]
    assert told["html"].startswith("<!doctype html>")
    assert asked(strange, region, "investigations/ab/report") == absent
    assert asked(own, "ap-south-2", "investigations/ab/report") == absent


@pytest.mark.parametrize("wrong", [
    {"kind": "host"}, {"value": ""}, {"value": "x" * 2000}, {"since": 10}, {"until": "later"}, {"since": -1},
    {"until": 400 * DAY}, {"kind": "ip", "value": "1.2.3"}, {"log": "vpc-flow"}, {"log": "cloudtrail", "limit": 501},
    {"log": "cloudtrail", "offset": 10_001}, {"log": "../.."}])
def test_what_cannot_be_asked_is_refused(served: Served, wrong: dict[str, Any]) -> None:
    browser = signed_in(served)
    query = {"kind": "access-key", "value": "AKIA", "since": 1, "until": 10, **wrong}
    path = "events" if "log" in wrong else "profile"
    assert asked(browser, "eu-west-1", path, **query) == (400, "BadRequestException")
