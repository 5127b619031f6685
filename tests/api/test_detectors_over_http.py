"""Detectors, tags, usage and what is not there yet, as boto3 has them over HTTP."""

from __future__ import annotations

from datetime import datetime

import pytest
from botocore.exceptions import ClientError

from tests.api.serving import ACCOUNT, REGION, now, serving
from vedette.api.errors import UNKNOWN_DETECTOR
from vedette.api.operations.detectors import EXISTS
from vedette.findings.rows import Usage


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("detectors")) as one:
        yield one


@pytest.fixture
def client(served):
    return served.client()


@pytest.fixture
def detector(client):
    made = client.create_detector(Enable=True, Tags={"team": "blue"})["DetectorId"]
    yield made
    client.delete_detector(DetectorId=made)


def features(client, detector):
    return {one["Name"]: one for one in client.get_detector(DetectorId=detector)["Features"]}


def test_a_detector_is_made_read_changed_read_again_and_deleted(client):
    made = client.create_detector(
        Enable=True, ClientToken="t1", DataSources={"S3Logs": {"Enable": False}},
        Features=[{"Name": "EBS_MALWARE_PROTECTION", "Status": "DISABLED"}])["DetectorId"]
    again = client.create_detector(
        Enable=True, ClientToken="t1", DataSources={"S3Logs": {"Enable": False}},
        Features=[{"Name": "EBS_MALWARE_PROTECTION", "Status": "DISABLED"}])["DetectorId"]
    assert again == made
    with pytest.raises(client.exceptions.BadRequestException, match=EXISTS):
        client.create_detector(Enable=True)
    first = client.get_detector(DetectorId=made)
    assert first["DataSources"]["S3Logs"] == {"Status": "DISABLED"}
    assert first["DataSources"]["MalwareProtection"]["ScanEc2InstanceWithFindings"]["EbsVolumes"] == {
        "Status": "DISABLED"}
    assert datetime.fromisoformat(first["CreatedAt"]).tzinfo is not None
    client.update_detector(DetectorId=made, Enable=False, FindingPublishingFrequency="FIFTEEN_MINUTES", Features=[
        {"Name": "RUNTIME_MONITORING", "Status": "ENABLED",
         "AdditionalConfiguration": [{"Name": "EC2_AGENT_MANAGEMENT", "Status": "ENABLED"}]}])
    second = client.get_detector(DetectorId=made)
    assert (second["Status"], second["FindingPublishingFrequency"]) == ("DISABLED", "FIFTEEN_MINUTES")
    runtime = features(client, made)["RUNTIME_MONITORING"]
    assert runtime["Status"] == "ENABLED"
    assert isinstance(runtime["UpdatedAt"], datetime)
    assert {one["Name"]: one["Status"] for one in runtime["AdditionalConfiguration"]} == {
        "EKS_ADDON_MANAGEMENT": "DISABLED", "ECS_FARGATE_AGENT_MANAGEMENT": "DISABLED",
        "EC2_AGENT_MANAGEMENT": "ENABLED"}
    pages = client.get_paginator("list_detectors").paginate()
    assert [one for page in pages for one in page["DetectorIds"]] == [made]
    client.delete_detector(DetectorId=made)
    with pytest.raises(client.exceptions.BadRequestException, match=UNKNOWN_DETECTOR):
        client.get_detector(DetectorId=made)
    renewed = client.create_detector(
        Enable=True, ClientToken="t1", DataSources={"S3Logs": {"Enable": False}},
        Features=[{"Name": "EBS_MALWARE_PROTECTION", "Status": "DISABLED"}])["DetectorId"]
    assert client.get_detector(DetectorId=renewed)["Status"] == "ENABLED"
    client.delete_detector(DetectorId=renewed)


def test_foundational_features_cannot_be_switched(client, detector):
    with pytest.raises(client.exceptions.BadRequestException, match="FLOW_LOGS"):
        client.update_detector(DetectorId=detector, Features=[{"Name": "FLOW_LOGS", "Status": "DISABLED"}])
    assert features(client, detector)["FLOW_LOGS"]["Status"] == "ENABLED"


