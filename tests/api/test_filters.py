from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.callers import ACCOUNT, HOUR, NOON, OTHER, REGION, Caller
from tests.engine.test_dated_by_the_clock import stopped
from tests.playing import known_in
from vedette.api.errors import NO_SUCH_RESOURCE, UNKNOWN_DETECTOR, BadRequest
from vedette.engine.commit import Service
from vedette.engine.pipeline import Street
from vedette.findings.configuration import Destination
from vedette.findings.fold import detector_id
from vedette.findings.policy import EXPORT
from vedette.findings.store import Store
from vedette.intel.geo import Geo
from vedette.sources import open_source

THIRD = "777788889999"
STOPPED = "Stealth:IAMUser/CloudTrailLoggingDisabled"
CRITERIA = {"criterion": {"type": {"equals": [STOPPED]}}}


@pytest.fixture
def caller(store):
    return Caller(store)


def test_a_filter_is_made_read_changed_and_forgotten(caller):
    made = {"criterion": {"severity": {"gte": 4}, "type": {"matches": ["Recon:*"]}}}
    assert caller("CreateFilter", name="quiet.host_1-a", finding_criteria=made, rank=7, description="ours",
                  action="ARCHIVE", tags={"team": "red"}, client_token="t") == {"Name": "quiet.host_1-a"}
    there = {
        "Name": "quiet.host_1-a", "Description": "ours", "Action": "ARCHIVE", "Rank": 7, "FindingCriteria": made,
        "Tags": {"team": "red"}, "CreatedAt": NOON, "UpdatedAt": NOON, "Version": 1}
    assert caller("GetFilter", filter_name="quiet.host_1-a") == there
    caller.now += HOUR
    assert caller("UpdateFilter", filter_name="quiet.host_1-a", action="NOOP") == {"Name": "quiet.host_1-a"}
    there |= {"Action": "NOOP", "UpdatedAt": NOON + HOUR, "Version": 2}
    assert caller("GetFilter", filter_name="quiet.host_1-a") == there
    caller("UpdateFilter", filter_name="quiet.host_1-a", description="", rank=1, finding_criteria=CRITERIA)
    there |= {"Description": "", "Rank": 1, "FindingCriteria": CRITERIA, "Version": 3}
    assert caller("GetFilter", filter_name="quiet.host_1-a") == there
    assert caller("DeleteFilter", filter_name="quiet.host_1-a") == {}
    for operation in ("GetFilter", "UpdateFilter", "DeleteFilter"):
        with pytest.raises(BadRequest, match=NO_SUCH_RESOURCE):
            caller(operation, filter_name="quiet.host_1-a")


def test_what_is_not_said_of_a_filter_is_as_the_service_has_it(caller):
    caller("CreateFilter", name="plain", finding_criteria=CRITERIA)
    found = caller("GetFilter", filter_name="plain")
    assert (found["Action"], found["Rank"], found["Description"], found["Tags"]) == ("NOOP", 1, "", {})


@pytest.mark.parametrize(("members", "said"), [
    ({"name": "with space"}, "name takes"),
    ({"name": "ab"}, "name takes"),
    ({"name": "x" * 65}, "name takes"),
    ({"name": "line\n"}, "name takes"),
    ({"name": "there"}, "already exists"),
    ({"rank": 0}, "rank is 1 to 100"),
    ({"rank": 101}, "rank is 1 to 100"),
    ({"finding_criteria": {}}, "no condition"),
    ({"finding_criteria": {"criterion": {}}}, "no condition"),
    ({"finding_criteria": {"criterion": {"colour": {"equals": ["red"]}}}}, "colour"),
    ({"finding_criteria": {"criterion": {"type": {"matches": ["*"] * 6}}}}, "1 to 5 values"),
    ({"finding_criteria": {"criterion": {"severity": {"matches": ["8*"]}}}}, "takes texts"),
    ({"tags": {"aws:owner": "me"}}, "'aws:'"),
    ({"tags": {f"{number}": "" for number in range(51)}}, "at most 50 tags"),
    ({"detector": detector_id(OTHER, REGION)}, UNKNOWN_DETECTOR),
])
def test_what_cannot_be_a_filter_is_a_bad_request_and_makes_none(caller, members, said):
    caller("CreateFilter", name="there", finding_criteria=CRITERIA)
    with pytest.raises(BadRequest, match=said):
        caller("CreateFilter", **{"name": "fresh", "finding_criteria": CRITERIA, **members})
    assert caller("ListFilters")["FilterNames"] == ["there"]


