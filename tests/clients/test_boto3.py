"""boto3 against the server: every operation, every paginator, every class of error."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from tests.clients.conftest import MANAGEMENT, REGION, Running, until
from tests.clients.model import MODEL, PAGINATORS, errors_of, faults, least
from vedette.detectors.custom_rule import custom_rules

ELSEWHERE = "eu-north-1"
"""A Region whose delegated administrator is nobody else's business."""

OF_THE_MANAGEMENT = frozenset({
    "EnableOrganizationAdminAccount", "DisableOrganizationAdminAccount", "ListOrganizationAdminAccounts"})

REFUSED = {
    # Nobody has invited the account, and it has no administrator.
    "AcceptAdministratorInvitation": "BadRequestException",
    "AcceptInvitation": "BadRequestException",
    "DisassociateFromAdministratorAccount": "BadRequestException",
    "DisassociateFromMasterAccount": "BadRequestException",
    # Its feature is off, and there is no engine for the others.
    "CreateInvestigation": "BadRequestException",
    "CreateMalwareProtectionPlan": "BadRequestException",
    "SendObjectMalwareScan": "BadRequestException",
    "StartMalwareScan": "BadRequestException",
    # So there is nothing of theirs.
    **dict.fromkeys((
        "CreateCustomDetectionRuleAssociation", "CreateCustomDetectionRuleOrgConfiguration",
        "DeleteCustomDetectionRuleAssociation", "DeleteCustomDetectionRuleOrgConfiguration",
        "DeleteMalwareProtectionPlan", "GetCustomDetectionRule", "GetCustomDetectionRuleAssociation",
        "GetCustomDetectionRuleOrgConfiguration", "GetInvestigation", "GetMalwareProtectionPlan", "GetMalwareScan",
        "ListInvestigationRecords", "UpdateCustomDetectionRuleAssociation",
        "UpdateCustomDetectionRuleOrgConfiguration", "UpdateMalwareProtectionPlan"), "ResourceNotFoundException"),
}

LEFT_OUT = {"GetAdministratorAccount: Administrator is missing", "GetMasterAccount: Master is missing"}
"""That there is no administrator is told so, against the model: Terraform and others look for it."""


def in_order(names: list[str]) -> list[str]:
    """Operations in an order in which each finds what it is about."""
    first = ["CreateDetector", "EnableOrganizationAdminAccount", "CreateMembers", "CreateSampleFindings"]
    last = ["DisassociateMembers", "DeleteMembers", "DisableOrganizationAdminAccount", "DeleteDetector"]
    ranks = {"Create": 1, "Delete": 3}
    between = sorted((name for name in names if name not in first + last),
                     key=lambda name: next((rank for word, rank in ranks.items() if name.startswith(word)), 2))
    return first + between + last


def heard(client: Any) -> list[tuple[str, int, list[str]]]:
    """Every answer that the client gets from now on: operation, HTTP status, what the model does not say of it."""
    found: list[tuple[str, int, list[str]]] = []

    def note(http_response: Any, model: Any, **_: Any) -> None:
        body = json.loads(http_response.content) if http_response.content else {}
        good = http_response.status_code < 300
        found.append((model.name, http_response.status_code,
                      list(faults(model.output_shape, body, model.name)) if good else []))

    client.meta.events.register("after-call.guardduty", note)
    return found


def test_every_operation_of_the_model_is_answered_or_refused_as_the_model_says(vedette: Running, account: str) -> None:
    client, management = vedette.client(account, region=ELSEWHERE), vedette.client(MANAGEMENT, region=ELSEWHERE)
    vedette.of_aws("s3").create_bucket(
        Bucket=f"exports-{account}", CreateBucketConfiguration={"LocationConstraint": REGION})
    answers, others = heard(client), heard(management)
    known: dict[str, Any] = {
        "AccountId": vedette.new_account(), "AdminAccountId": account, "Email": "m@example.com", "RuleId": "a-rule",
        "Name": "name", "FilterName": "name", "Format": "TXT", "Location": "s3://lists/none.txt", "Activate": False,
        "FindingCriteria": {"Criterion": {"severity": {"Gte": 7}}}, "AutoEnableOrganizationMembers": "NEW",
        "DestinationProperties": {"DestinationArn": f"arn:aws:s3:::exports-{account}"},
        "ProtectedResource": {"S3Bucket": {"BucketName": "bucket"}}, "S3Object": {"Bucket": "b", "Key": "k"}}
    more = {"GetFindingsStatistics": {"FindingStatisticTypes": ["COUNT_BY_SEVERITY"]},
            "SendObjectMalwareScan": {"S3Object": {"Bucket": "bucket", "Key": "key"}},
            "UpdateOrganizationConfiguration": {"AutoEnableOrganizationMembers": "NEW"}}
    refused = {}
    for name in in_order(MODEL.operation_names):
        shape = MODEL.operation_model(name).input_shape
        asked = {**(least(shape, known) if shape is not None else {}), **more.get(name, {})}
        try:
            answer = getattr(management if name in OF_THE_MANAGEMENT else client, xform_name(name))(**asked)
        except ClientError as error:
            refused[name] = (error.response["Error"]["Code"], type(error))
            continue
        if name.startswith("Create"):
            known |= {key: value for key, value in answer.items() if key.endswith("Id")}
        if name == "CreateDetector":
            known["ResourceArn"] = f"arn:aws:guardduty:{ELSEWHERE}:{account}:detector/{answer['DetectorId']}"
        if name == "CreateSampleFindings":
            known["FindingIds"] = client.list_findings(DetectorId=known["DetectorId"])["FindingIds"][:3]
    assert {name: code for name, (code, _) in refused.items()} == REFUSED
    for name, (code, raised) in refused.items():
        assert code in errors_of(MODEL.operation_model(name)), name
        assert raised is client.exceptions.from_code(code)
    assert {name for name, _, _ in answers + others} == set(MODEL.operation_names)
    assert [one for one in answers + others if one[1] >= 500] == []
    assert {fault for _, _, found in answers + others for fault in found} == LEFT_OUT


