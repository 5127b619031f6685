"""Members: named, managed, stopped, let go; their findings under what their administrator sets."""

from __future__ import annotations

import pytest

from tests.api.accounts import NOON, REGION, Account, invited, joined, left, statuses
from tests.engine.test_dated_by_the_clock import ACCOUNT as LOGGED
from tests.engine.test_dated_by_the_clock import REGION as LOGGED_REGION
from tests.engine.test_dated_by_the_clock import Server
from vedette.api.errors import UNKNOWN_DETECTOR
from vedette.api.operation import operations
from vedette.findings.configuration import Member
from vedette.findings.policy import Policy
from vedette.findings.store import Store
from vedette.logs.times import format_time


@pytest.fixture
def now():
    return [NOON]


@pytest.fixture
def store():
    with Store.in_memory() as opened:
        yield opened


@pytest.fixture
def admin(store, now):
    return Account(store, "100000000001", now).with_detector()


@pytest.fixture
def member(store, now):
    return Account(store, "200000000002", now).with_detector()


def named(*numbers):
    return [{"accountId": one, "email": f"{one}@example.com"} for one in numbers]


def test_a_member_goes_from_created_to_invited_to_enabled(admin, member, now):
    admin("CreateMembers", account_details=named(member.id))
    assert statuses(admin) == {member.id: "Created"}
    assert statuses(admin, "true") == {}
    now[0] += 5_000
    assert left(admin("InviteMembers", account_ids=[member.id], message="join us")) == {}
    assert statuses(admin, "TRUE") == {member.id: "Invited"}
    (invitation,) = member.asks("ListInvitations")["Invitations"]
    member("AcceptAdministratorInvitation", administrator_id=admin.id, invitation_id=invitation["invitationId"])
    answer = admin("GetMembers", account_ids=[member.id, "300000000003"])
    assert answer["Members"] == [{
        "accountId": member.id, "administratorId": admin.id, "masterId": admin.id, "detectorId": member.detector,
        "email": f"{member.id}@example.com", "relationshipStatus": "Enabled",
        "invitedAt": format_time(NOON + 5_000), "updatedAt": format_time(NOON + 5_000)}]
    assert set(left(answer)) == {"300000000003"}


def test_who_has_not_accepted_does_not_show_its_detector(admin, member):
    invited(admin, member)
    assert "detectorId" not in admin("ListMembers")["Members"][0]
    assert "Invited, not Enabled" in left(admin("GetMemberDetectors", account_ids=[member.id]))[member.id]
    for name in ("StopMonitoringMembers", "StartMonitoringMembers", "UpdateMemberDetectors"):
        assert "Invited, not Enabled" in left(admin(name, account_ids=[member.id]))[member.id]
    assert member.settings.enabled


def test_accounts_that_cannot_be_members_are_left_and_the_others_are_not(admin):
    details = [*named(admin.id, "abcdefghijkl", "200000000002"), {"accountId": "300000000003", "email": "nobody"}]
    why = left(admin("CreateMembers", account_details=details))
    assert "itself" in why[admin.id]
    assert "12 digits" in why["abcdefghijkl"]
    assert "email" in why["300000000003"]
    assert statuses(admin) == {"200000000002": "Created"}


def test_an_administrator_has_at_most_5000_members(admin, store):
    with store.transaction() as batch:
        for number in range(4_999):
            batch.configure(Member(account=admin.id, region=REGION, id=f"{number:012}", email="a@b"))
    why = left(admin("CreateMembers", account_details=named("200000000002", "300000000003", "000000000000")))
    assert set(why) == {"300000000003"}
    assert "5000" in why["300000000003"]


def test_an_associated_member_is_not_created_again_and_one_that_left_is(admin, member):
    joined(admin, member)
    assert "already a member" in left(admin("CreateMembers", account_details=named(member.id)))[member.id]
    assert "already a member" in left(admin("InviteMembers", account_ids=[member.id]))[member.id]
    admin("DisassociateMembers", account_ids=[member.id])
    assert left(admin("CreateMembers", account_details=named(member.id))) == {}
    assert statuses(admin) == {member.id: "Created"}


def test_only_members_can_be_invited(admin, member):
    assert "not a member" in left(admin("InviteMembers", account_ids=[member.id]))[member.id]
    assert member.asks("ListInvitations")["Invitations"] == []


def test_members_are_listed_by_account_a_page_at_a_time(admin):
    numbers = [f"{number:012}" for number in range(7, 0, -1)]
    admin("CreateMembers", account_details=named(*numbers))
    seen, token = [], ""
    for size in (3, 3, 1):
        page = admin("ListMembers", only_associated="false", max_results=3, next_token=token)
        assert len(page["Members"]) == size
        seen += [one["accountId"] for one in page["Members"]]
        token = page.get("NextToken", "")
    assert (seen, token) == (sorted(numbers), "")
    assert "NextToken" not in admin("ListMembers", only_associated="false", max_results=7)
    for bad in ("%", "é", "AAAA=A", "_w=="):
        assert "nextToken" in admin.refused("ListMembers", next_token=bad)
    assert "onlyAssociated" in admin.refused("ListMembers", only_associated="yes")


