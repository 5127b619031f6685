"""What `benchmarks.habits_world` draws from: services, people's and machines' work, tools, networks.

Names of services and APIs are CloudTrail's. Address prefixes are of providers of that sort (not exactly their
    allocations).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from benchmarks.habits_attacks import PLAYBOOK, Api, apis


def _lines(table: str) -> list[str]:
    """Of a table, in which what is indented goes on with the line before it."""
    return re.sub(r"\n +", " ", re.sub(r",\n +", ",", table)).strip().splitlines()


class Country(NamedTuple):
    """Where people live."""

    code: str
    zones: tuple[int, ...]
    """Hours from UTC."""
    homes: tuple[str, ...]
    mobiles: tuple[str, ...]
    vpns: tuple[str, ...]
    """Of commercial VPNs and hosting companies there."""
    ipv6: str
    regions: tuple[str, ...]
    """The nearest of AWS."""


def _country(
    code: str, zones: str, homes: str, mobiles: str, vpns: str, ipv6: str, regions: str
) -> tuple[str, Country]:
    return code, Country(
        code,
        tuple(int(zone) for zone in zones.split()),
        tuple(homes.split()),
        tuple(mobiles.split()),
        tuple(vpns.split()),
        ipv6,
        tuple(regions.split()),
    )


COUNTRIES: dict[str, Country] = dict(
    (
        _country(
            "US",
            "-5 -6 -8",
            "73.162 98.207 71.198 24.16 108.28 76.102 68.45",
            "172.56 107.77 166.137",
            "198.54 64.44 156.146",
            "2601:646",
            "us-east-1 us-west-2",
        ),
        _country(
            "DE",
            "1",
            "91.12 79.192 87.140 93.192 84.137 95.90",
            "80.187 109.40",
            "85.203 146.70 89.36",
            "2003:e5",
            "eu-central-1",
        ),
        _country(
            "GB", "0", "86.130 81.154 109.146 82.18 2.24", "92.40 148.252", "89.238 185.108", "2a00:23c6", "eu-west-2"
        ),
        _country("FR", "1", "90.3 86.195 82.64 78.193", "37.164 92.184", "84.17 188.241", "2a01:e0a", "eu-west-3"),
        _country("NL", "1", "84.24 77.160 86.83", "188.207 62.140", "185.65 46.166", "2a02:a440", "eu-west-1"),
        _country("PL", "1", "83.9 89.64 178.36", "37.47 5.173", "185.244 37.120", "2a02:a310", "eu-central-1"),
        _country("IE", "0", "86.40 89.100 109.76", "37.228", "217.138", "2a02:8084", "eu-west-1"),
        _country(
            "IN", "5", "49.36 106.51 122.160 117.192", "157.48 223.190", "103.108 165.22", "2405:201", "ap-south-1"
        ),
        _country("BR", "-3", "177.32 189.4 187.64 179.210", "191.56 177.79", "149.78 138.199", "2804:14c", "sa-east-1"),
        _country(
            "AU", "10", "1.120 101.160 120.144 58.161", "1.145 49.180", "103.77 45.248", "2001:8003", "ap-southeast-2"
        ),
        _country("JP", "9", "114.160 219.96 126.114 118.8", "1.66 49.98", "37.19 193.148", "240b:10", "ap-northeast-1"),
        _country("SE", "1", "81.224 90.224 78.68", "94.191 95.192", "185.213 193.138", "2001:2042", "eu-north-1"),
        _country(
            "CA", "-5 -8", "99.224 70.24 184.144 24.84", "72.143 74.198", "198.8 37.120", "2607:fea8", "ca-central-1"
        ),
        _country("RO", "2", "86.120 79.112 188.24", "46.97 109.166", "86.106 188.215", "2a02:2f04", "eu-central-1"),
        _country("IL", "2", "84.228 79.176 85.65", "176.12 37.142", "146.70.113 87.239", "2a0d:6fc0", "eu-west-1"),
    )
)
AWS = {
    "us-east-1": ("3.80", "3.92", "34.200", "44.192", "52.4", "54.84", "54.172", "18.208"),
    "us-east-2": ("3.16", "3.128", "18.216", "52.14"),
    "us-west-2": ("34.208", "35.160", "44.224", "52.24", "54.200"),
    "eu-west-1": ("34.240", "52.16", "54.72", "54.154", "63.32"),
    "eu-central-1": ("3.64", "3.120", "18.184", "52.28", "35.156"),
    "eu-west-2": ("3.8", "18.130", "35.176"),
    "eu-west-3": ("15.188", "35.180", "13.36"),
    "eu-north-1": ("13.48", "13.53", "16.170"),
    "ap-south-1": ("13.126", "13.232", "3.108"),
    "ap-southeast-1": ("13.228", "18.136", "52.74"),
    "ap-southeast-2": ("3.104", "13.54", "52.62"),
    "ap-northeast-1": ("13.112", "18.176", "54.248"),
    "sa-east-1": ("18.228", "52.67", "54.94"),
    "ca-central-1": ("3.96", "15.222", "52.60"),
}
UNUSED_REGIONS = [*AWS, "ap-northeast-2", "us-west-1", "ap-northeast-3"]
AZURE = ["20.55", "20.102", "20.172", "52.159", "40.84", "13.105", "172.183"]
GCP = ["34.74", "34.139", "35.190", "35.237", "104.196"]
HOSTING = [
    "167.99",
    "164.90",
    "138.68",
    "159.89",
    "95.216",
    "65.108",
    "51.75",
    "54.37",
    "45.76",
    "172.104",
    "139.162",
    "146.70",
    "194.127",
    "185.225",
    "193.32",
    "5.188",
]
TOR = ["185.220.101", "185.220.102", "23.129.64", "199.249.230", "171.25.193", "45.153.160"]
VENDORS = (
    "datadog",
    "vendor-{n}",
    "wiz-{n}",
    "DatadogAWSIntegration",
    "cloudhealth",
    "AssumeRoleSession1",
    "session-{n}",
)

_DOMAINS = """
ec2 | ec2:DescribeInstances,DescribeInstanceStatus,DescribeTags,DescribeVolumes,DescribeImages,DescribeKeyPairs,
    DescribeInstanceTypes,DescribeLaunchTemplates,DescribeAddresses,DescribeSnapshots
    autoscaling:DescribeAutoScalingGroups | ec2:StartInstances,StopInstances,RebootInstances,CreateTags,RunInstances,
    CreateVolume,AttachVolume,CreateLaunchTemplateVersion,ModifyInstanceAttribute autoscaling:UpdateAutoScalingGroup
    | ec2:TerminateInstances,CreateSnapshot,CreateImage,GetPasswordData,GetConsoleOutput,ModifySnapshotAttribute,
    CreateKeyPair,ImportKeyPair,AssociateIamInstanceProfile
vpc | ec2:DescribeVpcs,DescribeSubnets,DescribeSecurityGroups,DescribeSecurityGroupRules,DescribeRouteTables,
    DescribeNatGateways,DescribeNetworkInterfaces,DescribeVpcEndpoints,DescribeInternetGateways,DescribeFlowLogs |
    ec2:AuthorizeSecurityGroupIngress,RevokeSecurityGroupIngress,CreateSecurityGroup,CreateVpcEndpoint,
    ModifySubnetAttribute,CreateRoute,CreateSubnet,AllocateAddress | ec2:DeleteFlowLogs,CreateFlowLogs,DeleteVpc,
    DeleteNetworkAclEntry,CreateTrafficMirrorSession
s3 | s3:ListBuckets,GetBucketLocation,GetBucketPolicy,GetBucketAcl,GetBucketVersioning,GetBucketEncryption,
    GetBucketTagging,GetBucketPublicAccessBlock,GetBucketLifecycle,GetBucketPolicyStatus,GetBucketOwnershipControls |
    s3:CreateBucket,PutBucketTagging,PutBucketEncryption,PutBucketVersioning,PutBucketLifecycle,PutBucketCors,
    PutBucketNotification | s3:PutBucketPolicy,PutBucketPublicAccessBlock,DeleteBucket,PutBucketReplication,
    PutBucketAcl,DeleteBucketPolicy
iam | iam:ListUsers,ListRoles,ListPolicies,GetRole,GetPolicy,GetPolicyVersion,ListAttachedRolePolicies,
    ListRolePolicies,GetAccountSummary,ListGroups,GetUser,ListAccessKeys,ListMFADevices,ListInstanceProfiles |
    iam:CreateRole,PutRolePolicy,AttachRolePolicy,TagRole,CreatePolicy,CreateInstanceProfile,
    AddRoleToInstanceProfile,AddUserToGroup | iam:CreatePolicyVersion,UpdateAssumeRolePolicy,AttachUserPolicy,
    CreateAccessKey,CreateUser,CreateLoginProfile,DeleteAccessKey,DeleteRole,DetachRolePolicy,DeactivateMFADevice,
    UpdateLoginProfile
sts | sts:GetCallerIdentity,AssumeRole | sts:GetSessionToken,DecodeAuthorizationMessage | sts:GetFederationToken
sso | sso:ListInstances,ListPermissionSets,DescribePermissionSet,ListAccountAssignments identitystore:ListUsers,
    ListGroups sso-directory:SearchUsers,DescribeUsers | sso:ProvisionPermissionSet,UpdatePermissionSet
    sso-directory:AddMemberToGroup | sso:CreateAccountAssignment,CreatePermissionSet,DeleteAccountAssignment
    identitystore:CreateUser
kms | kms:ListKeys,ListAliases,DescribeKey,GetKeyPolicy,GetKeyRotationStatus | kms:CreateKey,CreateAlias,
    EnableKeyRotation,CreateGrant,Decrypt,GenerateDataKey | kms:ScheduleKeyDeletion,PutKeyPolicy,DisableKey,
    CancelKeyDeletion
secrets | secretsmanager:ListSecrets,DescribeSecret,GetResourcePolicy | secretsmanager:CreateSecret,PutSecretValue,
    TagResource,UpdateSecret,RotateSecret | secretsmanager:GetSecretValue,DeleteSecret,BatchGetSecretValue,
    PutResourcePolicy