def test_tags_by_arn(client, detector):
    arn = f"arn:aws:guardduty:{REGION}:{ACCOUNT}:detector/{detector}"
    client.create_filter(DetectorId=detector, Name="my.rule", FindingCriteria={"Criterion": {"type": {"Eq": ["x"]}}})
    for where, there in ((arn, {"team": "blue"}), (f"{arn}/filter/my.rule", {})):
        client.tag_resource(ResourceArn=where, Tags={"a": "1", "b": "é"})
        client.untag_resource(ResourceArn=where, TagKeys=["a", "c"])
        assert client.list_tags_for_resource(ResourceArn=where)["Tags"] == {**there, "b": "é"}
    with pytest.raises(client.exceptions.BadRequestException):
        client.tag_resource(ResourceArn=arn, Tags={"aws:x": "1"})
    with pytest.raises(client.exceptions.AccessDeniedException):
        client.list_tags_for_resource(ResourceArn=arn.replace(ACCOUNT, "444455556666"))


def test_usage_trial_and_coverage(served, client, detector):
    with served.store.transaction() as batch:
        batch.count_usage([Usage(account=ACCOUNT, region=REGION, kind="cloudtrail", records=12, bytes=3)],
                          now())
    answer = client.get_usage_statistics(
        DetectorId=detector, UsageStatisticType="TOP_ACCOUNTS_BY_FEATURE", UsageCriteria={"Features": ["CLOUD_TRAIL"]})
    assert answer["UsageStatistics"] == {"TopAccountsByFeature": [
        {"Feature": "CLOUD_TRAIL", "Accounts": [{"AccountId": ACCOUNT, "Total": {"Amount": "12", "Unit": "RECORDS"}}]}]}
    trial = client.get_remaining_free_trial_days(DetectorId=detector, AccountIds=[ACCOUNT])
    assert trial["Accounts"][0]["DataSources"]["CloudTrail"] == {"FreeTrialDaysRemaining": 0}
    assert list(client.get_paginator("list_coverage").paginate(DetectorId=detector).search("Resources")) == []
    assert client.get_coverage_statistics(DetectorId=detector, StatisticsType=["COUNT_BY_COVERAGE_STATUS"])[
        "CoverageStatistics"] == {"CountByCoverageStatus": {}}


def test_what_is_not_there_yet_says_so_to_clients(client, detector):
    client.update_malware_scan_settings(
        DetectorId=detector, EbsSnapshotPreservation="RETENTION_WITH_FINDING",
        ScanResourceCriteria={"Include": {"EC2_INSTANCE_TAG": {"MapEquals": [{"Key": "env", "Value": "prod"}]}}})
    kept = client.get_malware_scan_settings(DetectorId=detector)
    assert kept["ScanResourceCriteria"]["Include"]["EC2_INSTANCE_TAG"]["MapEquals"] == [{"Key": "env", "Value": "prod"}]
    for paginator, rows, members in (
        ("describe_malware_scans", "Scans", {"DetectorId": detector}),
        ("list_malware_scans", "Scans", {}),
        ("list_investigations", "Investigations", {"DetectorId": detector}),
        ("list_custom_detection_rule_associations", "RuleAssociations", {}),
    ):
        assert list(client.get_paginator(paginator).paginate(**members).search(rows)) == []
    for call in (
        lambda: client.get_malware_scan(ScanId="x"),
        lambda: client.get_malware_protection_plan(MalwareProtectionPlanId="x"),
        lambda: client.get_investigation(DetectorId=detector, InvestigationId="ab"),
        lambda: client.get_custom_detection_rule(RuleId="some-rule"),
    ):
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            call()
    with pytest.raises(ClientError, match="not enabled in this build"):
        client.start_malware_scan(ResourceArn=f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-0123")
    with pytest.raises(client.exceptions.AccessDeniedException):
        client.list_custom_detection_rule_org_configurations()
