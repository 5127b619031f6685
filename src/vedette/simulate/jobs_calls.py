"""What a company's people and programs call that is ordinary and looks bad."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from vedette.simulate.estate_hour import Hour, Job
from vedette.simulate.estate_plan import Network
from vedette.simulate.events import Happening
from vedette.simulate.identifiers import bare_hex, hex_id, upper_id
from vedette.simulate.principals import (
    BOTO3,
    BROWSER,
    TERRAFORM,
    Principal,
    anonymous,
    foreign_account,
    iam_user,
    instance_session,
    role_session,
    service,
    service_role_session,
    sso_session,
)

ROLES = frozenset({
    "SecurityAudit", "retention", "replication", "MonitoringVendor", "mailer", "AWSServiceRoleForBackup",
    "AWSServiceRoleForConfig", "AWSServiceRoleForAutoScaling", "AWSServiceRoleForElasticLoadBalancing",
    "AWSServiceRoleForSupport",
})
"""Roles and users at work whose names do not begin with their network's."""

_PRINCIPALS: Mapping[str, Any] = {"AWS": "*"}
_ORGANISATION = "o-4k2m9d81xq"
_BLOCK = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
_AUDIT = (
    # what posture tools ask in every account
    ("iam", "GetAccountSummary"), ("iam", "GetAccountPasswordPolicy"), ("iam", "GetCredentialReport"),
    ("iam", "GenerateCredentialReport"), ("iam", "ListUsers"), ("iam", "ListRoles"), ("iam", "ListAccessKeys"),
    ("iam", "ListMFADevices"), ("iam", "GetAccountAuthorizationDetails"), ("s3", "ListBuckets"),
    ("s3", "GetBucketAcl"), ("s3", "GetBucketPolicy"), ("s3", "GetBucketPolicyStatus"),
    ("s3", "GetBucketPublicAccessBlock"), ("s3", "GetAccountPublicAccessBlock"), ("s3", "GetBucketLogging"),
    ("cloudtrail", "DescribeTrails"), ("cloudtrail", "GetTrailStatus"), ("cloudtrail", "GetEventSelectors"),
    ("ec2", "DescribeSecurityGroups"), ("ec2", "DescribeSnapshotAttribute"), ("ec2", "DescribeImages"),
    ("ec2", "DescribeFlowLogs"), ("kms", "ListKeys"), ("kms", "GetKeyPolicy"), ("kms", "GetKeyRotationStatus"),
    ("rds", "DescribeDBInstances"), ("lambda", "GetPolicy20150331v2"), ("guardduty", "ListDetectors"),
    ("guardduty", "GetDetector"), ("config", "DescribeConfigurationRecorders"), ("secretsmanager", "ListSecrets"),
    ("organizations", "ListAccounts"), ("sts", "GetCallerIdentity"),
    ("bedrock", "GetModelInvocationLoggingConfiguration"),
)


def broken_cron(hour: Hour) -> Iterator[Happening]:
    """A job of two machines asks each minute for what it may not have, for weeks."""
    for machine in hour.plan.of("worker")[:2]:
        who = hour.session(_on(machine.host, machine.role, hour.plan.networks[0]))
        for minute in range(60):
            yield who.calls("s3", "ListObjects", {"bucketName": "legacy-exports", "prefix": "in/"},
                            error="AccessDenied", at=minute * 60 + 2)
            yield who.calls("ec2", "DescribeInstances", {"instancesSet": {}, "filterSet": {}},
                            error="UnauthorizedOperation", at=minute * 60 + 3)


def posture_audit(hour: Hour) -> Iterator[Happening]:
    """The security team's tool reads how everything is set, in all accounts, on Mondays."""
    if hour.weekday or hour.of_day != 5:
        return
    for place, network in enumerate(hour.plan.networks):
        who = hour.session(role_session("SecurityAudit", "posture", network.account, agent=BOTO3,
                                        ip=str(hour.plan.network("security").nat.public_ip)))
        for number in range(12):
            for step, (service_name, call) in enumerate(_AUDIT):
                yield who.calls(
                    service_name, call, {"bucketName": f"corp-{network.name}-{number}"} if "Bucket" in call else {},
                    error="AccessDenied" if (number + step) % 19 == 0 else None, region=network.region,
                    at=place * 400 + number * 25 + step * 0.5)