def test_a_change_that_cannot_be_made_leaves_the_filter(caller):
    caller("CreateFilter", name="there", finding_criteria=CRITERIA)
    before = caller("GetFilter", filter_name="there")
    for members in ({"rank": 101}, {"finding_criteria": {"criterion": {}}}):
        with pytest.raises(BadRequest):
            caller("UpdateFilter", filter_name="there", description="new", **members)
    assert caller("GetFilter", filter_name="there") == before


def test_an_account_has_a_hundred_filters_a_region_and_no_more(caller):
    elsewhere = Caller(caller.store, region="eu-west-1")
    for number in range(100):
        caller("CreateFilter", name=f"rule-{number:02}", finding_criteria=CRITERIA)
    with pytest.raises(BadRequest, match="100 filters"):
        caller("CreateFilter", name="one-more", finding_criteria=CRITERIA)
    elsewhere("CreateFilter", name="one-more", finding_criteria=CRITERIA)
    names, token = [], ""
    while True:
        page = caller("ListFilters", max_results=30, next_token=token)
        assert len(page["FilterNames"]) in (30, 10)
        names += page["FilterNames"]
        token = page["NextToken"]
        if not token:
            break
    assert names == [f"rule-{number:02}" for number in range(100)]


@pytest.mark.parametrize("token", ["rubbish", "é", "YQ==", "////"])
def test_a_token_that_was_not_given_is_a_bad_request(caller, token):
    with pytest.raises(BadRequest, match="nextToken"):
        caller("ListFilters", next_token=token)


def test_a_member_cannot_change_filters_its_administrator_can(caller):
    member = Caller(caller.store, OTHER)
    member("CreateFilter", name="own", finding_criteria=CRITERIA)
    caller.takes_in(OTHER)
    for operation, members in (
        ("CreateFilter", {"name": "new", "finding_criteria": CRITERIA}), ("UpdateFilter", {"filter_name": "own"}),
        ("DeleteFilter", {"filter_name": "own"}),
    ):
        with pytest.raises(BadRequest, match="member"):
            member(operation, **members)
    assert member("ListFilters")["FilterNames"] == ["own"]
    caller("CreateFilter", name="new", finding_criteria=CRITERIA)
    elsewhere = Caller(caller.store, OTHER, "eu-west-1")
    elsewhere("CreateFilter", name="own", finding_criteria=CRITERIA)
    caller.takes_in(OTHER, "Removed")
    member("DeleteFilter", filter_name="own")