def test_stopping_suspends_the_members_detector_and_ends_the_administrators_rule(admin, member, store):
    joined(admin, member)
    assert left(admin("StopMonitoringMembers", account_ids=[member.id, "300000000003"])).keys() == {"300000000003"}
    assert statuses(admin) == {member.id: "Disabled"}
    assert not member.settings.enabled
    assert left(admin("StartMonitoringMembers", account_ids=[member.id])) == {}
    assert statuses(admin) == {member.id: "Enabled"}
    assert member.settings.enabled


def test_a_member_whose_monitoring_was_stopped_is_one_still_and_manages_nothing(admin, member):
    joined(admin, member)
    asked = [("CreateFilter", {"name": "mine", "finding_criteria": {"criterion": {"type": {"equals": ["none"]}}}}),
             ("CreateIPSet", {"name": "mine", "format": "TXT", "location": "s3://lists/mine.txt", "activate": False}),
             ("ArchiveFindings", {"finding_ids": ["0" * 32]})]
    for _ in range(2):
        for operation, members in asked:
            assert "member" in member.refused(operation, **members), operation
        assert "cannot delete its detector" in member.refused("DeleteDetector")
        admin("StopMonitoringMembers", account_ids=[member.id])
    admin("DisassociateMembers", account_ids=[member.id])
    assert member("CreateFilter", **asked[0][1]) == {"Name": "mine"}


def test_a_member_that_is_let_go_keeps_its_detector_and_can_be_invited_again(admin, member):
    joined(admin, member)
    assert left(admin("DisassociateMembers", account_ids=[member.id])) == {}
    assert statuses(admin) == {member.id: "Removed"}
    assert statuses(admin, "true") == {}
    assert member.settings.enabled
    assert member("GetAdministratorAccount") == {"Administrator": None}
    assert "not associated" in left(admin("DisassociateMembers", account_ids=[member.id]))[member.id]
    assert left(admin("InviteMembers", account_ids=[member.id])) == {}
    assert statuses(admin) == {member.id: "Invited"}


def test_a_member_that_is_deleted_is_forgotten(admin, member):
    joined(admin, member)
    assert left(admin("DeleteMembers", account_ids=[member.id])) == {}
    assert statuses(admin) == {}
    assert member("GetAdministratorAccount") == {"Administrator": None}
    assert member.settings is not None
    assert "not a member" in left(admin("DeleteMembers", account_ids=[member.id]))[member.id]


def test_a_member_cannot_have_members(admin, member, store, now):
    joined(admin, member)
    for name, members in (("CreateMembers", {"account_details": named("300000000003")}),
                          ("InviteMembers", {"account_ids": ["300000000003"]}),
                          ("StopMonitoringMembers", {"account_ids": ["300000000003"]})):
        assert admin.id in member.refused(name, **members)


def test_an_administrator_changes_its_members_features_and_nobody_elses(admin, member, store, now):
    joined(admin, member)
    now[0] += 1
    stranger = Account(store, "300000000003", now).with_detector()
    why = left(admin("UpdateMemberDetectors", account_ids=[member.id, stranger.id], features=[
        {"name": "S3_DATA_EVENTS", "status": "DISABLED"},
        {"name": "RUNTIME_MONITORING", "status": "ENABLED",
         "additionalConfiguration": [{"name": "EC2_AGENT_MANAGEMENT", "status": "ENABLED"}]}],
        data_sources={"kubernetes": {"auditLogs": {"enable": False}}}))
    assert set(why) == {stranger.id}
    assert "S3_DATA_EVENTS" in stranger.features()
    assert "S3_DATA_EVENTS" not in member.features()
    assert "RUNTIME_MONITORING" in member.features()
    assert (member.settings.created, member.settings.updated) == (NOON, NOON + 1)
    (shown,) = admin("GetMemberDetectors", account_ids=[member.id])["MemberDataSourceConfigurations"]
    assert shown["dataSources"]["s3Logs"] == {"status": "DISABLED"}
    assert shown["dataSources"]["kubernetes"] == {"auditLogs": {"status": "DISABLED"}}
    of = {one["name"]: one for one in shown["features"]}
    assert of["LAMBDA_NETWORK_LOGS"]["status"] == "ENABLED"
    assert "AI_ANALYST" not in of
    assert "FLOW_LOGS" not in of
    extra = {one["name"]: one["status"] for one in of["RUNTIME_MONITORING"]["additionalConfiguration"]}
    assert extra["EC2_AGENT_MANAGEMENT"] == "ENABLED"
    assert extra["EKS_ADDON_MANAGEMENT"] == "DISABLED"


