"""The AWS Security Finding Format, held against botocore's own model of Security Hub."""

from __future__ import annotations

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.publish.made import API, DNS, FLOW, PROBE, each, finding
from vedette.detectors.catalogue import catalogue
from vedette.detectors.signal import AccessKey, ApiCallAction, Database, InstanceRef, NetworkAction, Resource
from vedette.publish.asff import asff
from vedette.publish.asff_types import asff_type
from vedette.publish.summary import resource_in_words

MODEL = botocore.session.get_session().get_service_model("securityhub")
FINDING = MODEL.shape_for("AwsSecurityFinding")


def faults(document):
    """What is wrong with it: types, required members, and (which botocore leaves to the service) patterns and names."""
    report = ParamValidator().validate({"Findings": [document]},
                                       MODEL.operation_model("BatchImportFindings").input_shape)
    found = [report.generate_report()] if report.has_errors() else []
    found += list(unknown_or_blank(document, FINDING, "Finding"))
    if len(document["ProductFields"]) > 50:
        found.append("more than 50 product fields")
    found += [name for name, value in document["ProductFields"].items() if len(name) > 128 or len(value) > 2048]
    limits = {"Title": 256, "Description": 1024, "Id": 512, "GeneratorId": 512, "ProductArn": 2048}
    found += [name for name, limit in limits.items() if not 0 < len(document[name]) <= limit]
    if not 1 <= len(document["Resources"]) <= 32:
        found.append("1 to 32 resources")
    return found


def unknown_or_blank(value, shape, path):
    if shape.type_name == "structure":
        for name, inner in value.items():
            if name not in shape.members:
                yield f"{path}.{name} is not in the model"
            else:
                yield from unknown_or_blank(inner, shape.members[name], f"{path}.{name}")
    elif shape.type_name == "list":
        for inner in value:
            yield from unknown_or_blank(inner, shape.member, path)
    elif shape.type_name == "map":
        for inner in value.values():
            yield from unknown_or_blank(inner, shape.value, path)
    elif shape.type_name == "string":
        if not value.strip():
            yield f"{path} is blank"
        if shape.enum and value not in shape.enum:
            yield f"{path}: {value} is not one of {shape.enum}"


@pytest.mark.parametrize("one", each(), ids=lambda one: one["type"])
def test_each_kind_of_finding_is_what_security_hub_takes(one):
    assert faults(asff(one)) == []


def test_the_test_itself_sees_faults():
    good = asff(finding(API))
    assert faults(good | {"Title": ""})
    assert faults(good | {"Severity": {"Label": "BAD"}})
    assert faults(good | {"Unknown": 1})


def test_identity_is_the_finding_the_detector_and_guarddutys_product():
    one = finding(FLOW)
    made = asff(one)
    assert made["Id"] == one["arn"]
    assert made["GeneratorId"] == f"arn:aws:guardduty:eu-west-1:111122223333:detector/{one['service']['detectorId']}"
    assert made["ProductArn"] == "arn:aws:securityhub:eu-west-1::product/aws/guardduty"
    assert made["AwsAccountId"] == "111122223333"
    assert made["Severity"] == {"Product": 2.0, "Label": "LOW"}
    assert (made["FirstObservedAt"], made["LastObservedAt"]) == ("2026-03-02T09:00:00.000Z",) * 2


def test_an_archived_finding_is_an_archived_record():
    assert asff(finding(FLOW, archived=True))["RecordState"] == "ARCHIVED"
    assert asff(finding(FLOW))["RecordState"] == "ACTIVE"


def test_chinas_partition_is_kept():
    assert asff(finding(FLOW, region="cn-north-1"))["ProductArn"].startswith("arn:aws-cn:securityhub:cn-north-1:")