ssm | ssm:DescribeParameters,DescribeInstanceInformation,ListDocuments,ListCommands,DescribeSessions,
    ListAssociations,GetParameter,GetInventory | ssm:PutParameter,AddTagsToResource,CreateAssociation,
    StartAutomationExecution,CreateDocument | ssm:StartSession,SendCommand,GetParameters,GetParametersByPath,
    TerminateSession,DeleteParameter,ResumeSession
logs | logs:DescribeLogGroups,DescribeLogStreams,FilterLogEvents,GetLogEvents,StartQuery,GetQueryResults,
    DescribeMetricFilters,GetLogGroupFields,StopQuery | logs:CreateLogGroup,PutRetentionPolicy,PutMetricFilter,
    PutSubscriptionFilter,TagResource | logs:DeleteLogGroup,DeleteLogStream,CreateExportTask
cloudwatch | monitoring:DescribeAlarms,GetMetricData,ListMetrics,GetMetricStatistics,ListDashboards,GetDashboard,
    DescribeAlarmHistory,DescribeInsightRules | monitoring:PutMetricAlarm,PutDashboard,EnableAlarmActions,
    SetAlarmState | monitoring:DisableAlarmActions,DeleteAlarms,DeleteDashboards
cloudtrail | cloudtrail:LookupEvents,DescribeTrails,GetTrailStatus,GetEventSelectors,ListTrails |
    cloudtrail:CreateTrail,StartLogging,AddTags,StartQuery | cloudtrail:PutEventSelectors,UpdateTrail,StopLogging,
    DeleteTrail
home | health:DescribeEventAggregates,DescribeEvents notifications:ListNotificationHubs,ListNotificationEvents
    ce:GetCostAndUsage resource-explorer-2:ListIndexes servicecatalog-appregistry:ListApplications
    cost-optimization-hub:ListEnrollmentStatuses user-subscriptions:ListApplicationClaims
    account:GetAccountInformation,ListRegions securityhub:DescribeHub iam:ListAccountAliases |
    notifications:ManagedNotificationEvent |
guardduty | guardduty:ListDetectors,GetDetector,ListFindings,GetFindings,GetFindingsStatistics,ListFilters,
    ListMembers | guardduty:CreateFilter,UpdateFilter,ArchiveFindings,CreateMembers | guardduty:UpdateDetector,
    CreateIPSet,DeleteDetector,DisassociateMembers
securityhub | securityhub:GetFindings,GetEnabledStandards,DescribeStandards,GetInsights,DescribeHub,ListMembers |
    securityhub:BatchUpdateFindings,CreateInsight,UpdateStandardsControl | securityhub:DisableSecurityHub,
    BatchDisableStandards
config | config:DescribeConfigRules,DescribeConfigurationRecorders,GetComplianceSummaryByConfigRule,
    SelectResourceConfig,GetResourceConfigHistory,ListDiscoveredResources | config:PutConfigRule,
    StartConfigRulesEvaluation,PutEvaluations | config:StopConfigurationRecorder,DeleteConfigRule
inspector | inspector2:ListFindings,ListCoverage,BatchGetAccountStatus,ListFindingAggregations |
    inspector2:CreateFilter,Enable,UpdateConfiguration | inspector2:Disable
access-analyzer | access-analyzer:ListAnalyzers,ListFindingsV2,GetFindingV2,ListArchiveRules,ValidatePolicy |
    access-analyzer:CreateArchiveRule,UpdateFindings,StartPolicyGeneration | access-analyzer:DeleteAnalyzer
organizations | organizations:ListAccounts,DescribeOrganization,ListRoots,ListPolicies,DescribeAccount,ListParents,
    ListOrganizationalUnitsForParent,DescribePolicy | organizations:CreateAccount,MoveAccount,TagResource,
    AttachPolicy | organizations:UpdatePolicy,DetachPolicy,RemoveAccountFromOrganization
billing | ce:GetCostAndUsage,GetCostForecast,GetDimensionValues,GetSavingsPlansUtilization,GetReservationCoverage
    budgets:DescribeBudgets cur:DescribeReportDefinitions | budgets:ModifyBudget,CreateBudgetAction
    ce:CreateAnomalyMonitor cur:PutReportDefinition savingsplans:CreateSavingsPlan |
support | support:DescribeCases,DescribeCommunications,DescribeServices,DescribeTrustedAdvisorChecks,
    DescribeTrustedAdvisorCheckResult | support:CreateCase,AddCommunicationToCase,ResolveCase
    servicequotas:RequestServiceQuotaIncrease |
lambda | lambda:ListFunctions20150331,GetFunction20150331v2,GetFunctionConfiguration20150331v2,GetPolicy20150331v2,
    ListVersionsByFunction20150331,ListEventSourceMappings20150331,GetAccountSettings20160819,ListTags20170331 |
    lambda:UpdateFunctionCode20150331v2,UpdateFunctionConfiguration20150331v2,CreateFunction20150331,
    PublishVersion20150331,UpdateAlias20150331,TagResource20170331v2,CreateEventSourceMapping20150331 |
    lambda:AddPermission20150331v2,DeleteFunction20150331,CreateFunctionUrlConfig,RemovePermission20150331v2
apigateway | apigateway:GetRestApis,GetResources,GetStages,GetApis,GetDomainNames,GetDeployments |
    apigateway:CreateDeployment,UpdateStage,PutMethod,PutIntegration,CreateResource,ImportRestApi |
    apigateway:DeleteRestApi,UpdateRestApi,CreateApiKey
dynamodb | dynamodb:ListTables,DescribeTable,DescribeContinuousBackups,DescribeTimeToLive,ListBackups,DescribeLimits,
    ListTagsOfResource | dynamodb:UpdateTable,CreateTable,UpdateTimeToLive,UpdateContinuousBackups |
    dynamodb:DeleteTable,CreateBackup,ExportTableToPointInTime,RestoreTableToPointInTime
rds | rds:DescribeDBInstances,DescribeDBClusters,DescribeDBSnapshots,DescribeDBParameterGroups,DescribeEvents,
    DescribeDBLogFiles,DownloadDBLogFilePortion,ListTagsForResource,DescribePendingMaintenanceActions
    pi:GetResourceMetrics | rds:ModifyDBInstance,RebootDBInstance,CreateDBInstance,ModifyDBParameterGroup,
    AddTagsToResource,CreateDBClusterSnapshot | rds:CreateDBSnapshot,RestoreDBInstanceFromDBSnapshot,
    DeleteDBInstance,ModifyDBSnapshotAttribute,DeleteDBSnapshot,StartExportTask,RestoreDBClusterToPointInTime
ecs | ecs:ListClusters,DescribeClusters,ListServices,DescribeServices,ListTasks,DescribeTasks,DescribeTaskDefinition,
    ListTaskDefinitions | ecs:UpdateService,RegisterTaskDefinition,CreateService,RunTask,StopTask,
    DeregisterTaskDefinition,TagResource | ecs:ExecuteCommand,DeleteService,CreateCluster
ecr | ecr:DescribeRepositories,DescribeImages,ListImages,GetLifecyclePolicy,DescribeImageScanFindings,
    GetAuthorizationToken,BatchGetImage,GetDownloadUrlForLayer | ecr:CreateRepository,PutImage,InitiateLayerUpload,
    CompleteLayerUpload,PutLifecyclePolicy,StartImageScan | ecr:SetRepositoryPolicy,BatchDeleteImage,DeleteRepository
eks | eks:ListClusters,DescribeCluster,ListNodegroups,DescribeNodegroup,ListAddons,DescribeAddon,AccessKubernetesApi,
    ListAccessEntries | eks:UpdateClusterVersion,UpdateNodegroupConfig,CreateAddon,UpdateAddon,CreateNodegroup |
    eks:CreateAccessEntry,AssociateAccessPolicy,DeleteCluster,DeleteNodegroup
elb | elasticloadbalancing:DescribeLoadBalancers,DescribeTargetGroups,DescribeTargetHealth,DescribeListeners,
    DescribeRules,DescribeTags,DescribeLoadBalancerAttributes | elasticloadbalancing:RegisterTargets,
    DeregisterTargets,ModifyListener,CreateTargetGroup,CreateRule,CreateLoadBalancer |
    elasticloadbalancing:DeleteLoadBalancer,DeleteListener
cloudformation | cloudformation:ListStacks,DescribeStacks,DescribeStackEvents,ListStackResources,GetTemplate,
    DescribeChangeSet,DescribeStackResources | cloudformation:CreateChangeSet,ExecuteChangeSet,UpdateStack,
    CreateStack,ValidateTemplate,DetectStackDrift | cloudformation:DeleteStack,CreateStackSet,CreateStackInstances
sqs | sqs:ListQueues,GetQueueAttributes,GetQueueUrl,ListDeadLetterSourceQueues,ListQueueTags | sqs:CreateQueue,
    SetQueueAttributes,TagQueue,StartMessageMoveTask | sqs:PurgeQueue,DeleteQueue,AddPermission
sns | sns:ListTopics,GetTopicAttributes,ListSubscriptionsByTopic,ListSubscriptions | sns:CreateTopic,Subscribe,
    SetTopicAttributes,SetSubscriptionAttributes | sns:DeleteTopic,Unsubscribe,AddPermission
events | events:ListRules,DescribeRule,ListTargetsByRule,ListEventBuses scheduler:ListSchedules | events:PutRule,
    PutTargets,EnableRule scheduler:CreateSchedule | events:DisableRule,DeleteRule,RemoveTargets,PutPermission
states | states:ListStateMachines,DescribeStateMachine,ListExecutions,DescribeExecution,GetExecutionHistory |
    states:UpdateStateMachine,CreateStateMachine,StartExecution,RedriveExecution | states:DeleteStateMachine,
    StopExecution
route53 | route53:ListHostedZones,ListResourceRecordSets,GetHostedZone,GetChange,ListHealthChecks |
    route53:ChangeResourceRecordSets,CreateHealthCheck,CreateHostedZone | route53:DeleteHostedZone,
    DisassociateVPCFromHostedZone
