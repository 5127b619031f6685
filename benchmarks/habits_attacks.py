"""The attacks of `benchmarks.habits_world`: whom they hit, what is called, from where, with what, how fast.

Written from public reports of what intruders do in AWS (Scattered Spider, SCARLETEEL, Codefinger, AMBERSQUID,
LLMjacking, Stratus Red Team's and Pacu's catalogues), not from any detector.
"""

from __future__ import annotations

import random
from typing import NamedTuple


class Api(NamedTuple):
    """An API as CloudTrail names it."""

    source: str
    name: str
    read_only: bool
    event_type: str
    everywhere: bool
    """A global service: its calls are in us-east-1's log."""


GLOBAL = frozenset(
    [
        "iam",
        "organizations",
        "route53",
        "cloudfront",
        "support",
        "ce",
        "health",
        "budgets",
        "cur",
        "globalaccelerator",
        "account",
        "sso-directory",
        "billingconsole",
        "trustedadvisor",
    ]
)
READS = (
    "Get",
    "List",
    "Describe",
    "Lookup",
    "BatchGet",
    "BatchCheck",
    "Search",
    "Query",
    "Select",
    "Head",
    "Simulate",
    "View",
    "Check",
    "Decrypt",
    "GenerateDataKey",
    "AssumeRole",
    "Estimate",
    "Filter",
    "Preview",
    "Scan",
)
_KNOWN: dict[str, Api] = {}


def api(source: str, name: str) -> Api:
    """The one `Api` of this name; ``source`` without ``.amazonaws.com``."""
    key = f"{source}:{name}"
    if key not in _KNOWN:
        signin = source == "signin" and name == "ConsoleLogin"
        _KNOWN[key] = Api(
            f"{source}.amazonaws.com",
            name,
            name.startswith(READS),
            "AwsConsoleSignIn" if signin else "AwsApiCall",
            source in GLOBAL,
        )
    return _KNOWN[key]


def apis(text: str) -> list[Api]:
    """``ec2:RunInstances,StopInstances iam:ListUsers``."""
    return [api(part.split(":")[0], name) for part in text.split() for name in part.split(":")[1].split(",")]


