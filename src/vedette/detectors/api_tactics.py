"""What an attacker would call an API for: the tactic that it serves, if it serves one.

Ordinary work calls the same APIs. The table says what a call would mean if it were an attacker's; whether it is
anybody's habit is for others to say. After GuardDuty's own examples and the techniques of ATT&CK's cloud matrix.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Tactic(StrEnum):
    """ATT&CK's tactics, as GuardDuty's types of anomalous behaviour name them; the gravest last."""

    DISCOVERY = "Discovery"
    INITIAL_ACCESS = "InitialAccess"
    CREDENTIAL_ACCESS = "CredentialAccess"
    PERSISTENCE = "Persistence"
    DEFENSE_EVASION = "DefenseEvasion"
    PRIVILEGE_ESCALATION = "PrivilegeEscalation"
    EXFILTRATION = "Exfiltration"
    IMPACT = "Impact"


_SERVES: dict[Tactic, str] = {
    Tactic.INITIAL_ACCESS: """
        cloudshell:CreateEnvironment cloudshell:CreateSession codeartifact:GetAuthorizationToken
        ec2-instance-connect:SendSSHPublicKey ec2-instance-connect:SendSerialConsoleSSHPublicKey
        ecr:GetAuthorizationToken ecs:ExecuteCommand signin:ConsoleLogin signin:GetSigninToken ssm:ResumeSession
        ssm:SendCommand ssm:StartAutomationExecution ssm:StartSession sts:GetFederationToken sts:GetSessionToken
        workspaces:CreateWorkspaces""",
    Tactic.CREDENTIAL_ACCESS: """
        cognito-identity:GetCredentialsForIdentity ec2:GetPasswordData iam:GenerateCredentialReport
        iam:GetCredentialReport kms:Decrypt lightsail:DownloadDefaultKeyPair lightsail:GetInstanceAccessDetails
        rds:GenerateDbAuthToken redshift-serverless:GetCredentials redshift:GetClusterCredentials
        redshift:GetClusterCredentialsWithIAM secretsmanager:BatchGetSecretValue secretsmanager:GetSecretValue
        ssm:GetParameter ssm:GetParameterHistory ssm:GetParameters ssm:GetParametersByPath
        sso:GetRoleCredentials""",
    Tactic.PERSISTENCE: """
        apigateway:CreateApiKey codebuild:CreateProject cognito-idp:AdminCreateUser
        ec2:AuthorizeSecurityGroupIngress ec2:CreateKeyPair ec2:CreateLaunchTemplateVersion
        ec2:CreateVpcPeeringConnection ec2:ImportKeyPair ec2:ModifyInstanceAttribute ec2:ModifyLaunchTemplate
        events:PutRule events:PutTargets iam:CreateAccessKey iam:CreateLoginProfile
        iam:CreateOpenIDConnectProvider iam:CreateRole iam:CreateSAMLProvider
        iam:CreateServiceSpecificCredential iam:CreateUser iam:CreateVirtualMFADevice iam:EnableMFADevice
        iam:UpdateLoginProfile iam:UpdateSAMLProvider iam:UploadSSHPublicKey iam:UploadSigningCertificate
        lambda:AddPermission lambda:CreateFunction lambda:CreateFunctionUrlConfig lambda:PublishLayerVersion
        lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration lambda:UpdateFunctionUrlConfig
        lightsail:CreateInstances organizations:InviteAccountToOrganization rolesanywhere:CreateProfile
        rolesanywhere:CreateTrustAnchor scheduler:CreateSchedule ssm:CreateAssociation ssm:CreateDocument
        sso:CreateAccountAssignment transfer:CreateUser""",
    Tactic.DEFENSE_EVASION: """
        access-analyzer:DeleteAnalyzer cloudtrail:DeleteEventDataStore cloudtrail:DeleteTrail
        cloudtrail:PutEventSelectors cloudtrail:StopEventDataStoreIngestion cloudtrail:StopLogging
        cloudtrail:UpdateTrail config:DeleteConfigRule config:DeleteConfigurationRecorder
        config:DeleteDeliveryChannel config:StopConfigurationRecorder detective:DeleteGraph ec2:DeleteFlowLogs
        events:DeleteRule events:DisableRule events:RemoveTargets guardduty:CreateFilter guardduty:CreateIPSet
        guardduty:DeleteDetector guardduty:DeletePublishingDestination
        guardduty:DisassociateFromAdministratorAccount guardduty:DisassociateFromMasterAccount
        guardduty:StopMonitoringMembers guardduty:UpdateDetector guardduty:UpdateIPSet iam:DeactivateMFADevice
        iam:DeleteAccountPasswordPolicy iam:DeleteVirtualMFADevice inspector2:Disable kms:DisableKey
        logs:DeleteLogGroup logs:DeleteLogStream logs:DeleteMetricFilter logs:DeleteSubscriptionFilter
        logs:PutRetentionPolicy macie2:DisableMacie monitoring:DeleteAlarms monitoring:DisableAlarmActions
        organizations:LeaveOrganization rds:ModifyActivityStream route53resolver:DeleteResolverQueryLogConfig
        s3:PutBucketLogging securityhub:BatchDisableStandards securityhub:DisableSecurityHub
        securitylake:DeleteDataLake shield:DeleteSubscription waf:DeleteWebACL wafv2:DeleteLoggingConfiguration
        wafv2:DeleteWebACL wafv2:DisassociateWebACL""",
    Tactic.PRIVILEGE_ESCALATION: """
        cloudformation:CreateStackSet datapipeline:PutPipelineDefinition ec2:AssociateIamInstanceProfile
        ec2:ReplaceIamInstanceProfileAssociation glue:CreateDevEndpoint glue:UpdateDevEndpoint
        iam:AddRoleToInstanceProfile iam:AddUserToGroup iam:AttachGroupPolicy iam:AttachRolePolicy
        iam:AttachUserPolicy iam:CreatePolicyVersion iam:DeleteRolePermissionsBoundary
        iam:DeleteUserPermissionsBoundary iam:DeleteUserPolicy iam:DetachUserPolicy iam:PutGroupPolicy
        iam:PutRolePermissionsBoundary iam:PutRolePolicy iam:PutUserPermissionsBoundary iam:PutUserPolicy
        iam:SetDefaultPolicyVersion iam:UpdateAssumeRolePolicy organizations:AttachPolicy
        organizations:DetachPolicy sagemaker:CreateNotebookInstance sagemaker:CreatePresignedNotebookInstanceUrl
        sso:AttachManagedPolicyToPermissionSet sso:PutInlinePolicyToPermissionSet sts:AssumeRoot""",
    Tactic.EXFILTRATION: """
        athena:GetQueryResults datasync:CreateTask datasync:StartTaskExecution dms:CreateReplicationTask
        dynamodb:ExportTableToPointInTime ebs:StartSnapshot ec2:CopySnapshot ec2:CreateImage
        ec2:CreateInstanceExportTask ec2:CreateSnapshot ec2:CreateSnapshots ec2:CreateStoreImageTask
        ec2:CreateTrafficMirrorSession ec2:ExportImage ec2:ModifyImageAttribute ec2:ModifySnapshotAttribute
        ecr:SetRepositoryPolicy glacier:InitiateJob lambda:GetFunction rds:CopyDBSnapshot rds:CreateDBSnapshot
        rds:ModifyDBClusterSnapshotAttribute rds:ModifyDBSnapshotAttribute rds:RestoreDBClusterFromSnapshot
        rds:RestoreDBInstanceFromDBSnapshot rds:RestoreDBInstanceFromS3 rds:StartExportTask
        redshift:AuthorizeSnapshotAccess s3:CreateAccessPoint s3:PutBucketReplication
        s3:PutReplicationConfiguration snowball:CreateJob transfer:CreateServer""",
    Tactic.IMPACT: """
        backup:DeleteBackupVault backup:DeleteRecoveryPoint batch:SubmitJob
        bedrock:CreateProvisionedModelThroughput bedrock:PutUseCaseForModelAccess cloudformation:DeleteStack
        dynamodb:DeleteTable ec2:CreateDefaultVpc ec2:DeleteSecurityGroup ec2:DeleteSnapshot ec2:DeleteVolume
        ec2:DeregisterImage ec2:RequestSpotFleet ec2:RequestSpotInstances ec2:RevokeSecurityGroupIngress
        ec2:RunInstances ec2:StopInstances ec2:TerminateInstances ecr:BatchDeleteImage ecr:DeleteRepository
        ecs:CreateCluster ecs:RegisterTaskDefinition ecs:RunTask eks:DeleteCluster
        elasticfilesystem:DeleteFileSystem elasticmapreduce:RunJobFlow gamelift:CreateFleet iam:DeleteAccessKey
        iam:DeleteLoginProfile iam:DeleteRole iam:DeleteUser iam:UpdateUser kms:PutKeyPolicy
        kms:ScheduleKeyDeletion lambda:DeleteFunction rds:DeleteDBCluster rds:DeleteDBInstance
        rds:DeleteDBSnapshot rds:ModifyDBInstance redshift:DeleteCluster route53:ChangeResourceRecordSets
        s3:DeleteBucket s3:DeleteBucketPolicy s3:PutBucketAcl s3:PutBucketLifecycle s3:PutBucketPolicy
        s3:PutBucketVersioning sagemaker:CreateProcessingJob sagemaker:CreateTrainingJob
        secretsmanager:DeleteSecret servicequotas:RequestServiceQuotaIncrease ses:CreateEmailIdentity
        ses:UpdateAccountSendingEnabled ses:VerifyEmailIdentity sns:DeleteTopic sqs:DeleteQueue sqs:PurgeQueue""",
}
_TACTICS = {name: tactic for tactic, names in _SERVES.items() for name in names.split()}

_TOOLS_ASK = """
    access-analyzer:ListAnalyzers account:GetContactInformation aoss:ListCollections apigateway:GetApiKeys
    apigateway:GetRestApis athena:ListWorkGroups autoscaling:DescribeAutoScalingGroups
    autoscaling:DescribeLaunchConfigurations backup:ListBackupVaults batch:DescribeComputeEnvironments
    bedrock:GetFoundationModelAvailability bedrock:GetModelInvocationLoggingConfiguration
    bedrock:GetUseCaseForModelAccess bedrock:InvokeModel bedrock:InvokeModelWithResponseStream
    bedrock:ListFoundationModelAgreementOffers bedrock:ListFoundationModels bedrock:ListInferenceProfiles
    bedrock:ListProvisionedModelThroughputs ce:GetCostAndUsage cloudformation:DescribeStacks
    cloudformation:ListStackResources cloudformation:ListStacks cloudfront:ListDistributions
    cloudtrail:DescribeTrails cloudtrail:GetEventSelectors cloudtrail:GetTrailStatus cloudtrail:LookupEvents
    codebuild:BatchGetProjects codebuild:ListProjects codecommit:ListRepositories cognito-identity:ListIdentityPools
    cognito-idp:ListUserPools config:DescribeConfigRules config:DescribeConfigurationRecorderStatus
    config:DescribeConfigurationRecorders dynamodb:ListTables ec2:DescribeAccountAttributes ec2:DescribeAddresses
    ec2:DescribeFlowLogs ec2:DescribeIamInstanceProfileAssociations ec2:DescribeImages
    ec2:DescribeInstanceAttribute ec2:DescribeInstanceTypes ec2:DescribeInstances ec2:DescribeInternetGateways
    ec2:DescribeKeyPairs ec2:DescribeLaunchTemplateVersions ec2:DescribeLaunchTemplates
    ec2:DescribeNetworkAcls ec2:DescribeNetworkInterfaces ec2:DescribeRegions ec2:DescribeRouteTables
    ec2:DescribeSecurityGroups ec2:DescribeSnapshotAttribute ec2:DescribeSnapshots ec2:DescribeSubnets
    ec2:DescribeVolumes ec2:DescribeVpcEndpoints ec2:DescribeVpcPeeringConnections ec2:DescribeVpcs
    ec2:GetConsoleOutput ec2:GetConsoleScreenshot ec2:GetEbsEncryptionByDefault ec2:GetLaunchTemplateData
    ecr:BatchGetImage ecr:DescribeRepositories ecr:GetRepositoryPolicy ecs:DescribeClusters
    ecs:DescribeTaskDefinition ecs:ListClusters ecs:ListTaskDefinitions ecs:ListTasks eks:DescribeCluster
    eks:ListClusters elasticbeanstalk:DescribeConfigurationSettings elasticbeanstalk:DescribeEnvironments
    elasticfilesystem:DescribeFileSystems elasticloadbalancing:DescribeLoadBalancers es:ListDomainNames
    events:ListRules glue:GetConnections glue:GetDatabases guardduty:GetDetector guardduty:GetFilter
    guardduty:ListDetectors guardduty:ListFindings iam:GetAccountAuthorizationDetails
    iam:GetAccountPasswordPolicy iam:GetAccountSummary iam:GetGroup iam:GetGroupPolicy iam:GetInstanceProfile
    iam:GetLoginProfile iam:GetPolicy iam:GetPolicyVersion iam:GetRole iam:GetRolePolicy iam:GetUser
    iam:GetUserPolicy iam:ListAccessKeys iam:ListAccountAliases iam:ListAttachedGroupPolicies
    iam:ListAttachedRolePolicies iam:ListAttachedUserPolicies iam:ListEntitiesForPolicy iam:ListGroupPolicies
    iam:ListGroups iam:ListGroupsForUser iam:ListInstanceProfiles iam:ListMFADevices
    iam:ListOpenIDConnectProviders iam:ListPolicies iam:ListRolePolicies iam:ListRoles iam:ListSAMLProviders
    iam:ListSSHPublicKeys iam:ListServiceSpecificCredentials iam:ListSigningCertificates iam:ListUserPolicies
    iam:ListUsers iam:ListVirtualMFADevices iam:SimulateCustomPolicy iam:SimulatePrincipalPolicy
    kms:ListAliases kms:ListKeys lambda:GetAccountSettings lambda:GetFunctionConfiguration lambda:GetPolicy
    lambda:ListEventSourceMappings lambda:ListFunctions lambda:ListLayers lightsail:GetInstances
    logs:DescribeLogGroups organizations:DescribeOrganization organizations:ListAccounts
    organizations:ListPolicies organizations:ListRoots rds:DescribeDBClusterSnapshots rds:DescribeDBClusters
    rds:DescribeDBInstances rds:DescribeDBSnapshotAttributes rds:DescribeDBSnapshots redshift:DescribeClusters
    resource-explorer-2:Search route53:ListHostedZones route53domains:ListDomains s3:GetBucketAcl
    s3:GetBucketEncryption s3:GetBucketLifecycle s3:GetBucketLocation s3:GetBucketLogging s3:GetBucketPolicy
    s3:GetBucketPolicyStatus s3:GetBucketReplication s3:GetBucketVersioning s3:GetObjectLockConfiguration
    s3:GetPublicAccessBlock s3:ListBuckets sagemaker:ListNotebookInstances secretsmanager:DescribeSecret
    secretsmanager:GetResourcePolicy secretsmanager:ListSecrets securityhub:DescribeHub securityhub:GetFindings
    servicequotas:GetServiceQuota servicequotas:ListServiceQuotas ses:GetAccount ses:GetAccountSendingEnabled
    ses:GetSendQuota ses:ListEmailIdentities ses:ListIdentities sns:GetSMSAttributes
    sns:GetSMSSandboxAccountStatus sns:ListSubscriptions sns:ListTopics sqs:ListQueues
    ssm:DescribeInstanceInformation ssm:DescribeParameters ssm:ListDocuments sso:ListInstances
    sso:ListPermissionSets states:ListStateMachines sts:AssumeRole sts:GetAccessKeyInfo sts:GetCallerIdentity
    support:DescribeCases workspaces:DescribeWorkspaces"""
_KNOWN_OF_INTRUDERS = _TACTICS.keys() | set(_TOOLS_ASK.split())
"""What serves a tactic, and what intruders' tools look at first, as their authors' and their victims' reports have it:
who and where one is, users and their keys, roles and what they may, machines, images of disks, secrets, buckets, other
accounts, mail and model quotas, and who watches."""

_LOOKS = re.compile(r"(?:Describe|List|Get|Lookup|Search|Simulate|BatchGet|Scan|Preview|View)[A-Z]")
_UNTOLD = frozenset({
    "health", "logs", "monitoring", "notifications", "support", "tagging", "trustedadvisor",
})
"""Services that consoles and agents ask all day: nobody is found out by that."""

_VERSION = re.compile(r"(?:_v\d+|\d{4}_?\d{2}_?\d{2}(?:v\d)?)$")
"""Lambda and CloudFront write the API's version behind its name: ``UpdateFunctionCode20150331v2``."""


def short_name(source: str, name: str) -> str:
    """``iam.amazonaws.com`` and ``CreateUser`` → ``iam:CreateUser``; without an API's version.

    >>> short_name("lambda.amazonaws.com", "UpdateFunctionCode20150331v2")
    'lambda:UpdateFunctionCode'
    """
    # Most names end in a word, and so in no version: not to look for one takes a fifth of the time.
    plain = name if name[-2:].isalpha() else _VERSION.sub("", name)
    return f"{source.removesuffix('.amazonaws.com')}:{plain}"


def tactic_of(api: str) -> Tactic | None:
    """What an attacker would call it for; ``api`` as `short_name` has it."""
    found = _TACTICS.get(api)
    if found is None:
        service, _, name = api.partition(":")
        if _LOOKS.match(name) and service not in _UNTOLD:
            return Tactic.DISCOVERY
    return found


def is_reported(api: str) -> bool:
    """Intruders are known to call it; ``api`` as `short_name` has it."""
    return api in _KNOWN_OF_INTRUDERS
