"""To which department somebody belongs: what calls say of tags, what the inventory says, and what says nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from vedette.detectors import departments as model
from vedette.detectors.departments import Departments, Membership, department_of, is_tagging, joined, learn, without
from vedette.detectors.known import Known, department_keys
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory
from vedette.inventory.fact import fact
from vedette.logs.cloudtrail import ApiCall, decode_record

KNOWN = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=Inventory())
BEA = "arn:aws:iam::111122223333:user/people/bea"
JOBS = "arn:aws:iam::111122223333:role/jobs/nightly"
SSO = "AWSReservedSSO_Developer_0123456789abcdef"
DAN = f"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/{SSO}/dan@acme.example"


def call(name: str, request: Any, *, at: str = "2026-03-02T09:00:00Z", **fields: Any) -> ApiCall:
    source = "sts" if name.startswith("Assume") else "iam"
    return decode_record(json.dumps({
        "eventTime": at, "eventSource": f"{source}.amazonaws.com", "eventName": name, "requestParameters": request,
        **fields}).encode())


def after(*calls: ApiCall, known: Known = KNOWN) -> Departments:
    told: Departments = {}
    for one in calls:
        assert is_tagging(one)
        learn(told, one, known)
    return told


def tags(**pairs: str) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in pairs.items()]


@pytest.mark.parametrize(("name", "request_", "who"), [
    ("CreateUser", {"userName": "bea", "path": "/people/", "tags": tags(Owner="x", Department="Payments")}, BEA),
    ("TagUser", {"userName": "bea", "tags": tags(team=" payments ")}, BEA),
    ("CreateRole", {"roleName": "nightly", "tags": tags(DEPARTMENT="payments", team="web")}, f"{JOBS}/"),
    ("TagRole", {"roleName": "nightly", "tags": tags(Team="payments")}, f"{JOBS}/i-0b1ff00dba5e00015"),
    ("TagRole", {"roleName": SSO, "tags": tags(Team="payments")}, DAN),
    ("AssumeRoleWithSAML", {"roleArn": f"arn:aws:iam::111122223333:role/{SSO}", "roleSessionName": "dan@acme.example",
                            "principalTags": {"Department": "payments"}}, DAN),
])
def test_what_calls_say_of_tags_is_known_of_whom_it_is_about(name: str, request_: dict[str, Any], who: str) -> None:
    told = after(call(name, request_))
    assert department_of(told, who, KNOWN) == "payments"
    assert [one for one in (BEA, f"{JOBS}/", DAN) if department_of(told, one, KNOWN)] == [
        f"{JOBS}/" if who.startswith(JOBS) else who]


@pytest.mark.parametrize(("name", "request_", "fields"), [
    ("TagUser", {"userName": "bea", "tags": tags(owner="payments")}, {}),
    ("TagUser", {"userName": "bea", "tags": tags(department=" ")}, {}),
    ("TagUser", {"userName": "bea", "tags": [7, None, {"key": 7, "value": "x"}, {"key": "team", "value": 7}]}, {}),
    ("TagUser", {"userName": "bea", "tags": "department"}, {}),
    ("TagUser", {"userName": 7, "tags": tags(department="payments")}, {}),
    ("TagUser", {"userName": "", "tags": tags(department="payments")}, {}),
    ("TagUser", {"userName": "x" * 65, "tags": tags(department="payments")}, {}),
    ("TagUser", {"userName": "bea", "tags": tags(department="payments")}, {"errorCode": "AccessDenied"}),
    ("TagUser", None, {}),
    ("UntagUser", {"userName": "bea", "tagKeys": "department"}, {}),
    ("UntagUser", {"userName": "bea", "tagKeys": ["owner", 7]}, {}),
    # Who else comes with SAML shares the role's name, as one principal, with others.
    ("AssumeRoleWithSAML", {"roleArn": JOBS, "roleSessionName": "dan", "principalTags": {"department": "x"}}, {}),
    ("AssumeRoleWithSAML", {"roleArn": 7, "roleSessionName": "dan", "principalTags": {"department": "x"}}, {}),
    ("AssumeRoleWithSAML", {"roleArn": f"arn:aws:iam::1:role/{SSO}", "roleSessionName": "dan", "principalTags": 7}, {}),
])
def test_what_says_nothing_of_a_department_changes_nothing(name: str, request_: Any, fields: dict[str, Any]) -> None:
    assert after(call(name, request_, **fields)) == {}


def test_what_was_said_last_counts_whenever_it_arrives_and_a_tag_can_be_taken_away() -> None:
    early = call("TagUser", {"userName": "bea", "tags": tags(department="web")}, at="2026-03-01T09:00:00Z")
    late = call("TagUser", {"userName": "bea", "tags": tags(department="payments")}, at="2026-03-02T09:00:00Z")
    gone = call("UntagUser", {"userName": "bea", "tagKeys": ["Department"]}, at="2026-03-03T09:00:00Z")
    assert after(early, late) == after(late, early) == joined(after(early), after(late))
    assert department_of(after(late, early), BEA, KNOWN) == "payments"
    assert department_of(after(early, gone, late), BEA, KNOWN) == ""


def test_calls_come_before_the_inventory_and_a_persons_session_before_his_role() -> None:
    known = replace(KNOWN, inventory=Inventory([
        fact(f"user/{BEA}", "tags", {"Department": "Web", "x": "y"}, 1),
        fact(f"role/{JOBS}", "tags", {"team": "ops"}, 1)]))
    assert department_of({}, BEA, known) == "web"
    assert department_of({}, f"{JOBS}/i-1", known) == "ops"
    assert department_of({}, "AIDA1", known) == department_of({}, f"{JOBS}2/", known) == ""
    assert department_of({"user/bea": Membership(1, "payments")}, BEA, known) == "payments"
    assert department_of({"user/bea": Membership(1, "")}, BEA, known) == ""
    role, session = {f"role/{SSO}": Membership(2, "all")}, {f"session/{SSO}/dan@acme.example": Membership(1, "data")}
    assert department_of(role, DAN, known) == "all"
    assert department_of(role | session, DAN, known) == "data"
    assert without(role | session, DAN) == role
    assert without(role | session, BEA) == role | session


def test_which_keys_name_a_department_is_a_setting() -> None:
    said = call("TagUser", {"userName": "bea", "tags": tags(Department="web", CostCentre="42")})
    for keys, found in ((None, "web"), ((" costCENTRE",), "42"), (("costcentre", "department"), "42"), ((), "")):
        known = replace(KNOWN, departments=department_keys(keys))
        assert department_of(after(said, known=known), BEA, known) == found


def test_a_flood_of_tags_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "MOST", 20)
    calls = [call("TagUser", {"userName": f"u{number}", "tags": tags(team="x" * 1_000)},
                  at=f"2026-03-02T09:{number // 60:02}:{number % 60:02}Z") for number in range(100)]
    told = after(*calls)
    assert len(told) <= 20
    assert "user/u99" in told
    assert len(told["user/u99"].department) == model.LONGEST
    assert len(joined(told, after(*calls[:30]))) <= 20


@pytest.mark.parametrize(("source", "name"), [("iam.amazonaws.com", "ListUsers"), ("sts.amazonaws.com", "TagUser")])
def test_other_calls_say_nothing_of_tags(source: str, name: str) -> None:
    assert not is_tagging(ApiCall(event_time=call("TagUser", {}).event_time, event_source=source, event_name=name))