def script(text: str, rng: random.Random) -> list[Api]:
    """As `apis`; ``Name*20`` is up to 20 of them, ``Name?`` one or none."""
    calls: list[Api] = []
    for part in text.split():
        source, names = part.split(":")
        for name in names.split(","):
            if name.endswith("?"):
                calls += [api(source, name[:-1])] * rng.randint(0, 1)
            else:
                name, _, most = name.partition("*")
                calls += [api(source, name)] * (rng.randint((int(most) + 2) // 3, int(most)) if most else 1)
    return calls


PLAYBOOK: dict[str, dict[str, str]] = {
    "discovery": {
        "keycheck": "sts:GetCallerIdentity iam:GetUser,ListAttachedUserPolicies,ListUserPolicies ses:GetSendQuota,"
        "ListIdentities? s3:ListBuckets ec2:DescribeInstances",
        "iam": "sts:GetCallerIdentity iam:ListUsers,ListRoles,ListGroups,ListPolicies,GetAccountAuthorizationDetails,"
        "GetAccountSummary,GetPolicyVersion*8,ListRolePolicies*8,GetRolePolicy*6,ListAccessKeys*5",
        "broad": "sts:GetCallerIdentity account:ListRegions ec2:DescribeRegions,DescribeInstances*6,"
        "DescribeSecurityGroups*4,DescribeSnapshots*3,DescribeVpcs*3,DescribeImages? s3:ListBuckets,GetBucketAcl*9,"
        "GetBucketPolicy*9,GetPublicAccessBlock? rds:DescribeDBInstances*4,DescribeDBSnapshots? "
        "lambda:ListFunctions20150331*4,GetFunction20150331v2*6 secretsmanager:ListSecrets*3 "
        "ssm:DescribeParameters*3,DescribeInstanceInformation? kms:ListKeys*2 eks:ListClusters*3 "
        "ecr:DescribeRepositories",
        "llm": "sts:GetCallerIdentity bedrock:ListFoundationModels*3,GetFoundationModelAvailability*8,"
        "GetUseCaseForModelAccess?,ListInferenceProfiles,GetModelInvocationLoggingConfiguration bedrock:InvokeModel*12",
        "mail": "sts:GetCallerIdentity ses:GetAccount,GetSendQuota*3,ListIdentities*3,"
        "GetIdentityVerificationAttributes? "
        "sns:GetSMSAttributes,ListTopics? iam:ListUsers? servicequotas:ListServiceQuotas*3",
        "data": "s3:ListBuckets,GetBucketLocation*12,GetBucketVersioning*8,GetBucketEncryption*5 dynamodb:ListTables,"
        "DescribeTable*9 rds:DescribeDBClusters,DescribeDBInstances redshift:DescribeClusters glue:GetDatabases,"
        "GetTables*8 athena:ListWorkGroups,ListDataCatalogs",
        "organisation": "organizations:DescribeOrganization,ListAccounts,ListRoots,ListPolicies? sso:ListInstances,"
        "ListPermissionSets? iam:ListAccountAliases,ListSAMLProviders,ListOpenIDConnectProviders "
        "cloudtrail:DescribeTrails,GetTrailStatus? guardduty:ListDetectors config:DescribeConfigurationRecorders",
    },
    "initial_access": {
        "console": "signin:ConsoleLogin sts:GetCallerIdentity? iam:GetAccountSummary,ListUsers? ec2:DescribeInstances,"
        "DescribeAccountAttributes? ce:GetCostAndUsage? s3:ListBuckets",
        "federation": "sts:GetCallerIdentity,GetFederationToken*2 signin:GetSigninToken? iam:ListUsers? "
        "ec2:DescribeInstances?",
        "session": "sts:GetCallerIdentity,GetSessionToken ec2:DescribeInstances iam:ListRoles?",
        "registry": "sts:GetCallerIdentity ecr:GetAuthorizationToken*2,DescribeRepositories,BatchGetImage*9,"
        "GetDownloadUrlForLayer*15 codeartifact:GetAuthorizationToken?",
    },
    "lateral_movement": {
        "chain": "sts:GetCallerIdentity iam:ListRoles?,GetRole*3 sts:AssumeRole*12",
        "shell": "ec2:DescribeInstances ssm:DescribeInstanceInformation,StartSession*4,TerminateSession?",
        "command": "ssm:DescribeInstanceInformation,SendCommand*5,GetCommandInvocation*9,ListCommandInvocations?",
        "serial": "ec2:DescribeInstances,EnableSerialConsoleAccess? "
        "ec2-instance-connect:SendSerialConsoleSSHPublicKey*2,"
        "SendSSHPublicKey*4",
        "userdata": "ec2:DescribeInstances,DescribeInstanceAttribute*6,StopInstances,ModifyInstanceAttribute,"
        "StartInstances",
        "exec": "ecs:ListClusters,ListTasks*3,DescribeTasks*3,ExecuteCommand*3 eks:DescribeCluster?,CreateAccessEntry?",
    },
    "privilege_escalation": {
        "attach": "iam:ListAttachedUserPolicies?,AttachUserPolicy*2,PutUserPolicy? sts:GetCallerIdentity",
        "version": "iam:ListPolicies?,GetPolicyVersion?,CreatePolicyVersion*2,SetDefaultPolicyVersion?",
        "trust": "iam:ListRoles,GetRole*3,UpdateAssumeRolePolicy*2 sts:AssumeRole*3",
        "passrole_ec2": "iam:ListInstanceProfiles,ListRoles ec2:DescribeSubnets?,RunInstances*2,"
        "AssociateIamInstanceProfile?",
        "passrole_lambda": "iam:ListRoles,CreateRole?,AttachRolePolicy? lambda:CreateFunction20150331,"
        "CreateEventSourceMapping20150331?,"
        "UpdateFunctionConfiguration20150331v2?",
        "passrole_glue": "iam:ListRoles glue:CreateDevEndpoint,GetDevEndpoint*3,CreateJob?,StartJobRun?",
        "passrole_other": "iam:ListRoles sagemaker:CreateNotebookInstance,CreatePresignedNotebookInstanceUrl? "
        "cloudformation:CreateStack,DescribeStacks*3",
        "group": "iam:ListGroups,AddUserToGroup*2,ListAttachedGroupPolicies?",
        "boundary": "iam:DeleteUserPermissionsBoundary?,DeleteRolePermissionsBoundary,PutRolePolicy*2,AttachRolePolicy",
    },
    "persistence": {
        "user": "iam:ListUsers?,CreateUser,CreateAccessKey,AttachUserPolicy,CreateLoginProfile?",
        "key": "iam:ListUsers,ListAccessKeys*4,CreateAccessKey*3",
        "login": "iam:ListUsers,CreateLoginProfile*2,UpdateLoginProfile?,DeactivateMFADevice?",
        "keypair": "ec2:DescribeKeyPairs,ImportKeyPair*2,CreateKeyPair?,AuthorizeSecurityGroupIngress*2",
        "function": "lambda:ListFunctions20150331,GetFunction20150331v2*3,UpdateFunctionCode20150331v2*2,"
        "AddPermission20150331v2?,CreateFunctionUrlConfig?,PublishLayerVersion20181031?",
        "anywhere": "rolesanywhere:ListTrustAnchors,CreateTrustAnchor,CreateProfile iam:CreateRole,AttachRolePolicy",
        "federation": "iam:CreateSAMLProvider,CreateOpenIDConnectProvider?,UpdateAssumeRolePolicy,CreateRole?",
        "role": "iam:CreateRole,AttachRolePolicy*2,PutRolePolicy? sts:AssumeRole?",
        "schedule": "events:PutRule,PutTargets lambda:CreateFunction20150331,AddPermission20150331v2?",
        "sso": "sso:ListPermissionSets,CreateAccountAssignment*2 identitystore:CreateUser? sso-directory:CreateUser?",
    },
    "credential_access": {
        "secrets": "secretsmanager:ListSecrets*2,GetSecretValue*40,DescribeSecret*5",
        "batch": "secretsmanager:ListSecrets,BatchGetSecretValue*4",
        "parameters": "ssm:DescribeParameters*2,GetParameters*15,GetParametersByPath*4,GetParameterHistory?",
        "passwords": "ec2:DescribeInstances,GetPasswordData*25",
        "instances": "ec2:DescribeInstances,DescribeInstanceAttribute*20,DescribeLaunchTemplateVersions*4,"
        "GetConsoleOutput*4",
        "functions": "lambda:ListFunctions20150331*2,GetFunctionConfiguration20150331v2*20 "
        "ecs:DescribeTaskDefinition*9 "
        "codebuild:BatchGetProjects?",
        "report": "iam:GenerateCredentialReport,GetCredentialReport,ListMFADevices? rds:GenerateDbAuthToken? "
        "redshift:GetClusterCredentials*2",
        "keys": "kms:ListKeys,ListAliases,Decrypt*15,ListGrants? ds:DescribeDirectories?",
    },
    "defence_evasion": {
        "trail": "cloudtrail:DescribeTrails,GetTrailStatus?,StopLogging,DeleteTrail?",
        "selectors": "cloudtrail:GetEventSelectors,PutEventSelectors,UpdateTrail? s3:PutBucketLifecycle?",
        "flowlogs": "ec2:DescribeFlowLogs,DeleteFlowLogs*3 logs:DeleteLogGroup*3,PutRetentionPolicy?",
        "alarms": "monitoring:DescribeAlarms,DisableAlarmActions*3,DeleteAlarms*3 sns:Unsubscribe? events:DisableRule?",
        "detector": "guardduty:ListDetectors,GetDetector?,UpdateDetector?,CreateIPSet?,CreateFilter?,DeleteDetector",
        "watchers": "config:StopConfigurationRecorder,DeleteDeliveryChannel? securityhub:DisableSecurityHub? "
        "access-analyzer:DeleteAnalyzer? macie2:DisableMacie? inspector2:Disable?",
        "leave": "organizations:DescribeOrganization,LeaveOrganization*2",
        "firewall": "wafv2:ListWebACLs,DeleteWebACL?,DisassociateWebACL,DeleteLoggingConfiguration route53resolver:"
        "DeleteResolverQueryLogConfig? ec2:DisableEbsEncryptionByDefault?",
    },
    "exfiltration": {
        "snapshot": "ec2:DescribeVolumes,CreateSnapshot*3,DescribeSnapshots*3,ModifySnapshotAttribute*3",
        "image": "ec2:DescribeInstances,CreateImage*2,DescribeImages?,ModifyImageAttribute*2",
        "replication": "s3:ListBuckets,GetBucketVersioning?,PutBucketVersioning?,PutBucketReplication*2 "
        "iam:CreateRole?,PutRolePolicy?",
        "policy": "s3:ListBuckets,GetBucketPolicy*3,PutBucketPublicAccessBlock*2,PutBucketPolicy*2,PutBucketAcl?",
        "restore": "rds:DescribeDBSnapshots,RestoreDBInstanceFromDBSnapshot,ModifyDBInstance,DescribeDBInstances*5 "
        "ec2:AuthorizeSecurityGroupIngress",
        "publicdb": "rds:DescribeDBInstances,CreateDBSnapshot,DescribeDBSnapshots*3,ModifyDBSnapshotAttribute*2",
        "export": "rds:DescribeDBSnapshots,StartExportTask*2 kms:CreateGrant? "
        "dynamodb:ExportTableToPointInTime*2,ListTables?",
        "query": "athena:ListWorkGroups?,StartQueryExecution*9,GetQueryExecution*12,GetQueryResults*12 "
        "glue:GetTables*3",
        "transfer": "datasync:CreateLocationS3*2,CreateTask,StartTaskExecution ecr:PutReplicationConfiguration? "
        "transfer:CreateServer?,CreateUser?",
        "mirror": "ec2:CreateTrafficMirrorTarget,CreateTrafficMirrorFilter,CreateTrafficMirrorSession*3 "
        "ebs:ListSnapshotBlocks*3",
        "share": "ram:CreateResourceShare,AssociateResourceShare? lambda:GetFunction20150331v2*12 "
        "ssm:ModifyDocumentPermission?",
    },
    "impact": {
        "buckets": "s3:ListBuckets,PutBucketVersioning*2,PutBucketLifecycle*3,DeleteBucket*9,DeleteBucketPolicy?",
        "terminate": "ec2:DescribeInstances,ModifyInstanceAttribute*3,TerminateInstances*9,DeleteVolume*6,"
        "DeleteSnapshot*9",
        "keys": "kms:ListKeys,DescribeKey*4,DisableKey*2,ScheduleKeyDeletion*4,PutKeyPolicy?",
        "databases": "rds:DescribeDBInstances,ModifyDBInstance*2,DeleteDBInstance*3,DeleteDBSnapshot*5,"
        "DeleteDBCluster? "
        "backup:DeleteRecoveryPoint*3",
        "mining": "ec2:DescribeRegions?,DescribeInstanceTypeOfferings?,DescribeVpcs*2,DescribeSecurityGroups*2,"
        "CreateSecurityGroup*2,AuthorizeSecurityGroupIngress?,CreateKeyPair*2,RunInstances*9,RequestSpotInstances?",
        "containers": "ecs:CreateCluster*2,RegisterTaskDefinition*2,RunTask*4,CreateService*2 "
        "batch:CreateComputeEnvironment? "
        "amplify:CreateApp? codebuild:CreateProject?,StartBuild?",
        "lockout": "iam:ListUsers,DeleteAccessKey*3,DeleteLoginProfile*3,UpdateLoginProfile*3,"
        "DetachRolePolicy*3,DeleteRole?",
        "mailflood": "ses:UpdateAccountSendingEnabled?,VerifyEmailIdentity*4,VerifyDomainIdentity?,"
        "CreateEmailIdentity*3,"
        "PutAccountDetails? support:CreateCase?",
        "dns": "route53:ListHostedZones,ListResourceRecordSets*3,ChangeResourceRecordSets*4 route53domains:"
        "DisableDomainTransferLock?,TransferDomain?",
    },
}
"""Technique, then variant. Insiders take from these too."""

TECHNIQUES: tuple[str, ...] = (*PLAYBOOK, "insider")

_INSIDER = tuple(
    (tactic, variant)
    for tactic, variant in (
        ("credential_access", "secrets"),
        ("credential_access", "parameters"),
        ("credential_access", "report"),
        ("exfiltration", "snapshot"),
        ("exfiltration", "image"),
        ("exfiltration", "policy"),
        ("exfiltration", "publicdb"),
        ("exfiltration", "query"),
        ("exfiltration", "share"),
        ("persistence", "key"),
        ("persistence", "user"),
        ("impact", "terminate"),
        ("impact", "buckets"),
        ("impact", "databases"),
        ("defence_evasion", "trail"),
        ("lateral_movement", "chain"),
        ("credential_access", "passwords"),
        ("discovery", "iam"),
        ("discovery", "data"),
    )
)
_RECON = (
    "sts:GetCallerIdentity",
    "sts:GetCallerIdentity s3:ListBuckets",
    "sts:GetCallerIdentity iam:ListUsers?,ListRoles?",
    "",
    "",
    (
        "sts:GetCallerIdentity iam:GetUser?,ListAttachedUserPolicies?,ListGroupsForUser? "
        "ec2:DescribeInstances? s3:ListBuckets?"
    ),
    "iam:ListAccountAliases,GetAccountSummary",
    "ec2:DescribeInstances,DescribeRegions?",
)
_KALI = (
    (
        "aws-cli/2.{a}.{b} md/awscrt#0.2{c}.{d} ua/2.0 os/linux#6.{c}.0-kali{d}-amd64 md/arch#x86_64 "
        "lang/python#3.1{f}.{d} md/pyimpl#CPython"
        " cfg/retry-mode#standard md/installer#source md/prompt#off md/command#"
    ),
    (
        "Boto3/1.{a}.{b} md/Botocore#1.{a}.{b} ua/2.0 os/linux#6.{c}.0-kali{d}-amd64 md/arch#x86_64 "
        "lang/python#3.1{f}.{d}"
        " md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.{a}.{b}"
    ),
    "Boto3/1.{a}.{b} Python/3.1{f}.{d} Linux/6.{c}.0-kali{d}-amd64 Botocore/1.{a}.{b}",
)
_TOOLS = (
    "TruffleHog",
    "S3 Browser/11.{c}.{d} (https://s3browser.com)",
    "python-requests/2.3{f}.{d}",
    "rclone/v1.6{c}.{d}",
    "aws-sdk-go-v2/1.{a}.{d} ua/2.1 os/linux lang/go#1.2{f}.{d} md/GOOS#linux md/GOARCH#amd64 api/iam#1.{a}.{d}",
    "aws-sdk-go/1.{a}.{b} (go1.2{f}.{d}; linux; amd64)",
    "aws-sdk-js/3.{a}{b}.0 ua/2.1 os/linux#5.15.0-{b}-generic lang/js md/nodejs#20.{c}.{d} api/sts#3.{a}{b}.0 m/E",
)
_PLAIN = (
    (
        "aws-cli/2.{a}.{b} md/awscrt#0.2{c}.{d} ua/2.0 os/linux#5.15.0-{b}-generic md/arch#x86_64 "
        "lang/python#3.1{f}.{d}"
        " md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/distrib#ubuntu.22 md/prompt#off md/command#"
    ),
    (
        "aws-cli/2.{a}.{b} md/awscrt#0.2{c}.{d} ua/2.0 os/windows#10 md/arch#amd64 lang/python#3.1{f}.{d} "
        "md/pyimpl#CPython"
        " cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#"
    ),
    (
        "aws-cli/2.{a}.{b} md/awscrt#0.2{c}.{d} ua/2.0 os/macos#23.{c}.0 md/arch#arm64 "
        "lang/python#3.1{f}.{d} md/pyimpl#CPython"
        " cfg/retry-mode#standard md/installer#source md/prompt#off md/command#"
    ),
    (
        "Boto3/1.{a}.{b} md/Botocore#1.{a}.{b} ua/2.0 os/linux#5.15.0-{b}-generic md/arch#x86_64 lang/python#3.1{f}.{d}"
        " md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.{a}.{b}"
    ),
    "aws-cli/1.{a}.{b} Python/3.{c}.{d} Linux/5.4.0-{b}-generic botocore/1.{a}.{b}",
)
_BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/12{f}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:12{f}.0) Gecko/20100101 Firefox/12{f}.0",
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/12{f}.0.0.0 Safari/537.36"
    ),
)