cloudfront | cloudfront:ListDistributions,GetDistribution,GetDistributionConfig,ListInvalidations,ListCachePolicies |
    cloudfront:CreateInvalidation,UpdateDistribution,CreateDistribution2020_05_31 | cloudfront:DeleteDistribution
acm | acm:ListCertificates,DescribeCertificate,ListTagsForCertificate | acm:RequestCertificate,AddTagsToCertificate,
    ImportCertificate | acm:ExportCertificate,DeleteCertificate
waf | wafv2:ListWebACLs,GetWebACL,ListRuleGroups,GetSampledRequests,ListIPSets,GetIPSet | wafv2:UpdateWebACL,
    UpdateIPSet,AssociateWebACL | wafv2:DeleteWebACL,DisassociateWebACL,DeleteLoggingConfiguration
backup | backup:ListBackupPlans,ListBackupVaults,ListBackupJobs,ListRecoveryPointsByBackupVault,DescribeBackupJob |
    backup:StartBackupJob,CreateBackupPlan,UpdateBackupPlan,StartCopyJob | backup:DeleteRecoveryPoint,
    StartRestoreJob,DeleteBackupVaultAccessPolicy
glue | glue:GetDatabases,GetTables,GetTable,GetJobs,GetJobRuns,GetJobRun,GetPartitions,GetCrawlers,GetConnections,
    SearchTables | glue:StartJobRun,UpdateJob,CreateJob,UpdateTable,CreateTable,StartCrawler,BatchCreatePartition |
    glue:CreateDevEndpoint,DeleteTable,DeleteDatabase,CreateConnection,PutResourcePolicy
athena | athena:ListWorkGroups,ListDataCatalogs,ListDatabases,GetQueryExecution,GetQueryResults,ListQueryExecutions,
    GetWorkGroup,ListNamedQueries,GetQueryRuntimeStatistics | athena:StartQueryExecution,CreateNamedQuery,
    StopQueryExecution,UpdateWorkGroup | athena:CreateWorkGroup,DeleteWorkGroup
redshift | redshift:DescribeClusters,DescribeClusterSnapshots,DescribeLoggingStatus redshift-data:DescribeStatement,
    GetStatementResult,ListStatements redshift-serverless:ListWorkgroups | redshift-data:ExecuteStatement
    redshift:ModifyCluster,CreateClusterSnapshot,PauseCluster | redshift:GetClusterCredentials,
    RestoreFromClusterSnapshot,AuthorizeSnapshotAccess
emr | elasticmapreduce:ListClusters,DescribeCluster,ListSteps,DescribeStep,ListInstances |
    elasticmapreduce:RunJobFlow,AddJobFlowSteps,ModifyInstanceGroups | elasticmapreduce:TerminateJobFlows,
    GetClusterSessionCredentials
sagemaker | sagemaker:ListEndpoints,DescribeEndpoint,ListTrainingJobs,DescribeTrainingJob,ListNotebookInstances,
    ListModels,ListDomains,DescribeUserProfile,ListApps,Search | sagemaker:CreateTrainingJob,CreateModel,
    CreateEndpoint,CreateProcessingJob,StartNotebookInstance,CreateApp,UpdateEndpoint,AddTags |
    sagemaker:CreateNotebookInstance,CreatePresignedNotebookInstanceUrl,CreatePresignedDomainUrl,DeleteEndpoint
bedrock | bedrock:ListFoundationModels,GetFoundationModel,ListInferenceProfiles,
    GetModelInvocationLoggingConfiguration,ListGuardrails,ListKnowledgeBases | bedrock:InvokeModel,Converse,
    InvokeModelWithResponseStream,ConverseStream,CreateGuardrail,StartIngestionJob |
    bedrock:PutUseCaseForModelAccess,DeleteModelInvocationLoggingConfiguration
kinesis | kinesis:ListStreams,DescribeStreamSummary,ListShards,DescribeLimits firehose:ListDeliveryStreams,
    DescribeDeliveryStream | kinesis:CreateStream,UpdateShardCount,IncreaseStreamRetentionPeriod
    firehose:UpdateDestination | kinesis:DeleteStream
elasticache | elasticache:DescribeCacheClusters,DescribeReplicationGroups,DescribeEvents,DescribeSnapshots |
    elasticache:ModifyReplicationGroup,CreateReplicationGroup,IncreaseReplicaCount |
    elasticache:DeleteReplicationGroup,CopySnapshot,CreateSnapshot
opensearch | es:ListDomainNames,DescribeDomain,DescribeDomains,DescribeDomainHealth,DescribeDomainConfig |
    es:UpdateDomainConfig,CreateDomain,AddTags,UpgradeDomain | es:DeleteDomain,UpdatePackage
cognito | cognito-idp:ListUserPools,DescribeUserPool,ListUsers,AdminGetUser,ListUserPoolClients,
    DescribeUserPoolClient | cognito-idp:AdminCreateUser,AdminSetUserPassword,UpdateUserPoolClient,
    AdminAddUserToGroup,AdminDisableUser | cognito-idp:AdminDeleteUser,UpdateUserPool,DeleteUserPool
codebuild | codebuild:ListProjects,BatchGetProjects,ListBuilds,BatchGetBuilds,ListBuildsForProject |
    codebuild:StartBuild,UpdateProject,CreateProject,RetryBuild | codebuild:ImportSourceCredentials,DeleteProject
codepipeline | codepipeline:ListPipelines,GetPipelineState,GetPipeline,ListPipelineExecutions,GetPipelineExecution |
    codepipeline:StartPipelineExecution,PutApprovalResult,UpdatePipeline,RetryStageExecution |
    codepipeline:DeletePipeline
codeartifact | codeartifact:ListRepositories,DescribeRepository,ListPackages,GetRepositoryEndpoint,
    ListPackageVersions | codeartifact:GetAuthorizationToken,PublishPackageVersion,CopyPackageVersions |
    codeartifact:DeletePackageVersions
efs | elasticfilesystem:DescribeFileSystems,DescribeMountTargets,DescribeAccessPoints |
    elasticfilesystem:CreateAccessPoint,UpdateFileSystem,CreateMountTarget | elasticfilesystem:DeleteFileSystem,
    PutFileSystemPolicy
msk | kafka:ListClustersV2,DescribeCluster,GetBootstrapBrokers,ListNodes,ListConfigurations |
    kafka:UpdateBrokerCount,UpdateConfiguration,CreateConfiguration | kafka:DeleteCluster,UpdateSecurity
batch | batch:DescribeJobQueues,DescribeComputeEnvironments,ListJobs,DescribeJobs,DescribeJobDefinitions |
    batch:SubmitJob,RegisterJobDefinition,UpdateComputeEnvironment,TerminateJob | batch:DeleteComputeEnvironment
transfer | transfer:ListServers,DescribeServer,ListUsers,DescribeUser | transfer:ImportSshPublicKey,UpdateUser,
    StartServer | transfer:CreateServer,CreateUser,DeleteUser
datasync | datasync:ListTasks,DescribeTask,ListLocations,DescribeTaskExecution,ListTaskExecutions |
    datasync:StartTaskExecution,UpdateTask,CreateTask | datasync:CreateLocationS3,DeleteTask
dms | dms:DescribeReplicationTasks,DescribeReplicationInstances,DescribeEndpoints,DescribeTableStatistics |
    dms:StartReplicationTask,ModifyReplicationTask,CreateEndpoint,TestConnection | dms:CreateReplicationTask,
    DeleteReplicationTask
amplify | amplify:ListApps,GetApp,ListBranches,ListJobs,GetJob | amplify:StartJob,UpdateApp,CreateBranch,
    CreateDeployment | amplify:DeleteApp
appsync | appsync:ListGraphqlApis,GetGraphqlApi,ListResolvers,ListDataSources | appsync:UpdateResolver,
    StartSchemaCreation,CreateResolver | appsync:CreateApiKey,DeleteGraphqlApi
ses | ses:ListIdentities,GetSendQuota,GetAccount,ListEmailIdentities,GetSuppressedDestination,
    GetIdentityVerificationAttributes | ses:CreateTemplate,UpdateTemplate,VerifyEmailIdentity,SendEmail,
    DeleteSuppressedDestination | ses:CreateEmailIdentity,UpdateAccountSendingEnabled
quicksight | quicksight:ListDashboards,DescribeDashboard,ListDataSets,ListAnalyses,DescribeDataSet,GetDashboard |
    quicksight:CreateAnalysis,UpdateDashboard,CreateIngestion,UpdateDataSet | quicksight:RegisterUser,
    UpdateDataSourcePermissions
lakeformation | lakeformation:ListPermissions,GetDataLakeSettings,ListResources,GetEffectivePermissionsForPath,
    ListLFTags,GetDataAccess | lakeformation:AddLFTagsToResource,CreateLFTag,BatchGrantPermissions |
    lakeformation:GrantPermissions,PutDataLakeSettings,RegisterResource
macie | macie2:ListFindings,GetFindings,ListClassificationJobs,DescribeBuckets,GetBucketStatistics |
    macie2:CreateClassificationJob,UpdateFindingsFilter | macie2:DisableMacie
servicecatalog | servicecatalog:SearchProducts,DescribeProduct,ListPortfolios,ScanProvisionedProducts,DescribeRecord
    | servicecatalog:ProvisionProduct,UpdateProvisionedProduct | servicecatalog:TerminateProvisionedProduct,
    CreatePortfolioShare
workspaces | workspaces:DescribeWorkspaces,DescribeWorkspaceDirectories,DescribeWorkspaceBundles,
    DescribeWorkspacesConnectionStatus | workspaces:RebootWorkspaces,CreateWorkspaces,ModifyWorkspaceProperties |
    workspaces:TerminateWorkspaces
iot | iot:ListThings,DescribeThing,ListThingGroups,DescribeEndpoint,ListJobs,SearchIndex | iot:CreateJob,UpdateThing,
    AttachThingPrincipal,CreateTopicRule | iot:CreateKeysAndCertificate,AttachPolicy,UpdateCertificate
