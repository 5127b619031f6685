"""The organization: its delegated administrator, what it enables by itself, and its figures."""

from __future__ import annotations

import pytest

from tests.api.accounts import MANAGEMENT, NOON, REGION, Account, invited, joined, left, statuses
from vedette.api.errors import BadRequest
from vedette.api.operation import Context, operations
from vedette.findings.configuration import Feature
from vedette.findings.store import Store


@pytest.fixture
def now():
    return [NOON]


@pytest.fixture
def store():
    with Store.in_memory() as opened:
        yield opened


@pytest.fixture
def management(store, now):
    return Account(store, MANAGEMENT, now)


@pytest.fixture
def admin(store, now, management):
    management.asks("EnableOrganizationAdminAccount", admin_account_id="100000000001")
    return Account(store, "100000000001", now)


@pytest.fixture
def member(store, now):
    return Account(store, "200000000002", now)


def add(admin, *members):
    return left(admin("CreateMembers", account_details=[{"accountId": one.id, "email": "a@b"} for one in members]))


def configured(admin, **members):
    admin("UpdateOrganizationConfiguration", **{"auto_enable_organization_members": "NEW", **members})


def test_the_delegated_administrator_is_named_and_gets_guardduty(management, admin):
    assert management.asks("ListOrganizationAdminAccounts") == {
        "AdminAccounts": [{"adminAccountId": admin.id, "adminStatus": "ENABLED"}]}
    assert admin.settings.enabled
    management.asks("EnableOrganizationAdminAccount", admin_account_id=admin.id)
    assert "another account" in management.refused("EnableOrganizationAdminAccount", admin_account_id="2" * 12)
    assert "12 digits" in management.refused("EnableOrganizationAdminAccount", admin_account_id="admin")


def test_a_suspended_administrator_is_enabled_and_a_member_cannot_be_named(store, now, management, member):
    suspended = Account(store, "100000000001", now).with_detector(enabled=False)
    joined(Account(store, "300000000003", now).with_detector(), member.with_detector())
    assert "member" in management.refused("EnableOrganizationAdminAccount", admin_account_id=member.id)
    management.asks("EnableOrganizationAdminAccount", admin_account_id=suspended.id)
    assert suspended.settings.enabled


def test_only_the_management_account_names_lists_and_removes_also_in_another_region(store, now, admin, member):
    stranger = Account(store, member.id, now, "us-east-1")
    for name, members in (("EnableOrganizationAdminAccount", {"admin_account_id": member.id}),
                          ("DisableOrganizationAdminAccount", {"admin_account_id": admin.id}),
                          ("ListOrganizationAdminAccounts", {})):
        assert "only the organization's management account" in stranger.refused(name, **members)
        assert "only the organization's management account" in member.refused(name, **members)


def test_nobody_becomes_the_management_account_by_asking_first(store):
    anyone = Context("300000000003", REGION, "admin", store, lambda: NOON)
    with pytest.raises(BadRequest, match="names no management account"):
        operations()["EnableOrganizationAdminAccount"].handler(anyone, admin_account_id="300000000003")


def test_administrators_are_per_region(store, now, management, admin):
    elsewhere = Account(store, management.id, now, "us-east-1")
    assert elsewhere.asks("ListOrganizationAdminAccounts") == {"AdminAccounts": []}
    elsewhere.asks("EnableOrganizationAdminAccount", admin_account_id="200000000002")
    assert elsewhere.asks("ListOrganizationAdminAccounts")["AdminAccounts"][0]["adminAccountId"] == "200000000002"


def test_only_the_delegated_administrator_configures_and_counts(admin, member):
    member.with_detector()
    assert "not the GuardDuty delegated" in member.refused("DescribeOrganizationConfiguration")
    assert "not the GuardDuty delegated" in member.refused("UpdateOrganizationConfiguration", auto_enable=True)
    assert "not the GuardDuty delegated" in member.refused("GetOrganizationStatistics")


def test_a_new_organization_enables_nothing_by_itself(admin):
    answer = admin("DescribeOrganizationConfiguration")
    assert (answer["AutoEnable"], answer["AutoEnableOrganizationMembers"]) == (False, "NONE")
    assert answer["MemberAccountLimitReached"] is False
    assert {one["autoEnable"] for one in answer["Features"]} == {"NONE"}
    assert len(answer["Features"]) == 8
    assert answer["DataSources"]["s3Logs"] == {"autoEnable": False}