def test_resources_are_the_key_the_bucket_and_its_object():
    kinds = {one["Type"]: one for one in asff(finding(API))["Resources"]}
    assert set(kinds) == {"AwsIamAccessKey", "AwsS3Bucket", "AwsS3Object"}
    assert kinds["AwsIamAccessKey"]["Details"]["AwsIamAccessKey"]["PrincipalName"] == "mallory"
    assert kinds["AwsS3Bucket"]["Id"] == "arn:aws:s3:::acme-ledger"
    assert kinds["AwsS3Object"]["Id"] == "arn:aws:s3:::acme-ledger/2026/q1.csv"


def test_an_instance_is_named_by_arn_and_an_unknown_one_by_its_interface():
    assert asff(finding(FLOW))["Resources"][0]["Id"] == (
        "arn:aws:ec2:eu-west-1:111122223333:instance/i-0a11d5e7c0ffee001")
    unknown = asff(finding(PROBE))["Resources"][0]
    assert (unknown["Type"], unknown["Id"]) == (
        "AwsEc2NetworkInterface", "arn:aws:ec2:eu-west-1:111122223333:network-interface/eni-1")


def test_a_limitless_database_is_its_cluster() -> None:
    made = finding(API, resource=Resource(kind="RDSLimitlessDB", database=Database(
        cluster="orders", shard_group="orders-shards", user="app")))
    assert made["resource"]["rdsLimitlessDbDetails"] == {
        "dbShardGroupIdentifier": "orders-shards", "dbClusterIdentifier": "orders"}
    document = asff(made)
    assert faults(document) == []
    assert [(one["Type"], one["Id"]) for one in document["Resources"]] == [
        ("AwsRdsDbCluster", "arn:aws:rds:eu-west-1:111122223333:cluster:orders")]
    assert resource_in_words(made) == "database orders by app"


def test_what_has_no_name_is_told_of_the_account() -> None:
    made = finding(FLOW, resource=Resource(kind="Instance", instance=InstanceRef(private_ip=" ")))
    assert [one["Type"] for one in asff(made)["Resources"]] == ["AwsAccount"]


def test_actions_say_what_the_finding_says():
    assert asff(finding(FLOW))["Action"] == {
        "ActionType": "NETWORK_CONNECTION", "NetworkConnectionAction": {
            "ConnectionDirection": "INBOUND", "RemoteIpDetails": {"IpAddressV4": "198.51.100.8"}, "Protocol": "TCP",
            "RemotePortDetails": {"Port": 40000, "PortName": "Unknown"}, "Blocked": False,
            "LocalPortDetails": {"Port": 22, "PortName": "SSH"}}}
    assert asff(finding(DNS))["Action"]["DnsRequestAction"] == {
        "Domain": "drop.bad.example", "Protocol": "UDP", "Blocked": False}
    probes = asff(finding(PROBE))["Action"]["PortProbeAction"]["PortProbeDetails"]
    assert [one["LocalPortDetails"]["Port"] for one in probes] == [9200, 9300]
    call = asff(finding(API))["Action"]["AwsApiCallAction"]
    assert (call["Api"], call["AffectedResources"]) == ("GetObject", {"AWS::S3::Bucket": "acme-ledger"})


def test_product_fields_are_the_service_flattened_as_security_hub_does():
    fields = asff(finding(FLOW, times=3))["ProductFields"]
    assert fields["aws/guardduty/service/count"] == "3"
    assert fields["aws/guardduty/service/archived"] == "false"
    assert fields["aws/guardduty/service/action/networkConnectionAction/localPortDetails/port"] == "22"
    assert fields["aws/guardduty/service/evidence/threatIntelligenceDetails.0_/threatNames.0_"] == "Mirai"
    assert fields["aws/guardduty/service/additionalInfo/sample"] == "true"
    assert fields["aws/securityhub/ProductName"] == "GuardDuty"


