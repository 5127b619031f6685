"""Malware scans and plans and custom rules: what is kept works, what has no engine says so."""

from __future__ import annotations

import inspect

import pytest
from botocore import xform_name

from tests.api.accounts import MODEL, NOON, REGION, Account
from vedette.api.errors import NO_SUCH_RESOURCE, UNKNOWN_DETECTOR, AccessDenied, BadRequest, ResourceNotFound
from vedette.api.operation import operations
from vedette.findings.configuration import OrganizationAdmin
from vedette.findings.store import Store

GROUPS = ("detectors", "tags", "usage", "coverage", "malware_scans", "malware_plans", "investigations", "custom_rules")


@pytest.fixture
def memory():
    with Store.in_memory() as store:
        yield store


@pytest.fixture
def account(memory):
    return Account(memory, "111122223333", [NOON]).with_detector()


def served():
    return [name for name, one in operations().items() if one.handler.__module__.rpartition(".")[2] in GROUPS]


@pytest.mark.parametrize("name", served())
def test_a_handler_takes_all_that_the_model_has_and_needs_no_more(name):
    shape = MODEL.operation_model(name).input_shape
    parameters = inspect.signature(operations()[name].handler).parameters
    members = shape.members if shape else {}
    assert set(parameters) - {"context"} == {xform_name(one) for one in members}
    needed = {one for one, parameter in parameters.items() if parameter.default is inspect.Parameter.empty}
    assert needed - {"context"} == {xform_name(one) for one in (shape.required_members if shape else ())}


@pytest.mark.parametrize("name", served())
def test_what_reads_is_open_to_analysts_and_what_changes_is_not(name):
    verb = name.removesuffix("Resource") if name.endswith("tagResource") else name
    reading = verb.startswith(("Get", "List", "Describe"))
    assert operations()[name].changes is not reading


# Scan settings.

def settings(account):
    return account("GetMalwareScanSettings")


TAGGED = {"EC2_INSTANCE_TAG": {"mapEquals": [{"key": "env", "value": "prod"}]}}


def test_scan_settings_are_kept(memory, account):
    assert settings(account) == {"ScanResourceCriteria": {}, "EbsSnapshotPreservation": "NO_RETENTION"}
    account("UpdateMalwareScanSettings", scan_resource_criteria={"include": TAGGED})
    account("UpdateMalwareScanSettings", ebs_snapshot_preservation="RETENTION_WITH_FINDING")
    assert settings(account) == {
        "ScanResourceCriteria": {"include": TAGGED}, "EbsSnapshotPreservation": "RETENTION_WITH_FINDING"}
    account("UpdateMalwareScanSettings", scan_resource_criteria={"exclude": TAGGED})
    assert settings(account)["ScanResourceCriteria"] == {"exclude": TAGGED}
    account("UpdateMalwareScanSettings", scan_resource_criteria={})
    assert settings(account)["ScanResourceCriteria"] == {}
    other = Account(memory, "444455556666", [NOON]).with_detector()
    assert settings(other)["EbsSnapshotPreservation"] == "NO_RETENTION"


def test_scans_include_or_exclude(account):
    both = {"include": TAGGED, "exclude": TAGGED}
    assert "exclude" in account.refused("UpdateMalwareScanSettings", scan_resource_criteria=both,
                                        ebs_snapshot_preservation="RETENTION_WITH_FINDING")
    assert settings(account) == {"ScanResourceCriteria": {}, "EbsSnapshotPreservation": "NO_RETENTION"}


# Lists.

LISTS = {
    "DescribeMalwareScans": "Scans", "ListMalwareScans": "Scans",
    "ListMalwareProtectionPlans": "MalwareProtectionPlans",
    "ListInvestigations": "Investigations", "ListCustomDetectionRuleAssociations": "RuleAssociations",
}


def asks(account, name, **members):
    shape = MODEL.operation_model(name).input_shape
    return (account if shape and "DetectorId" in shape.members else account.asks)(name, **members)


@pytest.mark.parametrize("name", LISTS)
def test_of_what_cannot_be_made_there_is_none(account, name):
    assert asks(account, name) == {LISTS[name]: []}
    assert "nextToken" in account.refused(name, next_token="x")


@pytest.mark.parametrize("name", ["DescribeMalwareScans", "ListMalwareScans"])
def test_filters_of_scans_are_whole(account, name):
    whole = {"criterionKey": "SCAN_ID", "filterCondition": {"equalsValue": "x"}}
    assert asks(account, name, filter_criteria={"filterCriterion": [whole]}) == {"Scans": []}
    half = {"criterionKey": "SCAN_ID"}
    assert "filterCriterion" in account.refused(name, filter_criteria={"filterCriterion": [whole, half]})