_STYLES: dict[str, tuple[tuple[str, str, float], ...]] = {
    # Whose credentials: (network, agent, weight). Network: hosting, tor, country (a VPN or proxy there), aws
    # (an address of AWS), own. Agent: kali, tool, plain, browser, own (the victim's, or forged to look so).
    "key": (
        ("hosting", "kali", 2),
        ("hosting", "tool", 2),
        ("hosting", "plain", 2),
        ("tor", "kali", 1),
        ("country", "plain", 2),
        ("country", "own", 1),
        ("aws", "plain", 1.5),
        ("own", "plain", 1),
        ("own", "own", 1),
    ),
    "workload": (
        ("own", "plain", 4),
        ("own", "own", 3),
        ("own", "tool", 1),
        ("aws", "plain", 2),
        ("hosting", "plain", 1),
        ("hosting", "kali", 1),
        ("aws", "own", 1),
    ),
    "ci": (
        ("own", "own", 3),
        ("own", "plain", 2),
        ("hosting", "plain", 2),
        ("aws", "plain", 1),
        ("hosting", "tool", 1),
    ),
    "sso": (
        ("country", "browser", 3),
        ("hosting", "browser", 1),
        ("country", "plain", 1.5),
        ("hosting", "plain", 1),
        ("aws", "plain", 1),
        ("own", "own", 1.5),
        ("country", "own", 1),
    ),
    "admin": (
        ("country", "plain", 2),
        ("country", "browser", 2),
        ("hosting", "tool", 1),
        ("hosting", "kali", 1),
        ("own", "own", 2),
        ("country", "own", 1.5),
        ("aws", "plain", 1),
    ),
}
_PACES = (("quiet", 0.3), ("manual", 0.4), ("scripted", 0.2), ("noisy", 0.1))
_DENIED = {"key": 0.4, "workload": 0.5, "ci": 0.2, "sso": 0.3, "admin": 0.02}
_VICTIMS = {"key": 0.3, "workload": 0.25, "ci": 0.12, "sso": 0.2, "admin": 0.13}


