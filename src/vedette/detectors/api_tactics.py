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

_TOLD = """
    agreement-marketplace:AcceptAgreementRequest agreement-marketplace:SearchAgreements aoss:ListAccessPolicies
    aoss:ListCollections apigateway:CreateApi apigateway:CreateIntegration apigateway:CreateRoute
    apigateway:CreateStage athena:GetQueryResults autoscaling:CreateAutoScalingGroup
    bedrock:CreateFoundationModelAgreement bedrock:GetFoundationModelAvailability bedrock:GetKnowledgeBase
    bedrock:GetModelInvocationLoggingConfiguration bedrock:GetUseCaseForModelAccess bedrock:InvokeModel
    bedrock:InvokeModelWithResponseStream bedrock:ListAgents bedrock:ListCustomModels
    bedrock:ListFoundationModelAgreementOffers bedrock:ListFoundationModels bedrock:ListInferenceProfiles
    bedrock:ListKnowledgeBases bedrock:ListModelInvocationJobs bedrock:ListProvisionedModelThroughputs
    bedrock:PutFoundationModelEntitlement bedrock:PutUseCaseForModelAccess ce:GetCostAndUsage ce:GetCostForecast
    cloudformation:CreateStack cloudshell:CreateSession cloudtrail:DeleteTrail cloudtrail:LookupEvents
    cloudtrail:PutEventSelectors cloudtrail:UpdateTrail discovery-marketplace:GetListingView
    ec2-instance-connect:SendSSHPublicKey ec2-instance-connect:SendSerialConsoleSSHPublicKey ec2:AttachVolume
    ec2:AuthorizeSecurityGroupEgress ec2:AuthorizeSecurityGroupIngress ec2:CreateDefaultVpc ec2:CreateImage
    ec2:CreateKeyPair ec2:CreateLaunchTemplate ec2:CreateNetworkAclEntry ec2:CreateSecurityGroup ec2:CreateSnapshot
    ec2:CreateVolume ec2:DeleteFlowLogs ec2:DeleteSnapshot ec2:DeleteVolume ec2:DescribeAccountAttributes
    ec2:DescribeAvailabilityZones ec2:DescribeBundleTasks ec2:DescribeCarrierGateways ec2:DescribeClientVpnRoutes
    ec2:DescribeDhcpOptions ec2:DescribeFlowLogs ec2:DescribeHosts ec2:DescribeImages ec2:DescribeInstanceAttribute
    ec2:DescribeInstanceStatus ec2:DescribeInstanceTypes ec2:DescribeInstances ec2:DescribeInternetGateways
    ec2:DescribeKeyPairs ec2:DescribeLaunchTemplates ec2:DescribeNetworkInterfaces ec2:DescribeRegions
    ec2:DescribeRouteTables ec2:DescribeSecurityGroups ec2:DescribeSnapshotAttribute ec2:DescribeSnapshotTierStatus
    ec2:DescribeSnapshots ec2:DescribeSubnets ec2:DescribeTags ec2:DescribeTransitGatewayMulticastDomains
    ec2:DescribeVolumeStatus ec2:DescribeVolumes ec2:DescribeVolumesModifications
    ec2:DescribeVpcEndpointConnectionNotifications ec2:DescribeVpcs ec2:EnableSerialConsoleAccess
    ec2:GetConsoleScreenshot ec2:GetEbsDefaultKmsKeyId ec2:GetEbsEncryptionByDefault
    ec2:GetFlowLogsIntegrationTemplate ec2:GetLaunchTemplateData ec2:GetPasswordData
    ec2:GetTransitGatewayRouteTableAssociations ec2:ImportKeyPair ec2:ModifyInstanceAttribute
    ec2:ModifySnapshotAttribute ec2:ReplaceIamInstanceProfileAssociation ec2:RunInstances
    ec2:SharedSnapshotCopyInitiated ec2:SharedSnapshotVolumeCreated ec2:StartInstances ec2:StopInstances
    ec2:TerminateInstances ecr:BatchGetImage ecr:DescribeImages ecr:DescribeRepositories ecr:GetAuthorizationToken
    ecs:CreateCluster ecs:CreateService ecs:RegisterTaskDefinition eks:DescribeCluster eks:ListClusters events:PutRule
    events:PutTargets glacier:ListVaults guardduty:DeleteDetector guardduty:DeleteInvitations
    guardduty:DisassociateFromMasterAccount guardduty:GetDetector guardduty:GetFindings guardduty:ListDetectors
    guardduty:ListFindings health:DescribeEventAggregates health:DescribeEvents iam:AttachGroupPolicy
    iam:AttachRolePolicy iam:AttachUserPolicy iam:CreateAccessKey iam:CreateLoginProfile
    iam:CreateOpenIDConnectProvider iam:CreatePolicy iam:CreateRole iam:CreateSAMLProvider iam:CreateServiceLinkedRole
    iam:CreateUser iam:DeleteAccessKey iam:DeleteLoginProfile iam:DeleteUser iam:DeleteUserPolicy iam:DetachRolePolicy
    iam:DetachUserPolicy iam:GetLoginProfile iam:GetUser iam:ListAccessKeys iam:ListAccountAliases
    iam:ListAttachedRolePolicies iam:ListAttachedUserPolicies iam:ListGroups iam:ListGroupsForUser
    iam:ListInstanceProfiles iam:ListOpenIDConnectProviders iam:ListRolePolicies iam:ListRoles iam:ListSAMLProviders
    iam:ListSSHPublicKeys iam:ListServiceSpecificCredentials iam:ListSigningCertificates iam:ListUserPolicies
    iam:ListUsers iam:PutUserPolicy iam:SimulatePrincipalPolicy iam:UpdateLoginProfile kms:Encrypt
    kms:GenerateDataKeyWithoutPlaintext lambda:AddPermission lambda:CreateFunction lambda:CreateFunctionUrlConfig
    lambda:GetFunction lambda:GetFunctionConfiguration lambda:ListFunctions lambda:UpdateFunctionCode
    lambda:UpdateFunctionConfiguration lightsail:CreateInstances logs:CreateLogStream logs:DescribeLogGroups
    logs:DescribeLogStreams logs:DescribeSubscriptionFilters monitoring:DescribeAlarms
    monitoring:DescribeAlarmsForMetric organizations:CreateAccount organizations:DescribeOrganization
    organizations:InviteAccountToOrganization organizations:ListAccounts
    organizations:ListOrganizationalUnitsForParent rds:CreateDBSnapshot rds:DeleteDBCluster rds:DeleteDBInstance
    rds:DescribeBlueGreenDeployments rds:DescribeDBClusters rds:DescribeDBEngineVersions rds:DescribeDBInstances
    rds:DescribeDBProxies rds:DescribeDBSnapshots rds:DescribeDBSubnetGroups rds:DescribeExportTasks
    rds:DescribeGlobalClusters rds:DescribeOrderableDBInstanceOptions rds:DescribePendingMaintenanceActions
    rds:DescribeValidDBInstanceModifications rds:ModifyActivityStream rds:ModifyDBInstance
    rds:ModifyDBSnapshotAttribute resource-explorer-2:Search route53:ChangeResourceRecordSets route53:CreateHostedZone
    route53domains:RegisterDomain s3:DeleteBucket s3:GetBucketAccelerateConfiguration s3:GetBucketAcl
    s3:GetBucketLifecycle s3:GetBucketLocation s3:GetBucketLogging s3:GetBucketOwnershipControls s3:GetBucketPolicy
    s3:GetBucketReplication s3:GetBucketRequestPayment s3:GetBucketTagging s3:GetBucketVersioning
    s3:GetObjectLockConfiguration s3:GetPublicAccessBlock s3:ListBuckets s3:PutBucketLifecycle s3:PutBucketVersioning
    sagemaker:ListEndpoints sagemaker:ListModels sagemaker:ListTrainingJobs secretsmanager:DescribeSecret
    secretsmanager:GetSecretValue secretsmanager:ListSecrets servicecatalog-appregistry:ListApplications
    servicequotas:GetServiceQuota servicequotas:ListServiceQuotas servicequotas:RequestServiceQuotaIncrease
    ses:CreateEmailIdentity ses:DeleteIdentity ses:GetAccount ses:GetAccountSendingEnabled
    ses:GetIdentityVerificationAttributes ses:GetSendQuota ses:ListEmailIdentities ses:ListIdentities
    ses:PutAccountDetails ses:UpdateAccountSendingEnabled ses:VerifyEmailIdentity signin:ConsoleLogin
    signin:GetSigninToken signin:PasswordRecoveryRequested signin:SwitchRole sns:GetSMSAttributes
    sns:GetSMSSandboxAccountStatus sqs:PurgeQueue ssm:DescribeInstanceInformation ssm:SendCommand ssm:StartSession
    sso-directory:AddMemberToGroup sso-directory:CreateGroup sso-directory:CreateUser sso:CreateAccountAssignment
    sso:StartSSO sso:UpdateSsoConfiguration sts:AssumeRole sts:GetCallerIdentity sts:GetFederationToken
    sts:GetSessionToken support:CreateCase transfer:CreateServer transfer:CreateUser"""
_REPORTED = frozenset(_TOLD.split())
"""APIs that intruders have called, as far as their victims or those who helped them told in public. After TrailDiscover
(Adan Álvarez, CC BY 4.0), without data events."""

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
    return f"{source.removesuffix('.amazonaws.com')}:{_VERSION.sub('', name)}"


def tactic_of(api: str) -> Tactic | None:
    """What an attacker would call it for; ``api`` as `short_name` has it."""
    found = _TACTICS.get(api)
    if found is None:
        service, _, name = api.partition(":")
        if _LOOKS.match(name) and service not in _UNTOLD:
            return Tactic.DISCOVERY
    return found


def is_reported(api: str) -> bool:
    """An intruder is publicly known to have called it; ``api`` as `short_name` has it."""
    return api in _REPORTED