network | ec2:DescribeTransitGateways,DescribeTransitGatewayAttachments,DescribeVpnConnections,DescribePrefixLists
    directconnect:DescribeConnections,DescribeVirtualInterfaces network-firewall:ListFirewalls,DescribeFirewall
    route53resolver:ListResolverRules | ec2:CreateTransitGatewayRoute,ModifyManagedPrefixList,
    CreateVpnConnectionRoute network-firewall:UpdateRuleGroup | ec2:DeleteTransitGatewayVpcAttachment,
    AcceptTransitGatewayVpcAttachment ram:CreateResourceShare
"""
DOMAINS: dict[str, tuple[list[Api], list[Api], list[Api]]] = {}
for _line in _lines(_DOMAINS):
    _name, _view, _change, _sensitive = (part.strip() for part in _line.split("|"))
    DOMAINS[_name] = apis(_view), apis(_change), apis(_sensitive)

SENSITIVE = frozenset(
    {call.name for _, _, calls in DOMAINS.values() for call in calls if call.name != "CreateCluster"}
    | {
        call.name
        for tactic, plays in PLAYBOOK.items()
        if tactic not in {"discovery", "initial_access"}
        for play in plays.values()
        for call in apis(play.replace("?", "").replace("*", "0"))
        if not call.read_only and not call.name[-1].isdigit()
    }
) - {
    "RunInstances",
    "StartQueryExecution",
    "StopInstances",
    "StartInstances",
    "ModifyInstanceAttribute",
    "SendEmail",
    "StartBuild",
}
"""APIs of which a security team would like to know (for the summary only)."""


class Persona(NamedTuple):
    """A job that people have."""

    name: str
    share: float
    tasks: float
    """A day."""
    habits: float
    """Different things one does at a time."""
    change: float
    sensitive: float
    denied: float
    surfaces: tuple[float, float, float, float, float]
    """Weights of console, command line, SDK, infrastructure as code, IDE."""
    home: str
    reach: float
    """The share of accounts that they can enter."""
    sets: str
    domains: dict[str, float]


def _persona(
    name: str,
    share: float,
    tasks: float,
    habits: float,
    change: float,
    sensitive: float,
    denied: float,
    surfaces: tuple[float, float, float, float, float],
    home: str,
    reach: float,
    sets: str,
    domains: str,
) -> Persona:
    weights = {part.split("=")[0]: float(([*part.split("="), "1"])[1]) for part in domains.split()}
    return Persona(name, share, tasks, habits, change, sensitive, denied, surfaces, home, reach, sets, weights)


PERSONAS = {
    one.name: one
    for one in (
        _persona(
            "developer",
            38,
            9,
            14,
            0.2,
            0.012,
            0.1,
            (5, 3, 2, 1, 1.5),
            "dev",
            0.4,
            "dev power dev",
            "lambda=4 logs=6 cloudwatch=3 dynamodb=2 s3=3 sqs=2 sns apigateway=2 ecs=4 ecr=2 eks=2 "
            "cloudformation=2 ssm secrets "
            "states events rds ec2 codebuild codepipeline=2 codeartifact cognito appsync amplify bedrock kinesis "
            "opensearch iot ses",
        ),
        _persona(
            "sre",
            13,
            13,
            22,
            0.28,
            0.06,
            0.05,
            (3, 5, 2, 3, 0.5),
            "prod",
            0.9,
            "power admin",
            "ec2=5 vpc=3 elb=3 ecs=3 eks=4 logs=4 cloudwatch=5 rds=2 iam=2 ssm=3 route53=2 acm cloudformation=2 "
            "kms secrets=2 s3=2 "
            "backup network elasticache msk opensearch cloudfront waf ecr lambda sts sqs efs support billing",
        ),
        _persona(
            "security",
            5,
            9,
            18,
            0.1,
            0.06,
            0.04,
            (5, 3, 3, 1, 0.2),
            "security",
            1.0,
            "security",
            "iam=4 cloudtrail=5 guardduty=4 securityhub=4 config=2 inspector=2 access-analyzer=2 logs=2 "
            "organizations s3 kms waf vpc "
            "macie sso secrets athena ec2",
        ),
        _persona(
            "data",
            10,
            8,
            11,
            0.22,
            0.02,
            0.12,
            (5, 2, 4, 0.5, 1),
            "data",
            0.3,
            "data",
            "athena=6 glue=5 s3=4 redshift=3 emr=2 quicksight=2 lakeformation logs kinesis states dms datasync "
            "batch msk secrets",
        ),
        _persona(
            "ml",
            5,
            8,
            11,
            0.25,
            0.02,
            0.12,
            (4, 2, 5, 0.5, 1.5),
            "ml",
            0.3,
            "data dev",
            "sagemaker=6 s3=4 bedrock=4 ecr=2 logs=2 athena batch ec2 iam cloudwatch lambda",
        ),
        _persona(
            "support",
            8,
            5,
            8,
            0.1,
            0.006,
            0.15,
            (9, 1, 0.5, 0, 0),
            "prod",
            0.3,
            "support read",
            "logs=4 cloudwatch=3 cognito=4 dynamodb ec2 support=2 ses=2 rds workspaces sqs home quicksight",
        ),
        _persona(
            "manager",
            6,
            1.6,
            6,
            0.01,
            0.0,
            0.3,
            (9, 0.5, 0, 0, 0),
            "prod",
            0.5,
            "read billing",
            "billing=4 home=3 cloudwatch=2 ec2 support quicksight=2 ecs organizations",
        ),
        _persona(
            "finance",
            3,
            2.5,
            5,
            0.05,
            0.0,
            0.3,
            (9, 0, 1, 0, 0),
            "billing",
            0.6,
            "billing",
            "billing=8 organizations=2 home support ec2 athena quicksight",
        ),
        _persona(
            "contractor",
            8,
            7,
            9,
            0.22,
            0.012,
            0.2,
            (5, 4, 1.5, 1, 1),
            "dev",
            0.2,
            "dev power",
            "lambda=2 s3=3 ecs=2 ec2=3 logs=3 rds cloudformation=2 dynamodb eks ecr glue codepipeline amplify "
            "datasync dms transfer",
        ),
        _persona(
            "dba",
            3,
            7,
            9,
            0.22,
            0.09,
            0.06,
            (6, 4, 1.5, 0.5, 0),
            "prod",
            0.5,
            "power support",
            "rds=8 cloudwatch=3 secrets=2 logs=2 elasticache dms backup=2 kms dynamodb redshift opensearch",
        ),
        _persona(
            "admin",
            5,
            9,
            22,
            0.22,
            0.17,
            0.01,
            (5, 4, 1, 2, 0.3),
            "prod",
            1.0,
            "admin",
            "iam=6 organizations=2 sso=3 kms=2 s3=3 ec2=3 vpc=2 billing route53 cloudtrail secrets=2 ssm=2 "
            "support network cloudformation "
            "config servicecatalog workspaces transfer acm ses",
        ),
    )
}

Job = tuple[str, float, float, float, tuple[Api, ...]]
"""Pattern, rate from and to, how many of the kind have it, calls."""


class MachineSpec(NamedTuple):
    """A sort of program."""

    share: float
    session: str
    """How its sessions are named: ``instance``, ``name``, ``task``, ``web``, ``ci``, …, ``key`` for a user."""
    place: str
    """Where it is: ``nat``, ``instance``, ``lambda``, ``runner``, ``fixed``, ``vendor``, ``service``."""
    tool: str
    victim: str
    home: str
    names: str
    jobs: tuple[Job, ...]
    path: str = "/"
    service: str = ""


def _machine(
    share: float,
    session: str,
    place: str,
    tool: str,
    victim: str,
    home: str,
    names: str,
    jobs: str,
    path: str = "/",
    service: str = "",
) -> MachineSpec:
    read: list[Job] = []
    for line in _lines(jobs):
        pattern, low, high, chance, calls = line.split(maxsplit=4)
        read.append((pattern, float(low), float(high), float(chance), tuple(apis(calls))))
    return MachineSpec(share, session, place, tool, victim, home, names, tuple(read), path, service)


_LOOK = " ".join(f"{call.source.split('.')[0]}:{call.name}" for view, _, _ in DOMAINS.values() for call in view[:5])
_SWEEP = " ".join(_LOOK.split()[:120])

MACHINES: dict[str, MachineSpec] = {
    "web": _machine(
        16,
        "instance",
        "instance",
        "boto",
        "workload",
        "",
        "{0}-{e}-instance {s}{0}-ec2 EC2-{0}-{e} {0}InstanceProfile-{n}",
        """
steady 6 40 0.8 ssm:UpdateInstanceInformation,ListInstanceAssociations
steady 20 200 0.6 ec2:DescribeInstances,DescribeTags
office 10 150 0.5 kms:Decrypt
office 2 40 0.5 secretsmanager:GetSecretValue
steady 10 100 0.3 ssm:GetParametersByPath
office 5 60 0.25 sqs:GetQueueUrl,GetQueueAttributes
steady 20 140 0.2 elasticloadbalancing:DescribeTargetHealth
daily 0 23 0.1 ec2:CreateSnapshot,DescribeSnapshots,DeleteSnapshot
steady 2 30 0.2 ecr:GetAuthorizationToken,BatchGetImage,GetDownloadUrlForLayer
office 3 60 0.1 bedrock:InvokeModel""",
    ),
    "function": _machine(
        22,
        "name",
        "lambda",
        "lambda",
        "workload",
        "",
        "{s}{0}-role-{n} {0}-{e}-lambda {0}FunctionRole-{n} lambda-{0}",
        """