def test_the_older_and_the_newer_way_to_configure_agree(admin):
    admin("UpdateOrganizationConfiguration", auto_enable=True,
          data_sources={"s3Logs": {"autoEnable": True}, "malwareProtection": {
              "scanEc2InstanceWithFindings": {"ebsVolumes": {"autoEnable": True}}}},
          features=[{"name": "EKS_AUDIT_LOGS", "autoEnable": "ALL"},
                    {"name": "RDS_LOGIN_EVENTS", "autoEnable": "NONE", "additionalConfiguration": [
                        {"name": "RDS_DATA_RISK", "autoEnable": "NEW"}]}])
    answer = admin("DescribeOrganizationConfiguration")
    assert (answer["AutoEnable"], answer["AutoEnableOrganizationMembers"]) == (True, "NEW")
    says = {one["name"]: one["autoEnable"] for one in answer["Features"] if one["autoEnable"] != "NONE"}
    assert says == {"S3_DATA_EVENTS": "NEW", "EKS_AUDIT_LOGS": "ALL", "EBS_MALWARE_PROTECTION": "NEW"}
    assert answer["DataSources"] == {
        "s3Logs": {"autoEnable": True}, "kubernetes": {"auditLogs": {"autoEnable": True}},
        "malwareProtection": {"scanEc2InstanceWithFindings": {"ebsVolumes": {"autoEnable": True}}}}
    (login,) = (one for one in answer["Features"] if one["name"] == "RDS_LOGIN_EVENTS")
    assert login["additionalConfiguration"] == [{"name": "RDS_DATA_RISK", "autoEnable": "NEW"}]
    admin("UpdateOrganizationConfiguration", auto_enable=False)
    answer = admin("DescribeOrganizationConfiguration")
    assert (answer["AutoEnable"], answer["AutoEnableOrganizationMembers"]) == (False, "NONE")
    assert {one["name"] for one in answer["Features"] if one["autoEnable"] != "NONE"} == says.keys()


@pytest.mark.parametrize(("members", "why"), [
    ({}, "not both"),
    ({"auto_enable": True, "auto_enable_organization_members": "NEW"}, "not both"),
    ({"auto_enable": True, "features": [{"name": "AI_ANALYST", "autoEnable": "NEW"}]}, "cannot have AI_ANALYST"),
    ({"auto_enable": True, "features": [{"name": "S3_DATA_EVENTS"}]}, "no autoEnable"),
    ({"auto_enable": True, "features": [{"name": "S3_DATA_EVENTS", "autoEnable": "NEW"}] * 2}, "twice"),
    ({"auto_enable": True, "features": [{"name": "S3_DATA_EVENTS", "autoEnable": "NEW"}],
      "data_sources": {"s3Logs": {"autoEnable": False}}}, "disagree"),
    ({"auto_enable": True, "features": [
        {"name": "RUNTIME_MONITORING", "autoEnable": "NEW"},
        {"name": "EKS_RUNTIME_MONITORING", "autoEnable": "NONE"}]}, "RUNTIME"),
    ({"auto_enable": True, "features": [{"name": "S3_DATA_EVENTS", "autoEnable": "NEW", "additionalConfiguration": [
        {"name": "RDS_DATA_RISK", "autoEnable": "NEW"}]}]}, "RDS_DATA_RISK"),
])
def test_a_configuration_that_makes_no_sense_is_refused_whole(admin, members, why):
    before = admin("DescribeOrganizationConfiguration")
    assert why in admin.refused("UpdateOrganizationConfiguration", **members)
    assert admin("DescribeOrganizationConfiguration") == before


def test_both_runtimes_are_not_enabled_one_after_the_other(admin):
    configured(admin, features=[{"name": "RUNTIME_MONITORING", "autoEnable": "NEW"}])
    assert "RUNTIME" in admin.refused("UpdateOrganizationConfiguration", auto_enable=True, features=[
        {"name": "EKS_RUNTIME_MONITORING", "autoEnable": "ALL"}])