def deployments(hour: Hour) -> Iterator[Happening]:
    """Terraform makes buckets that only the company can read, turns blocks, logs and trails on, and rotates keys."""
    if hour.weekday > 4 or hour.of_day not in (9, 13, 16):
        return
    for place, network in enumerate(hour.plan.networks):
        who = hour.session(role_session(f"{network.name}-terraform", "terraform", network.account, agent=TERRAFORM,
                                        ip="20.57.43.81"))
        yield from _bucket(who, network, hour, at=100.0 + place * 300)
        yield from _account(who, network, at=160.0 + place * 300)
    if hour.weekday == 0 and hour.of_day == 13:
        yield from _monday(hour)


def _bucket(who: Principal, network: Network, hour: Hour, at: float) -> Iterator[Happening]:
    bucket = f"corp-{network.name}-{network.region}-{hour.day}-{hour.of_day}"
    statements: list[dict[str, Any]] = [
        {"Condition": {"StringEquals": {"aws:PrincipalOrgID": _ORGANISATION}}, "Action": "s3:GetObject"},
        {"Condition": {"StringEquals": {"aws:SourceVpce": network.endpoint}}, "Action": "s3:*"},
        {"Condition": {"IpAddress": {"aws:SourceIp": ["81.2.69.0/27", "82.64.110.0/27"]}}, "Action": "s3:GetObject"},
        {"Condition": {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{network.account}:role/*"}},
         "Action": "s3:PutObject"},
        {"Condition": {"StringEquals": {"aws:SourceAccount": network.account}}, "Action": "s3:PutObject",
         "Principal": {"Service": "logging.s3.amazonaws.com"}},
        {"Condition": {"Bool": {"aws:SecureTransport": "false"}}, "Action": "s3:*", "Effect": "Deny"},
        {"Principal": {"Service": "cloudfront.amazonaws.com"}, "Action": "s3:GetObject",
         "Condition": {"StringEquals": {"AWS:SourceArn": f"arn:aws:cloudfront::{network.account}:distribution/E1"}}},
        {"Principal": {"AWS": f"arn:aws:iam::{network.account}:root"}, "Action": "s3:*"},
    ]
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": _PRINCIPALS, "Resource": f"arn:aws:s3:::{bucket}/*", **one}
        for one in statements]}
    common = {"bucketName": bucket, "Host": f"{bucket}.s3.amazonaws.com"}
    steps: tuple[tuple[str, dict[str, Any]], ...] = (
        ("CreateBucket", {}),
        ("PutBucketPublicAccessBlock", {"publicAccessBlock": "", "PublicAccessBlockConfiguration": _BLOCK}),
        ("PutBucketOwnershipControls", {}), ("PutBucketEncryption", {}), ("PutBucketVersioning", {}),
        ("PutBucketAcl", {"acl": "", "x-amz-acl": "log-delivery-write"}),
        ("PutBucketPolicy", {"policy": "", "bucketPolicy": policy}),
        ("PutBucketLogging", {"logging": "", "BucketLoggingStatus": {"LoggingEnabled": {
            "TargetBucket": "corp-access-logs", "TargetPrefix": bucket}}}),
        ("PutBucketLifecycle", {}), ("PutBucketReplication", {}), ("PutBucketTagging", {}), ("GetBucketPolicy", {}),
    )
    for number, (name, more) in enumerate(steps):
        yield who.calls("s3", name, {**common, **more}, region=network.region, at=at + number)
    if hour.of_day == 16:
        for number, name in enumerate(("DeleteBucketPolicy", "DeleteBucketReplication", "DeleteBucketLifecycle")):
            yield who.calls("s3", name, common, region=network.region, at=at + 20 + number)


def _account(who: Principal, network: Network, at: float) -> Iterator[Happening]:
    trail = f"arn:aws:cloudtrail:{network.region}:{network.account}:trail/corp"
    group = hex_id("sg-", network.vpc)
    steps: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("iam", "UpdateAccountPasswordPolicy", {
            "minimumPasswordLength": 16, "requireSymbols": True, "requireNumbers": True, "maxPasswordAge": 90,
            "requireUppercaseCharacters": True, "requireLowercaseCharacters": True, "passwordReusePrevention": 24,
            "allowUsersToChangePassword": True, "hardExpiry": False}),
        ("cloudtrail", "UpdateTrail", {"name": trail, "isMultiRegionTrail": True, "enableLogFileValidation": True,
                                       "includeGlobalServiceEvents": True}),
        ("cloudtrail", "StartLogging", {"name": trail}),
        ("cloudtrail", "PutEventSelectors", {"trailName": trail, "eventSelectors": [
            {"readWriteType": "All", "includeManagementEvents": True, "dataResources": []}]}),
        ("bedrock", "PutModelInvocationLoggingConfiguration", {"loggingConfig": {
            "cloudWatchConfig": {"logGroupName": "bedrock"}, "textDataDeliveryEnabled": True}}),
        ("ec2", "AuthorizeSecurityGroupIngress", {"groupId": group, "ipPermissions": {"items": [
            {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}]}}),
        ("ec2", "RevokeSecurityGroupEgress", {"groupId": group}),
        ("ec2", "CreateFlowLogs", {"CreateFlowLogsRequest": {"ResourceType": "VPC", "TrafficType": "ALL"}}),
        ("iam", "CreateRole", {"roleName": f"{network.name}-job", "path": "/"}),
        ("iam", "AttachRolePolicy", {"roleName": f"{network.name}-job",
                                     "policyArn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}),
        ("kms", "CreateGrant", {}), ("ec2", "CreateSnapshot", {"volumeId": hex_id("vol-", network.vpc)}),
        ("rds", "CreateDBSnapshot", {}),
        ("config", "StartConfigurationRecorder", {"configurationRecorderName": "default"}),
    )
    if network.name != "prod":  # whose website's buckets are public on purpose
        steps += (("s3", "PutAccountPublicAccessBlock", {
            "PublicAccessBlockConfiguration": _BLOCK, "accountId": network.account}),)
    for number, (source, name, request) in enumerate(steps):
        yield who.calls(source, name, request, region=None if source == "iam" else network.region, at=at + number * 2)


def _monday(hour: Hour) -> Iterator[Happening]:
    """The new golden image is shared with the company's other accounts; every fourth week the mailer's key is new."""
    shared, network = hour.plan.network("shared"), hour.plan.networks[0]
    bakes = hour.session(role_session("shared-image-pipeline", "images", shared.account, agent=BOTO3,
                                      ip=str(shared.nat.public_ip)))
    accounts = sorted({each.account for each in hour.plan.networks} - {shared.account})
    yield bakes.calls("ec2", "ModifyImageAttribute", {
        "imageId": hex_id("ami-", hour.day), "attributeType": "launchPermission",
        "launchPermission": {"add": {"items": [{"userId": account} for account in accounts]}}}, at=1_000)
    if hour.day // 7 % 4 == 0:
        rotates = hour.session(role_session(f"{network.name}-key-rotation", "rotation", network.account, agent=BOTO3,
                                            ip=str(network.nat.public_ip)))
        old = {"userName": "mailer", "accessKeyId": upper_id("AKIA", 20, "mailer", hour.day)}
        yield rotates.calls("iam", "CreateAccessKey", {"userName": "mailer"}, at=1_100)
        yield rotates.calls("iam", "UpdateAccessKey", {**old, "status": "Inactive"}, at=1_200)
        yield rotates.calls("iam", "DeleteAccessKey", old, at=1_300)


def sign_ins(hour: Hour) -> Iterator[Happening]:
    """People sign in from the office, then from the train by phone, then through the VPN; some switch roles."""
    for place, person in enumerate(hour.plan.people):
        local = (hour.of_day + person.utc_offset) % 24
        if hour.weekday > 4 or local not in (9, 10) or place % 4:
            continue
        account = person.accounts[0]
        who = iam_user(person.user, account, ip=person.office) if person.iam_user else sso_session(
            person.email, person.permission_set, account, ip=person.office, agent=BROWSER)
        who = hour.session(who)
        phone = f"{person.home.rpartition('.')[0]}.{hour.rng.randrange(2, 250)}"
        if local == 9:
            yield who.console_login(ip=phone if place % 8 == 0 else person.home, mfa=person.iam_user, at=hour.moment())
            continue
        yield who.console_login(mfa=person.iam_user, at=hour.moment())
        yield who.calls("signin", "SwitchRole", {"roleName": "ReadOnly"}, response={"SwitchRole": "Success"},
                        event_type="AwsConsoleSignIn", agent=BROWSER, at=hour.moment(), read_only=False)
        egress = next((machine.host.public_ip for machine in hour.plan.of("vpn")), None)
        if egress and place % 3 == 0:
            yield who.console_login(ip=egress, mfa=person.iam_user, at=hour.moment())
            yield who.calls("ec2", "DescribeInstances", {}, ip=egress, at=hour.moment())


def travellers(hour: Hour) -> Iterator[Happening]:
    """Operations work from a hotel and a café of one city for a week, and from an airport on the way back."""
    people = [one for one in hour.plan.people if one.permission_set == "Operations"][:3]
    for number, person in enumerate(people):
        if hour.day % 28 // 7 != number or hour.weekday > 4 or not 8 <= hour.of_day < 18:
            continue
        who = hour.session(sso_session(person.email, person.permission_set, person.accounts[0], ip=person.office))
        place = ("77.111.246.8", "77.111.247.91")[hour.of_day % 2] if hour.weekday < 4 else "185.13.50.7"
        if hour.of_day in (8, 13):
            yield who.console_login(ip=place, mfa=False, at=30)
        for _ in range(12):
            yield who.calls("ec2", "DescribeInstances", {}, ip=place, at=hour.moment())
            yield who.calls("logs", "FilterLogEvents", {"logGroupName": "/prod/api"}, ip=place, at=hour.moment())


def central_egress(hour: Hour) -> Iterator[Happening]:
    """Machines of staging reach the internet by a transit gateway and the shared account's NAT gateway."""
    hub = hour.plan.network("shared").nat.public_ip
    for machine in hour.plan.network("staging").of("app")[:4]:
        who = hour.session(instance_session(machine.host, machine.role, ip=hub))
        for _ in range(10):
            yield who.calls("sqs", "ListQueues", {}, at=hour.moment())
            yield who.calls("ssm", "UpdateInstanceInformation", {"instanceId": machine.host.instance_id},
                            at=hour.moment())


def shared_links(hour: Hour) -> Iterator[Happening]:
    """Customers follow links to objects that machines and functions signed; anybody reads the company's site."""
    network = hour.plan.networks[0]
    for machine in network.of("app")[:2]:
        who = hour.session(_on(machine.host, machine.role, network))
        for _ in range(20):
            yield who.calls(
                "s3", "GetObject", {"bucketName": "corp-invoices", "key": f"2026/{bare_hex(12, hour.rng.random())}.pdf",
                                    "X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Expires": "900",
                                    "X-Amz-SignedHeaders": "host", "X-Amz-Date": "20260302T090000Z"},
                ip=hour.client(), agent=f"[{BROWSER}]", at=hour.moment(), additional={
                    "SignatureVersion": "SigV4", "CipherSuite": "TLS_AES_128_GCM_SHA256", "bytesTransferredIn": 0,
                    "AuthenticationMethod": "QueryString", "x-amz-id-2": "a=", "bytesTransferredOut": 88_000})
    for _ in range(40):
        yield anonymous(network.account, ip=hour.client()).calls(
            "s3", "GetObject", {"bucketName": "corp-website", "key": "index.html"}, at=hour.moment())


def services_in_ones_name(hour: Hour) -> Iterator[Happening]:
    """Athena, CloudFormation, Backup and replication call in the name of people, roles and themselves."""
    network = hour.plan.network("data")
    analyst = hour.session(sso_session("ada.rossi@corp.example", "DataEngineer", network.account))
    for _ in range(12):
        yield analyst.through("athena.amazonaws.com").calls(
            "s3", "GetObject", {"bucketName": "corp-lake", "key": f"part-{hour.rng.randrange(9_999)}"},
            at=hour.moment())
    saver = service_role_session("AWSServiceRoleForBackup", "AWSBackup", "backup.amazonaws.com", network.account)
    if hour.of_day == 2:
        for number, name in enumerate(("CreateSnapshot", "CreateTags", "DescribeSnapshots", "DeleteSnapshot") * 10):
            yield saver.calls("ec2", name, {}, at=number * 3)
    copies = hour.session(role_session("replication", "s3-replication", network.account, ip="s3.amazonaws.com",
                                       agent="s3.amazonaws.com").through("s3.amazonaws.com"))
    for _ in range(20):
        yield copies.calls("s3", "PutObject", {"bucketName": "corp-lake-copy", "key": "part"}, at=hour.moment())
    for each in hour.plan.networks:
        yield service("eks.amazonaws.com", each.account).calls(
            "sts", "AssumeRole", {"roleArn": f"arn:aws:iam::{each.account}:role/eks", "roleSessionName": "eks"},
            at=hour.moment())


def partners(hour: Hour) -> Iterator[Happening]:
    """A partner's account reads what it was given, and asks in vain for more."""
    network = hour.plan.network("data")
    partner = foreign_account("888899990000", network.account, ip="93.184.34.9")
    for number in range(20):
        yield partner.calls("s3", "GetObject", {"bucketName": "corp-exchange", "key": f"out/{number}.csv"},
                            error="AccessDenied" if number % 9 == 0 else None, at=hour.moment())


def clean_up(hour: Hour) -> Iterator[Happening]:
    """Each night what is old goes: hundreds of objects, snapshots, key versions, empty buckets."""
    if hour.of_day != 4:
        return
    for place, network in enumerate(hour.plan.networks):
        who = hour.session(role_session("retention", "retention", network.account, ip=str(network.nat.public_ip),
                                        agent=BOTO3))
        for number in range(60):
            yield who.calls("s3", "DeleteObjects", {"bucketName": f"corp-{network.name}", "delete": ""},
                            region=network.region, at=place * 60 + number)
        for number, name in enumerate(("DeleteSnapshot", "DeregisterImage", "DeleteVolume") * 5):
            yield who.calls("ec2", name, {"snapshotId": hex_id("snap-", number)}, region=network.region,
                            at=place * 60 + number)
        yield who.calls("s3", "DeleteBucket", {"bucketName": f"corp-{network.name}-tmp"}, region=network.region,
                        at=place * 60 + 30)


def models(hour: Hour) -> Iterator[Happening]:
    """Applications ask models all day, some thousands of tokens at a time, and run into limits."""
    network = hour.plan.networks[0]
    who = hour.session(role_session("prod-assistant-fn", "assistant", network.account, ip="44.200.10.99", agent=BOTO3))
    for number in range(60):
        yield who.calls("bedrock", "InvokeModel", {"modelId": "anthropic.claude-3-5-sonnet-20241022-v2:0"},
                        error="ThrottlingException" if number % 20 == 0 else None, at=hour.moment())


def _on(host: Any, role: str, network: Network) -> Principal:
    return replace(instance_session(host, role, ip=host.public_ip or network.nat.public_ip), region=network.region)


JOBS: tuple[Job, ...] = (
    broken_cron, posture_audit, deployments, sign_ins, travellers, central_egress, shared_links, services_in_ones_name,
    partners, clean_up, models,
)
