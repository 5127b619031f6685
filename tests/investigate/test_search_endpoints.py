"""Searches over real HTTP: each account its own, and what cannot be asked is refused."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.browsers import Browser, signed_in
from tests.api.serving import ACCOUNT, REGION, Served, serving
from tests.investigate.test_profile_counts import OTHER, SINCE, Record, lay_history
from vedette.api.console.endpoints import search as endpoints
from vedette.api.operation import Running
from vedette.engine.history import History
from vedette.engine.history_rows import PLACE
from vedette.findings.configuration import Member
from vedette.findings.store import Store
from vedette.logs.kinds import LogKind

STRANGER = "999999999999"
DAY = 86_400_000
WHEN = {"since": SINCE, "until": SINCE + DAY}
HOSTILE = "<img src=x onerror=alert(1)>\u202e'; DROP TABLE finding; --"


def call(number: int, account: str = ACCOUNT, region: str = REGION, **more: Any) -> Record:
    return {"log": LogKind.CLOUDTRAIL, "account": account, "region": region, "time": SINCE + number, "copies": 2,
            "event_id": f"{account}-{region}-{number}", "event_source": "s3.amazonaws.com", "event_name": "GetObject",
            "source_ip": "198.51.100.7", **more}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    tmp_path = tmp_path_factory.mktemp("searched")
    lay_history(tmp_path / "history", [
        *(call(number, user_agent=HOSTILE) for number in range(3)), call(3, error_code="AccessDenied"),
        call(4, region="us-east-1"), call(5, OTHER), call(6, OTHER, "us-east-1"), call(7, STRANGER),
        {"log": LogKind.DNS, "account_id": ACCOUNT, "region": REGION, "time": SINCE + 8, "copies": 1,
         "srcaddr": "198.51.100.7", "query_name": "x" * 5000}], itertools.count())
    with Store.open(tmp_path / "state") as store:
        with store.transaction() as batch:
            batch.configure(Member(account=ACCOUNT, region=REGION, id=OTHER, email="a@b.example", invited=0,
                                   relationship="Enabled"))
        history = History(tmp_path / "history", store)
        with serving(tmp_path, running=Running(history=history, history_days=3650)) as server:
            yield server
        history.close()


@pytest.fixture(scope="module")
def own(served: Served) -> Browser:
    return signed_in(served, role="analyst")


@pytest.fixture(scope="module")
def strange(served: Served) -> Browser:
    return signed_in(served, "mallory", account=STRANGER)


def asked(browser: Browser, path: str = "search", region: str = REGION, **question: Any) -> Any:
    answer = browser.post(f"/vedette/v1/{path}", question, X_Vedette_Region=region)
    return answer.body if answer.status == 200 else (answer.status, answer.body["__type"], answer.body["message"])


def ids(found: dict[str, Any]) -> list[str]:
    return [one["record"].get("event_id", one["log"]) for one in found["rows"]]


def test_each_account_finds_its_own_and_its_members_of_the_region(
    served: Served, own: Browser, strange: Browser
) -> None:
    other = signed_in(served, "bob", account=OTHER)
    everything = {
        name: [f"{account}-{region}-{number}" for account, region, number in places] for name, places in {
            "own": [(OTHER, REGION, 5), (ACCOUNT, "us-east-1", 4), *((ACCOUNT, REGION, n) for n in (3, 2, 1, 0))],
            "elsewhere": [(ACCOUNT, "us-east-1", 4), *((ACCOUNT, REGION, n) for n in (3, 2, 1, 0))],
            "other": [(OTHER, "us-east-1", 6), (OTHER, REGION, 5)], "strange": [(STRANGER, REGION, 7)]}.items()}
    assert ids(asked(own, **WHEN)) == ["dns", *everything["own"]]
    assert ids(asked(own, region="us-east-1", log="cloudtrail", **WHEN)) == everything["elsewhere"]
    assert ids(asked(other, **WHEN)) == everything["other"]
    # Whatever is asked, and wherever a page is said to begin.
    conditions = [{"column": "account", "operator": "equals", "value": ACCOUNT}]
    assert ids(asked(strange, log="cloudtrail", conditions=conditions, **WHEN)) == []
    token = asked(own, limit=1, **WHEN)["nextToken"]
    assert ids(asked(strange, nextToken=token, **WHEN)) == everything["strange"]
    assert [one["total"] for one in asked(strange, **WHEN)["logs"]] == [1, 0, 0, 0, 0]


def test_what_is_found_is_counted_once_and_told_as_it_is(own: Browser) -> None:
    found = asked(own, log="cloudtrail", facets=["event_name", "user_agent"], limit=2,
                  entities=[{"kind": "ip", "value": "198.51.100.7"}], **WHEN)
    [log] = found["logs"]
    assert (log["log"], log["since"], log["total"], log["failed"]) == ("cloudtrail", SINCE, 6, 1)
    assert (log["counts"][0], sum(log["counts"]), log["failures"][0]) == (6, 6, 1)
    assert found["stretches"][0] == [SINCE, SINCE + 15 * 60_000]
    assert found["facets"] == {"event_name": [{"value": "GetObject", "count": 6}],
                               "user_agent": [{"value": HOSTILE, "count": 3}]}
    assert (found["among"], found["lookedSince"], found["historyOn"]) == (
        {"event_name": 6, "user_agent": 6}, SINCE, True)
    assert found["kinds"]["cloudtrail"]["source_ip"] == "ip"
    more = asked(own, log="cloudtrail", limit=50, nextToken=found["nextToken"], **WHEN)
    assert ids(found) + ids(more) == ids(asked(own, log="cloudtrail", **WHEN))
    assert (more["logs"], more["nextToken"]) == ([], "")
    [row] = asked(own, log="cloudtrail", conditions=[
        {"column": "error_code", "operator": "exists"}], **WHEN)["rows"]
    assert row["record"] == {
        "time": SINCE + 3, "account": ACCOUNT, "region": REGION, "event_id": f"{ACCOUNT}-{REGION}-3",
        "event_source": "s3.amazonaws.com", "event_name": "GetObject", "source_ip": "198.51.100.7",
        "error_code": "AccessDenied", **{name: row["record"][name] for name in PLACE}}
    assert asked(own, texts=[HOSTILE], **WHEN)["logs"][0]["total"] == 3
    [name] = asked(own, log="dns", **WHEN)["rows"]
    assert name["record"]["query_name"] == "x" * 4096 + "…"


def test_the_columns_that_can_be_asked_of_are_named(own: Browser) -> None:
    told = own.get("/vedette/v1/search/columns").body
    assert {"name": "source_ips", "holds": "texts", "kind": "ip", "derived": False} in told["logs"]["eks-audit"]
    assert {"name": "bucket", "holds": "text", "kind": None, "derived": True} in told["logs"]["cloudtrail"]
    assert "greaterThan" in told["operators"]["number"]
    assert "greaterThan" not in told["operators"]["text"]


def test_where_no_history_is_kept_it_says_so(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        found = asked(signed_in(server), **WHEN)
    assert (found["historyOn"], found["rows"], found["lookedSince"]) == (False, [], SINCE)


def test_searches_are_kept_for_all_who_see_the_account(served: Served, own: Browser, strange: Browser) -> None:
    colleague = signed_in(served, "carol", "analyst")
    name = "Who is it? 100 %/é"
    assert asked(own, "searches", name=name, query="log=dns&c=a%3Db") == {}
    assert asked(own, "searches", name="another", query="log=rds") == {}
    [one, other] = colleague.get("/vedette/v1/searches").body["searches"]
    assert (one["name"], one["query"], one["by"]) == (name, "log=dns&c=a%3Db", "alice")
    assert other["name"] == "another"
    assert asked(colleague, "searches", name=name, query="log=eks-audit") == {}
    assert [one["query"] for one in own.get("/vedette/v1/searches").body["searches"]] == ["log=eks-audit", "log=rds"]
    path = "/vedette/v1/searches/Who%20is%20it%3F%20100%20%25%2F%C3%A9"
    assert strange.ask("DELETE", path).status == 404
    assert strange.get("/vedette/v1/searches").body == {"searches": []}
    assert colleague.ask("DELETE", path, X_Vedette_CSRF="wrong").status == 403
    assert colleague.ask("DELETE", path).status == 200
    assert [one["name"] for one in own.get("/vedette/v1/searches").body["searches"]] == ["another"]
    for number in range(99):
        assert asked(own, "searches", name=f"s{number}", query="q") == {}
    assert asked(own, "searches", name="one more", query="q")[0] == 400
    assert asked(own, "searches", name="another", query="q") == {}


def test_not_too_many_are_made_at_once(own: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "PATIENCE", 0.01)
    with endpoints._searching, endpoints._searching:
        assert asked(own, **WHEN)[:2] == (429, "TooManyRequestsException")
    assert asked(own, **WHEN)["rows"]


@pytest.mark.parametrize(("wrong", "said"), [
    ({"since": 10}, "until must be after since"), ({"until": 400 * DAY}, "at most 366 days"),
    ({"since": -1}, "since"), ({"until": "later"}, "until"), ({"log": "../.."}, "log"), ({"limit": 201}, "limit"),
    ({"limit": 0}, "limit"), ({"log": "dns", "conditions": [{"column": "x", "operator": "equals"}]}, "x: is no column"),
    ({"log": "dns", "conditions": [{"column": "time", "operator": "matches"}]}, "operator"),
    ({"log": "dns", "conditions": [{"column": "srcport", "operator": "equals", "value": "1" * 400}]}, "whole number"),
    ({"log": "dns", "conditions": [{"column": "time", "operator": "equals", "value": "1", "more": 1}]}, "more"),
    ({"conditions": [{"column": "time", "operator": "exists"}]}, "are of one log: name it"),
    ({"log": "dns", "conditions": [{"column": "rcode", "operator": "equals"}] * 51}, "conditions"),
    ({"texts": [""]}, "texts"), ({"texts": ["x" * 1001]}, "texts"), ({"texts": ["x"] * 11}, "texts"),
    ({"entities": [{"kind": "host", "value": "x"}]}, "host: is no kind of entity"),
    ({"entities": [{"kind": "ip", "value": "1.2"}]}, "is no IP address"),
    ({"log": "dns", "entities": [{"kind": "bucket", "value": "x"}]}, "no record of dns names any"),
    ({"facets": ["rcode"]}, "of one log"), ({"log": "dns", "facets": ["nothing"]}, "is no column of dns"),
    ({"nextToken": "x"}, "is no token that a page gave"), ({"nextToken": "W10"}, "is no token that a page gave")])
def test_what_cannot_be_asked_is_refused(own: Browser, wrong: dict[str, Any], said: str) -> None:
    status, code, message = asked(own, **{"since": 1, "until": 10, **wrong})
    assert (status, code) == (400, "BadRequestException")
    assert said in message
