"""Custom detection rules over the API: the catalogue, associations, the organization; and what is then found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.accounts import MANAGEMENT, MODEL, NOON, Account, left
from tests.api.serving import serving
from tests.engine.test_dated_by_the_clock import ACCOUNT, stopped
from tests.engine.test_dated_by_the_clock import REGION as LOGGED_REGION
from tests.playing import known_in
from vedette.api.errors import NO_SUCH_RESOURCE, AccessDenied, Conflict, ResourceNotFound
from vedette.detectors.custom_rule import custom_rules
from vedette.engine.commit import Service
from vedette.engine.pipeline import Street
from vedette.findings.configuration import RuleTrial
from vedette.findings.rule_modes import DRY_RUN_LASTS
from vedette.findings.store import Store
from vedette.intel.geo import Geo
from vedette.sources import open_source

KEY, PROFILE, MAIL = "iam-access-key-created", "iam-user-login-profile-created", "ses-production-access-enabled"
TYPE = "Persistence:IAM/AccountManipulation"


OF_CLOUDTRAIL = sorted(one.id for one in custom_rules().values() if one.on is not None)


@pytest.fixture
def now():
    return [NOON]


@pytest.fixture
def memory():
    with Store.in_memory() as opened:
        yield opened


@pytest.fixture
def account(memory, now):
    return Account(memory, ACCOUNT, now, LOGGED_REGION).with_detector()


@pytest.fixture
def admin(memory, now):
    Account(memory, MANAGEMENT, now).asks("EnableOrganizationAdminAccount", admin_account_id="100000000001")
    return Account(memory, "100000000001", now)


@pytest.fixture
def member(memory, now, admin):
    return enrolled(admin, memory, now, "200000000002")


def enrolled(admin, memory, now, number):
    assert left(admin("CreateMembers", account_details=[{"accountId": number, "email": "a@b"}])) == {}
    return Account(memory, number, now)


def associate(who, rule=KEY, mode="LIVE", **more):
    return who.asks("CreateCustomDetectionRuleAssociation", rule_id=rule, mode=mode, **more)["RuleAssociation"]


def modes(who, **filters):
    listed = who.asks("ListCustomDetectionRuleAssociations", **filters)["RuleAssociations"]
    return {one["ruleId"]: one["mode"] for one in listed}


def organize(admin, rule=KEY, mode="LIVE", **accounts):
    assert admin.asks("CreateCustomDetectionRuleOrgConfiguration", rule_id=rule, mode=mode, **accounts) == {}


# The catalogue.

def rules(who, **asked):
    return who.asks("ListCustomDetectionRules", **asked)["Rules"]


def test_the_catalogue_has_every_rule_with_its_condition(account):
    listed = rules(account)
    assert len(listed) == len({one["ruleId"] for one in listed}) == len(OF_CLOUDTRAIL) == 35
    assert len({f"{one['tactic']}:{one['service']}/{one['technique']}" for one in listed}) == 25
    for one in listed:
        told = account.asks("GetCustomDetectionRule", rule_id=one["ruleId"])["Rule"]
        assert told.items() >= one.items()
        assert told["definition"]["expression"].startswith("eventSource = '")
    attempt = account.asks("GetCustomDetectionRule", rule_id="organization-leave-attempt")["Rule"]
    assert attempt["definition"] == {
        "expression": "eventSource = 'organizations.amazonaws.com' AND eventName = 'LeaveOrganization'"}
    (one,) = (one for one in listed if one["ruleId"] == KEY)
    assert (one["name"], one["severity"], one["tactic"]) == ("IAMAccessKeyCreated", "LOW", "Persistence")
    assert one["arn"] == f"arn:aws:guardduty:{LOGGED_REGION}:aws:custom-detection-rule/{KEY}"


def test_the_catalogue_fits_the_models_patterns_and_lengths(account):
    members = MODEL.shape_for("RuleDetail").members
    for one in rules(account):
        told = account.asks("GetCustomDetectionRule", rule_id=one["ruleId"])["Rule"]
        for name, shape in members.items():
            value = told.get(shape.serialization["name"])
            if isinstance(value, str):
                low, high = shape.metadata.get("min", 0), shape.metadata.get("max", 1 << 20)
                assert low <= len(value) <= high, name


def test_the_catalogue_is_filtered_and_paged(account):
    def of(*filters):
        return [one["ruleId"] for one in rules(account, filters=filters)]

    assert of({"name": "service", "values": ["SES", "Lambda"]}, {"name": "severity", "values": ["HIGH"]}) == [
        "lambda-function-public-access", "lambda-function-url-public-access"]
    assert of({"name": "name", "values": ["loginprofile"], "condition": "CONTAINS"}) == [
        "iam-user-login-profile-created", "iam-user-login-profile-updated"]
    assert of({"name": "name", "values": ["loginprofile"], "condition": "EQUALS"}) == []
    assert of({"name": "dataSource", "values": ["RuntimeMonitoring"]}) == []
    assert len(of({"name": "dataSource", "values": ["CloudTrailManagementEvent"]})) == 35
    seen, token = [], ""
    while True:
        page = account.asks("ListCustomDetectionRules", max_results=10, next_token=token)
        seen += [one["ruleId"] for one in page["Rules"]]
        token = page.get("NextToken", "")
        if not token:
            break
    assert seen == OF_CLOUDTRAIL


# Associations.

def test_an_association_is_made_changed_and_ended(account, now):
    made = associate(account, tags={"team": "blue"})
    assert made["arn"].endswith(f":{ACCOUNT}:custom-detection-rule/{KEY}/association/{made['associationId']}")
    assert (made["mode"], made["createdAt"], made["accountId"]) == ("LIVE", NOON, ACCOUNT)
    assert "expiresAt" not in made
    named = {"rule_id": KEY, "association_id": made["associationId"]}
    assert account.asks("GetCustomDetectionRuleAssociation", **named) == {
        "RuleAssociation": made, "Tags": {"team": "blue"}}
    now[0] += 1000
    account.asks("UpdateCustomDetectionRuleAssociation", **named, mode="DRY_RUN")
    read = account.asks("GetCustomDetectionRuleAssociation", **named)["RuleAssociation"]
    assert (read["mode"], read["updatedAt"], read["expiresAt"]) == ("DRY_RUN", now[0], now[0] + DRY_RUN_LASTS)
    until = read["expiresAt"]
    now[0] += 1000
    account.asks("UpdateCustomDetectionRuleAssociation", **named, mode="DRY_RUN")
    assert account.asks("GetCustomDetectionRuleAssociation", **named)["RuleAssociation"]["expiresAt"] == until
    account.asks("DeleteCustomDetectionRuleAssociation", **named)
    account.asks("DeleteCustomDetectionRuleAssociation", **named)
    assert modes(account) == {}
    for name, more in (("Get", {}), ("Update", {"mode": "LIVE"})):
        with pytest.raises(ResourceNotFound, match=NO_SUCH_RESOURCE):
            account.asks(f"{name}CustomDetectionRuleAssociation", **named, **more)


def test_a_rule_is_associated_once_and_a_trial_ends_by_itself(account, now):
    first = associate(account, mode="DRY_RUN")
    with pytest.raises(Conflict, match="associated"):
        associate(account)
    now[0] += DRY_RUN_LASTS - 1
    assert modes(account) == {KEY: "DRY_RUN"}
    now[0] += 1
    assert modes(account) == {}
    again = associate(account)
    assert again["associationId"] != first["associationId"]
    assert modes(account) == {KEY: "LIVE"}


def test_associations_are_listed_by_rule_and_mode_and_are_the_accounts_own(account, memory, now):
    associate(account)
    associate(account, MAIL, "DRY_RUN")
    assert modes(account) == {KEY: "LIVE", MAIL: "DRY_RUN"}
    assert modes(account, mode="DRY_RUN") == modes(account, rule_id=MAIL) == {MAIL: "DRY_RUN"}
    page = account.asks("ListCustomDetectionRuleAssociations", max_results=1)
    assert modes(account, next_token=page["NextToken"]) == {MAIL: "DRY_RUN"}
    stranger = Account(memory, "444455556666", now, LOGGED_REGION).with_detector()
    elsewhere = Account(memory, ACCOUNT, now, "us-west-2").with_detector()
    mine = account.asks("ListCustomDetectionRuleAssociations")["RuleAssociations"][0]["associationId"]
    for other in (stranger, elsewhere):
        assert modes(other) == {}
        for name, more in (("Get", {}), ("Update", {"mode": "DRY_RUN"})):
            with pytest.raises(ResourceNotFound):
                other.asks(f"{name}CustomDetectionRuleAssociation", rule_id=KEY, association_id=mine, **more)
        other.asks("DeleteCustomDetectionRuleAssociation", rule_id=KEY, association_id=mine)
    assert modes(account) == {KEY: "LIVE", MAIL: "DRY_RUN"}


def test_tags_are_as_everywhere(account):
    assert "aws:" in account.refused("CreateCustomDetectionRuleAssociation", rule_id=KEY, mode="LIVE",
                                     tags={"aws:x": "y"})
    assert modes(account) == {}


def test_associations_go_with_the_detector(account):
    associate(account)
    account("DeleteDetector")
    assert modes(account.with_detector()) == {}


# The organization.

def test_the_organizations_setting_holds_in_all_its_accounts_and_goes_before_theirs(admin, member, memory, now):
    associate(member, mode="DRY_RUN")
    associate(member, MAIL)
    organize(admin)
    assert modes(admin) == {KEY: "LIVE"}
    assert modes(member) == {KEY: "LIVE", MAIL: "LIVE"}
    assert modes(Account(memory, "444455556666", now).with_detector()) == {}
    later = enrolled(admin, memory, now, "300000000003")
    assert modes(later) == {KEY: "LIVE"}
    listed = later.asks("ListCustomDetectionRuleAssociations")["RuleAssociations"][0]
    named = {"rule_id": KEY, "association_id": listed["associationId"]}
    assert later.asks("GetCustomDetectionRuleAssociation", **named)["RuleAssociation"]["accountId"] == later.id
    for name, more in (("Update", {"mode": "DRY_RUN"}), ("Delete", {})):
        with pytest.raises(AccessDenied, match="administrator"):
            later.asks(f"{name}CustomDetectionRuleAssociation", **named, **more)
    with pytest.raises(Conflict):
        associate(later)


def test_when_the_organizations_setting_ends_the_associations_stay_as_the_accounts_own(admin, member):
    organize(admin)
    before = member.asks("ListCustomDetectionRuleAssociations")["RuleAssociations"]
    admin.asks("DeleteCustomDetectionRuleOrgConfiguration", rule_id=KEY, mode="LIVE")
    assert admin.asks("ListCustomDetectionRuleOrgConfigurations") == {"Configurations": []}
    assert member.asks("ListCustomDetectionRuleAssociations")["RuleAssociations"] == before
    named = {"rule_id": KEY, "association_id": before[0]["associationId"]}
    member.asks("DeleteCustomDetectionRuleAssociation", **named)
    assert modes(member) == {}
    assert modes(admin) == {KEY: "LIVE"}


def test_some_accounts_are_included_or_excluded(admin, member, memory, now):
    other = enrolled(admin, memory, now, "300000000003")
    organize(admin, include_account_ids=[member.id])
    organize(admin, mode="DRY_RUN", exclude_account_ids=[other.id])
    assert [modes(one).get(KEY) for one in (admin, member, other)] == ["DRY_RUN", "LIVE", None]
    read = admin.asks("GetCustomDetectionRuleOrgConfiguration", rule_id=KEY, mode="LIVE")["Configuration"]
    assert (read["includeAccountIds"], read["excludeAccountIds"], read["status"]) == ([member.id], [], "ACTIVE")
    admin.asks("UpdateCustomDetectionRuleOrgConfiguration", rule_id=KEY, mode="LIVE", include_account_ids=[other.id])
    assert [modes(one).get(KEY) for one in (admin, member, other)] == ["DRY_RUN", "DRY_RUN", "LIVE"]
    now[0] += DRY_RUN_LASTS
    assert [modes(one).get(KEY) for one in (admin, member, other)] == [None, None, "LIVE"]
    with pytest.raises(ResourceNotFound):
        admin.asks("GetCustomDetectionRuleOrgConfiguration", rule_id=KEY, mode="DRY_RUN")


def test_a_setting_for_all_accounts_is_a_rules_only_one(admin, member):
    organize(admin)
    for mode, accounts in (("DRY_RUN", {"include_account_ids": [member.id]}), ("LIVE", {})):
        with pytest.raises(Conflict):
            organize(admin, mode=mode, **accounts)
    organize(admin, MAIL, include_account_ids=[member.id])
    with pytest.raises(Conflict):
        organize(admin, MAIL, "DRY_RUN")
    organize(admin, MAIL, "DRY_RUN", exclude_account_ids=[member.id])
    with pytest.raises(Conflict):
        admin.asks("UpdateCustomDetectionRuleOrgConfiguration", rule_id=MAIL, mode="LIVE", include_account_ids=[])
    listed = admin.asks("ListCustomDetectionRuleOrgConfigurations")["Configurations"]
    assert [(one["ruleId"], one["mode"]) for one in listed] == [(KEY, "LIVE"), (MAIL, "DRY_RUN"), (MAIL, "LIVE")]
    page = admin.asks("ListCustomDetectionRuleOrgConfigurations", max_results=2)
    rest = admin.asks("ListCustomDetectionRuleOrgConfigurations", next_token=page["NextToken"])
    assert page["Configurations"] + rest["Configurations"] == listed
    assert admin.asks("ListCustomDetectionRuleOrgConfigurations", status="FAILED") == {"Configurations": []}


def test_a_settings_mode_is_changed_and_its_accounts_stay(admin, member):
    organize(admin, include_account_ids=[member.id])
    admin.asks("UpdateCustomDetectionRuleOrgConfiguration", rule_id=KEY, mode="DRY_RUN")
    read = admin.asks("GetCustomDetectionRuleOrgConfiguration", rule_id=KEY, mode="DRY_RUN")["Configuration"]
    assert (read["includeAccountIds"], read["expiresAt"]) == ([member.id], NOON + DRY_RUN_LASTS)
    with pytest.raises(ResourceNotFound):
        admin.asks("GetCustomDetectionRuleOrgConfiguration", rule_id=KEY, mode="LIVE")


def test_accounts_are_named_one_way_and_by_their_numbers(admin, member):
    one = {"rule_id": KEY, "mode": "LIVE"}
    name = "CreateCustomDetectionRuleOrgConfiguration"
    assert "give one" in admin.refused(name, **one, include_account_ids=[member.id], exclude_account_ids=[admin.id])
    assert "12 digits" in admin.refused(name, **one, include_account_ids=["a" * 12])
    assert admin.asks("ListCustomDetectionRuleOrgConfigurations") == {"Configurations": []}


def test_who_is_no_longer_in_the_organization_or_its_administrator_is_not_covered(memory, now, admin, member):
    organize(admin)
    admin("DisassociateMembers", account_ids=[member.id])
    assert modes(member) == {}
    assert modes(admin) == {KEY: "LIVE"}
    admin("DeleteMembers", account_ids=[member.id])
    Account(memory, MANAGEMENT, now).asks("DisableOrganizationAdminAccount", admin_account_id=admin.id)
    assert modes(admin) == {}


# What is found.

class World:
    """Logs that come in one after the other, under what is configured."""

    def __init__(self, folder: Path, store: Store, now: list[int]) -> None:
        self.logs, self.store, self.now = folder / "logs", store, now
        self.logs.mkdir()
        self.known = known_in(folder)

    def receives(self, name: str, minute: int) -> dict[str, int]:
        """Types of all findings there are, and how often, once a call has come."""
        record = stopped(minute) | {"eventSource": "iam.amazonaws.com", "eventName": name,
                                    "requestParameters": {"userName": "backup"}}
        (self.logs / f"{minute}.json").write_text(json.dumps(record))
        service = Service(lambda: self.now[0], ("hook",))
        Street(self.store, self.known, Geo.open(None, None), service).run(open_source(str(self.logs)))
        return {one["type"]: one["service"]["count"] for one in self.store.get(self.store.list().ids)}

    def tried(self) -> dict[str, int]:
        return {one.id: one.matches for one in self.store.configured(RuleTrial)}


@pytest.fixture
def world(tmp_path, memory, now):
    return World(tmp_path, memory, now)


def test_a_rule_finds_only_while_it_is_live_and_other_rules_of_its_type_stay_off(world, account):
    assert world.receives("CreateAccessKey", 1) == {}
    made = associate(account)
    assert world.receives("CreateAccessKey", 2) == {TYPE: 1}
    assert world.receives("CreateLoginProfile", 3) == {TYPE: 1}
    (finding,) = world.store.get(world.store.list().ids)
    assert (finding["customDetectionRuleName"], finding["severity"]) == ("IAMAccessKeyCreated", 2.0)
    account.asks("DeleteCustomDetectionRuleAssociation", rule_id=KEY, association_id=made["associationId"])
    assert world.receives("CreateAccessKey", 4) == {TYPE: 1}
    assert world.tried() == {}


def test_a_trial_counts_and_finds_and_publishes_nothing(world, account, now):
    made = associate(account, mode="DRY_RUN")
    for minute in (1, 2):
        assert world.receives("CreateAccessKey", minute) == {}
    assert world.tried() == {KEY: 2}
    assert world.store.due("hook", now[0] + DRY_RUN_LASTS) == []
    account.asks("UpdateCustomDetectionRuleAssociation", rule_id=KEY, association_id=made["associationId"],
                 mode="LIVE")
    assert world.receives("CreateAccessKey", 3) == {TYPE: 1}
    assert world.tried() == {KEY: 2}


def test_a_trial_that_has_ended_counts_no_more(world, account, now):
    associate(account, mode="DRY_RUN")
    now[0] += DRY_RUN_LASTS
    assert world.receives("CreateAccessKey", 1) == {}
    assert world.tried() == {}


def test_a_suspended_detector_neither_finds_nor_tries(world, account):
    associate(account)
    associate(account, PROFILE, "DRY_RUN")
    account("UpdateDetector", enable=False)
    assert world.receives("CreateAccessKey", 1) == {}
    assert world.receives("CreateLoginProfile", 2) == {}
    assert world.tried() == {}


def test_rules_of_one_type_and_one_caller_make_one_finding(world, account):
    associate(account)
    associate(account, PROFILE)
    assert world.receives("CreateAccessKey", 1) == {TYPE: 1}
    assert world.receives("CreateLoginProfile", 2) == {TYPE: 2}
    (finding,) = world.store.get(world.store.list().ids)
    assert (finding["customDetectionRuleName"], finding["severity"]) == ("IAMUserLoginProfileCreated", 8.0)


# Over HTTP.

def test_rules_are_associated_and_found_by_boto3(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        client, analyst = served.client(region=LOGGED_REGION), served.client("analyst", region=LOGGED_REGION)
        client.create_detector(Enable=True)
        detector = client.list_detectors()["DetectorIds"][0]
        paged = client.get_paginator("list_custom_detection_rules").paginate(PaginationConfig={"PageSize": 10})
        assert [one["RuleId"] for page in paged for one in page["Rules"]] == OF_CLOUDTRAIL
        high = client.list_custom_detection_rules(Filters=[{"Name": "severity", "Values": ["HIGH"]}])["Rules"]
        assert {one["Severity"] for one in high} == {"HIGH"}
        rule: dict[str, Any] = analyst.get_custom_detection_rule(RuleId=KEY)["Rule"]
        assert "CreateAccessKey" in rule["Definition"]["Expression"]
        asked = {"RuleId": KEY, "Mode": "LIVE", "ClientToken": "one"}
        made = client.create_custom_detection_rule_association(**asked)["RuleAssociation"]
        again = client.create_custom_detection_rule_association(**asked)["RuleAssociation"]
        assert again == made
        assert made["CreatedAt"].year >= 2025
        with pytest.raises(client.exceptions.ConflictException):
            client.create_custom_detection_rule_association(**{**asked, "ClientToken": "two"})
        with pytest.raises(client.exceptions.AccessDeniedException):
            analyst.create_custom_detection_rule_association(RuleId=MAIL, Mode="LIVE")
        with pytest.raises(client.exceptions.AccessDeniedException):
            client.list_custom_detection_rule_org_configurations()
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.get_custom_detection_rule(RuleId="no-such-rule")
        listed = analyst.list_custom_detection_rule_associations(RuleId=KEY, Mode="LIVE")["RuleAssociations"]
        assert [one["AssociationId"] for one in listed] == [made["AssociationId"]]

        assert World(tmp_path, served.store, [NOON]).receives("CreateAccessKey", 1) == {TYPE: 1}
        ids = client.list_findings(DetectorId=detector)["FindingIds"]
        (finding,) = client.get_findings(DetectorId=detector, FindingIds=ids)["Findings"]
        assert (finding["Type"], finding["CustomDetectionRuleName"]) == (TYPE, "IAMAccessKeyCreated")

        named = {"RuleId": KEY, "AssociationId": made["AssociationId"]}
        client.update_custom_detection_rule_association(**named, Mode="DRY_RUN")
        read = client.get_custom_detection_rule_association(**named)
        assert (read["RuleAssociation"]["ExpiresAt"] - read["RuleAssociation"]["UpdatedAt"]).days == 14
        client.delete_custom_detection_rule_association(**named)
        assert client.list_custom_detection_rule_associations()["RuleAssociations"] == []


def test_samples_of_custom_types_name_their_rule(account):
    account("CreateSampleFindings", finding_types=[TYPE])
    found = account._store.get(account("ListFindings")["FindingIds"])
    assert [one["customDetectionRuleName"] for one in found] == ["IAMAccessKeyCreated"]