# What names something that is not there.

ABSENT = {
    "GetMalwareScan": {"scan_id": "x"},
    "GetMalwareProtectionPlan": {"malware_protection_plan_id": "x"},
    "UpdateMalwareProtectionPlan": {"malware_protection_plan_id": "x", "role": "r"},
    "DeleteMalwareProtectionPlan": {"malware_protection_plan_id": "x"},
    "GetInvestigation": {"investigation_id": "ab"},
    "ListInvestigationRecords": {"investigation_id": "ab"},
    "GetCustomDetectionRule": {"rule_id": "x"},
    "CreateCustomDetectionRuleAssociation": {"rule_id": "x", "mode": "LIVE"},
    "GetCustomDetectionRuleAssociation": {"rule_id": "x", "association_id": "y"},
    "UpdateCustomDetectionRuleAssociation": {"rule_id": "x", "association_id": "y", "mode": "LIVE"},
    "DeleteCustomDetectionRuleAssociation": {"rule_id": "x", "association_id": "y"},
}

OF_THE_ORGANIZATION = {
    "CreateCustomDetectionRuleOrgConfiguration": {"rule_id": "x", "mode": "LIVE"},
    "GetCustomDetectionRuleOrgConfiguration": {"rule_id": "x", "mode": "LIVE"},
    "UpdateCustomDetectionRuleOrgConfiguration": {"rule_id": "x", "mode": "LIVE"},
    "DeleteCustomDetectionRuleOrgConfiguration": {"rule_id": "x", "mode": "LIVE"},
}


@pytest.mark.parametrize("name", ABSENT)
def test_what_is_not_there_is_not_found(account, name):
    with pytest.raises(ResourceNotFound, match=NO_SUCH_RESOURCE):
        asks(account, name, **ABSENT[name])
    assert "ResourceNotFoundException" in [one.name for one in MODEL.operation_model(name).error_shapes]


@pytest.mark.parametrize("name", OF_THE_ORGANIZATION)
def test_rules_of_the_organization_are_its_delegated_administrators(memory, account, name):
    with pytest.raises(AccessDenied):
        account.asks(name, **OF_THE_ORGANIZATION[name])
    with pytest.raises(AccessDenied):
        account.asks("ListCustomDetectionRuleOrgConfigurations")
    with memory.transaction() as batch:
        batch.configure(OrganizationAdmin(account="999900000000", region=REGION, id=account.id))
    with pytest.raises(ResourceNotFound, match=NO_SUCH_RESOURCE):
        account.asks(name, **OF_THE_ORGANIZATION[name])
    assert account.asks("ListCustomDetectionRuleOrgConfigurations") == {"Configurations": []}


# What would need an engine.

STARTS = {
    "StartMalwareScan": {"resource_arn": "arn:aws:ec2:eu-west-1:111122223333:instance/i-1"},
    "SendObjectMalwareScan": {"s3_object": {"bucket": "b", "key": "k"}},
    "CreateMalwareProtectionPlan": {"role": "r", "protected_resource": {"s3Bucket": {"bucketName": "b"}}},
}


@pytest.mark.parametrize("name", STARTS)
def test_what_has_no_engine_is_refused_and_leaves_nothing(account, name):
    assert account.refused(name, **STARTS[name]).endswith("are not enabled in this build.")
    for listed, member in LISTS.items():
        assert asks(account, listed) == {member: []}


def test_what_could_not_be_done_anyway_is_refused_for_that(account):
    assert "s3Object" in account.refused("SendObjectMalwareScan", s3_object={"bucket": "b"})
    assert "s3Object" in account.refused("SendObjectMalwareScan")
    assert "bucketName" in account.refused("CreateMalwareProtectionPlan", role="r", protected_resource={"s3Bucket": {}})


@pytest.mark.parametrize("name", [
    "GetMalwareScanSettings", "UpdateMalwareScanSettings", "DescribeMalwareScans", "CreateInvestigation",
    "GetInvestigation", "ListInvestigations", "ListInvestigationRecords"])
def test_the_detector_must_be_the_callers(account, name):
    more = {**STARTS, **ABSENT, "CreateInvestigation": {"trigger_prompt": "Look"}}.get(name, {})
    with pytest.raises(BadRequest, match=UNKNOWN_DETECTOR):
        account.asks(name, detector_id="e" * 32, **more)