@pytest.fixture(scope="module")
def full(vedette: Running) -> tuple[Any, str, dict[str, list[str]]]:
    """An account with several of everything that can be listed; what is to be found, by paginator."""
    account, invited = vedette.new_account(), vedette.new_account()
    client = vedette.client(account)
    detector = client.create_detector(Enable=True)["DetectorId"]
    about = {"DetectorId": detector}
    asked = {"Format": "TXT", "Location": "s3://lists/none.txt", "Activate": False}
    made: dict[str, list[str]] = {"list_detectors": [detector]}
    for kind, member in (("threat_intel_set", "ThreatIntelSetId"), ("threat_entity_set", "ThreatEntitySetId"),
                         ("trusted_entity_set", "TrustedEntitySetId"), ("ip_set", "IpSetId")):
        create = getattr(client, f"create_{kind}")
        made[f"list_{kind}s"] = [
            create(**about, **asked, Name=f"{kind} {number}")[member]
            for number in range(3 if kind.startswith("threat") else 1)]
    made["list_filters"] = [client.create_filter(
        **about, Name=f"filter-{number}", FindingCriteria={"Criterion": {"severity": {"Gte": number}}},
        Action="NOOP")["Name"] for number in (1, 2, 3)]
    types = ["Recon:EC2/Portscan", "Recon:IAMUser/TorIPCaller", "Backdoor:EC2/C&CActivity.B"]
    client.create_sample_findings(**about, FindingTypes=types)
    made["list_findings"] = client.list_findings(**about)["FindingIds"]
    assert len(made["list_findings"]) == 3
    made["list_members"] = [invited, *(vedette.new_account() for _ in range(2))]
    client.create_members(**about, AccountDetails=[
        {"AccountId": one, "Email": f"{one}@example.com"} for one in made["list_members"]])
    inviting = [(client, detector, account)]
    for _ in range(2):
        another = vedette.new_account()
        other = vedette.client(another)
        inviting.append((other, other.create_detector(Enable=True)["DetectorId"], another))
    for who, of, _ in inviting:
        who.create_members(DetectorId=of, AccountDetails=[{"AccountId": invited, "Email": "i@example.com"}])
        assert who.invite_members(DetectorId=of, AccountIds=[invited])["UnprocessedAccounts"] == []
    made["list_invitations"] = [account for _, _, account in inviting]
    made["list_custom_detection_rules"] = [one.id for one in custom_rules().values() if one.on is not None]
    made["list_custom_detection_rule_associations"] = list(custom_rules())[:3]
    for rule in made["list_custom_detection_rule_associations"]:
        client.create_custom_detection_rule_association(RuleId=rule, Mode="DRY_RUN")
    return client, invited, made


NAMES = {"list_members": "AccountId", "list_invitations": "AccountId", "list_custom_detection_rules": "RuleId",
         "list_custom_detection_rule_associations": "RuleId"}
NOTHING = {"describe_malware_scans", "list_coverage", "list_malware_scans", "list_investigations"}
"""There is nothing of these: no engine makes any."""
REFUSING = {"list_investigation_records": "ResourceNotFoundException",
            "list_custom_detection_rule_org_configurations": "AccessDeniedException",
            "list_organization_admin_accounts": "BadRequestException"}
"""What they are about is not there, or not the account's to see."""