steady 24 288 0.4 secretsmanager:GetSecretValue
office 10 150 0.4 sts:AssumeRole
steady 4 96 0.3 ec2:DescribeInstances,DescribeVolumes,DescribeSnapshots,CreateTags
office 5 120 0.3 states:StartExecution
steady 12 144 0.3 ssm:GetParameter
daily 0 23 0.2 ec2:StopInstances,StartInstances,DescribeInstances
office 3 100 0.2 cognito-idp:AdminGetUser,AdminCreateUser,ListUsers
steady 12 288 0.2 sqs:GetQueueAttributes
steady 6 96 0.15 cloudformation:DescribeStacks
office 2 60 0.15 kms:Decrypt,GenerateDataKey
weekly 0 23 0.1 ec2:DescribeImages,DeregisterImage,DeleteSnapshot
steady 4 48 0.1 ecs:DescribeServices,UpdateService
office 2 80 0.15 bedrock:InvokeModel""",
    ),
    "task": _machine(
        14,
        "task",
        "nat",
        "fargate",
        "workload",
        "",
        "{0}-{e}-task ecsTaskRole-{0} {s}{0}-svc TaskRole-{0}-{n}",
        """
office 10 160 0.6 kms:Decrypt,GenerateDataKey
steady 4 30 0.6 secretsmanager:GetSecretValue
steady 4 60 0.4 ssm:GetParameters
office 10 200 0.3 cognito-idp:AdminGetUser
office 5 90 0.3 athena:StartQueryExecution,GetQueryExecution,GetQueryResults
steady 10 90 0.25 dynamodb:DescribeTable
office 2 50 0.2 sts:AssumeRole
office 3 60 0.2 ses:SendEmail
steady 20 200 0.2 sqs:GetQueueAttributes,GetQueueUrl
office 2 30 0.1 lambda:GetFunction20150331v2""",
    ),
    "pod": _machine(
        9,
        "web",
        "nat",
        "go",
        "workload",
        "prod",
        "{s}irsa-{0} eks-{0}-controller {0}-IRSA-{n} karpenter-{0} KubeRole-{0}",
        """
steady 60 500 0.5 ec2:DescribeInstances,DescribeInstanceTypes,DescribeSubnets,DescribeSecurityGroups,
    DescribeLaunchTemplates,DescribeImages
office 3 60 0.3 ec2:RunInstances,CreateFleet,CreateLaunchTemplate,DeleteLaunchTemplate,TerminateInstances,CreateTags
steady 60 400 0.4 elasticloadbalancing:DescribeLoadBalancers,DescribeTargetGroups,DescribeTargetHealth,
    DescribeListeners,DescribeRules,DescribeTags
office 4 50 0.3 elasticloadbalancing:RegisterTargets,DeregisterTargets,ModifyRule
steady 60 300 0.3 route53:ListHostedZones,ListResourceRecordSets
office 1 12 0.3 route53:ChangeResourceRecordSets
steady 40 200 0.2 autoscaling:DescribeAutoScalingGroups,DescribeTags,SetDesiredCapacity
steady 24 300 0.25 secretsmanager:GetSecretValue,DescribeSecret
office 3 40 0.2 ec2:CreateVolume,AttachVolume,DetachVolume,DescribeVolumes,DeleteVolume""",
    ),
    "data": _machine(
        7,
        "name",
        "nat",
        "boto",
        "workload",
        "data",
        "{0}-etl {s}{0}-airflow GlueServiceRole-{0} {0}-emr-{n} {0}DagRole",
        """
daily 0 8 0.7 glue:GetJob,StartJobRun,GetJobRun,GetTable,GetPartitions,BatchCreatePartition,UpdateTable
steady 12 96 0.6 glue:GetTable,GetDatabase,GetPartitions
steady 12 120 0.5 athena:StartQueryExecution,GetQueryExecution,GetQueryResults
daily 0 6 0.3 elasticmapreduce:RunJobFlow,DescribeCluster,AddJobFlowSteps,ListSteps,TerminateJobFlows
steady 6 48 0.3 redshift-data:ExecuteStatement,DescribeStatement,GetStatementResult redshift:GetClusterCredentials
weekly 0 23 0.3 rds:DescribeDBSnapshots,StartExportTask
monthly 0 23 0.2 s3:PutBucketLifecycle,ListBuckets,GetBucketLocation
daily 0 23 0.3 sagemaker:CreateTrainingJob,DescribeTrainingJob,CreateModel
steady 4 30 0.3 secretsmanager:GetSecretValue lakeformation:GetDataAccess""",
    ),
    "deploy": _machine(
        10,
        "ci",
        "runner",
        "ci",
        "ci",
        "",
        "{s}{0}-deploy github-{0} gha-{0}-{e} ci-{0} {0}-pipeline-{n}",
        """
office 2 18 0.8 sts:GetCallerIdentity ecr:GetAuthorizationToken,InitiateLayerUpload,CompleteLayerUpload,PutImage,
    DescribeImages
office 1 14 0.4 ecs:DescribeTaskDefinition,RegisterTaskDefinition,UpdateService,DescribeServices
office 1 10 0.4 cloudformation:DescribeStacks,CreateChangeSet,DescribeChangeSet,ExecuteChangeSet,DescribeStackEvents
office 1 12 0.35 lambda:GetFunction20150331v2,UpdateFunctionCode20150331v2,PublishVersion20150331,UpdateAlias20150331
office 1 8 0.2 s3:GetBucketLocation,PutBucketPolicy cloudfront:CreateInvalidation
office 1 8 0.2 eks:DescribeCluster ssm:GetParameters secretsmanager:GetSecretValue
office 0.2 2 0.3 iam:GetRole,CreateRole,PutRolePolicy,AttachRolePolicy,UpdateAssumeRolePolicy
office 0.3 3 0.15 ssm:SendCommand,GetCommandInvocation
office 1 5 0.2 codeartifact:GetAuthorizationToken,PublishPackageVersion""",
    ),
    "terraform": _machine(
        3,
        "ci",
        "runner",
        "iac",
        "ci",
        "shared",
        "terraform-{0} {s}tf-apply-{n} iac-{e} atlantis-{0}",
        f"""
office 2 14 1 sts:GetCallerIdentity ec2:DescribeVpcs,DescribeSubnets,DescribeSecurityGroups,DescribeInstances,
    DescribeRouteTables iam:GetRole,ListRolePolicies,ListAttachedRolePolicies,GetPolicy,GetPolicyVersion
    s3:GetBucketPolicy,GetBucketAcl,GetBucketVersioning,GetBucketLocation kms:DescribeKey,GetKeyPolicy
    lambda:GetFunction20150331v2 rds:DescribeDBInstances
office 1 4 0.9 iam:CreatePolicyVersion,PutRolePolicy,CreateRole,AttachRolePolicy,DeletePolicyVersion,
    UpdateAssumeRolePolicy
office 1 4 0.9 ec2:AuthorizeSecurityGroupIngress,RevokeSecurityGroupIngress,CreateTags,RunInstances,TerminateInstances
office 0.5 3 0.7 s3:CreateBucket,PutBucketPolicy,PutBucketPublicAccessBlock,PutBucketEncryption,PutBucketReplication
office 0.3 2 0.6 kms:CreateKey,PutKeyPolicy monitoring:PutMetricAlarm,DeleteAlarms logs:CreateLogGroup,DeleteLogGroup
    rds:ModifyDBInstance
daily 1 6 0.5 {_SWEEP}""",
    ),
    "image": _machine(
        1.2,
        "ci",
        "runner",
        "ci",
        "ci",
        "shared",
        "packer-{0} {s}ami-factory golden-image-{n}",
        """
weekly 1 22 1 ec2:DescribeImages,RunInstances,CreateKeyPair,CreateSecurityGroup,AuthorizeSecurityGroupIngress,
    DescribeInstances,StopInstances,CreateImage,ModifyImageAttribute,ModifySnapshotAttribute,DeleteKeyPair,
    TerminateInstances,DeleteSecurityGroup
daily 0 23 0.3 ec2:DescribeImages,CopyImage,DeregisterImage,DeleteSnapshot""",
    ),
    "legacy": _machine(
        6,
        "key",
        "fixed",
        "old",
        "key",
        "legacy",
        "{0}-svc svc_{0} s3-{0}-upload {0}-{e}-user ses-smtp-{0}",
        """
steady 10 200 0.5 s3:ListBuckets,GetBucketLocation
steady 6 96 0.4 ec2:DescribeInstances,DescribeRegions
daily 0 23 0.35 ec2:DescribeVolumes,CreateSnapshot,DescribeSnapshots,DeleteSnapshot
steady 12 288 0.3 sqs:GetQueueUrl,GetQueueAttributes
office 4 80 0.3 ses:GetSendQuota,SendEmail
steady 20 96 0.3 monitoring:GetMetricStatistics,ListMetrics
office 2 30 0.2 ecr:GetAuthorizationToken,BatchGetImage,GetDownloadUrlForLayer
steady 4 24 0.2 route53:ListResourceRecordSets,ChangeResourceRecordSets
weekly 0 23 0.2 iam:ListUsers,ListAccessKeys,GetCredentialReport,GenerateCredentialReport""",
    ),
    "backup": _machine(
        1,
        "name",
        "lambda",
        "lambda",
        "workload",
        "",
        "{0}-backup {s}snapshotter-{n} dr-{0}",
        """
daily 0 5 1 ec2:DescribeVolumes,DescribeInstances,CreateSnapshot,CreateSnapshot,CreateSnapshot,CreateTags,
    DescribeSnapshots,DeleteSnapshot,DeleteSnapshot,ModifySnapshotAttribute
daily 0 5 0.8 rds:DescribeDBInstances,CreateDBSnapshot,DescribeDBSnapshots,CopyDBSnapshot,DeleteDBSnapshot
weekly 0 8 0.7 rds:RestoreDBInstanceFromDBSnapshot,DescribeDBInstances,DescribeDBInstances,DeleteDBInstance
monthly 0 8 0.5 rds:ModifyDBSnapshotAttribute,DescribeDBSnapshotAttributes s3:PutBucketReplication""",
    ),
    "rotation": _machine(
        0.5,
        "name",
        "lambda",
        "lambda",
        "workload",
        "",
        "key-rotation-{0} {s}rotator-{n}",
        """
weekly 0 23 1 iam:ListUsers,ListAccessKeys,ListAccessKeys,CreateAccessKey,UpdateAccessKey,DeleteAccessKey
    secretsmanager:PutSecretValue