def test_an_account_that_is_brought_in_is_enabled_at_once_with_the_organizations_features(admin, member):
    configured(admin, features=[{"name": "S3_DATA_EVENTS", "autoEnable": "NEW"},
                                {"name": "LAMBDA_NETWORK_LOGS", "autoEnable": "ALL"}])
    assert add(admin, member) == {}
    assert statuses(admin) == {member.id: "Enabled"}
    assert member.settings.enabled
    assert member.features() == {"S3_DATA_EVENTS", "LAMBDA_NETWORK_LOGS"}
    assert member("GetAdministratorAccount")["Administrator"] == {
        "accountId": admin.id, "relationshipStatus": "Enabled"}


def test_what_a_brought_in_account_had_on_stays_on(admin, member):
    member.with_detector(enabled=False, features={
        "EKS_RUNTIME_MONITORING": Feature(enabled=True), "S3_DATA_EVENTS": Feature(enabled=False)})
    configured(admin, features=[{"name": "RUNTIME_MONITORING", "autoEnable": "NEW"}])
    assert add(admin, member) == {}
    assert member.settings.enabled
    on = member.features()
    assert on & {"RUNTIME_MONITORING", "EKS_RUNTIME_MONITORING"} == {"RUNTIME_MONITORING"}, "it covers the other"
    assert "S3_DATA_EVENTS" not in on
    assert "EKS_AUDIT_LOGS" in on


def test_an_account_with_another_administrator_or_with_members_is_not_brought_in(store, now, admin, member):
    other = Account(store, "300000000003", now).with_detector()
    joined(other, member.with_detector())
    why = add(admin, member, other)
    assert "another administrator" in why[member.id]
    assert "has members itself" in why[other.id]
    assert statuses(admin) == {}


def test_the_management_account_enables_guardduty_itself_before_it_is_brought_in(admin, management):
    assert "management account" in add(admin, management)[management.id]
    management.with_detector()
    assert add(admin, management) == {}
    assert statuses(admin) == {management.id: "Enabled"}


def test_the_delegated_administrator_becomes_nobodys_member(store, now, admin):
    other = Account(store, "300000000003", now).with_detector()
    invitation = invited(other, admin)
    assert "administrator" in admin.refused(
        "AcceptAdministratorInvitation", administrator_id=other.id, invitation_id=invitation)


def test_members_that_were_invited_stay_with_an_administrator_that_loses_its_office(store, now, management, member):
    admin = Account(store, "100000000001", now).with_detector()
    joined(admin, member.with_detector())
    management.asks("EnableOrganizationAdminAccount", admin_account_id=admin.id)
    management.asks("DisableOrganizationAdminAccount", admin_account_id=admin.id)
    assert statuses(admin) == {member.id: "Enabled"}


def test_an_invited_member_becomes_the_organizations(store, now, management, member):
    admin = Account(store, "100000000001", now).with_detector()
    joined(admin, member.with_detector())
    management.asks("EnableOrganizationAdminAccount", admin_account_id=admin.id)
    assert add(admin, member) == {}
    assert "invitationId" not in member("GetAdministratorAccount")["Administrator"]
    assert "already a member" in add(admin, member)[member.id]


def test_the_organizations_members_do_not_leave_by_themselves_and_are_not_invited_again(admin, member):
    add(admin, member)
    assert "member of the organization" in member.refused("DisassociateFromAdministratorAccount")
    assert left(admin("DisassociateMembers", account_ids=[member.id])) == {}
    assert "CreateMembers" in left(admin("InviteMembers", account_ids=[member.id]))[member.id]
    assert add(admin, member) == {}
    assert statuses(admin) == {member.id: "Enabled"}