class Attack(NamedTuple):
    """One attack, before it has a victim."""

    technique: str
    variant: str
    victim: str
    """``key``, ``workload``, ``ci``, ``sso`` or ``admin``."""
    network: str
    agent: str
    """``own``, or the text."""
    pace: str
    gap: float
    """Mean seconds between calls."""
    calls: list[Api]
    denied: float
    """The share of APIs the victim never used that its policies refuse."""
    office_hours: bool
    abroad: bool
    """In a Region where the company has nothing."""
    chained: list[Api]
    """Calls by the role it then assumed."""

    @property
    def told(self) -> str:
        """For a person who asks why it was missed."""
        agent = self.agent if self.agent == "own" else self.agent.split()[0]
        return f"{self.variant}, {self.pace}, {self.victim}, network {self.network}, agent {agent}"


def drawn(rng: random.Random, technique: str) -> Attack:
    """An attack of this technique."""
    victim = rng.choices([*_VICTIMS], [*_VICTIMS.values()])[0]
    tactic, variant = technique, ""
    if technique == "insider":
        victim = rng.choice(["key", "sso", "sso", "admin"])
        tactic, variant = rng.choice(_INSIDER)
        network, agent = "own", "own"
    else:
        variant = rng.choice([*PLAYBOOK[technique]])
        if variant == "console":
            victim = rng.choice(["sso", "sso", "admin"])
        elif variant in {"federation", "session"} and technique == "initial_access":
            victim = "key"
        styles = _STYLES[victim]
        network, agent, _ = rng.choices(styles, [style[2] for style in styles])[0]
        if variant == "console":
            network, agent = rng.choice(["country", "hosting", "tor"]), "browser"
    pace = rng.choices([name for name, _ in _PACES], [share for _, share in _PACES])[0]
    if agent == "browser" and pace in {"scripted", "noisy"}:
        pace = "manual"
    calls = script(PLAYBOOK[tactic][variant], rng)
    if technique != "insider" and tactic != "discovery":
        calls = script(rng.choice(_RECON), rng) + calls
    gap = {"manual": rng.uniform(8, 60), "scripted": rng.uniform(0.3, 2), "noisy": rng.uniform(0.05, 0.6)}.get(
        pace, 0.0
    )
    if pace == "quiet":
        calls = _thinned(calls, rng.randint(3, 9), rng)
        gap = rng.uniform(3600, 3 * 3600) / len(calls)
    elif pace == "noisy":
        more = script(rng.choice([*PLAYBOOK["discovery"].values()]), rng)
        calls = more + calls * rng.randint(2, 6) + more * rng.randint(0, 4)
    elif len(calls) > 60:
        calls = _thinned(calls, 60, rng)
    chained: list[Api] = []
    if variant in {"chain", "trust", "role"} and rng.random() < 0.6:
        follow = rng.choice(["discovery", "credential_access", "exfiltration", "persistence"])
        chained = _thinned(script(rng.choice([*PLAYBOOK[follow].values()]), rng), rng.randint(3, 15), rng)
    return Attack(
        technique,
        f"{tactic}/{variant}" if technique == "insider" else variant,
        victim,
        network,
        _agent(rng, agent, technique),
        pace,
        gap,
        calls,
        _DENIED[victim] * rng.uniform(0.2, 1.6),
        (technique == "insider" and rng.random() < 0.6) or (victim in {"sso", "admin"} and rng.random() < 0.5),
        variant in {"mining", "containers"} or rng.random() < 0.04,
        chained,
    )


def _thinned(calls: list[Api], most: int, rng: random.Random) -> list[Api]:
    """At most so many, in order; one of each before any twice, and what changes something before what only looks."""
    distinct = list(dict.fromkeys(calls))
    writes = [call for call in distinct if not call.read_only]
    reads = [call for call in distinct if call.read_only]
    kept = (rng.sample(writes, len(writes)) + rng.sample(reads, len(reads)))[:most]
    chosen = [call for call in distinct if call in kept]
    rest = most - len(chosen)
    return chosen + (rng.sample(calls, min(rest, len(calls))) if rest > 4 else [])


def _agent(rng: random.Random, kind: str, technique: str) -> str:
    if kind == "own":
        return kind
    tools = _TOOLS if technique == "discovery" else _TOOLS[4:]
    made = rng.choice({"kali": _KALI, "tool": tools, "plain": _PLAIN, "browser": _BROWSERS}[kind])
    return made.format(
        a=rng.randint(13, 37), b=rng.randint(0, 130), c=rng.randint(5, 9), d=rng.randint(0, 12), f=rng.randint(1, 3)
    )