daily 0 23 0.6 secretsmanager:DescribeSecret,GetSecretValue,PutSecretValue,GetRandomPassword""",
    ),
    "patch": _machine(
        0.8,
        "name",
        "nat",
        "boto",
        "workload",
        "shared",
        "patching-{0} {s}ansible-{n}",
        """
weekly 0 23 1 ssm:DescribeInstanceInformation,SendCommand,SendCommand,SendCommand,ListCommandInvocations,
    GetCommandInvocation,GetCommandInvocation
daily 0 23 0.5 ssm:DescribeInstancePatchStates,ListInventoryEntries ec2:DescribeInstances,RebootInstances""",
    ),
    "cost": _machine(
        1,
        "name",
        "lambda",
        "lambda",
        "workload",
        "billing",
        "cost-{0} {s}finops-{n} janitor-{0}",
        """
daily 4 9 1 ce:GetCostAndUsage,GetCostForecast,GetReservationUtilization organizations:ListAccounts
daily 18 23 0.6 ec2:DescribeInstances,StopInstances rds:DescribeDBInstances,StopDBInstance
weekly 0 23 0.5 ec2:DescribeVolumes,DeleteVolume,DescribeAddresses,ReleaseAddress,DescribeSnapshots,DeleteSnapshot,
    TerminateInstances""",
    ),
    "scanner": _machine(
        0.8,
        "scan",
        "nat",
        "scan",
        "",
        "security",
        "{s}prowler-{n} cspm-{0} steampipe-{0} asset-inventory-{n}",
        f"""
daily 0 23 1 {_LOOK}
steady 2 8 0.3 ec2:DescribeInstances,DescribeSecurityGroups,DescribeSnapshots,DescribeImages s3:ListBuckets
    iam:ListUsers,ListRoles""",
    ),
    "vendor": _machine(
        3,
        "vendor",
        "vendor",
        "vendor",
        "",
        "",
        "{0}-integration DatadogIntegrationRole-{n} CloudHealth-{0} vendor-{0}-readonly Wiz-{n}",
        """
steady 24 120 0.9 ec2:DescribeInstances,DescribeVolumes,DescribeTags rds:DescribeDBInstances
    elasticloadbalancing:DescribeLoadBalancers monitoring:GetMetricData,ListMetrics tagging:GetResources
daily 0 23 0.5 s3:ListBuckets,GetBucketPolicy,GetBucketAcl,GetBucketEncryption iam:GetAccountAuthorizationDetails,
    GetAccountPasswordPolicy,ListMFADevices cloudtrail:DescribeTrails,GetTrailStatus lambda:ListFunctions20150331,
    GetFunctionConfiguration20150331v2
daily 0 23 0.15 ec2:DescribeVolumes,CreateSnapshot,ModifySnapshotAttribute,DescribeSnapshots,DeleteSnapshot
steady 4 24 0.3 ce:GetCostAndUsage organizations:ListAccounts""",
    ),
    "breakglass": _machine(
        0,
        "name",
        "fixed",
        "cli",
        "",
        "",
        "breakglass-admin EmergencyAccess OrganizationAccountAccessRole",
        """
monthly 0 23 0.4 sts:GetCallerIdentity iam:ListRoles""",
    ),
    "preview": _machine(
        0,
        "name",
        "lambda",
        "lambda",
        "",
        "dev",
        "pr-{n}-{0} preview-{0}-{n} {0}-feature-{n}",
        """
office 2 30 0.9 secretsmanager:GetSecretValue
office 2 30 0.5 ssm:GetParameter
office 2 10 0.3 dynamodb:DescribeTable""",
    ),
    "root": _machine(
        0,
        "root",
        "fixed",
        "browser",
        "",
        "",
        "root",
        """
monthly 0 23 0.2 iam:GetAccountSummary""",
    ),
    "service_config": _machine(
        0,
        "service",
        "service",
        "cli",
        "",
        "",
        "AWSServiceRoleForConfig",
        """
steady 40 140 1 ec2:DescribeInstances,DescribeVolumes,DescribeSecurityGroups s3:ListBuckets,GetBucketAcl iam:GetRole,
    ListRoles lambda:ListFunctions20150331 rds:DescribeDBInstances""",
        "/aws-service-role/config.amazonaws.com/",
        "config.amazonaws.com",
    ),
    "service_autoscaling": _machine(
        1.5,
        "service",
        "service",
        "cli",
        "",
        "",
        "AWSServiceRoleForAutoScaling",
        """
office 10 90 1 ec2:RunInstances,DescribeInstances,CreateTags,TerminateInstances elasticloadbalancing:RegisterTargets,
    DescribeTargetHealth
steady 24 96 0.6 monitoring:DescribeAlarms,PutMetricAlarm""",
        "/aws-service-role/autoscaling.amazonaws.com/",
        "autoscaling.amazonaws.com",
    ),
    "service_rds": _machine(
        1,
        "service",
        "service",
        "cli",
        "",
        "",
        "AWSServiceRoleForRDS AWSServiceRoleForElastiCache AWSServiceRoleForECS",
        """
office 4 40 1 ec2:CreateNetworkInterface,DescribeNetworkInterfaces,DeleteNetworkInterface,DescribeSecurityGroups
steady 2 24 0.5 ec2:DescribeAvailabilityZones,DescribeSubnets,DescribeVpcAttribute""",
        "/aws-service-role/rds.amazonaws.com/",
        "rds.amazonaws.com",
    ),
    "service_ec2": _machine(
        0.8,
        "aws",
        "service",
        "cli",
        "",
        "",
        "ec2-service",
        """
steady 60 400 1 sts:AssumeRole""",
        service="ec2.amazonaws.com",
    ),
    "service_lambda": _machine(
        1.5,
        "aws",
        "service",
        "cli",
        "",
        "",
        "lambda-service",
        """
steady 60 500 1 sts:AssumeRole
steady 10 60 0.5 kms:Decrypt""",
        service="lambda.amazonaws.com",
    ),
    "service_trail": _machine(
        1,
        "aws",
        "service",
        "cli",
        "",
        "",
        "trail-service",
        """