def test_features_that_no_detector_can_have_refuse_the_request_and_what_one_cannot_is_said_of_it(admin, member):
    joined(admin, member)
    both = [{"name": name, "status": "ENABLED"} for name in ("RUNTIME_MONITORING", "EKS_RUNTIME_MONITORING")]
    assert "RUNTIME_MONITORING" in admin.refused("UpdateMemberDetectors", account_ids=[member.id], features=both)
    assert "twice" in admin.refused("UpdateMemberDetectors", account_ids=[member.id], features=[
        {"name": "S3_DATA_EVENTS", "status": status} for status in ("ENABLED", "DISABLED")])
    admin("UpdateMemberDetectors", account_ids=[member.id], features=both[:1])
    before = member.settings
    why = left(admin("UpdateMemberDetectors", account_ids=[member.id], features=both[1:]))
    assert "exclude each other" in why[member.id]
    assert member.settings == before


def test_other_accounts_detectors_and_other_regions_members_are_not_the_callers(admin, member, store, now):
    joined(admin, member)
    for name in ("ListMembers", "GetAdministratorAccount", "DescribeOrganizationConfiguration"):
        with pytest.raises(Exception, match=UNKNOWN_DETECTOR):
            member.asks(name, detector_id=admin.detector)
    elsewhere = Account(store, admin.id, now, "us-east-1").with_detector()
    assert statuses(elsewhere) == {}
    assert set(left(elsewhere("GetMembers", account_ids=[member.id]))) == {member.id}


def test_an_administrators_filter_suppresses_a_members_new_finding_which_the_administrator_sees(tmp_path, store, now):
    admin = Account(store, "100000000001", now, LOGGED_REGION).with_detector()
    member = Account(store, LOGGED, now, LOGGED_REGION).with_detector()
    joined(admin, member)
    admin("CreateFilter", name="known", action="ARCHIVE", finding_criteria={
        "criterion": {"accountId": {"equals": [member.id]}}})
    finding = Server(tmp_path, store).receives(1)
    assert finding["accountId"] == member.id
    assert finding["service"]["archived"] is True
    assert store.handling([finding["id"]])[finding["id"]].suppressed_by == "known"
    stranger = Account(store, "300000000003", now, LOGGED_REGION).with_detector()
    for account, sees in ((admin, [finding["id"]]), (member, [finding["id"]]), (stranger, [])):
        assert account("ListFindings")["FindingIds"] == sees
    admin("DisassociateMembers", account_ids=[member.id])
    assert admin("ListFindings")["FindingIds"] == []


def test_an_administrators_filter_does_not_hold_for_a_member_that_was_only_invited(tmp_path, store, now):
    admin = Account(store, "100000000001", now, LOGGED_REGION).with_detector()
    member = Account(store, LOGGED, now, LOGGED_REGION).with_detector()
    invited(admin, member)
    admin("CreateFilter", name="known", action="ARCHIVE", finding_criteria={
        "criterion": {"accountId": {"equals": [member.id]}}})
    assert Server(tmp_path, store).receives(1)["service"]["archived"] is False


def test_a_plan_that_the_administrator_switches_off_is_not_wanted_of_the_member(admin, member, store):
    joined(admin, member)
    admin("UpdateMemberDetectors", account_ids=[member.id],
          features=[{"name": "S3_DATA_EVENTS", "status": "DISABLED"}])
    policy = Policy.read(store)
    assert not policy.wants(member.id, REGION, "S3_DATA_EVENTS")
    assert policy.wants(admin.id, REGION, "S3_DATA_EVENTS")


def test_what_changes_something_says_so():
    reading = ("GetMembers", "ListMembers", "GetMemberDetectors", "ListInvitations", "GetInvitationsCount",
               "GetAdministratorAccount", "GetMasterAccount", "ListOrganizationAdminAccounts",
               "DescribeOrganizationConfiguration", "GetOrganizationStatistics")
    changing = ("CreateMembers", "DeleteMembers", "InviteMembers", "DisassociateMembers", "StartMonitoringMembers",
                "StopMonitoringMembers", "UpdateMemberDetectors", "AcceptInvitation", "AcceptAdministratorInvitation",
                "DeclineInvitations", "DeleteInvitations", "DisassociateFromAdministratorAccount",
                "DisassociateFromMasterAccount", "EnableOrganizationAdminAccount", "DisableOrganizationAdminAccount",
                "UpdateOrganizationConfiguration")
    served = operations()
    assert not any(served[name].changes for name in reading)
    assert all(served[name].changes for name in changing)