@pytest.mark.parametrize("name", sorted(PAGINATORS))
def test_a_paginator_finds_everything_once(vedette: Running, full: Any, name: str) -> None:
    client, invited, made = full
    method = xform_name(name)
    if method == "list_invitations":
        client = vedette.client(invited)
    inputs = MODEL.operation_model(name).input_shape.members
    asked = {"DetectorId": made["list_detectors"][0], "InvestigationId": "abcdef", "OnlyAssociated": "false"}
    walk = client.get_paginator(method).paginate(
        **{member: value for member, value in asked.items() if member in inputs}, PaginationConfig={"PageSize": 1})
    if method in REFUSING:
        with pytest.raises(client.exceptions.from_code(REFUSING[method])):
            list(walk)
        return
    pages = [page[PAGINATORS[name]["result_key"]] for page in walk]
    found = [one[NAMES[method]] if method in NAMES else one for page in pages for one in page]
    assert all(len(page) <= 1 for page in pages)
    assert sorted(found) == sorted([] if method in NOTHING else made[method])
    assert len(pages) >= len(found)


def test_an_invitation_is_accepted_and_left_again(vedette: Running) -> None:
    first, second = vedette.new_account(), vedette.new_account()
    head, member = vedette.client(first), vedette.client(second)
    of_head, of_member = (one.create_detector(Enable=True)["DetectorId"] for one in (head, member))
    for accept, administrator, get, leave in (
        ("accept_administrator_invitation", "Administrator", "get_administrator_account",
         "disassociate_from_administrator_account"),
        ("accept_invitation", "Master", "get_master_account", "disassociate_from_master_account"),
    ):
        assert administrator not in getattr(member, get)(DetectorId=of_member)
        head.create_members(DetectorId=of_head, AccountDetails=[{"AccountId": second, "Email": "m@example.com"}])
        head.invite_members(DetectorId=of_head, AccountIds=[second])
        assert member.get_invitations_count()["InvitationsCount"] == 1
        invitation = member.list_invitations()["Invitations"][0]
        getattr(member, accept)(DetectorId=of_member, InvitationId=invitation["InvitationId"],
                                **{f"{administrator}Id": invitation["AccountId"]})
        there = getattr(member, get)(DetectorId=of_member)[administrator]
        assert (there["AccountId"], there["RelationshipStatus"]) == (first, "Enabled")
        getattr(member, leave)(DetectorId=of_member)
        head.delete_members(DetectorId=of_head, AccountIds=[second])
    assert "Administrator" not in member.get_administrator_account(DetectorId=of_member)


def test_times_are_parsed(client: Any, detector: str) -> None:
    client.create_threat_entity_set(
        DetectorId=detector, Name="times", Format="TXT", Location="s3://lists/none.txt", Activate=False)
    made = client.list_threat_entity_sets(DetectorId=detector)["ThreatEntitySetIds"][0]
    found = client.get_threat_entity_set(DetectorId=detector, ThreatEntitySetId=made)
    assert isinstance(found["CreatedAt"], datetime)
    assert abs(found["CreatedAt"] - datetime.now(found["CreatedAt"].tzinfo)).total_seconds() < 300


def test_errors_are_the_clients_own_exceptions(vedette: Running, client: Any, detector: str) -> None:
    errors = client.exceptions
    with pytest.raises(errors.BadRequestException, match="detectorId is not owned by the current account"):
        client.get_detector(DetectorId="0" * 32)
    with pytest.raises(errors.BadRequestException, match="no such resource found"):
        client.get_filter(DetectorId=detector, FilterName="none")
    with pytest.raises(errors.ResourceNotFoundException) as raised:
        client.get_malware_scan(ScanId="none")
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert raised.value.response["ResponseMetadata"]["RequestId"]
    analyst = vedette.client(vedette.new_account(), role="analyst")
    with pytest.raises(errors.AccessDeniedException, match="not authorized to perform: guardduty:CreateDetector"):
        analyst.create_detector(Enable=True)


def test_accounts_and_regions_do_not_see_each_other(vedette: Running, account: str, client: Any, detector: str) -> None:
    assert vedette.client(account).list_detectors()["DetectorIds"] == [detector]
    for other in (vedette.client(vedette.new_account()), vedette.client(account, region="us-east-2")):
        assert other.list_detectors()["DetectorIds"] == []
        with pytest.raises(other.exceptions.BadRequestException, match="not owned by the current account"):
            other.get_detector(DetectorId=detector)


def test_a_list_in_the_bucket_comes_into_force(client: Any, detector: str, located: Any) -> None:
    asked = {"DetectorId": detector, "Format": "TXT", "Activate": True}
    good = client.create_threat_intel_set(**asked, Name="good", Location=located("good.txt", "198.51.100.7"))
    bad = client.create_threat_intel_set(**asked, Name="bad", Location="s3://lists/there-is-none.txt")

    def status(made: dict[str, Any]) -> str | None:
        found = client.get_threat_intel_set(DetectorId=detector, ThreatIntelSetId=made["ThreatIntelSetId"])["Status"]
        return None if found == "ACTIVATING" else str(found)

    assert until(lambda: status(good), "the list is read") == "ACTIVE"
    assert until(lambda: status(bad), "the list is not found") == "ERROR"