def test_all_brings_back_who_was_suspended_or_removed_and_lets_nobody_go(store, now, admin, member):
    removed, taken = (Account(store, f"{number}00000000000", now) for number in (3, 4))
    add(admin, member, removed, taken)
    admin("StopMonitoringMembers", account_ids=[member.id])
    admin("DisassociateMembers", account_ids=[removed.id, taken.id])
    joined(Account(store, "500000000005", now).with_detector(), taken)
    configured(admin, auto_enable_organization_members="ALL",
               features=[{"name": "S3_DATA_EVENTS", "autoEnable": "ALL"}])
    assert statuses(admin) == {member.id: "Enabled", removed.id: "Enabled", taken.id: "Removed"}
    assert member.settings.enabled
    assert "S3_DATA_EVENTS" in member.features() & removed.features()
    assert "S3_DATA_EVENTS" not in taken.features()
    for name in ("StopMonitoringMembers", "DisassociateMembers", "DeleteMembers"):
        assert "ALL" in admin.refused(name, account_ids=[member.id])
    assert left(admin("StartMonitoringMembers", account_ids=[member.id])) == {}
    configured(admin, auto_enable_organization_members="NONE")
    assert left(admin("DeleteMembers", account_ids=[member.id])) == {}


def test_all_says_nothing_of_members_that_were_invited(store, now, management, member):
    admin = Account(store, "100000000001", now).with_detector()
    joined(admin, member.with_detector())
    management.asks("EnableOrganizationAdminAccount", admin_account_id=admin.id)
    configured(admin, auto_enable_organization_members="ALL")
    assert left(admin("DisassociateMembers", account_ids=[member.id])) == {}


def test_a_feature_for_all_reaches_members_and_one_for_new_ones_does_not(admin, member):
    add(admin, member)
    configured(admin, features=[{"name": "S3_DATA_EVENTS", "autoEnable": "NEW"},
                                {"name": "EKS_AUDIT_LOGS", "autoEnable": "ALL"}])
    assert member.features() == {"EKS_AUDIT_LOGS"}


def test_without_its_administrator_the_organization_has_no_members_and_they_keep_guardduty(
        store, now, management, admin, member):
    by_invitation = Account(store, "300000000003", now).with_detector()
    add(admin, member)
    configured(admin, auto_enable_organization_members="ALL")
    assert "not the GuardDuty delegated" in management.refused(
        "DisableOrganizationAdminAccount", admin_account_id=member.id)
    management.asks("DisableOrganizationAdminAccount", admin_account_id=admin.id)
    assert management.asks("ListOrganizationAdminAccounts") == {"AdminAccounts": []}
    assert statuses(admin) == {member.id: "Removed"}
    assert member.settings.enabled
    assert member("GetAdministratorAccount") == {"Administrator": None}
    # What it was stays no office: it invites like anybody else.
    invitation = invited(admin, member, by_invitation)
    assert invitation
    assert statuses(admin) == {member.id: "Invited", by_invitation.id: "Invited"}
    management.asks("EnableOrganizationAdminAccount", admin_account_id=admin.id)
    assert admin("DescribeOrganizationConfiguration")["AutoEnableOrganizationMembers"] == "NONE"


def test_statistics_count_what_is_enabled_now(store, now, management, admin, member):
    stopped = Account(store, "300000000003", now)
    Account(store, "400000000004", now).with_detector()
    configured(admin, features=[{"name": "RUNTIME_MONITORING", "autoEnable": "NEW", "additionalConfiguration": [
        {"name": "EC2_AGENT_MANAGEMENT", "autoEnable": "NEW"}]}])
    add(admin, member, stopped)
    admin("StopMonitoringMembers", account_ids=[stopped.id])
    now[0] += 1
    details = admin.asks("GetOrganizationStatistics")["OrganizationDetails"]
    assert details["updatedAt"] == now[0]
    figures = details["organizationStatistics"]
    # The management account, the administrator, two members of which one is stopped; the stranger is not counted.
    assert {name: figures[name] for name in figures if name != "countByFeature"} == {
        "totalAccountsCount": 4, "memberAccountsCount": 2, "activeAccountsCount": 1, "enabledAccountsCount": 2}
    of = {one["name"]: one for one in figures["countByFeature"]}
    assert of["RUNTIME_MONITORING"]["enabledAccountsCount"] == 1
    extra = {one["name"]: one["enabledAccountsCount"] for one in of["RUNTIME_MONITORING"]["additionalConfiguration"]}
    assert extra == {"EKS_ADDON_MANAGEMENT": 0, "ECS_FARGATE_AGENT_MANAGEMENT": 0, "EC2_AGENT_MANAGEMENT": 1}
    assert of["S3_DATA_EVENTS"]["enabledAccountsCount"] == 1, "the administrator's own detector"