@pytest.mark.parametrize(("name", "theirs"), [
    # Rows of the table in the GuardDuty user guide.
    ("Backdoor:EC2/C&CActivity.B!DNS", "TTPs/Command and Control/Backdoor:EC2-C&CActivity.B!DNS"),
    ("CredentialAccess:IAMUser/AnomalousBehavior", "TTPs/Credential Access/IAMUser-AnomalousBehavior"),
    ("DefenseEvasion:EC2/UnusualDoHActivity", "TTPs/DefenseEvasion/EC2:Unusual-DoH-Activity"),
    ("DefenseEvasion:IAMUser/BedrockLoggingDisabled",
     "TTPs/Defense Evasion/DefenseEvasion:IAMUser-BedrockLoggingDisabled"),
    ("Discovery:S3/TorIPCaller", "TTPs/Discovery:S3-TorIPCaller"),
    ("Impact:EC2/AbusedDomainRequest.Reputation", "TTPs/Impact:EC2-AbusedDomainRequest.Reputation"),
    ("Impact:EC2/PortSweep", "TTPs/Impact/Impact:EC2-PortSweep"),
    ("PenTest:IAMUser/KaliLinux", "TTPs/PenTest:IAMUser/KaliLinux"),
    ("PenTest:S3/KaliLinux", "TTPs/PenTest:S3-KaliLinux"),
    ("Policy:S3/BucketBlockPublicAccessDisabled", "Effects/Data Exposure/Policy:S3-BucketBlockPublicAccessDisabled"),
    ("Policy:S3/BucketPublicAccessGranted", "TTPs/Policy:S3-BucketPublicAccessGranted"),
    ("Recon:EC2/Portscan", "TTPs/Discovery/Recon:EC2-Portscan"),
    ("Stealth:IAMUser/CloudTrailLoggingDisabled", "TTPs/Defense Evasion/Stealth:IAMUser-CloudTrailLoggingDisabled"),
    ("Trojan:EC2/DriveBySourceTraffic!DNS", "TTPs/Initial Access/Trojan:EC2-DriveBySourceTraffic!DNS"),
    ("UnauthorizedAccess:EC2/TorClient", "Effects/Resource Consumption/UnauthorizedAccess:EC2-TorClient"),
    ("UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
     "Effects/Data Exfiltration/UnauthorizedAccess:IAMUser-InstanceCredentialExfiltration.OutsideAWS"),
    ("UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B", "TTPs/UnauthorizedAccess:IAMUser-ConsoleLoginSuccess.B"),
    ("UnauthorizedAccess:IAMUser/TorIPCaller", "TTPs/Command and Control/UnauthorizedAccess:IAMUser-TorIPCaller"),
    ("UnauthorizedAccess:S3/TorIPCaller", "TTPs/UnauthorizedAccess:S3-TorIPCaller"),
    ("Custom:EC2/Mine", "TTPs/Custom:EC2-Mine"),
])
def test_types_are_aws_own(name, theirs):
    assert asff_type(name) == theirs


def test_every_type_of_the_catalogue_is_in_a_namespace_of_the_format():
    for name in catalogue().types:
        assert asff_type(name).partition("/")[0] in {"TTPs", "Effects", "Unusual Behaviors"}


TEXT = st.text(max_size=3000)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(TEXT, TEXT, TEXT, st.dictionaries(st.text(max_size=200), TEXT, max_size=80), st.booleans())
def test_whatever_a_log_holds_the_format_s_limits_hold(one, two, three, additional, network):
    if network:
        made = finding(FLOW, title=one or "t", description=two or "d", additional=additional, resource=Resource(
            kind="Instance", instance=InstanceRef(instance_id=three, private_ip=one)),
            action=NetworkAction(
                direction="UNKNOWN", protocol=two, blocked=True, local_ip=one, remote_ip="2001:db8::1"))
    else:
        made = finding(API, title=one or "t", description=two or "d", additional=additional, resource=Resource(
            kind="S3Bucket", buckets=(two, three), objects=tuple((two, f"{one}{n}") for n in range(40)),
            access_key=AccessKey(user_name=one)),
            action=ApiCallAction(api=one, service=two, source=three, affected=((one, two),)))
    made["title"] = made["title"] if made["title"].strip() else "blank"
    made["description"] = made["description"] if made["description"].strip() else "blank"
    document = asff(made)
    assert faults(document) == []