class Watch:
    """A server's street that stays the same while records come and filters change."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.caller, self.store, self.logs = Caller(store), store, folder / "logs"
        self.logs.mkdir()
        with store.transaction() as batch:
            batch.configure(Destination(account=ACCOUNT, region=REGION, id="bucket", arn="arn:aws:s3:::bucket"))
        service = Service(lambda: self.caller.now, ("hook",))
        self.street = Street(store, known_in(folder), Geo.open(None, None), service)

    def sees(self, minute: int, account: str = ACCOUNT) -> dict[str, Any]:
        """The finding of one more record: each account has one."""
        record = stopped(minute)
        record["recipientAccountId"] = record["userIdentity"]["accountId"] = account
        (self.logs / f"{minute}.json").write_text(json.dumps(record))
        (one,) = self.street.run(open_source(str(self.logs))).changed
        return self.store.get([one])[0]

    def due(self, destination: str) -> list[str]:
        return [one.finding for one in self.store.due(destination, NOON + 1000 * HOUR)]

    def rule(self, name: str, rank: int = 1, action: str = "ARCHIVE", **criterion: Any) -> None:
        self.caller("CreateFilter", name=name, rank=rank, action=action,
                    finding_criteria={"criterion": criterion} if criterion else CRITERIA)


@pytest.fixture
def watch(tmp_path, store):
    return Watch(tmp_path, store)


def test_a_suppressed_finding_is_archived_at_birth_and_told_to_nobody(watch):
    watch.rule("low", rank=9)
    watch.rule("other", rank=1, type={"equals": ["Recon:EC2/Portscan"]})
    watch.rule("noted", rank=2, action="NOOP")
    watch.rule("wild", rank=3, type={"matches": ["Stealth:*Disabled"]},
               **{"service.action.awsApiCallAction.api": {"equals": ["StopLogging"]}})
    found = watch.sees(1)
    assert found["type"] == STOPPED
    assert found["service"]["archived"] is True
    assert watch.store.finding_row([found["id"]])[found["id"]].archived
    assert watch.store.handling([found["id"]])[found["id"]].suppressed_by == "wild"
    again = watch.sees(2)
    assert (again["id"], again["service"]["count"], again["service"]["archived"]) == (found["id"], 2, True)
    assert watch.due("hook") == watch.due(EXPORT + "bucket") == []


def test_a_rule_takes_new_findings_only_and_from_the_next_commit_on(watch):
    before = watch.sees(1)
    watch.rule("quiet")
    repeated = watch.sees(2)
    assert (repeated["id"], repeated["service"]["count"]) == (before["id"], 2)
    assert repeated["service"]["archived"] is False
    assert watch.store.handling([before["id"]]) == {}
    assert watch.due("hook") == watch.due(EXPORT + "bucket") == [before["id"]]
    assert watch.sees(3, account=OTHER)["service"]["archived"] is False, "the rule is another account's"
    watch.caller.takes_in(THIRD)
    assert watch.sees(4, account=THIRD)["service"]["archived"] is True


def test_an_administrators_rule_takes_its_members_findings(watch):
    watch.caller.takes_in(OTHER)
    watch.rule("quiet")
    found = watch.sees(1, account=OTHER)
    assert found["accountId"] == OTHER
    assert found["service"]["archived"] is True
    assert watch.due("hook") == []


def test_a_rule_that_is_changed_or_forgotten_changes_what_comes_next(watch):
    watch.rule("quiet")
    watch.caller("UpdateFilter", filter_name="quiet", action="NOOP")
    assert watch.sees(1)["service"]["archived"] is False
    watch.caller("UpdateFilter", filter_name="quiet", action="ARCHIVE")
    watch.caller("DeleteFilter", filter_name="quiet")
    watch.caller.takes_in(OTHER)
    assert watch.sees(2, account=OTHER)["service"]["archived"] is False


def test_a_suppressed_finding_that_is_taken_out_is_told_of_when_it_repeats(watch):
    watch.rule("quiet")
    found = watch.sees(1)
    watch.caller("UnarchiveFindings", finding_ids=[found["id"]])
    assert watch.due(EXPORT + "bucket") == [found["id"]]
    assert watch.due("hook") == []
    assert watch.sees(2)["service"]["archived"] is False
    assert watch.due("hook") == [found["id"]]


def test_what_people_said_of_a_finding_stays_when_it_repeats(watch):
    found = watch.sees(1)
    watch.caller("UpdateFindingsFeedback", finding_ids=[found["id"]], feedback="NOT_USEFUL", comments="drill")
    watch.caller("ArchiveFindings", finding_ids=[found["id"]])
    assert watch.due(EXPORT + "bucket") == []
    again = watch.sees(2)
    assert (again["service"]["count"], again["service"]["archived"]) == (2, True)
    assert again["service"]["userFeedback"] == "NOT_USEFUL"
    assert watch.store.handling([found["id"]])[found["id"]].comments == "drill"
    assert watch.due("hook") == [found["id"]], "archived by hand: its repeats are still told of"
    assert watch.due(EXPORT + "bucket") == [], "but not exported"


@pytest.mark.parametrize("condition", [{"triage.status": {"equals": ["OPEN"]}}, {"triage.assignee": {"equals": ["a"]}}])
def test_triage_is_for_filters_but_for_no_suppression_rule(caller, condition):
    criteria = {"criterion": condition | {"type": {"equals": ["a"]}}}
    with pytest.raises(BadRequest, match="new findings, which have no triage"):
        caller("CreateFilter", name="mine", finding_criteria=criteria, action="ARCHIVE")
    caller("CreateFilter", name="mine", finding_criteria=criteria)
    with pytest.raises(BadRequest, match="new findings"):
        caller("UpdateFilter", filter_name="mine", action="ARCHIVE")
    assert caller("GetFilter", filter_name="mine")["Action"] == "NOOP"
