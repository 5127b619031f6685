"""The small company on which the model of habits was tuned. What judges the model is `benchmarks.habits_world`, which
shares nothing with this: not the people, not the numbers, not the attacks.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from vedette.logs.cloudtrail import ApiCall, UserIdentity

ACCOUNT = "210987654321"
START = 1_767_571_200
"""Monday 2026-01-05, 00:00 UTC (s)."""
DAY = 86_400

_AREAS = {
    "web": "ec2:DescribeInstances ec2:DescribeSecurityGroups elasticloadbalancing:DescribeLoadBalancers "
    "elasticloadbalancing:DescribeTargetHealth autoscaling:DescribeAutoScalingGroups ec2:DescribeVpcs "
    "acm:ListCertificates cloudfront:ListDistributions route53:ListHostedZones ec2:StartInstances "
    "ec2:StopInstances autoscaling:UpdateAutoScalingGroup ec2:CreateTags cloudfront:CreateInvalidation",
    "data": "glue:GetTables glue:GetDatabases athena:StartQueryExecution athena:GetQueryResults s3:ListBuckets "
    "s3:GetBucketLocation redshift:DescribeClusters glue:StartJobRun glue:GetJobRuns kms:ListAliases "
    "lakeformation:GetDataAccess sagemaker:ListNotebookInstances sagemaker:CreateTrainingJob",
    "apps": "lambda:ListFunctions lambda:GetFunction lambda:UpdateFunctionCode logs:DescribeLogGroups "
    "logs:FilterLogEvents dynamodb:DescribeTable sqs:ListQueues sns:ListTopics apigateway:GetRestApis "
    "states:ListStateMachines secretsmanager:ListSecrets secretsmanager:GetSecretValue ecs:DescribeServices "
    "ecs:UpdateService ecr:DescribeRepositories ecr:GetAuthorizationToken",
    "ops": "iam:ListRoles iam:GetRole iam:ListPolicies iam:ListUsers iam:GetUser iam:ListAccessKeys iam:CreateRole "
    "iam:AttachRolePolicy iam:PutRolePolicy iam:CreateAccessKey iam:UpdateAccessKey iam:DeleteAccessKey "
    "cloudtrail:DescribeTrails cloudtrail:LookupEvents ec2:CreateSnapshot rds:CreateDBSnapshot "
    "rds:DescribeDBInstances ssm:StartSession ssm:DescribeInstanceInformation ssm:SendCommand "
    "organizations:DescribeOrganization ec2:AuthorizeSecurityGroupIngress s3:PutBucketPolicy "
    "cloudwatch:DescribeAlarms monitoring:DescribeAlarms config:DescribeConfigRules ec2:ModifyInstanceAttribute",
    "money": "ce:GetCostAndUsage budgets:DescribeBudgets organizations:ListAccounts savingsplans:DescribeSavingsPlans",
}
_MORE = [
    "kms:ListKeys",
    "backup:ListBackupJobs",
    "eks:ListClusters",
    "eks:DescribeCluster",
    "elasticache:DescribeCacheClusters",
    "ses:GetSendQuota",
    "workspaces:DescribeWorkspaces",
    "mq:ListBrokers",
    "kafka:ListClusters",
    "opensearch:ListDomainNames",
    "efs:DescribeFileSystems",
    "fsx:DescribeFileSystems",
    "batch:DescribeJobQueues",
    "transfer:ListServers",
    "events:ListRules",
    "events:PutRule",
    "scheduler:ListSchedules",
    "codebuild:ListProjects",
    "codepipeline:ListPipelines",
    "iam:CreateServiceLinkedRole",
    "iam:SimulatePrincipalPolicy",
    "ec2:DescribeSnapshots",
    "ec2:CopySnapshot",
    "rds:RestoreDBInstanceFromDBSnapshot",
    "ec2:DeleteVolume",
    "ec2:TerminateInstances",
]

_NEW_SERVICES = [
    f"{service}:{verb}{what}"
    for service, whats in (
        ("kinesis", "Stream Consumer"),
        ("redshift", "Cluster Snapshot"),
        ("apprunner", "Service Connection"),
        ("memorydb", "Cluster User"),
        ("mediaconvert", "Job Queue"),
        ("iot", "Thing Policy TopicRule"),
        ("network-firewall", "Firewall RuleGroup"),
        ("backup", "BackupPlan BackupVault"),
        ("dax", "Cluster"),
        ("servicediscovery", "Service Namespace"),
        ("appmesh", "Mesh VirtualNode"),
        ("imagebuilder", "Image Component"),
    )
    for what in whats.split()
    for verb in ("Create", "Describe", "List", "Update", "Tag", "Delete")
]
_SENSITIVE = [
    "ssm:StartSession",
    "ssm:SendCommand",
    "ec2:GetPasswordData",
    "secretsmanager:GetSecretValue",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:UpdateAssumeRolePolicy",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:StopInstances",
    "ec2:TerminateInstances",
    "ec2:CreateSnapshot",
    "rds:RestoreDBInstanceFromDBSnapshot",
    "s3:PutBucketPolicy",
    "rds:ModifyDBInstance",
    "route53:ChangeResourceRecordSets",
    "lambda:UpdateFunctionCode",
    "events:DisableRule",
    "logs:DeleteLogGroup",
    "iam:DeleteAccessKey",
    "kms:ScheduleKeyDeletion",
    "ec2:ModifySnapshotAttribute",
]

ATTACKS: dict[str, str] = {
    "look around": "sts:GetCallerIdentity iam:ListUsers iam:ListRoles iam:ListAttachedUserPolicies s3:ListBuckets "
    "ec2:DescribeInstances iam:GetAccountAuthorizationDetails lambda:ListFunctions rds:DescribeDBInstances",
    "keep access": "iam:ListUsers iam:CreateUser iam:AttachUserPolicy iam:CreateAccessKey iam:CreateLoginProfile",
    "gain rights": "iam:GetPolicyVersion iam:CreatePolicyVersion iam:ListAttachedRolePolicies "
    "iam:UpdateAssumeRolePolicy",
    "take secrets": "secretsmanager:ListSecrets secretsmanager:GetSecretValue ssm:DescribeParameters "
    "ssm:GetParametersByPath ec2:GetPasswordData",
    "go dark": "cloudtrail:DescribeTrails cloudtrail:StopLogging ec2:DeleteFlowLogs guardduty:ListDetectors "
    "guardduty:UpdateDetector",
    "copy disks": "ec2:DescribeVolumes ec2:CreateSnapshot ec2:ModifySnapshotAttribute rds:DescribeDBSnapshots "
    "rds:ModifyDBSnapshotAttribute",
    "borrow a little": "secretsmanager:ListSecrets secretsmanager:GetSecretValue",
    "share a disk": "rds:CreateDBSnapshot rds:ModifyDBSnapshotAttribute",
    "become admin": "iam:ListGroups iam:AddUserToGroup",
    "rewrite code": "lambda:ListFunctions lambda:GetFunction lambda:UpdateFunctionCode iam:PassRole",
    "mine": "ec2:DescribeRegions servicequotas:ListServiceQuotas ec2:CreateKeyPair ec2:RunInstances ec2:RunInstances",
}


class Labelled(NamedTuple):
    """A call, and the attack that it belongs to; empty for ordinary work."""

    call: ApiCall
    attack: str


@dataclass
class _Who:
    identity: UserIdentity
    apis: list[str]
    networks: list[str]
    programs: list[str]
    days_off: float
    hours: Sequence[int]
    calls: int
    curious: float
    """How often something from outside the repertoire is called (per active day)."""
    begins: int = 0
    ends: int = 10_000
    kind: str = ""
    extra: list[str] = field(default_factory=list)


def world(
    seed: int, days: int = 60, principals: int = 200, first_attack_day: int = 21, attacks_a_day: float = 1.0
) -> Iterator[Labelled]:
    """Calls in the order of their times."""
    rng = random.Random(f"tuning/{seed}")
    everybody = [_somebody(rng, number, days) for number in range(principals)]
    number = 0
    for day in range(days):
        made: list[tuple[float, ApiCall, str]] = []
        incident = rng.random() < 0.06
        for who in everybody:
            if who.begins <= day < who.ends:
                made += _day(rng, who, day, incident)
        if day >= first_attack_day:
            for _ in range(int(attacks_a_day) + (rng.random() < attacks_a_day % 1)):
                number += 1
                victim = rng.choice([who for who in everybody if who.begins <= day - 15 and day < who.ends])
                made += _attack(rng, victim, day, number)
        made.sort(key=lambda one: one[0])
        for _, call, attack in made:
            yield Labelled(call, attack)


def _somebody(rng: random.Random, number: int, days: int) -> _Who:
    kind = rng.choices(["person", "admin", "instance", "function", "pipeline", "vendor"], [40, 8, 25, 15, 8, 4])[0]
    area = rng.choice(list(_AREAS))
    own = _AREAS[area].split()
    if kind == "person":
        apis = rng.sample(own, min(len(own), rng.randint(3, 12))) + rng.sample(_MORE, rng.randint(0, 4))
        networks = [f"{rng.choice((81, 84, 91, 95))}.{rng.randrange(40)}.{rng.randrange(250)}.7" for _ in range(3)]
        networks += ["203.0.113.9"] * 3
        programs = rng.sample(_PROGRAMS, rng.randint(1, 3))
        begins = rng.choice([0] * 6 + [rng.randrange(days)])
        return _Who(
            _sso(number, area),
            apis,
            networks,
            programs,
            0.2,
            range(7, 19),
            rng.randint(5, 60),
            rng.choice((0.2, 0.5, 1.0, 2.5)),
            begins,
            kind=kind,
        )
    if kind == "admin":
        apis = _AREAS["ops"].split() + rng.sample(own, min(len(own), 6)) + rng.sample(_MORE, 12)
        return _Who(
            _user(number),
            apis,
            ["203.0.113.9", f"92.{rng.randrange(9)}.4.4"],
            [_PROGRAMS[0], _PROGRAMS[3]],
            0.2,
            range(7, 20),
            80,
            3.0,
            kind=kind,
        )
    if kind == "pipeline":
        apis = [
            *rng.sample(own, min(len(own), 8)),
            "iam:CreateRole",
            "iam:PutRolePolicy",
            "iam:AttachRolePolicy",
            "ec2:RunInstances",
            "ecr:GetAuthorizationToken",
        ]
        runners = [f"20.{rng.randrange(200)}.{rng.randrange(250)}.3" for _ in range(12)]
        return _Who(
            _role(number, "deploy"),
            apis,
            runners,
            ["APN/1.0 HashiCorp/1.0 Terraform/1.7.0 linux"],
            0.1,
            range(6, 22),
            60,
            0.4,
            kind=kind,
        )
    if kind == "vendor":
        apis = [api for area in _AREAS.values() for api in area.split() if ":Describe" in api or ":List" in api]
        return _Who(
            _role(number, "vendor"),
            apis,
            ["34.120.7.7"],
            ["Boto3/1.34 md/Botocore#1.34 os/linux"],
            0.0,
            range(24),
            40,
            0.1,
            kind=kind,
        )
    apis = [*rng.sample(own, rng.randint(1, 4)), "sts:GetCallerIdentity"]
    network = f"3.{rng.randrange(9)}.1.1"
    return _Who(
        _role(number, kind),
        apis,
        [network],
        [_PROGRAMS[rng.choice((1, 2))]],
        0.0,
        range(24),
        24,
        0.005,
        rng.choice([0, 0, 0, rng.randrange(days)]),
        kind=kind,
    )


_PROGRAMS = (
    "aws-cli/2.15.30 Python/3.11.8 Darwin/23.4.0 exe/x86_64 prompt/off command/x",
    "Boto3/1.34.50 md/Botocore#1.34.50 ua/2.0 os/linux#5.10 md/arch#x86_64 lang/python#3.9",
    "aws-sdk-java/2.25.1 Linux/5.10 OpenJDK_64-Bit_Server_VM/17",
    "console.amazonaws.com",
    "aws-cli/2.13.0 Python/3.11.4 Windows/10 exe/AMD64",
    "aws-sdk-go/1.44.0 (go1.21; darwin; arm64)",
)


def _day(rng: random.Random, who: _Who, day: int, incident: bool) -> Iterator[tuple[float, ApiCall, str]]:
    weekend = day % 7 >= 5
    if rng.random() < (0.93 if weekend and who.kind in ("person", "admin") else who.days_off):
        return
    network = rng.choice(who.networks)
    if who.kind in ("person", "admin") and rng.random() < 0.04:
        network = f"{rng.randrange(30, 200)}.{rng.randrange(250)}.9.9"
    program = rng.choice(who.programs)
    if who.kind == "person" and rng.random() < 0.01:
        who.programs.append(rng.choice(_PROGRAMS))
    apis = [
        who.apis[min(int(rng.expovariate(3 / len(who.apis))), len(who.apis) - 1)]
        for _ in range(rng.randint(1, who.calls))
    ]
    while rng.random() < who.curious / (1 + who.curious):
        new = rng.choice(_MORE if rng.random() < 0.6 else [one for area in _AREAS.values() for one in area.split()])
        apis.append(new)
        if rng.random() < 0.5:
            who.apis.append(new)
    if incident and who.kind in ("person", "admin") and rng.random() < 0.06:
        apis += rng.sample(_SENSITIVE, rng.randint(1, 5)) + rng.sample(_MORE, 3)
    if who.kind == "admin" and rng.random() < 0.1:
        apis += rng.sample(_SENSITIVE, rng.randint(1, 4)) + rng.sample(_NEW_SERVICES, rng.randint(0, 15))
    if who.kind == "pipeline" and rng.random() < 0.06:
        new_area = rng.sample(_NEW_SERVICES, rng.randint(4, 30)) + rng.sample(_SENSITIVE, 2)
        who.apis += new_area
        apis += new_area
    if who.kind == "vendor" and rng.random() < 0.02:
        apis += [api for api in _NEW_SERVICES if ":Describe" in api or ":List" in api]
    for api in apis:
        second = START + day * DAY + rng.choice(who.hours) * 3600 + rng.random() * 3600
        yield (
            second,
            _call(rng, who.identity, api, second, network, program, "AccessDenied" if rng.random() < 0.01 else None),
            "",
        )


def _attack(rng: random.Random, who: _Who, day: int, number: int) -> Iterator[tuple[float, ApiCall, str]]:
    name = rng.choice(list(ATTACKS))
    inside = rng.random() < (0.5 if who.kind in ("instance", "function", "pipeline") else 0.25)
    network = rng.choice(who.networks) if inside else f"{rng.choice((45, 185, 193, 5))}.{rng.randrange(250)}.3.3"
    program = (
        rng.choice(who.programs)
        if inside and rng.random() < 0.5
        else rng.choice(
            (
                "Boto3/1.26.0 Python/3.10 Linux/6.1.0-kali9-amd64 Botocore/1.29",
                "aws-cli/2.9.19 Python/3.11.2 Linux/6.1",
                "aws-cli/1.22.34 Python/3.10.12 Linux/5.15",
            )
        )
    )
    apis = ["sts:GetCallerIdentity", *ATTACKS[name].split()] if rng.random() < 0.7 else ATTACKS[name].split()
    second = START + day * DAY + rng.random() * 20 * 3600
    pause = rng.choice((3.0, 40.0, 400.0))
    region = "eu-west-1" if name != "mine" else rng.choice(("us-west-2", "ap-southeast-1"))
    for api in apis:
        second += rng.expovariate(1 / pause)
        yield (
            second,
            _call(
                rng, who.identity, api, second, network, program, "AccessDenied" if rng.random() < 0.3 else None, region
            ),
            f"{name}#{number}",
        )


def _call(
    rng: random.Random,
    who: UserIdentity,
    api: str,
    second: float,
    network: str,
    program: str,
    error: str | None,
    region: str = "eu-west-1",
) -> ApiCall:
    service, _, name = api.partition(":")
    return ApiCall(
        event_time=datetime.fromtimestamp(int(second), UTC),
        event_source=f"{service}.amazonaws.com",
        event_name=name,
        event_id=f"{rng.getrandbits(128):032x}",
        region="us-east-1" if service == "iam" else region,
        source_ip=network,
        user_agent=program,
        error_code=error,
        user_identity=who,
        recipient_account_id=ACCOUNT,
        event_type="AwsApiCall",
        event_category="Management",
        management_event=True,
    )


def _user(number: int) -> UserIdentity:
    return UserIdentity(
        "IAMUser",
        f"AIDA{number:017}",
        f"arn:aws:iam::{ACCOUNT}:user/u{number}",
        ACCOUNT,
        f"AKIA{number:016}",
        f"u{number}",
    )


def _sso(number: int, area: str) -> UserIdentity:
    return _session(f"AWSReservedSSO_{area}_0123456789abcdef", f"p{number}@example.com", f"AROA{area:0>17}")


def _role(number: int, kind: str) -> UserIdentity:
    return _session(
        f"{kind}-{number}", f"i-{number:017x}" if kind == "instance" else f"{kind}{number}", f"AROA{number:017}"
    )


def _session(role: str, session: str, identifier: str) -> UserIdentity:
    context = {
        "sessionIssuer": {
            "type": "Role",
            "principalId": identifier,
            "userName": role,
            "accountId": ACCOUNT,
            "arn": f"arn:aws:iam::{ACCOUNT}:role/{role}",
        }
    }
    return UserIdentity(
        "AssumedRole",
        f"{identifier}:{session}",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}",
        ACCOUNT,
        f"ASIA{identifier[4:20]}",
        raw_session=msgspec.Raw(msgspec.json.encode(context)),
    )