steady 60 300 1 s3:GetBucketAcl
steady 60 200 0.5 kms:GenerateDataKey""",
        service="cloudtrail.amazonaws.com",
    ),
}

_TOOLS = """
console | Mozilla/5.0 ({browser}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{e}.0.0.0 Safari/537.36
console | Mozilla/5.0 ({browser}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{e}.0.0.0 Safari/537.36 Edg/{e}.0.0.0
console | Mozilla/5.0 ({browser}; rv:{e}.0) Gecko/20100101 Firefox/{e}.0
console | Mozilla/5.0 ({browser}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/1{b}.{c} Safari/605.1.15
cli | aws-cli/2.{a}.{c} md/awscrt#0.2{b}.{c} ua/2.0 os/{os} md/arch#x86_64 lang/python#3.1{b}.{c} md/pyimpl#CPython
    cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#
cli | aws-cli/2.{a}.{c} md/awscrt#0.2{b}.{c} ua/2.0 os/{os} md/arch#x86_64 lang/python#3.1{b}.{c} md/pyimpl#CPython
    cfg/retry-mode#standard md/installer#source md/prompt#off md/command#
cli | aws-cli/2.{a}.{c} Python/3.1{b}.{c} {os} exe/x86_64 prompt/off command#
cli | aws-cli/1.{a}.{c} Python/3.{c}.{b} {os} botocore/1.{a}.{c}
cli | aws-cli/2.{a}.{c} md/awscrt#0.2{b}.{c} ua/2.0 os/linux#6.1.{a} exec-env/CloudShell lang/python#3.1{b}.{c}
    md/prompt#off md/command#
cli | granted/0.{a}.{c} aws-sdk-go-v2/1.{a}.{c} os/{os} lang/go#1.2{b}.{c} md/GOOS#linux md/GOARCH#amd64 api/
sdk | Boto3/1.{a}.{c} md/Botocore#1.{a}.{c} ua/2.0 os/{os} md/arch#x86_64 lang/python#3.1{b}.{c} md/pyimpl#CPython
    cfg/retry-mode#legacy Botocore/1.{a}.{c}
sdk | Boto3/1.{a}.{c} Python/3.{c}.{b} {os} Botocore/1.{a}.{c}
sdk | aws-sdk-js/3.{a}{c}.0 ua/2.1 os/{os} lang/js md/nodejs#2{b}.{c}.0 api/
sdk | aws-sdk-go-v2/1.{a}.{c} os/{os} lang/go#1.2{b}.{c} md/GOOS#linux md/GOARCH#amd64 api/
sdk | aws-sdk-java/2.{a}.{c} ua/2.1 os/{os} lang/java#17.0.{c} api/
sdk | steampipe-postgres-fdw/1.{c}.{b} aws-sdk-go-v2/1.{a}.{c} os/{os} lang/go#1.2{b}.{c} md/GOOS#linux
    md/GOARCH#amd64 api/
sdk | aws-sdk-rust/1.{b}.{c} ua/2.1 api/
sdk | s3fs/2024 Boto3/1.{a}.{c} md/Botocore#1.{a}.{c} ua/2.0 os/{os} md/arch#x86_64 lang/python#3.1{b}.{c}
    md/pyimpl#CPython
iac | APN/1.0 HashiCorp/1.0 Terraform/1.{c}.{b} (+https://www.terraform.io) terraform-provider-aws/5.{a}.0
    aws-sdk-go-v2/1.{a}.{c} os/{os} lang/go#1.2{b}.{c} md/GOOS#linux md/GOARCH#amd64 api/
iac | APN/1.1 OpenTofu/1.{c}.{b} terraform-provider-aws/5.{a}.0 aws-sdk-go-v2/1.{a}.{c} os/{os} lang/go#1.2{b}.{c}
    md/GOOS#linux md/GOARCH#amd64 api/
iac | aws-sdk-js/2.1{a}{c}.0 {os}/v1{b}.{c}.0 aws-cdk/2.{a}{c}.0
iac | APN/1.0 Pulumi/1.0 PulumiAWS/6.{a}.{c} aws-sdk-go-v2/1.{a}.{c} os/{os} lang/go#1.2{b}.{c} md/GOOS#linux
    md/GOARCH#amd64 api/
iac | aws-sam-cli/1.{a}.{c} Boto3/1.{a}.{c} md/Botocore#1.{a}.{c} ua/2.0 os/{os} md/arch#x86_64
    lang/python#3.1{b}.{c} md/pyimpl#CPython
iac | eksctl/0.{a}{c}.0 aws-sdk-go-v2/1.{a}.{c} os/{os} lang/go#1.2{b}.{c} md/GOOS#linux md/GOARCH#amd64 api/
ide | AWS-Toolkit-For-VSCode/3.{a}.0 Visual-Studio-Code/1.9{c}.{b} ClientId/{u}
ide | AmazonQ-For-VSCode/1.{a}.0 Visual-Studio-Code/1.9{c}.0 ClientId/{u}
ide | AWS-Toolkit-For-JetBrains/3.{a}-242 IntelliJ-IDEA-Ultimate-Edition/2024.{b} ClientId/{u}
ide | mcp-server-aws/0.{c}.{b} Boto3/1.{a}.{c} md/Botocore#1.{a}.{c} ua/2.0 os/{os} md/arch#x86_64
    lang/python#3.1{b}.{c} md/pyimpl#CPython
boto | Boto3/1.{a}.{c} md/Botocore#1.{a}.{c} ua/2.0 os/linux#6.1.{a}-{c}.amzn2023.x86_64 md/arch#x86_64
    lang/python#3.1{b}.{c} md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.{a}.{c}
boto | aws-sdk-java/2.{a}.{c} Linux/5.10.{a} OpenJDK_64-Bit_Server_VM/17.0.{c}
boto | aws-sdk-go/1.4{c}.{a} (go1.2{b}; linux; amd64)
boto | aws-sdk-js/3.{a}{c}.0 ua/2.1 os/linux#6.1 lang/js md/nodejs#20.{c}.0 api/
boto | aws-sdk-ruby3/3.1{a}.{c} ua/2.0 api/
boto | aws-sdk-php/3.{a}{c}.0 OS/Linux#6.1 lang/php#8.{b}.{c}
lambda | Boto3/1.{a}.{c} md/Botocore#1.{a}.{c} ua/2.0 os/linux#6.1.{a}-{c}.amzn2023.x86_64 md/arch#x86_64
    lang/python#3.1{b}.{c} md/pyimpl#CPython exec-env/AWS_Lambda_python3.1{b} cfg/retry-mode#legacy Botocore/1.{a}.{c}
lambda | aws-sdk-js/3.{a}{c}.0 ua/2.1 os/linux#5.10 lang/js md/nodejs#20.{c}.0 exec-env/AWS_Lambda_nodejs20.x api/
lambda | aws-sdk-java/2.{a}.{c} Linux/5.10 exec-env/AWS_Lambda_java17
lambda | aws-sdk-go-v2/1.{a}.{c} os/linux exec-env/AWS_Lambda_provided.al2023 api/
fargate | Boto3/1.{a}.{c} md/Botocore#1.{a}.{c} ua/2.0 os/linux#6.1.{a}-{c}.amzn2023.x86_64 md/arch#x86_64
    lang/python#3.1{b}.{c} md/pyimpl#CPython exec-env/AWS_ECS_FARGATE cfg/retry-mode#legacy Botocore/1.{a}.{c}
fargate | aws-sdk-dotnet-coreclr/3.7.{a}.{c} ua/2.0 exec-env/AWS_ECS_FARGATE api/
fargate | aws-sdk-java/2.{a}.{c} Linux/5.10 exec-env/AWS_ECS_FARGATE
fargate | aws-sdk-js/3.{a}{c}.0 ua/2.1 exec-env/AWS_ECS_FARGATE api/
go | karpenter.sh-1.{c}.{b} aws-sdk-go-v2/1.{a}.{c} os/{os} lang/go#1.2{b}.{c} md/GOOS#linux md/GOARCH#amd64 api/
go | elbv2.k8s.aws/v2.{c}.{b} aws-sdk-go/1.{a}.{c} (go1.2{b}.{c}; linux; amd64)
go | external-dns/v0.1{b}.{c} aws-sdk-go-v2/1.{a}.{c} os/{os} lang/go#1.2{b}.{c} md/GOOS#linux md/GOARCH#amd64 api/
go | cluster-autoscaler/1.3{b} aws-sdk-go/1.{a}.{c} (go1.2{b}.{c}; linux; amd64)
go | external-secrets aws-sdk-go-v2/1.{a}.{c} os/{os} lang/go#1.2{b}.{c} md/GOOS#linux md/GOARCH#amd64 api/
go | ebs-csi-driver/1.{a}.0 aws-sdk-go-v2/1.{a}.{c} os/{os} lang/go#1.2{b}.{c} md/GOOS#linux md/GOARCH#amd64 api/
ci | aws-sdk-js/3.{a}{c}.0 configure-aws-credentials-for-github-actions api/
ci | aws-cli/2.{a}.{c} md/awscrt#0.2{b}.{c} ua/2.0 os/linux#6.8.0-10{a}-azure md/arch#x86_64 lang/python#3.1{b}.{c}
    md/pyimpl#CPython md/prompt#off md/command#
ci | Boto3/1.{a}.{c} md/Botocore#1.{a}.{c} ua/2.0 os/linux#6.8.0-10{a}-azure md/arch#x86_64 lang/python#3.1{b}.{c}
    md/pyimpl#CPython
ci | aws-cli/2.{a}.{c} Python/3.1{b}.{c} Linux/5.15 docker/x86_64 prompt/off command#
ci | aws-cdk/2.{a}{c}.0 aws-sdk-js/3.{a}.0 api/
old | aws-cli/1.{a}.{c} Python/2.7.{d} Linux/3.10.0 botocore/1.{a}.{c}
old | aws-sdk-java/1.11.{a} Linux/3.10.0 Java_HotSpot(TM)_64-Bit_Server_VM/25.{a} java/1.8.0
old | aws-sdk-php/3.{a}.{c} GuzzleHttp/6.5
old | Boto3/1.{a}.{c} Python/3.6.{c} Linux/4.14 Botocore/1.{a}.{c}
old | aws-sdk-dotnet-45/3.3.{a}.{c} Windows_Server_2016
scan | steampipe-plugin-aws/0.1{a}.0 aws-sdk-go-v2/1.{a}.{c} os/{os} lang/go#1.2{b}.{c} md/GOOS#linux md/GOARCH#amd64
    api/
scan | Prowler/4.{c} Boto3/1.{a}.{c} md/Botocore#1.{a}.{c} ua/2.0 os/linux#6.1.{a}-{c}.amzn2023.x86_64 md/arch#x86_64
    lang/python#3.1{b}.{c} md/pyimpl#CPython
scan | cloudquery/2{b}.{c} aws-sdk-go-v2/1.{a}.{c} os/{os} lang/go#1.2{b}.{c} md/GOOS#linux md/GOARCH#amd64 api/
scan | aws-sdk-go-v2/1.{a} api/
vendor | Datadog-AWS-Crawler/1.{c} Botocore/1.{a}
vendor | aws-sdk-go-v2/1.{a}.{c} api/
vendor | aws-sdk-java/2.{a}.{c} vendor/Eclipse
vendor | Boto3/1.{a}.{c} md/Botocore#1.{a}.{c} ua/2.0 os/linux#5.15 md/arch#x86_64 lang/python#3.1{b}.{c}
    md/pyimpl#CPython
browser | Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{e}.0.0.0
    Safari/537.36
"""
TOOLS: dict[str, list[str]] = {}
for _line in _lines(_TOOLS):
    _name, _agent = _line.split(" | ")
    TOOLS.setdefault(_name, []).append(_agent)

ROLLOUTS = (
    "sqs:GetQueueUrl,GetQueueAttributes",
    "sns:ListTopics,GetTopicAttributes",
    "bedrock:InvokeModel",
    "states:StartExecution,DescribeExecution",
    "secretsmanager:GetSecretValue",
    "kms:Decrypt,GenerateDataKey",
    "ssm:GetParameters",
    "s3:ListBuckets,GetBucketLocation",
    "dynamodb:DescribeTable,DescribeTimeToLive",
    "events:PutRule,PutTargets",
    "sts:AssumeRole",
    "cognito-idp:AdminGetUser",
    "ecs:RunTask,DescribeTasks",
    "athena:StartQueryExecution,GetQueryExecution,GetQueryResults",
    "ec2:DescribeInstances",
    "rekognition:DetectLabels",
    "textract:StartDocumentAnalysis",
    "batch:SubmitJob,DescribeJobs",
    "translate:TranslateText",
    "cloudfront:CreateInvalidation",
    "appconfig:StartConfigurationSession,GetLatestConfiguration",
    "ssm:SendCommand,GetCommandInvocation",
    "ec2:CreateSnapshot,DescribeSnapshots",
    "scheduler:CreateSchedule,DeleteSchedule",
    "rds:DescribeDBInstances",
    "lambda:UpdateFunctionConfiguration20150331v2,GetFunction20150331v2",
    "route53:ChangeResourceRecordSets,GetChange",
    "iam:GetRole,ListRoles",
)
RETURNS = {
    "GetBucketPolicy": "NoSuchBucketPolicy",
    "GetBucketLifecycle": "NoSuchLifecycleConfiguration",
    "GetBucketTagging": "NoSuchTagSet",
    "GetBucketPublicAccessBlock": "NoSuchPublicAccessBlockConfiguration",
    "GetRole": "NoSuchEntityException",
    "GetUser": "NoSuchEntityException",
    "CreateRole": "EntityAlreadyExistsException",
    "DescribeStacks": "ValidationException",
    "GetParameter": "ParameterNotFound",
    "GetSecretValue": "ResourceNotFoundException",
    "RunInstances": "Client.InstanceLimitExceeded",
    "DescribeRepositories": "RepositoryNotFoundException",
    "TerminateInstances": "Client.OperationNotPermitted",
    "DeleteBucket": "BucketNotEmpty",
    "GetFunction20150331v2": "ResourceNotFoundException",
    "AssumeRole": "AccessDenied",
    "AuthorizeSecurityGroupIngress": "Client.InvalidPermission.Duplicate",
    "ConsoleLogin": "Failed authentication",
    "DescribeInstances": "Client.RequestLimitExceeded",
    "DeleteSnapshot": "Client.InvalidSnapshot.InUse",
    "UpdateService": "ServiceNotFoundException",
}
_SHARED = """
first | anna ben carla david elif femi greta hugo ines jonas kira luca mei noah olga pavel quinn rosa sven tara umar
    vera wei xenia yusuf zoe amit bruno chloe dario emma farid gwen hana ivan judit kofi lars maya niko oscar petra
    ravi sofia tomas ursula viktor wanda yara
last | adler brandt costa dubois evans fischer garcia haas ito jensen kowalski lopez meyer novak okafor patel quist
    rossi silva tanaka ueda vogel weber young zhang ahmed bauer chen diaz eriksson ferrari green hansen ivanov jones
    kim larsen murphy nagy olsen popescu rao schmidt turner varga wolf
systems | orders billing catalog search checkout identity ledger mailer media reports pricing stock partner invoice
    loyalty feed fraud quotes profile claims routing shipping sessions booking metrics archive gateway crm events
    scoring docs chat notify
parts | api worker sync cron web ingest export cleanup proxy admin batch stream consumer
look | ec2:DescribeInstances,DescribeInstanceStatus,DescribeVolumes,DescribeNetworkInterfaces,GetConsoleOutput
    logs:FilterLogEvents,StartQuery,GetQueryResults monitoring:DescribeAlarms,GetMetricData rds:DescribeDBInstances,
    DescribeEvents,DescribeDBLogFiles elasticloadbalancing:DescribeTargetHealth cloudtrail:LookupEvents
    health:DescribeEvents ecs:DescribeServices,ListTasks s3:GetBucketPolicy iam:GetRole,ListAttachedRolePolicies,
    SimulatePrincipalPolicy
repair | ec2:GetPasswordData,CreateSnapshot,StopInstances,StartInstances,RebootInstances,TerminateInstances,
    AuthorizeSecurityGroupIngress,AttachVolume,CreateImage,CreateVolume,AssociateIamInstanceProfile,
    ModifyInstanceAttribute ssm:StartSession,SendCommand,GetCommandInvocation,GetParameters s3:PutBucketPolicy,
    PutBucketPublicAccessBlock iam:UpdateAssumeRolePolicy,PutRolePolicy,AttachRolePolicy,CreatePolicyVersion,
    AttachUserPolicy secretsmanager:GetSecretValue,UpdateSecret rds:RebootDBInstance,ModifyDBInstance,
    CreateDBSnapshot,RestoreDBInstanceFromDBSnapshot ecs:ExecuteCommand,UpdateService monitoring:DisableAlarmActions,
    EnableAlarmActions kms:PutKeyPolicy,Decrypt events:DisableRule lambda:UpdateFunctionCode20150331v2,
    UpdateFunctionConfiguration20150331v2 ec2-instance-connect:SendSSHPublicKey route53:ChangeResourceRecordSets
admin | iam:CreateUser,CreateAccessKey,CreateLoginProfile,AttachUserPolicy,UpdateLoginProfile,DeactivateMFADevice,
    CreatePolicyVersion,UpdateAssumeRolePolicy,DeleteAccessKey,DetachRolePolicy,DeleteRole,
    CreateOpenIDConnectProvider,CreateSAMLProvider,AddUserToGroup,ListUsers,GetRole sso:CreateAccountAssignment,
    CreatePermissionSet,ListPermissionSets organizations:UpdatePolicy,AttachPolicy kms:PutKeyPolicy,
    ScheduleKeyDeletion cloudtrail:UpdateTrail,PutEventSelectors guardduty:UpdateDetector,CreateIPSet,CreateFilter
    config:PutConfigRule,DeleteConfigRule s3:PutBucketPolicy,PutBucketLifecycle logs:PutRetentionPolicy,
    DeleteLogGroup ec2:ImportKeyPair,DeleteFlowLogs,CreateFlowLogs rolesanywhere:CreateProfile,CreateTrustAnchor
    ram:CreateResourceShare secretsmanager:PutResourcePolicy wafv2:UpdateWebACL
roll | ec2:CreateVpc,CreateSubnet,CreateSecurityGroup,AuthorizeSecurityGroupIngress,RunInstances,DescribeVpcs,
    DescribeAvailabilityZones,CopyImage,CopySnapshot,CreateNatGateway,AllocateAddress,ImportKeyPair s3:CreateBucket,
    PutBucketReplication,PutBucketPolicy kms:CreateKey,CreateAlias rds:CreateDBSubnetGroup,CopyDBSnapshot,
    RestoreDBInstanceFromDBSnapshot,DescribeDBInstances ecs:CreateCluster,CreateService,RegisterTaskDefinition
    ecr:CreateRepository,PutReplicationConfiguration lambda:CreateFunction20150331
    elasticloadbalancing:CreateLoadBalancer,CreateTargetGroup secretsmanager:CreateSecret,ReplicateSecretToRegions
    acm:RequestCertificate logs:CreateLogGroup
iac | iam:CreateRole,DeleteRole,PutRolePolicy,DeleteRolePolicy,UpdateAssumeRolePolicy,CreatePolicyVersion,
    DetachRolePolicy,AttachRolePolicy s3:PutBucketPolicy,DeleteBucketPolicy ec2:DeleteSecurityGroup,
    RevokeSecurityGroupIngress,TerminateInstances,DeleteFlowLogs kms:PutKeyPolicy monitoring:DeleteAlarms
    logs:DeleteLogGroup events:RemoveTargets,DeleteRule lambda:AddPermission20150331v2,RemovePermission20150331v2
    sns:Unsubscribe
bootstrap | iam:CreateRole,AttachRolePolicy,PutRolePolicy,CreateAccountAlias,UpdateAccountPasswordPolicy,
    CreateOpenIDConnectProvider,CreateSAMLProvider,CreatePolicy cloudtrail:CreateTrail,StartLogging,PutEventSelectors
    config:PutConfigurationRecorder,StartConfigurationRecorder guardduty:CreateDetector,ListDetectors ec2:DeleteVpc,
    DeleteSubnet,DeleteInternetGateway,CreateVpc,CreateSubnet,CreateFlowLogs,EnableEbsEncryptionByDefault,
    DescribeVpcs,DescribeRegions s3:CreateBucket,PutBucketPolicy,PutBucketPublicAccessBlock,
    PutAccountPublicAccessBlock kms:CreateKey,CreateAlias securityhub:EnableSecurityHub cloudformation:CreateStack,
    DescribeStacks budgets:CreateBudget access-analyzer:CreateAnalyzer
recover | rds:DescribeDBSnapshots,RestoreDBInstanceFromDBSnapshot,DescribeDBInstances,ModifyDBInstance,
    DeleteDBInstance,CreateDBSnapshot backup:ListRecoveryPointsByBackupVault,StartRestoreJob ec2:DescribeSnapshots,
    CreateVolume,CopySnapshot,RunInstances,TerminateInstances,CreateImage route53:ChangeResourceRecordSets
    dynamodb:RestoreTableToPointInTime s3:PutBucketReplication kms:CreateGrant ssm:StartSession,SendCommand
clean | ec2:DescribeVolumes,DeleteVolume,DescribeSnapshots,DeleteSnapshot,TerminateInstances,ReleaseAddress,
    DeregisterImage,DeleteNatGateway,DeleteKeyPair s3:ListBuckets,DeleteBucket,PutBucketLifecycle
    rds:DeleteDBSnapshot,DeleteDBInstance logs:DeleteLogGroup,PutRetentionPolicy iam:DeleteRole,DetachRolePolicy,
    DeleteAccessKey,DeleteUser,DeletePolicy cloudformation:DeleteStack monitoring:DeleteAlarms
    lambda:DeleteFunction20150331 kms:ScheduleKeyDeletion ecr:BatchDeleteImage secretsmanager:DeleteSecret
share | s3:PutBucketPolicy,PutBucketReplication,PutBucketAcl,PutBucketPublicAccessBlock,GetBucketPolicy
    ec2:ModifySnapshotAttribute,ModifyImageAttribute,CreateSnapshot,CreateImage rds:CreateDBSnapshot,
    ModifyDBSnapshotAttribute,StartExportTask kms:CreateGrant,PutKeyPolicy ram:CreateResourceShare
    lakeformation:GrantPermissions glue:PutResourcePolicy datasync:CreateLocationS3,CreateTask,StartTaskExecution
    transfer:CreateUser,ImportSshPublicKey dynamodb:ExportTableToPointInTime
hire | iam:CreateUser,CreateLoginProfile,AddUserToGroup,CreateAccessKey,ListGroups,TagUser sso-directory:CreateUser,
    AddMemberToGroup sso:CreateAccountAssignment identitystore:CreateUser,CreateGroupMembership
    workspaces:CreateWorkspaces
leave | iam:DeleteLoginProfile,DeactivateMFADevice,DeleteAccessKey,ListAccessKeys,RemoveUserFromGroup,
    DetachUserPolicy,DeleteUser,UpdateAccessKey sso:DeleteAccountAssignment sso-directory:DeleteUser,DisableUser
    workspaces:TerminateWorkspaces
root | signin:ConsoleLogin iam:GetAccountSummary,EnableMFADevice,CreateVirtualMFADevice,ListAccessKeys,
    DeleteAccessKey support:CreateCase,DescribeCases account:GetContactInformation,PutAlternateContact
    ce:GetCostAndUsage s3:PutBucketPolicy,DeleteBucketPolicy organizations:DescribeOrganization
"""
SHARED: dict[str, str] = {_line.split(" | ")[0]: _line.split(" | ")[1] for _line in _lines(_SHARED)}
"""Words, and what is done on occasions."""
