// GuardDuty's operations and shapes, by wire name. Written by console/shapes.py from botocore's service model.
// Times are seconds since the epoch.

export interface AcceptAdministratorInvitationRequest {
  detectorId: string;
  administratorId: string;
  invitationId: string;
}

export type AcceptAdministratorInvitationResponse = Record<string, never>;

export interface AcceptInvitationRequest {
  detectorId: string;
  masterId: string;
  invitationId: string;
}

export type AcceptInvitationResponse = Record<string, never>;

export interface AccessControlList {
  allowsPublicReadAccess?: boolean;
  allowsPublicWriteAccess?: boolean;
}

export interface AccessKey {
  principalId?: string;
  userName?: string;
  userType?: string;
}

export interface AccessKeyDetails {
  accessKeyId?: string;
  principalId?: string;
  userName?: string;
  userType?: string;
}

export interface Account {
  uid: string;
  account?: string;
}

export interface AccountAffectedResource {
  identifier?: string;
  type?: "EC2_INSTANCE" | "EBS_VOLUME" | "S3_BUCKET" | "IAM_ROLE" | "IAM_USER" | "IAM_ACCESS_KEY" | "LAMBDA_FUNCTION" | "EKS_CLUSTER" | "ECS_CLUSTER" | "KUBERNETES_WORKLOAD" | "RDS_INSTANCE" | "RDS_DB_USER" | "EC2_SECURITY_GROUP";
  findingCount?: number;
}

export interface AccountAnalysis {
  findingsSummary?: FindingsSummary;
  tacticCoverage?: TacticCoverage[];
  affectedResources?: AccountAffectedResource[];
}

export interface AccountDetail {
  accountId: string;
  email: string;
}

export interface AccountFreeTrialInfo {
  accountId?: string;
  dataSources?: DataSourcesFreeTrial;
  features?: FreeTrialFeatureConfigurationResult[];
}

export interface AccountLevelPermissions {
  blockPublicAccess?: BlockPublicAccess;
}

export interface AccountOverview {
  accountId?: string;
  accountStatus?: string;
  detectorId?: string;
  region?: string;
  delegatedAdminAccountId?: string;
  totalMemberAccounts?: number;
  totalFindings?: number;
  affectedAccountCount?: number;
  accountRankings?: MemberAccountRanking[];
}

export interface AccountStatistics {
  accountId?: string;
  lastGeneratedAt?: number;
  totalFindings?: number;
}

export interface AccountSummary {
  accountId?: string;
  findingCount?: number;
}

export interface Action {
  actionType?: string;
  awsApiCallAction?: AwsApiCallAction;
  dnsRequestAction?: DnsRequestAction;
  networkConnectionAction?: NetworkConnectionAction;
  portProbeAction?: PortProbeAction;
  kubernetesApiCallAction?: KubernetesApiCallAction;
  kubernetesPermissionCheckedDetails?: KubernetesPermissionCheckedDetails;
  kubernetesRoleBindingDetails?: KubernetesRoleBindingDetails;
  kubernetesRoleDetails?: KubernetesRoleDetails;
  rdsLoginAttemptAction?: RdsLoginAttemptAction;
}

export interface Activity {
  type: "API_CALL";
  api?: ApiCall;
}

export interface ActivityWindow {
  firstSeenAt?: number;
  lastSeenAt?: number;
}

export interface Actor {
  id: string;
  user?: User;
  session?: Session;
  process?: ActorProcess;
}

export interface ActorProcess {
  name: string;
  path: string;
  sha256?: string;
}

export interface AdditionalInfo {
  versionId?: string;
  deviceName?: string;
}

export interface AddonDetails {
  addonVersion?: string;
  addonStatus?: string;
}

export interface AdminAccount {
  adminAccountId?: string;
  adminStatus?: "ENABLED" | "DISABLE_IN_PROGRESS";
}

export interface Administrator {
  accountId?: string;
  invitationId?: string;
  relationshipStatus?: string;
  invitedAt?: string;
}

export interface AffectedResource {
  identifier?: string;
  type?: "EC2_INSTANCE" | "EBS_VOLUME" | "S3_BUCKET" | "IAM_ROLE" | "IAM_USER" | "IAM_ACCESS_KEY" | "LAMBDA_FUNCTION" | "EKS_CLUSTER" | "ECS_CLUSTER" | "KUBERNETES_WORKLOAD" | "RDS_INSTANCE" | "RDS_DB_USER" | "EC2_SECURITY_GROUP";
  arn?: string;
}

export interface AgentDetails {
  version?: string;
}

export interface AnalysisRecord {
  analysisType: "REPUTATION" | "THREAT_ASSESSMENT" | "RDS_THREAT_ASSESSMENT" | "KUBERNETES_POLICY_VIOLATION" | "S3_EXPOSURE" | "S3_ACTOR_CONTEXT" | "S3_PEN_TEST" | "PROCESS_LINEAGE" | "TREND" | "BASELINE";
  threatAssessment?: InvestigationThreatAssessment;
  kubernetesPolicyViolation?: KubernetesPolicyViolation;
  s3Analysis?: S3Analysis;
  processes?: Process[];
  accountAnalysis?: InvestigationAccountAnalysis;
  indicators?: InvestigationIndicator[];
}

export interface Anomaly {
  profiles?: Record<string, Record<string, AnomalyObject[]>>;
  unusual?: AnomalyUnusual;
}

export interface AnomalyObject {
  profileType?: "FREQUENCY" | "VOLUME";
  profileSubtype?: "FREQUENT" | "INFREQUENT" | "UNSEEN" | "RARE" | "COUNT" | "AVERAGE";
  observations?: Observations;
}

export interface AnomalyUnusual {
  behavior?: Record<string, Record<string, AnomalyObject>>;
}

export interface ApiCall {
  operation?: string;
  service?: string;
  error?: string;
  userAgent?: string;
}

export interface ArchiveDistribution {
  archivedCount?: number;
  unarchivedCount?: number;
  archivedPercentage?: number;
  unarchivedPercentage?: number;
}

export interface ArchiveFindingsRequest {
  detectorId: string;
  findingIds: string[];
}

export type ArchiveFindingsResponse = Record<string, never>;

export interface AssociationDetail {
  associationId: string;
  arn: string;
  ruleId: string;
  accountId: string;
  mode: "LIVE" | "DRY_RUN";
  createdAt: number;
  updatedAt: number;
  expiresAt?: number;
}

export interface AssociationSummary {
  associationId: string;
  arn: string;
  ruleId: string;
  mode: "LIVE" | "DRY_RUN";
  createdAt: number;
  updatedAt: number;
  expiresAt?: number;
}

export interface Attack {
  tactic?: ThreatReference;
  technique?: ThreatReference;
  findings?: FindingReference[];
  version?: string;
}

export interface AttackPhase {
  phase?: "Reconnaissance" | "Resource Development" | "Initial Access" | "Execution" | "Persistence" | "Privilege Escalation" | "Defense Evasion" | "Credential Access" | "Discovery" | "Lateral Movement" | "Collection" | "Command and Control" | "Exfiltration" | "Impact";
  description?: string;
  attacks?: Attack[];
}

export interface AutonomousSystem {
  name: string;
  number: number;
}

export interface AutoscalingAutoScalingGroup {
  ec2InstanceUids?: string[];
}

export interface AwsApiCallAction {
  api?: string;
  callerType?: string;
  domainDetails?: DomainDetails;
  errorCode?: string;
  userAgent?: string;
  remoteIpDetails?: RemoteIpDetails;
  serviceName?: string;
  remoteAccountDetails?: RemoteAccountDetails;
  affectedResources?: Record<string, string>;
}

export interface Baseline {
  totalFindings?: number;
  baselineFindings?: FindingTypeClassification[];
  anomalousFindings?: FindingTypeClassification[];
}

export interface BedrockGuardrail {
  arn?: string;
  version?: string;
}

export interface BedrockGuardrailDetails {
  guardrailArn?: string;
  guardrailVersion?: string;
  guardrails?: BedrockGuardrail[];
  guardrailAction?: "GUARDRAIL_INTERVENED" | "NONE";
  guardrailSource?: "INPUT" | "OUTPUT";
  contentPolicyFilters?: ContentPolicyFilter[];
}

export interface BedrockGuardrailResource {
  version?: string;
  guardrailAction?: "GUARDRAIL_INTERVENED" | "NONE";
  guardrailSource?: "INPUT" | "OUTPUT";
}

export interface BlockPublicAccess {
  ignorePublicAcls?: boolean;
  restrictPublicBuckets?: boolean;
  blockPublicAcls?: boolean;
  blockPublicPolicy?: boolean;
}

export interface BucketLevelPermissions {
  accessControlList?: AccessControlList;
  bucketPolicy?: BucketPolicy;
  blockPublicAccess?: BlockPublicAccess;
}

export interface BucketPolicy {
  allowsPublicReadAccess?: boolean;
  allowsPublicWriteAccess?: boolean;
}

export interface City {
  cityName?: string;
}

export interface CloudDetails {
  provider: "AWS";
  region: string;
  account: string;
}

export interface CloudTrailConfigurationResult {
  status: "ENABLED" | "DISABLED";
}

export interface CloudformationStack {
  ec2InstanceUids?: string[];
}

export interface Condition {
  eq?: string[];
  neq?: string[];
  gt?: number;
  gte?: number;
  lt?: number;
  lte?: number;
  equals?: string[];
  notEquals?: string[];
  greaterThan?: number;
  greaterThanOrEqual?: number;
  lessThan?: number;
  lessThanOrEqual?: number;
  matches?: string[];
  notMatches?: string[];
}

export interface Container {
  containerRuntime?: string;
  id?: string;
  name?: string;
  image?: string;
  imagePrefix?: string;
  volumeMounts?: VolumeMount[];
  securityContext?: SecurityContext;
}

export interface ContainerFindingResource {
  image: string;
  imageUid?: string;
}

export interface ContainerInstanceDetails {
  coveredContainerInstances?: number;
  compatibleContainerInstances?: number;
}

export interface ContentPolicyFilter {
  type?: "PROMPT_ATTACK" | "JAILBREAK" | "HATE" | "INSULTS" | "SEXUAL" | "VIOLENCE" | "MISCONDUCT";
  confidence?: "HIGH" | "MEDIUM" | "LOW" | "NONE";
  action?: "BLOCKED" | "NONE";
}

export interface ContinuousScanDetails {
  startTime?: number;
  endTime: number;
}

export interface CorrelatedFinding {
  findingType?: string;
  count?: number;
  severityMax?: number;
  correlationReasons?: ("HIGH_SEVERITY" | "SAME_RESOURCE" | "SAME_BEHAVIOR")[];
  findingIds?: string[];
  sharedResources?: SharedResource[];
  sharedBehaviors?: SharedBehavior[];
}

export interface Countermeasure {
  defenseTactic?: "Isolate" | "Evict" | "Restore" | "Harden" | "Detect";
  actions?: CountermeasureAction[];
  description?: string;
}

export interface CountermeasureAction {
  title?: string;
  description?: string;
  priority?: "IMMEDIATE" | "SHORT_TERM" | "STRATEGIC";
  defenseTechnique?: string;
  mitigates?: string[];
  cliCommands?: string[];
  dispositionId?: number;
  disposition?: "Isolated" | "Blocked" | "Deleted" | "Access Revoked" | "Logged";
  affectedResources?: AffectedResource[];
}

export interface Country {
  countryCode?: string;
  countryName?: string;
}

export interface CoverageEc2InstanceDetails {
  instanceId?: string;
  instanceType?: string;
  clusterArn?: string;
  agentDetails?: AgentDetails;
  managementType?: "AUTO_MANAGED" | "MANUAL" | "DISABLED";
}

export interface CoverageEcsClusterDetails {
  clusterName?: string;
  fargateDetails?: FargateDetails;
  containerInstanceDetails?: ContainerInstanceDetails;
}

export interface CoverageEksClusterDetails {
  clusterName?: string;
  coveredNodes?: number;
  compatibleNodes?: number;
  addonDetails?: AddonDetails;
  managementType?: "AUTO_MANAGED" | "MANUAL" | "DISABLED";
}

export interface CoverageFilterCondition {
  equals?: string[];
  notEquals?: string[];
}

export interface CoverageFilterCriteria {
  filterCriterion?: CoverageFilterCriterion[];
}

export interface CoverageFilterCriterion {
  criterionKey?: "ACCOUNT_ID" | "RESOURCE_TYPE" | "COVERAGE_STATUS" | "ADDON_VERSION" | "CLUSTER_NAME" | "ECS_CLUSTER_NAME" | "MANAGEMENT_TYPE" | "EKS_CLUSTER_NAME" | "AGENT_VERSION" | "INSTANCE_ID" | "CLUSTER_ARN";
  filterCondition?: CoverageFilterCondition;
}

export interface CoverageResource {
  resourceId?: string;
  detectorId?: string;
  accountId?: string;
  resourceDetails?: CoverageResourceDetails;
  coverageStatus?: "HEALTHY" | "UNHEALTHY";
  issue?: string;
  updatedAt?: number;
}

export interface CoverageResourceDetails {
  eksClusterDetails?: CoverageEksClusterDetails;
  ecsClusterDetails?: CoverageEcsClusterDetails;
  ec2InstanceDetails?: CoverageEc2InstanceDetails;
  resourceType?: "EKS" | "ECS" | "EC2";
}

export interface CoverageSortCriteria {
  attributeName?: "ACCOUNT_ID" | "COVERAGE_STATUS" | "ISSUE" | "ADDON_VERSION" | "UPDATED_AT" | "CLUSTER_NAME" | "EKS_CLUSTER_NAME" | "ECS_CLUSTER_NAME" | "INSTANCE_ID";
  orderBy?: "ASC" | "DESC";
}

export interface CoverageStatistics {
  countByResourceType?: Record<string, number>;
  countByCoverageStatus?: Record<string, number>;
}

export interface CreateCustomDetectionRuleAssociationRequest {
  ruleId: string;
  mode: "LIVE" | "DRY_RUN";
  clientToken?: string;
  tags?: Record<string, string>;
}

export interface CreateCustomDetectionRuleAssociationResponse {
  ruleAssociation: AssociationDetail;
}

export interface CreateCustomDetectionRuleOrgConfigurationRequest {
  ruleId: string;
  mode: "LIVE" | "DRY_RUN";
  includeAccountIds?: string[];
  excludeAccountIds?: string[];
  clientToken?: string;
}

export type CreateCustomDetectionRuleOrgConfigurationResponse = Record<string, never>;

export interface CreateDetectorRequest {
  enable: boolean;
  clientToken?: string;
  findingPublishingFrequency?: "FIFTEEN_MINUTES" | "ONE_HOUR" | "SIX_HOURS";
  dataSources?: DataSourceConfigurations;
  tags?: Record<string, string>;
  features?: DetectorFeatureConfiguration[];
}

export interface CreateDetectorResponse {
  detectorId?: string;
  unprocessedDataSources?: UnprocessedDataSourcesResult;
}

export interface CreateFilterRequest {
  detectorId: string;
  name: string;
  description?: string;
  action?: "NOOP" | "ARCHIVE";
  rank?: number;
  findingCriteria: FindingCriteria;
  clientToken?: string;
  tags?: Record<string, string>;
}

export interface CreateFilterResponse {
  name: string;
}

export interface CreateIPSetRequest {
  detectorId: string;
  name: string;
  format: "TXT" | "STIX" | "OTX_CSV" | "ALIEN_VAULT" | "PROOF_POINT" | "FIRE_EYE";
  location: string;
  activate: boolean;
  clientToken?: string;
  tags?: Record<string, string>;
  expectedBucketOwner?: string;
}

export interface CreateIPSetResponse {
  ipSetId: string;
}

export interface CreateInvestigationRequest {
  detectorId: string;
  triggerPrompt: string;
  clientToken?: string;
}

export interface CreateInvestigationResponse {
  investigationId: string;
}

export interface CreateMalwareProtectionPlanRequest {
  clientToken?: string;
  role: string;
  protectedResource: CreateProtectedResource;
  actions?: MalwareProtectionPlanActions;
  tags?: Record<string, string>;
}

export interface CreateMalwareProtectionPlanResponse {
  malwareProtectionPlanId?: string;
}

export interface CreateMembersRequest {
  detectorId: string;
  accountDetails: AccountDetail[];
}

export interface CreateMembersResponse {
  unprocessedAccounts: UnprocessedAccount[];
}

export interface CreateProtectedResource {
  s3Bucket?: CreateS3BucketResource;
}

export interface CreatePublishingDestinationRequest {
  detectorId: string;
  destinationType: "S3";
  destinationProperties: DestinationProperties;
  clientToken?: string;
  tags?: Record<string, string>;
}

export interface CreatePublishingDestinationResponse {
  destinationId: string;
}

export interface CreateS3BucketResource {
  bucketName?: string;
  objectPrefixes?: string[];
}

export interface CreateSampleFindingsRequest {
  detectorId: string;
  findingTypes?: string[];
}

export type CreateSampleFindingsResponse = Record<string, never>;

export interface CreateThreatEntitySetRequest {
  detectorId: string;
  name: string;
  format: "TXT" | "STIX" | "OTX_CSV" | "ALIEN_VAULT" | "PROOF_POINT" | "FIRE_EYE";
  location: string;
  expectedBucketOwner?: string;
  activate: boolean;
  clientToken?: string;
  tags?: Record<string, string>;
}

export interface CreateThreatEntitySetResponse {
  threatEntitySetId: string;
}

export interface CreateThreatIntelSetRequest {
  detectorId: string;
  name: string;
  format: "TXT" | "STIX" | "OTX_CSV" | "ALIEN_VAULT" | "PROOF_POINT" | "FIRE_EYE";
  location: string;
  activate: boolean;
  clientToken?: string;
  tags?: Record<string, string>;
  expectedBucketOwner?: string;
}

export interface CreateThreatIntelSetResponse {
  threatIntelSetId: string;
}

export interface CreateTrustedEntitySetRequest {
  detectorId: string;
  name: string;
  format: "TXT" | "STIX" | "OTX_CSV" | "ALIEN_VAULT" | "PROOF_POINT" | "FIRE_EYE";
  location: string;
  expectedBucketOwner?: string;
  activate: boolean;
  clientToken?: string;
  tags?: Record<string, string>;
}

export interface CreateTrustedEntitySetResponse {
  trustedEntitySetId: string;
}

export interface DNSLogsConfigurationResult {
  status: "ENABLED" | "DISABLED";
}

export interface DataSourceConfigurations {
  s3Logs?: S3LogsConfiguration;
  kubernetes?: KubernetesConfiguration;
  malwareProtection?: MalwareProtectionConfiguration;
}

export interface DataSourceConfigurationsResult {
  cloudTrail: CloudTrailConfigurationResult;
  dnsLogs: DNSLogsConfigurationResult;
  flowLogs: FlowLogsConfigurationResult;
  s3Logs: S3LogsConfigurationResult;
  kubernetes?: KubernetesConfigurationResult;
  malwareProtection?: MalwareProtectionConfigurationResult;
}

export interface DataSourceFreeTrial {
  freeTrialDaysRemaining?: number;
}

export interface DataSourcesFreeTrial {
  cloudTrail?: DataSourceFreeTrial;
  dnsLogs?: DataSourceFreeTrial;
  flowLogs?: DataSourceFreeTrial;
  s3Logs?: DataSourceFreeTrial;
  kubernetes?: KubernetesDataSourceFreeTrial;
  malwareProtection?: MalwareProtectionDataSourceFreeTrial;
}

export interface DateStatistics {
  date?: number;
  lastGeneratedAt?: number;
  severity?: number;
  totalFindings?: number;
}

export interface DeclineInvitationsRequest {
  accountIds: string[];
}

export interface DeclineInvitationsResponse {
  unprocessedAccounts: UnprocessedAccount[];
}

export interface DefaultServerSideEncryption {
  encryptionType?: string;
  kmsMasterKeyArn?: string;
}

export interface DeleteCustomDetectionRuleAssociationRequest {
  ruleId: string;
  associationId: string;
}

export type DeleteCustomDetectionRuleAssociationResponse = Record<string, never>;

export interface DeleteCustomDetectionRuleOrgConfigurationRequest {
  ruleId: string;
  mode: "LIVE" | "DRY_RUN";
}

export type DeleteCustomDetectionRuleOrgConfigurationResponse = Record<string, never>;

export interface DeleteDetectorRequest {
  detectorId: string;
}

export type DeleteDetectorResponse = Record<string, never>;

export interface DeleteFilterRequest {
  detectorId: string;
  filterName: string;
}

export type DeleteFilterResponse = Record<string, never>;

export interface DeleteIPSetRequest {
  detectorId: string;
  ipSetId: string;
}

export type DeleteIPSetResponse = Record<string, never>;

export interface DeleteInvitationsRequest {
  accountIds: string[];
}

export interface DeleteInvitationsResponse {
  unprocessedAccounts: UnprocessedAccount[];
}

export interface DeleteMalwareProtectionPlanRequest {
  malwareProtectionPlanId: string;
}

export interface DeleteMembersRequest {
  detectorId: string;
  accountIds: string[];
}

export interface DeleteMembersResponse {
  unprocessedAccounts: UnprocessedAccount[];
}

export interface DeletePublishingDestinationRequest {
  detectorId: string;
  destinationId: string;
}

export type DeletePublishingDestinationResponse = Record<string, never>;

export interface DeleteThreatEntitySetRequest {
  detectorId: string;
  threatEntitySetId: string;
}

export type DeleteThreatEntitySetResponse = Record<string, never>;

export interface DeleteThreatIntelSetRequest {
  detectorId: string;
  threatIntelSetId: string;
}

export type DeleteThreatIntelSetResponse = Record<string, never>;

export interface DeleteTrustedEntitySetRequest {
  detectorId: string;
  trustedEntitySetId: string;
}

export type DeleteTrustedEntitySetResponse = Record<string, never>;

export interface DescribeMalwareScansRequest {
  detectorId: string;
  nextToken?: string;
  maxResults?: number;
  filterCriteria?: FilterCriteria;
  sortCriteria?: SortCriteria;
}

export interface DescribeMalwareScansResponse {
  scans: Scan[];
  nextToken?: string;
}

export interface DescribeOrganizationConfigurationRequest {
  detectorId: string;
  maxResults?: number;
  nextToken?: string;
}

export interface DescribeOrganizationConfigurationResponse {
  autoEnable?: boolean;
  memberAccountLimitReached: boolean;
  dataSources?: OrganizationDataSourceConfigurationsResult;
  features?: OrganizationFeatureConfigurationResult[];
  nextToken?: string;
  autoEnableOrganizationMembers?: "NEW" | "ALL" | "NONE";
}

export interface DescribePublishingDestinationRequest {
  detectorId: string;
  destinationId: string;
}

export interface DescribePublishingDestinationResponse {
  destinationId: string;
  destinationType: "S3";
  status: "PENDING_VERIFICATION" | "PUBLISHING" | "UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY" | "STOPPED";
  publishingFailureStartTimestamp: number;
  destinationProperties: DestinationProperties;
  tags?: Record<string, string>;
}

export interface Destination {
  destinationId: string;
  destinationType: "S3";
  status: "PENDING_VERIFICATION" | "PUBLISHING" | "UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY" | "STOPPED";
}

export interface DestinationProperties {
  destinationArn?: string;
  kmsKeyArn?: string;
  expectedBucketOwner?: string;
}

export interface Detection {
  anomaly?: Anomaly;
  sequence?: Sequence;
}

export interface DetectionCoverage {
  protectionPlans?: ProtectionPlan[];
  foundationalDataSources?: ("CLOUD_TRAIL" | "DNS_LOGS" | "FLOW_LOGS" | "S3_DATA_EVENTS" | "EKS_AUDIT_LOGS" | "EBS_MALWARE_PROTECTION" | "RDS_LOGIN_EVENTS" | "EKS_RUNTIME_MONITORING" | "EKS_ADDON_MANAGEMENT" | "LAMBDA_NETWORK_LOGS" | "RUNTIME_MONITORING" | "ECS_FARGATE_AGENT_MANAGEMENT" | "EC2_AGENT_MANAGEMENT")[];
  coverageGaps?: string;
  keyObservation?: string;
}

export interface DetectionRuleEc2Requirements {
  minAgentVersion?: string;
}

export interface DetectionRuleEcsFargateRequirements {
  minAgentVersion?: string;
}

export interface DetectionRuleEksRequirements {
  minAgentVersion?: string;
}

export interface DetectionRuleFilter {
  name: "name" | "description" | "dataSource" | "severity" | "tactic" | "technique" | "service";
  values: string[];
  condition?: "EQUALS" | "CONTAINS";
}

export interface DetectionRuleOrgConfiguration {
  ruleId: string;
  mode: "LIVE" | "DRY_RUN";
  status: "ACTIVE" | "PROCESSING" | "FAILED";
  statusReason?: string;
  includeAccountIds: string[];
  excludeAccountIds: string[];
  createdAt: number;
  updatedAt: number;
  expiresAt?: number;
}

export interface DetectionRuleOrgConfigurationSummary {
  ruleId: string;
  mode: "LIVE" | "DRY_RUN";
  status: "ACTIVE" | "PROCESSING" | "FAILED";
  statusReason?: string;
  createdAt: number;
  updatedAt: number;
  expiresAt?: number;
}

export interface DetectionRuleRuntimeMonitoringDetails {
  platforms?: DetectionRuleRuntimePlatforms;
}

export interface DetectionRuleRuntimePlatforms {
  eks?: DetectionRuleEksRequirements;
  ec2?: DetectionRuleEc2Requirements;
  ecsFargate?: DetectionRuleEcsFargateRequirements;
}

export interface DetectorAdditionalConfiguration {
  name?: "EKS_ADDON_MANAGEMENT" | "ECS_FARGATE_AGENT_MANAGEMENT" | "EC2_AGENT_MANAGEMENT" | "RDS_DATA_RISK";
  status?: "ENABLED" | "DISABLED";
}

export interface DetectorAdditionalConfigurationResult {
  name?: "EKS_ADDON_MANAGEMENT" | "ECS_FARGATE_AGENT_MANAGEMENT" | "EC2_AGENT_MANAGEMENT" | "RDS_DATA_RISK";
  status?: "ENABLED" | "DISABLED";
  updatedAt?: number;
  managedBy?: "GUARDDUTY_POLICY";
}

export interface DetectorFeatureConfiguration {
  name?: "S3_DATA_EVENTS" | "EKS_AUDIT_LOGS" | "EBS_MALWARE_PROTECTION" | "RDS_LOGIN_EVENTS" | "LAMBDA_NETWORK_LOGS" | "EKS_RUNTIME_MONITORING" | "RUNTIME_MONITORING" | "AI_PROTECTION" | "AI_ANALYST";
  status?: "ENABLED" | "DISABLED";
  additionalConfiguration?: DetectorAdditionalConfiguration[];
}

export interface DetectorFeatureConfigurationResult {
  name?: "FLOW_LOGS" | "CLOUD_TRAIL" | "DNS_LOGS" | "S3_DATA_EVENTS" | "EKS_AUDIT_LOGS" | "EBS_MALWARE_PROTECTION" | "RDS_LOGIN_EVENTS" | "LAMBDA_NETWORK_LOGS" | "EKS_RUNTIME_MONITORING" | "RUNTIME_MONITORING" | "AI_PROTECTION" | "AI_ANALYST";
  status?: "ENABLED" | "DISABLED";
  updatedAt?: number;
  additionalConfiguration?: DetectorAdditionalConfigurationResult[];
  managedBy?: "GUARDDUTY_POLICY";
}

export interface DisableOrganizationAdminAccountRequest {
  adminAccountId: string;
}

export type DisableOrganizationAdminAccountResponse = Record<string, never>;

export interface DisassociateFromAdministratorAccountRequest {
  detectorId: string;
}

export type DisassociateFromAdministratorAccountResponse = Record<string, never>;

export interface DisassociateFromMasterAccountRequest {
  detectorId: string;
}

export type DisassociateFromMasterAccountResponse = Record<string, never>;

export interface DisassociateMembersRequest {
  detectorId: string;
  accountIds: string[];
}

export interface DisassociateMembersResponse {
  unprocessedAccounts: UnprocessedAccount[];
}

export interface Distribution {
  dimension: "SEVERITY" | "TYPE" | "RESOURCE" | "ATTACK_VECTOR" | "ARCHIVE";
  totalFindings?: number;
  severityBreakdown?: SeverityBreakdown;
  findingTypes?: TypeDistribution[];
  topFindingTypes?: FindingTypeCount[];
  resources?: ResourceDistribution[];
  attackVectors?: TacticCoverage[];
  archive?: ArchiveDistribution;
}

export interface DnsContext {
  domainSuffix?: string;
  otherDomains?: string;
  resolverHistory?: string;
}

export interface DnsRequestAction {
  domain?: string;
  protocol?: string;
  blocked?: boolean;
  domainWithSuffix?: string;
  vpcOwnerAccountId?: string;
}

export interface DomainDetails {
  domain?: string;
}

export interface EbsSnapshot {
  deviceName?: string;
}

export interface EbsSnapshotDetails {
  snapshotArn?: string;
}

export interface EbsVolumeDetails {
  scannedVolumeDetails?: VolumeDetail[];
  skippedVolumeDetails?: VolumeDetail[];
}

export interface EbsVolumeScanDetails {
  scanId?: string;
  scanStartedAt?: number;
  scanCompletedAt?: number;
  triggerFindingId?: string;
  sources?: string[];
  scanDetections?: ScanDetections;
  scanType?: "GUARDDUTY_INITIATED" | "ON_DEMAND";
}

export interface EbsVolumesResult {
  status?: "ENABLED" | "DISABLED";
  reason?: string;
}

export interface Ec2Image {
  ec2InstanceUids?: string[];
}

export interface Ec2ImageDetails {
  imageArn?: string;
}

export interface Ec2Instance {
  availabilityZone?: string;
  imageDescription?: string;
  instanceState?: string;
  IamInstanceProfile?: IamInstanceProfile;
  instanceType?: string;
  outpostArn?: string;
  platform?: string;
  productCodes?: ProductCode[];
  ec2NetworkInterfaceUids?: string[];
}

export interface Ec2LaunchTemplate {
  ec2InstanceUids?: string[];
  version?: string;
}

export interface Ec2NetworkInterface {
  ipv6Addresses?: string[];
  privateIpAddresses?: PrivateIpAddressDetails[];
  publicIp?: string;
  securityGroups?: SecurityGroup[];
  subNetId?: string;
  vpcId?: string;
}

export interface Ec2Vpc {
  ec2InstanceUids?: string[];
}

export interface EcsCluster {
  status?: "ACTIVE" | "PROVISIONING" | "DEPROVISIONING" | "FAILED" | "INACTIVE";
  ec2InstanceUids?: string[];
}

export interface EcsClusterDetails {
  name?: string;
  arn?: string;
  status?: string;
  activeServicesCount?: number;
  registeredContainerInstancesCount?: number;
  runningTasksCount?: number;
  tags?: Tag[];
  taskDetails?: EcsTaskDetails;
}

export interface EcsTask {
  createdAt?: number;
  taskDefinitionArn?: string;
  launchType?: "FARGATE" | "EC2";
  containerUids?: string[];
}

export interface EcsTaskDetails {
  arn?: string;
  definitionArn?: string;
  version?: string;
  createdAt?: number;
  startedAt?: number;
  startedBy?: string;
  tags?: Tag[];
  volumes?: Volume[];
  containers?: Container[];
  group?: string;
  launchType?: string;
}

export interface EksCluster {
  arn?: string;
  createdAt?: number;
  status?: "CREATING" | "ACTIVE" | "DELETING" | "FAILED" | "UPDATING" | "PENDING";
  vpcId?: string;
  ec2InstanceUids?: string[];
}

export interface EksClusterDetails {
  name?: string;
  arn?: string;
  vpcId?: string;
  status?: string;
  tags?: Tag[];
  createdAt?: number;
}

export interface EnableOrganizationAdminAccountRequest {
  adminAccountId: string;
}

export type EnableOrganizationAdminAccountResponse = Record<string, never>;

export interface Enrichment {
  countryName?: string;
  asnOrg?: string;
  threatListName?: string;
  threatName?: string;
}

export interface Evidence {
  threatIntelligenceDetails?: ThreatIntelligenceDetail[];
}

export interface FargateDetails {
  issues?: string[];
  managementType?: "AUTO_MANAGED" | "MANUAL" | "DISABLED";
}

export interface FetchCriterion {
  field: string;
  condition: "EQUALS" | "NOT_EQUALS" | "GREATER_THAN" | "GREATER_THAN_OR_EQUAL" | "LESS_THAN" | "LESS_THAN_OR_EQUAL";
  values?: string[];
}

export interface FetchQuery {
  criteria?: FetchCriterion[];
  timeWindow?: FetchTimeWindow;
  rowLimit?: number;
  accountId?: string;
  indicator?: string;
  indicatorType?: "IP" | "DOMAIN" | "FILE";
  findingType?: string;
  findingId?: string;
}

export interface FetchRecord {
  fetchType: "FINDINGS" | "DETECTOR" | "REPUTATION" | "FINDING_TYPE_DOCUMENTATION" | "CLOUD_TRAIL_RAW_EVENTS" | "RUNTIME_SIGNALS" | "MEMBER_ACCOUNTS";
  query?: FetchQuery;
  result?: FetchResult;
}

export interface FetchResult {
  itemIds?: string[];
  totalCount?: number;
  features?: InvestigationDetectorFeatureConfiguration[];
  verdict?: "THREAT" | "BENIGN" | "NEUTRAL";
  documentation?: FindingTypeDocumentation;
}

export interface FetchTimeWindow {
  startedAt?: number;
  durationInMinutes?: number;
}

export interface FilterCondition {
  equalsValue?: string;
  greaterThan?: number;
  lessThan?: number;
}

export interface FilterCriteria {
  filterCriterion?: FilterCriterion[];
}

export interface FilterCriterion {
  criterionKey?: "EC2_INSTANCE_ARN" | "SCAN_ID" | "ACCOUNT_ID" | "GUARDDUTY_FINDING_ID" | "SCAN_START_TIME" | "SCAN_STATUS" | "SCAN_TYPE";
  filterCondition?: FilterCondition;
}

export interface Finding {
  accountId: string;
  arn: string;
  confidence?: number;
  createdAt: string;
  description?: string;
  id: string;
  partition?: string;
  region: string;
  resource: Resource;
  schemaVersion: string;
  service?: Service;
  severity: number;
  title?: string;
  type: string;
  updatedAt: string;
  associatedAttackSequenceArn?: string;
  customDetectionRuleName?: string;
}

export interface FindingCriteria {
  criterion?: Record<string, Condition>;
}

export interface FindingDetail {
  findingId?: string;
  findingType?: string;
  severity?: string;
  accountId?: string;
  region?: string;
  activityWindow?: ActivityWindow;
}

export interface FindingReference {
  findingType?: string;
  uid?: string;
}

export interface FindingStatistics {
  countBySeverity?: Record<string, number>;
  groupedByAccount?: AccountStatistics[];
  groupedByDate?: DateStatistics[];
  groupedByFindingType?: FindingTypeStatistics[];
  groupedByResource?: ResourceStatistics[];
  groupedBySeverity?: SeverityStatistics[];
}

export interface FindingTypeClassification {
  findingType?: string;
  classification?: string;
  count?: number;
  percentage?: number;
  description?: string;
}

export interface FindingTypeCount {
  findingType?: string;
  count?: number;
}

export interface FindingTypeDocumentation {
  description?: string;
  severity?: string;
  feature?: string;
  fullDescription?: string;
  remediation?: string;
  learnMoreLinks?: string[];
}

export interface FindingTypeStatistics {
  findingType?: string;
  lastGeneratedAt?: number;
  totalFindings?: number;
}

export interface FindingsSummary {
  totalFindings?: number;
  severityBreakdown?: SeverityBreakdown;
  topFindingTypes?: FindingTypeCount[];
  byTimeWindow?: TimeWindowGroup[];
}

export interface FlowLogsConfigurationResult {
  status: "ENABLED" | "DISABLED";
}

export interface FreeTrialFeatureConfigurationResult {
  name?: "FLOW_LOGS" | "CLOUD_TRAIL" | "DNS_LOGS" | "S3_DATA_EVENTS" | "EKS_AUDIT_LOGS" | "EBS_MALWARE_PROTECTION" | "RDS_LOGIN_EVENTS" | "LAMBDA_NETWORK_LOGS" | "EKS_RUNTIME_MONITORING" | "EC2_RUNTIME_MONITORING" | "FARGATE_RUNTIME_MONITORING" | "AI_PROTECTION";
  freeTrialDaysRemaining?: number;
}

export interface GeoLocation {
  lat?: number;
  lon?: number;
}

export interface GetAdministratorAccountRequest {
  detectorId: string;
}

export interface GetAdministratorAccountResponse {
  administrator: Administrator;
}

export interface GetCoverageStatisticsRequest {
  detectorId: string;
  filterCriteria?: CoverageFilterCriteria;
  statisticsType: ("COUNT_BY_RESOURCE_TYPE" | "COUNT_BY_COVERAGE_STATUS")[];
}

export interface GetCoverageStatisticsResponse {
  coverageStatistics?: CoverageStatistics;
}

export interface GetCustomDetectionRuleAssociationRequest {
  ruleId: string;
  associationId: string;
}

export interface GetCustomDetectionRuleAssociationResponse {
  ruleAssociation: AssociationDetail;
  tags?: Record<string, string>;
}

export interface GetCustomDetectionRuleOrgConfigurationRequest {
  ruleId: string;
  mode: "LIVE" | "DRY_RUN";
}

export interface GetCustomDetectionRuleOrgConfigurationResponse {
  configuration: DetectionRuleOrgConfiguration;
}

export interface GetCustomDetectionRuleRequest {
  ruleId: string;
}

export interface GetCustomDetectionRuleResponse {
  rule: RuleDetail;
}

export interface GetDetectorRequest {
  detectorId: string;
}

export interface GetDetectorResponse {
  createdAt?: string;
  findingPublishingFrequency?: "FIFTEEN_MINUTES" | "ONE_HOUR" | "SIX_HOURS";
  serviceRole: string;
  status: "ENABLED" | "DISABLED";
  updatedAt?: string;
  dataSources?: DataSourceConfigurationsResult;
  tags?: Record<string, string>;
  features?: DetectorFeatureConfigurationResult[];
}

export interface GetFilterRequest {
  detectorId: string;
  filterName: string;
}

export interface GetFilterResponse {
  name: string;
  description?: string;
  action: "NOOP" | "ARCHIVE";
  rank?: number;
  findingCriteria: FindingCriteria;
  tags?: Record<string, string>;
  createdAt?: number;
  updatedAt?: number;
  version?: number;
}

export interface GetFindingsRequest {
  detectorId: string;
  findingIds: string[];
  sortCriteria?: SortCriteria;
}

export interface GetFindingsResponse {
  findings: Finding[];
}

export interface GetFindingsStatisticsRequest {
  detectorId: string;
  findingStatisticTypes?: "COUNT_BY_SEVERITY"[];
  findingCriteria?: FindingCriteria;
  groupBy?: "ACCOUNT" | "DATE" | "FINDING_TYPE" | "RESOURCE" | "SEVERITY";
  orderBy?: "ASC" | "DESC";
  maxResults?: number;
}

export interface GetFindingsStatisticsResponse {
  findingStatistics: FindingStatistics;
  nextToken?: string;
}

export interface GetIPSetRequest {
  detectorId: string;
  ipSetId: string;
}

export interface GetIPSetResponse {
  name: string;
  format: "TXT" | "STIX" | "OTX_CSV" | "ALIEN_VAULT" | "PROOF_POINT" | "FIRE_EYE";
  location: string;
  status: "INACTIVE" | "ACTIVATING" | "ACTIVE" | "DEACTIVATING" | "ERROR" | "DELETE_PENDING" | "DELETED";
  tags?: Record<string, string>;
  expectedBucketOwner?: string;
}

export interface GetInvestigationRequest {
  detectorId: string;
  investigationId: string;
  summaryFormat?: "STRING" | "STRUCTURED";
}

export interface GetInvestigationResponse {
  investigation: Investigation;
}

export type GetInvitationsCountRequest = Record<string, never>;

export interface GetInvitationsCountResponse {
  invitationsCount?: number;
}

export interface GetMalwareProtectionPlanRequest {
  malwareProtectionPlanId: string;
}

export interface GetMalwareProtectionPlanResponse {
  arn?: string;
  role?: string;
  protectedResource?: CreateProtectedResource;
  actions?: MalwareProtectionPlanActions;
  createdAt?: number;
  status?: "ACTIVE" | "WARNING" | "ERROR";
  statusReasons?: MalwareProtectionPlanStatusReason[];
  tags?: Record<string, string>;
}

export interface GetMalwareScanRequest {
  scanId: string;
}

export interface GetMalwareScanResponse {
  scanId?: string;
  detectorId?: string;
  adminDetectorId?: string;
  resourceArn?: string;
  resourceType?: "EBS_RECOVERY_POINT" | "EBS_SNAPSHOT" | "EBS_VOLUME" | "EC2_AMI" | "EC2_INSTANCE" | "EC2_RECOVERY_POINT" | "S3_RECOVERY_POINT" | "S3_BUCKET" | "S3_POINT_IN_TIME_RECOVERY";
  scannedResourcesCount?: number;
  skippedResourcesCount?: number;
  failedResourcesCount?: number;
  scannedResources?: ScannedResource[];
  scanConfiguration?: ScanConfiguration;
  scanCategory?: "FULL_SCAN" | "INCREMENTAL_SCAN";
  scanStatus?: "RUNNING" | "COMPLETED" | "COMPLETED_WITH_ISSUES" | "FAILED" | "SKIPPED";
  scanStatusReason?: "ACCESS_DENIED" | "RESOURCE_NOT_FOUND" | "SNAPSHOT_SIZE_LIMIT_EXCEEDED" | "RESOURCE_UNAVAILABLE" | "INCONSISTENT_SOURCE" | "INCREMENTAL_NO_DIFFERENCE" | "NO_EBS_VOLUMES_FOUND" | "UNSUPPORTED_PRODUCT_CODE_TYPE" | "AMI_SNAPSHOT_LIMIT_EXCEEDED" | "UNRELATED_RESOURCES" | "BASE_RESOURCE_NOT_SCANNED" | "BASE_CREATED_AFTER_TARGET" | "UNSUPPORTED_FOR_INCREMENTAL" | "UNSUPPORTED_AMI" | "UNSUPPORTED_SNAPSHOT" | "UNSUPPORTED_COMPOSITE_RECOVERY_POINT" | "ALL_FILES_SKIPPED_OR_FAILED";
  scanType?: "BACKUP_INITIATED" | "ON_DEMAND" | "GUARDDUTY_INITIATED";
  scanStartedAt?: number;
  scanCompletedAt?: number;
  scanResultDetails?: GetMalwareScanResultDetails;
}

export interface GetMalwareScanResultDetails {
  scanResultStatus?: "NO_THREATS_FOUND" | "THREATS_FOUND";
  skippedFileCount?: number;
  failedFileCount?: number;
  threatFoundFileCount?: number;
  totalFileCount?: number;
  totalBytes?: number;
  uniqueThreatCount?: number;
  threats?: ScanResultThreat[];
}

export interface GetMalwareScanSettingsRequest {
  detectorId: string;
}

export interface GetMalwareScanSettingsResponse {
  scanResourceCriteria?: ScanResourceCriteria;
  ebsSnapshotPreservation?: "NO_RETENTION" | "RETENTION_WITH_FINDING";
}

export interface GetMasterAccountRequest {
  detectorId: string;
}

export interface GetMasterAccountResponse {
  master: Master;
}

export interface GetMemberDetectorsRequest {
  detectorId: string;
  accountIds: string[];
}

export interface GetMemberDetectorsResponse {
  members: MemberDataSourceConfiguration[];
  unprocessedAccounts: UnprocessedAccount[];
}

export interface GetMembersRequest {
  detectorId: string;
  accountIds: string[];
}

export interface GetMembersResponse {
  members: Member[];
  unprocessedAccounts: UnprocessedAccount[];
}

export interface GetOrganizationStatisticsResponse {
  organizationDetails?: OrganizationDetails;
}

export interface GetRemainingFreeTrialDaysRequest {
  detectorId: string;
  accountIds: string[];
}

export interface GetRemainingFreeTrialDaysResponse {
  accounts?: AccountFreeTrialInfo[];
  unprocessedAccounts?: UnprocessedAccount[];
}

export interface GetThreatEntitySetRequest {
  detectorId: string;
  threatEntitySetId: string;
}

export interface GetThreatEntitySetResponse {
  name: string;
  format: "TXT" | "STIX" | "OTX_CSV" | "ALIEN_VAULT" | "PROOF_POINT" | "FIRE_EYE";
  location: string;
  expectedBucketOwner?: string;
  status: "INACTIVE" | "ACTIVATING" | "ACTIVE" | "DEACTIVATING" | "ERROR" | "DELETE_PENDING" | "DELETED";
  tags?: Record<string, string>;
  createdAt?: number;
  updatedAt?: number;
  errorDetails?: string;
}

export interface GetThreatIntelSetRequest {
  detectorId: string;
  threatIntelSetId: string;
}

export interface GetThreatIntelSetResponse {
  name: string;
  format: "TXT" | "STIX" | "OTX_CSV" | "ALIEN_VAULT" | "PROOF_POINT" | "FIRE_EYE";
  location: string;
  status: "INACTIVE" | "ACTIVATING" | "ACTIVE" | "DEACTIVATING" | "ERROR" | "DELETE_PENDING" | "DELETED";
  tags?: Record<string, string>;
  expectedBucketOwner?: string;
}

export interface GetTrustedEntitySetRequest {
  detectorId: string;
  trustedEntitySetId: string;
}

export interface GetTrustedEntitySetResponse {
  name: string;
  format: "TXT" | "STIX" | "OTX_CSV" | "ALIEN_VAULT" | "PROOF_POINT" | "FIRE_EYE";
  location: string;
  expectedBucketOwner?: string;
  status: "INACTIVE" | "ACTIVATING" | "ACTIVE" | "DEACTIVATING" | "ERROR" | "DELETE_PENDING" | "DELETED";
  tags?: Record<string, string>;
  createdAt?: number;
  updatedAt?: number;
  errorDetails?: string;
}

export interface GetUsageStatisticsRequest {
  detectorId: string;
  usageStatisticsType: "SUM_BY_ACCOUNT" | "SUM_BY_DATA_SOURCE" | "SUM_BY_RESOURCE" | "TOP_RESOURCES" | "SUM_BY_FEATURES" | "TOP_ACCOUNTS_BY_FEATURE";
  usageCriteria: UsageCriteria;
  unit?: string;
  maxResults?: number;
  nextToken?: string;
}

export interface GetUsageStatisticsResponse {
  usageStatistics?: UsageStatistics;
  nextToken?: string;
}

export interface HighestSeverityThreatDetails {
  severity?: string;
  threatName?: string;
  count?: number;
}

export interface HostPath {
  path?: string;
}

export interface IamInstanceProfile {
  arn?: string;
  id?: string;
}

export interface IamInstanceProfileV2 {
  ec2InstanceUids?: string[];
}

export interface ImpersonatedUser {
  username?: string;
  groups?: string[];
}

export interface IncrementalScanDetails {
  baselineResourceArn: string;
}

export interface Indicator {
  key: "SUSPICIOUS_USER_AGENT" | "SUSPICIOUS_NETWORK" | "MALICIOUS_IP" | "TOR_IP" | "ATTACK_TACTIC" | "HIGH_RISK_API" | "ATTACK_TECHNIQUE" | "UNUSUAL_API_FOR_ACCOUNT" | "UNUSUAL_ASN_FOR_ACCOUNT" | "UNUSUAL_ASN_FOR_USER" | "SUSPICIOUS_PROCESS" | "MALICIOUS_DOMAIN" | "MALICIOUS_PROCESS" | "CRYPTOMINING_IP" | "CRYPTOMINING_DOMAIN" | "CRYPTOMINING_PROCESS" | "MALICIOUS_FILE" | "VULNERABILITY" | "MALICIOUS_PACKAGE" | "MISCONFIGURATION" | "REACHABILITY" | "SENSITIVE_DATA";
  values?: string[];
  title?: string;
}

export interface InstanceDetails {
  availabilityZone?: string;
  iamInstanceProfile?: IamInstanceProfile;
  imageDescription?: string;
  imageId?: string;
  instanceId?: string;
  instanceState?: string;
  instanceType?: string;
  outpostArn?: string;
  launchTime?: string;
  networkInterfaces?: NetworkInterface[];
  platform?: string;
  productCodes?: ProductCode[];
  tags?: Tag[];
}

export interface Investigation {
  investigationId: string;
  status: "RUNNING" | "COMPLETED" | "FAILED";
  triggerPrompt: string;
  triggeredBy: string;
  metadata?: InvestigationMetadata;
  cloud?: CloudDetails;
  riskLevel?: "Info" | "Low" | "Medium" | "High" | "Critical";
  risk?: string;
  confidence?: "Unknown" | "Low" | "Medium" | "High";
  summary?: string;
  summaryData?: InvestigationSummaryData;
  scope?: InvestigationScope;
  startTime?: number;
  endTime?: number;
  error?: string;
}

export interface InvestigationAccountAnalysis {
  trend?: Trend;
  baseline?: Baseline;
}

export interface InvestigationActor {
  accessKeyId?: string;
  principalId?: string;
  userName?: string;
  userType?: string;
  userAgent?: string;
}

export interface InvestigationDetectorFeatureConfiguration {
  name?: "CLOUD_TRAIL" | "DNS_LOGS" | "FLOW_LOGS" | "S3_DATA_EVENTS" | "EKS_AUDIT_LOGS" | "EBS_MALWARE_PROTECTION" | "RDS_LOGIN_EVENTS" | "EKS_RUNTIME_MONITORING" | "EKS_ADDON_MANAGEMENT" | "LAMBDA_NETWORK_LOGS" | "RUNTIME_MONITORING" | "ECS_FARGATE_AGENT_MANAGEMENT" | "EC2_AGENT_MANAGEMENT";
  status?: "ENABLED" | "DISABLED";
  updatedAt?: number;
}

export interface InvestigationEc2Instance {
  instanceId?: string;
  instanceType?: string;
  instanceState?: string;
  availabilityZone?: string;
  privateIpAddress?: string;
  publicIp?: string;
  vpcId?: string;
  subnetId?: string;
  imageId?: string;
  launchedAt?: number;
}

export interface InvestigationEcsCluster {
  name?: string;
  arn?: string;
  status?: string;
}

export interface InvestigationEksCluster {
  name?: string;
  arn?: string;
  status?: string;
  vpcId?: string;
}

export interface InvestigationFilterCondition {
  equals?: string[];
  notEquals?: string[];
}

export interface InvestigationFilterCriteria {
  criterion?: Record<string, InvestigationFilterCondition>;
}

export interface InvestigationIndicator {
  value: string;
  type?: "IP" | "DOMAIN" | "FILE";
}

export interface InvestigationKubernetesWorkload {
  workloadType?: string;
  workloadName?: string;
  containers?: string;
  volumes?: string;
  securityContext?: string;
}

export interface InvestigationMalwareScan {
  scanId?: string;
  scanType?: "BACKUP_INITIATED" | "ON_DEMAND" | "GUARDDUTY_INITIATED";
  scanCategory?: "FULL_SCAN" | "INCREMENTAL_SCAN";
  triggerFindingId?: string;
  engineSources?: string;
  scanStartedAt?: number;
  scanCompletedAt?: number;
  filesScanned?: number;
  gigabytesScanned?: number;
  volumesScanned?: number;
  infectedFileCount?: number;
  resourceType?: string;
  resourceIdentifier?: string;
  highestSeverity?: string;
  highestSeverityThreatName?: string;
  uniqueThreatCount?: number;
  totalInfectedItems?: number;
  threats?: MalwareThreat[];
}

export interface InvestigationMetadata {
  version: string;
  product: Product;
}

export interface InvestigationRecord {
  recordId: string;
  type: "OBSERVATION" | "ANALYSIS" | "UPDATE" | "FETCH" | "METADATA";
  title: string;
  narrative?: string;
  createdAt: number;
  supportingData?: SupportingData;
}

export interface InvestigationResource {
  uid: string;
  name?: string;
  resourceType: "EC2_INSTANCE" | "EBS_VOLUME" | "S3_BUCKET" | "IAM_ROLE" | "IAM_USER" | "IAM_ACCESS_KEY" | "LAMBDA_FUNCTION" | "EKS_CLUSTER" | "ECS_CLUSTER" | "KUBERNETES_WORKLOAD" | "RDS_INSTANCE" | "RDS_DB_USER" | "EC2_SECURITY_GROUP";
  data?: InvestigationResourceData;
}

export interface InvestigationResourceData {
  ec2Instance?: InvestigationEc2Instance;
  lambdaFunction?: LambdaFunction;
  rdsDbInstance?: RdsDbInstance;
  rdsDbUser?: RdsDbUser;
  eksCluster?: InvestigationEksCluster;
  ecsCluster?: InvestigationEcsCluster;
}

export interface InvestigationScope {
  investigationType?: "FINDING" | "ACCOUNT" | "ORGANIZATION";
  findingId?: string;
  accountId?: string;
  adminAccountId?: string;
  queryTimeWindow?: QueryTimeWindow;
}

export interface InvestigationSortCriteria {
  attributeName?: "START_TIME" | "END_TIME" | "STATUS" | "RISK_LEVEL" | "CONFIDENCE";
  orderBy?: "ASC" | "DESC";
}

export interface InvestigationSummary {
  investigationId?: string;
  status?: "RUNNING" | "COMPLETED" | "FAILED";
  triggerPrompt?: string;
  riskLevel?: "Info" | "Low" | "Medium" | "High" | "Critical";
  confidence?: "Unknown" | "Low" | "Medium" | "High";
  title?: string;
  investigationType?: "FINDING" | "ACCOUNT" | "ORGANIZATION";
  findingId?: string;
  accountId?: string;
  adminAccountId?: string;
  startTime?: number;
  endTime?: number;
}

export interface InvestigationSummaryData {
  findingType?: string;
  threatAssessment?: ThreatAssessment;
  countermeasures?: Countermeasure[];
  accountAnalysis?: AccountAnalysis;
  organizationAnalysis?: OrganizationAnalysis;
  keyObservations?: KeyObservations;
  recommendations?: Recommendation[];
}

export interface InvestigationThreatAssessment {
  reputation?: Reputation;
  threatConfidence?: "VERY_HIGH" | "HIGH" | "MEDIUM" | "LOW";
  classification?: string;
  assessment?: string;
  authenticationContext?: string;
  rdsControlPlaneActivity?: string;
  ipAccountActivity?: string;
  credentialCompromise?: string;
}

export interface Invitation {
  accountId?: string;
  invitationId?: string;
  relationshipStatus?: string;
  invitedAt?: string;
}

export interface InviteMembersRequest {
  detectorId: string;
  accountIds: string[];
  disableEmailNotification?: boolean;
  message?: string;
}

export interface InviteMembersResponse {
  unprocessedAccounts: UnprocessedAccount[];
}

export interface ItemDetails {
  resourceArn?: string;
  itemPath?: string;
  hash?: string;
  additionalInfo?: AdditionalInfo;
}

export interface ItemPath {
  nestedItemPath?: string;
  hash?: string;
}

export interface KeyObservations {
  title?: string;
  narrative?: string;
  observations?: string[];
}

export interface KubernetesActivity {
  apiCall?: KubernetesApiCall;
  anomaly?: KubernetesAnomaly;
  workload?: InvestigationKubernetesWorkload;
  enrichment?: Enrichment;
}

export interface KubernetesAnomaly {
  unusualBehavior?: string;
  baselineContext?: string;
  anomalyScore?: string;
  trainingPeriod?: string;
}

export interface KubernetesApiCall {
  clusterName?: string;
  username?: string;
  userGroups?: string;
  userId?: string;
  verb?: string;
  resourceType?: string;
  resourceName?: string;
  namespace?: string;
  requestUri?: string;
  statusCode?: number;
  sourceIPs?: string;
  userAgent?: string;
  eventCount?: number;
}

export interface KubernetesApiCallAction {
  requestUri?: string;
  verb?: string;
  resource?: string;
  subresource?: string;
  namespace?: string;
  resourceName?: string;
  sourceIPs?: string[];
  userAgent?: string;
  remoteIpDetails?: RemoteIpDetails;
  statusCode?: number;
  parameters?: string;
}

export interface KubernetesAuditLogsConfiguration {
  enable: boolean;
}

export interface KubernetesAuditLogsConfigurationResult {
  status: "ENABLED" | "DISABLED";
}

export interface KubernetesConfiguration {
  auditLogs: KubernetesAuditLogsConfiguration;
}

export interface KubernetesConfigurationResult {
  auditLogs: KubernetesAuditLogsConfigurationResult;
}

export interface KubernetesDataSourceFreeTrial {
  auditLogs?: DataSourceFreeTrial;
}

export interface KubernetesDetails {
  kubernetesUserDetails?: KubernetesUserDetails;
  kubernetesWorkloadDetails?: KubernetesWorkloadDetails;
}

export interface KubernetesPermissionCheckedDetails {
  verb?: string;
  resource?: string;
  namespace?: string;
  allowed?: boolean;
}

export interface KubernetesPolicyViolation {
  violationType?: string;
  affectedResource?: string;
  subject?: string;
  grantedAccess?: string;
  exposureVector?: string;
  misconfigurationImpact?: string;
}

export interface KubernetesRoleBindingDetails {
  kind?: string;
  name?: string;
  uid?: string;
  roleRefName?: string;
  roleRefKind?: string;
}

export interface KubernetesRoleDetails {
  kind?: string;
  name?: string;
  uid?: string;
}

export interface KubernetesUserDetails {
  username?: string;
  uid?: string;
  groups?: string[];
  sessionName?: string[];
  impersonatedUser?: ImpersonatedUser;
}

export interface KubernetesWorkload {
  containerUids?: string[];
  namespace?: string;
  type?: "PODS" | "JOBS" | "CRONJOBS" | "DEPLOYMENTS" | "DAEMONSETS" | "STATEFULSETS" | "REPLICASETS" | "REPLICATIONCONTROLLERS";
}

export interface KubernetesWorkloadDetails {
  name?: string;
  type?: string;
  uid?: string;
  namespace?: string;
  hostNetwork?: boolean;
  serviceAccountName?: string;
  containers?: Container[];
  volumes?: Volume[];
  hostIPC?: boolean;
  hostPID?: boolean;
}

export interface LambdaDetails {
  functionArn?: string;
  functionName?: string;
  description?: string;
  lastModifiedAt?: number;
  revisionId?: string;
  functionVersion?: string;
  role?: string;
  vpcConfig?: VpcConfig;
  tags?: Tag[];
}

export interface LambdaFunction {
  functionName?: string;
  functionArn?: string;
  functionVersion?: string;
  role?: string;
  description?: string;
  revisionId?: string;
  updatedAt?: number;
  vpcConfigurationSummary?: string;
}

export interface LineageObject {
  startTime?: number;
  namespacePid?: number;
  userId?: number;
  name?: string;
  pid?: number;
  uuid?: string;
  executablePath?: string;
  euid?: number;
  parentUuid?: string;
}

export interface ListCoverageRequest {
  detectorId: string;
  nextToken?: string;
  maxResults?: number;
  filterCriteria?: CoverageFilterCriteria;
  sortCriteria?: CoverageSortCriteria;
}

export interface ListCoverageResponse {
  resources: CoverageResource[];
  nextToken?: string;
}

export interface ListCustomDetectionRuleAssociationsRequest {
  maxResults?: number;
  nextToken?: string;
  ruleId?: string;
  mode?: "LIVE" | "DRY_RUN";
}

export interface ListCustomDetectionRuleAssociationsResponse {
  ruleAssociations: AssociationSummary[];
  nextToken?: string;
}

export interface ListCustomDetectionRuleOrgConfigurationsRequest {
  maxResults?: number;
  nextToken?: string;
  status?: "ACTIVE" | "PROCESSING" | "FAILED";
}

export interface ListCustomDetectionRuleOrgConfigurationsResponse {
  configurations: DetectionRuleOrgConfigurationSummary[];
  nextToken?: string;
}

export interface ListCustomDetectionRulesRequest {
  maxResults?: number;
  nextToken?: string;
  filters?: DetectionRuleFilter[];
}

export interface ListCustomDetectionRulesResponse {
  rules: RuleSummary[];
  nextToken?: string;
}

export interface ListDetectorsRequest {
  maxResults?: number;
  nextToken?: string;
}

export interface ListDetectorsResponse {
  detectorIds: string[];
  nextToken?: string;
}

export interface ListFiltersRequest {
  detectorId: string;
  maxResults?: number;
  nextToken?: string;
}

export interface ListFiltersResponse {
  filterNames: string[];
  nextToken?: string;
}

export interface ListFindingsRequest {
  detectorId: string;
  findingCriteria?: FindingCriteria;
  sortCriteria?: SortCriteria;
  maxResults?: number;
  nextToken?: string;
}

export interface ListFindingsResponse {
  findingIds: string[];
  nextToken?: string;
}

export interface ListIPSetsRequest {
  detectorId: string;
  maxResults?: number;
  nextToken?: string;
}

export interface ListIPSetsResponse {
  ipSetIds: string[];
  nextToken?: string;
}

export interface ListInvestigationRecordsRequest {
  detectorId: string;
  investigationId: string;
  recordTypes?: ("OBSERVATION" | "ANALYSIS" | "UPDATE" | "FETCH" | "METADATA")[];
  maxResults?: number;
  nextToken?: string;
}

export interface ListInvestigationRecordsResponse {
  investigationId: string;
  status: "RUNNING" | "COMPLETED" | "FAILED";
  records: InvestigationRecord[];
  nextToken?: string;
}

export interface ListInvestigationsRequest {
  detectorId: string;
  filterCriteria?: InvestigationFilterCriteria;
  sortCriteria?: InvestigationSortCriteria;
  maxResults?: number;
  nextToken?: string;
}

export interface ListInvestigationsResponse {
  investigations: InvestigationSummary[];
  nextToken?: string;
}

export interface ListInvitationsRequest {
  maxResults?: number;
  nextToken?: string;
}

export interface ListInvitationsResponse {
  invitations?: Invitation[];
  nextToken?: string;
}

export interface ListMalwareProtectionPlansRequest {
  nextToken?: string;
}

export interface ListMalwareProtectionPlansResponse {
  malwareProtectionPlans?: MalwareProtectionPlanSummary[];
  nextToken?: string;
}

export interface ListMalwareScansFilterCriteria {
  filterCriterion?: ListMalwareScansFilterCriterion[];
}

export interface ListMalwareScansFilterCriterion {
  criterionKey?: "RESOURCE_ARN" | "SCAN_ID" | "ACCOUNT_ID" | "GUARDDUTY_FINDING_ID" | "RESOURCE_TYPE" | "SCAN_START_TIME" | "SCAN_STATUS" | "SCAN_TYPE";
  filterCondition?: FilterCondition;
}

export interface ListMalwareScansRequest {
  maxResults?: number;
  nextToken?: string;
  filterCriteria?: ListMalwareScansFilterCriteria;
  sortCriteria?: SortCriteria;
}

export interface ListMalwareScansResponse {
  scans: MalwareScan[];
  nextToken?: string;
}

export interface ListMembersRequest {
  detectorId: string;
  maxResults?: number;
  nextToken?: string;
  onlyAssociated?: string;
}

export interface ListMembersResponse {
  members?: Member[];
  nextToken?: string;
}

export interface ListOrganizationAdminAccountsRequest {
  maxResults?: number;
  nextToken?: string;
}

export interface ListOrganizationAdminAccountsResponse {
  adminAccounts?: AdminAccount[];
  nextToken?: string;
}

export interface ListPublishingDestinationsRequest {
  detectorId: string;
  maxResults?: number;
  nextToken?: string;
}

export interface ListPublishingDestinationsResponse {
  destinations: Destination[];
  nextToken?: string;
}

export interface ListTagsForResourceRequest {
  resourceArn: string;
}

export interface ListTagsForResourceResponse {
  tags?: Record<string, string>;
}

export interface ListThreatEntitySetsRequest {
  detectorId: string;
  maxResults?: number;
  nextToken?: string;
}

export interface ListThreatEntitySetsResponse {
  threatEntitySetIds: string[];
  nextToken?: string;
}

export interface ListThreatIntelSetsRequest {
  detectorId: string;
  maxResults?: number;
  nextToken?: string;
}

export interface ListThreatIntelSetsResponse {
  threatIntelSetIds: string[];
  nextToken?: string;
}

export interface ListTrustedEntitySetsRequest {
  detectorId: string;
  maxResults?: number;
  nextToken?: string;
}

export interface ListTrustedEntitySetsResponse {
  trustedEntitySetIds: string[];
  nextToken?: string;
}

export interface LocalIpDetails {
  ipAddressV4?: string;
  ipAddressV6?: string;
}

export interface LocalPortDetails {
  port?: number;
  portName?: string;
}

export interface LoginAttribute {
  user?: string;
  application?: string;
  failedLoginAttempts?: number;
  successfulLoginAttempts?: number;
}

export interface MalwareProtectionConfiguration {
  scanEc2InstanceWithFindings?: ScanEc2InstanceWithFindings;
}

export interface MalwareProtectionConfigurationResult {
  scanEc2InstanceWithFindings?: ScanEc2InstanceWithFindingsResult;
  serviceRole?: string;
}

export interface MalwareProtectionDataSourceFreeTrial {
  scanEc2InstanceWithFindings?: DataSourceFreeTrial;
}

export interface MalwareProtectionFindingsScanConfiguration {
  triggerType?: "BACKUP" | "GUARDDUTY";
  incrementalScanDetails?: IncrementalScanDetails;
}

export interface MalwareProtectionPlanActions {
  tagging?: MalwareProtectionPlanTaggingAction;
}

export interface MalwareProtectionPlanStatusReason {
  code?: string;
  message?: string;
}

export interface MalwareProtectionPlanSummary {
  malwareProtectionPlanId?: string;
}

export interface MalwareProtectionPlanTaggingAction {
  status?: "ENABLED" | "DISABLED";
}

export interface MalwareScan {
  resourceArn?: string;
  resourceType?: "EBS_RECOVERY_POINT" | "EBS_SNAPSHOT" | "EBS_VOLUME" | "EC2_AMI" | "EC2_INSTANCE" | "EC2_RECOVERY_POINT" | "S3_RECOVERY_POINT" | "S3_BUCKET" | "S3_POINT_IN_TIME_RECOVERY";
  scanId?: string;
  scanStatus?: "RUNNING" | "COMPLETED" | "COMPLETED_WITH_ISSUES" | "FAILED" | "SKIPPED";
  scanResultStatus?: "NO_THREATS_FOUND" | "THREATS_FOUND";
  scanType?: "BACKUP_INITIATED" | "ON_DEMAND" | "GUARDDUTY_INITIATED";
  scanStartedAt?: number;
  scanCompletedAt?: number;
}

export interface MalwareScanDetails {
  threats?: Threat[];
  scanId?: string;
  scanType?: "BACKUP_INITIATED" | "ON_DEMAND" | "GUARDDUTY_INITIATED";
  scanCategory?: "FULL_SCAN" | "INCREMENTAL_SCAN";
  scanConfiguration?: MalwareProtectionFindingsScanConfiguration;
  uniqueThreatCount?: number;
}

export interface MalwareThreat {
  name?: string;
  severity?: string;
  infectedFileCount?: number;
  sampleFiles?: string;
}

export interface Master {
  accountId?: string;
  invitationId?: string;
  relationshipStatus?: string;
  invitedAt?: string;
}

export interface Member {
  accountId: string;
  detectorId?: string;
  masterId: string;
  email: string;
  relationshipStatus: string;
  invitedAt?: string;
  updatedAt: string;
  administratorId?: string;
}

export interface MemberAccountRanking {
  rank?: number;
  accountId?: string;
  findingCount?: number;
  riskLevel?: "Info" | "Low" | "Medium" | "High" | "Critical";
  riskRationale?: string;
}

export interface MemberAdditionalConfiguration {
  name?: "EKS_ADDON_MANAGEMENT" | "ECS_FARGATE_AGENT_MANAGEMENT" | "EC2_AGENT_MANAGEMENT" | "RDS_DATA_RISK";
  status?: "ENABLED" | "DISABLED";
}

export interface MemberAdditionalConfigurationResult {
  name?: "EKS_ADDON_MANAGEMENT" | "ECS_FARGATE_AGENT_MANAGEMENT" | "EC2_AGENT_MANAGEMENT" | "RDS_DATA_RISK";
  status?: "ENABLED" | "DISABLED";
  updatedAt?: number;
  managedBy?: "GUARDDUTY_POLICY";
}

export interface MemberDataSourceConfiguration {
  accountId: string;
  dataSources: DataSourceConfigurationsResult;
  features?: MemberFeaturesConfigurationResult[];
}

export interface MemberFeaturesConfiguration {
  name?: "S3_DATA_EVENTS" | "EKS_AUDIT_LOGS" | "EBS_MALWARE_PROTECTION" | "RDS_LOGIN_EVENTS" | "LAMBDA_NETWORK_LOGS" | "EKS_RUNTIME_MONITORING" | "RUNTIME_MONITORING" | "AI_PROTECTION";
  status?: "ENABLED" | "DISABLED";
  additionalConfiguration?: MemberAdditionalConfiguration[];
}

export interface MemberFeaturesConfigurationResult {
  name?: "S3_DATA_EVENTS" | "EKS_AUDIT_LOGS" | "EBS_MALWARE_PROTECTION" | "RDS_LOGIN_EVENTS" | "LAMBDA_NETWORK_LOGS" | "EKS_RUNTIME_MONITORING" | "RUNTIME_MONITORING" | "AI_PROTECTION";
  status?: "ENABLED" | "DISABLED";
  updatedAt?: number;
  additionalConfiguration?: MemberAdditionalConfigurationResult[];
  managedBy?: "GUARDDUTY_POLICY";
}

export interface MetadataRecord {
  totalTimeMilliseconds?: number;
}

export interface ModelDetail {
  modelId?: string;
}

export interface NetworkActivity {
  protocol?: string;
  direction?: string;
  method?: string;
  blocked?: string;
  platform?: string;
  ports?: NetworkPorts;
  traffic?: NetworkTraffic;
  anomaly?: NetworkAnomaly;
  dns?: DnsContext;
  counts?: NetworkCounts;
  enrichment?: Enrichment;
}

export interface NetworkAnomaly {
  baselineBytes?: string;
  deviation?: string;
  profileAgeDays?: number;
  remoteService?: string;
  remoteRegion?: string;
  duration?: string;
  resetRatio?: string;
  targetHostCount?: number;
}

export interface NetworkConnection {
  direction: "INBOUND" | "OUTBOUND";
}

export interface NetworkConnectionAction {
  blocked?: boolean;
  connectionDirection?: string;
  localPortDetails?: LocalPortDetails;
  protocol?: string;
  localIpDetails?: LocalIpDetails;
  localNetworkInterface?: string;
  remoteIpDetails?: RemoteIpDetails;
  remotePortDetails?: RemotePortDetails;
}

export interface NetworkCounts {
  requestCount?: number;
  totalAttempts?: number;
  suspiciousAttempts?: number;
  resetAttempts?: number;
}

export interface NetworkEndpoint {
  id: string;
  ip?: string;
  domain?: string;
  port?: number;
  location?: NetworkGeoLocation;
  autonomousSystem?: AutonomousSystem;
  connection?: NetworkConnection;
}

export interface NetworkGeoLocation {
  city: string;
  country: string;
  lat: number;
  lon: number;
}

export interface NetworkInterface {
  ipv6Addresses?: string[];
  networkInterfaceId?: string;
  privateDnsName?: string;
  privateIpAddress?: string;
  privateIpAddresses?: PrivateIpAddressDetails[];
  publicDnsName?: string;
  publicIp?: string;
  securityGroups?: SecurityGroup[];
  subnetId?: string;
  vpcId?: string;
}

export interface NetworkPorts {
  targetPort?: string;
  remotePort?: string;
  resolverPort?: string;
  ports?: string;
  portsUsed?: string;
  portCount?: number;
}

export interface NetworkTraffic {
  bytesSent?: number;
  bytesReceived?: number;
}

export interface ObservationRecord {
  observationType: "FINDING_DETAIL" | "RESOURCE" | "NETWORK_ACTIVITY" | "RDS_LOGIN_ACTIVITY" | "S3_ACTIVITY" | "KUBERNETES_ACTIVITY" | "MALWARE_SCAN" | "RELATED_FINDINGS" | "DETECTION_COVERAGE" | "ACCOUNT_OVERVIEW" | "RECOMMENDATION" | "RUNTIME_SIGNALS" | "DISTRIBUTION" | "REPRESENTATIVE_RESOURCE";
  findingDetail?: FindingDetail;
  resource?: InvestigationResource;
  networkActivity?: NetworkActivity;
  rdsLoginActivity?: RdsLoginActivity;
  s3Activity?: S3Activity;
  kubernetesActivity?: KubernetesActivity;
  malwareScan?: InvestigationMalwareScan;
  relatedFindings?: RelatedFindings;
  detectionCoverage?: DetectionCoverage;
  accountOverview?: AccountOverview;
  recommendations?: Recommendation[];
  runtimeSignals?: RuntimeSignals;
  distribution?: Distribution;
  representativeResources?: RepresentativeFinding[];
  indicators?: InvestigationIndicator[];
}

export interface Observations {
  text?: string[];
  number?: number[];
}

export interface ObservedFindingType {
  findingType?: string;
  count?: number;
  severityMax?: number;
  sharedResources?: SharedResource[];
}

export interface Organization {
  asn?: string;
  asnOrg?: string;
  isp?: string;
  org?: string;
}

export interface OrganizationAdditionalConfiguration {
  name?: "EKS_ADDON_MANAGEMENT" | "ECS_FARGATE_AGENT_MANAGEMENT" | "EC2_AGENT_MANAGEMENT" | "RDS_DATA_RISK";
  autoEnable?: "NEW" | "NONE" | "ALL";
}

export interface OrganizationAdditionalConfigurationResult {
  name?: "EKS_ADDON_MANAGEMENT" | "ECS_FARGATE_AGENT_MANAGEMENT" | "EC2_AGENT_MANAGEMENT" | "RDS_DATA_RISK";
  autoEnable?: "NEW" | "NONE" | "ALL";
}

export interface OrganizationAnalysis {
  findingsSummary?: OrganizationFindingsSummary;
  accountBreakdown?: AccountSummary[];
}

export interface OrganizationDataSourceConfigurations {
  s3Logs?: OrganizationS3LogsConfiguration;
  kubernetes?: OrganizationKubernetesConfiguration;
  malwareProtection?: OrganizationMalwareProtectionConfiguration;
}

export interface OrganizationDataSourceConfigurationsResult {
  s3Logs: OrganizationS3LogsConfigurationResult;
  kubernetes?: OrganizationKubernetesConfigurationResult;
  malwareProtection?: OrganizationMalwareProtectionConfigurationResult;
}

export interface OrganizationDetails {
  updatedAt?: number;
  organizationStatistics?: OrganizationStatistics;
}

export interface OrganizationEbsVolumes {
  autoEnable?: boolean;
}

export interface OrganizationEbsVolumesResult {
  autoEnable?: boolean;
}

export interface OrganizationFeatureConfiguration {
  name?: "S3_DATA_EVENTS" | "EKS_AUDIT_LOGS" | "EBS_MALWARE_PROTECTION" | "RDS_LOGIN_EVENTS" | "LAMBDA_NETWORK_LOGS" | "EKS_RUNTIME_MONITORING" | "RUNTIME_MONITORING" | "AI_PROTECTION";
  autoEnable?: "NEW" | "NONE" | "ALL";
  additionalConfiguration?: OrganizationAdditionalConfiguration[];
}

export interface OrganizationFeatureConfigurationResult {
  name?: "S3_DATA_EVENTS" | "EKS_AUDIT_LOGS" | "EBS_MALWARE_PROTECTION" | "RDS_LOGIN_EVENTS" | "LAMBDA_NETWORK_LOGS" | "EKS_RUNTIME_MONITORING" | "RUNTIME_MONITORING" | "AI_PROTECTION";
  autoEnable?: "NEW" | "NONE" | "ALL";
  additionalConfiguration?: OrganizationAdditionalConfigurationResult[];
}

export interface OrganizationFeatureStatistics {
  name?: "S3_DATA_EVENTS" | "EKS_AUDIT_LOGS" | "EBS_MALWARE_PROTECTION" | "RDS_LOGIN_EVENTS" | "LAMBDA_NETWORK_LOGS" | "EKS_RUNTIME_MONITORING" | "RUNTIME_MONITORING" | "AI_PROTECTION";
  enabledAccountsCount?: number;
  additionalConfiguration?: OrganizationFeatureStatisticsAdditionalConfiguration[];
}

export interface OrganizationFeatureStatisticsAdditionalConfiguration {
  name?: "EKS_ADDON_MANAGEMENT" | "ECS_FARGATE_AGENT_MANAGEMENT" | "EC2_AGENT_MANAGEMENT" | "RDS_DATA_RISK";
  enabledAccountsCount?: number;
}

export interface OrganizationFindingsSummary {
  totalFindings?: number;
  severityBreakdown?: SeverityBreakdown;
  topFindingTypes?: FindingTypeCount[];
  byTimeWindow?: TimeWindowGroup[];
  totalAccountCount?: number;
  affectedAccountCount?: number;
}

export interface OrganizationKubernetesAuditLogsConfiguration {
  autoEnable: boolean;
}

export interface OrganizationKubernetesAuditLogsConfigurationResult {
  autoEnable: boolean;
}

export interface OrganizationKubernetesConfiguration {
  auditLogs: OrganizationKubernetesAuditLogsConfiguration;
}

export interface OrganizationKubernetesConfigurationResult {
  auditLogs: OrganizationKubernetesAuditLogsConfigurationResult;
}

export interface OrganizationMalwareProtectionConfiguration {
  scanEc2InstanceWithFindings?: OrganizationScanEc2InstanceWithFindings;
}

export interface OrganizationMalwareProtectionConfigurationResult {
  scanEc2InstanceWithFindings?: OrganizationScanEc2InstanceWithFindingsResult;
}

export interface OrganizationS3LogsConfiguration {
  autoEnable: boolean;
}

export interface OrganizationS3LogsConfigurationResult {
  autoEnable: boolean;
}

export interface OrganizationScanEc2InstanceWithFindings {
  ebsVolumes?: OrganizationEbsVolumes;
}

export interface OrganizationScanEc2InstanceWithFindingsResult {
  ebsVolumes?: OrganizationEbsVolumesResult;
}

export interface OrganizationStatistics {
  totalAccountsCount?: number;
  memberAccountsCount?: number;
  activeAccountsCount?: number;
  enabledAccountsCount?: number;
  countByFeature?: OrganizationFeatureStatistics[];
}

export interface Owner {
  id?: string;
}

export interface PermissionConfiguration {
  bucketLevelPermissions?: BucketLevelPermissions;
  accountLevelPermissions?: AccountLevelPermissions;
}

export interface PortProbeAction {
  blocked?: boolean;
  portProbeDetails?: PortProbeDetail[];
}

export interface PortProbeDetail {
  localPortDetails?: LocalPortDetails;
  localIpDetails?: LocalIpDetails;
  remoteIpDetails?: RemoteIpDetails;
}

export interface PrivateIpAddressDetails {
  privateDnsName?: string;
  privateIpAddress?: string;
}

export interface Process {
  uuid: string;
  name?: string;
  path?: string;
  parentUuid?: string;
  findings?: FindingReference[];
}

export interface ProcessDetails {
  name?: string;
  executablePath?: string;
  executableSha256?: string;
  namespacePid?: number;
  pwd?: string;
  pid?: number;
  startTime?: number;
  uuid?: string;
  parentUuid?: string;
  user?: string;
  userId?: number;
  euid?: number;
  lineage?: LineageObject[];
}

export interface Product {
  name: string;
  feature?: string;
}

export interface ProductCode {
  productCodeId?: string;
  productCodeType?: string;
}

export interface ProtectionPlan {
  name?: "CLOUD_TRAIL" | "DNS_LOGS" | "FLOW_LOGS" | "S3_DATA_EVENTS" | "EKS_AUDIT_LOGS" | "EBS_MALWARE_PROTECTION" | "RDS_LOGIN_EVENTS" | "EKS_RUNTIME_MONITORING" | "EKS_ADDON_MANAGEMENT" | "LAMBDA_NETWORK_LOGS" | "RUNTIME_MONITORING" | "ECS_FARGATE_AGENT_MANAGEMENT" | "EC2_AGENT_MANAGEMENT";
  status?: "ENABLED" | "DISABLED";
}

export interface PublicAccess {
  permissionConfiguration?: PermissionConfiguration;
  effectivePermission?: string;
}

export interface PublicAccessConfiguration {
  publicAclAccess?: "BLOCKED" | "ALLOWED";
  publicPolicyAccess?: "BLOCKED" | "ALLOWED";
  publicAclIgnoreBehavior?: "IGNORED" | "NOT_IGNORED";
  publicBucketRestrictBehavior?: "RESTRICTED" | "NOT_RESTRICTED";
}

export interface QueryTimeWindow {
  startTime?: number;
  endTime?: number;
}

export interface RdsDbInstance {
  dbInstanceIdentifier?: string;
  dbClusterIdentifier?: string;
  dbInstanceArn?: string;
  dbiResourceId?: string;
  engine?: string;
  engineVersion?: string;
}

export interface RdsDbInstanceDetails {
  dbInstanceIdentifier?: string;
  engine?: string;
  engineVersion?: string;
  dbClusterIdentifier?: string;
  dbInstanceArn?: string;
  dbiResourceId?: string;
  tags?: Tag[];
}

export interface RdsDbUser {
  user?: string;
  application?: string;
  database?: string;
  authMethod?: string;
  ssl?: string;
}

export interface RdsDbUserDetails {
  user?: string;
  application?: string;
  database?: string;
  ssl?: string;
  authMethod?: string;
}

export interface RdsLimitlessDbDetails {
  dbShardGroupIdentifier?: string;
  dbShardGroupResourceId?: string;
  dbShardGroupArn?: string;
  engine?: string;
  engineVersion?: string;
  dbClusterIdentifier?: string;
  tags?: Tag[];
}

export interface RdsLoginActivity {
  outcome?: string;
  rate?: string;
  anomalyContext?: string;
  loginCount?: number;
  activityWindow?: ActivityWindow;
  enrichment?: Enrichment;
}

export interface RdsLoginAttemptAction {
  remoteIpDetails?: RemoteIpDetails;
  LoginAttributes?: LoginAttribute[];
}

export interface Recommendation {
  title?: string;
  rationale?: string;
  category?: "ENABLE_PROTECTION" | "FURTHER_INVESTIGATION" | "SUPPRESSION_RULE" | "HARDENING" | "MONITORING";
  priority?: "IMMEDIATE" | "SHORT_TERM" | "STRATEGIC";
  cliCommands?: string[];
}

export interface RecoveryPoint {
  backupVaultName: string;
  continuousScanDetails?: ContinuousScanDetails;
}

export interface RecoveryPointDetails {
  recoveryPointArn?: string;
  backupVaultName?: string;
  continuousScanDetails?: ScanConfigurationContinuousScanDetails;
}

export interface RelatedFindings {
  correlated?: CorrelatedFinding[];
  observed?: ObservedFindingType[];
}

export interface RemoteAccountDetails {
  accountId?: string;
  affiliated?: boolean;
  awsServiceName?: string;
}

export interface RemoteIpDetails {
  city?: City;
  country?: Country;
  geoLocation?: GeoLocation;
  ipAddressV4?: string;
  ipAddressV6?: string;
  organization?: Organization;
}

export interface RemotePortDetails {
  port?: number;
  portName?: string;
}

export interface RepresentativeFinding {
  resourceType?: string;
  identifier?: string;
  findingId?: string;
  findingCount?: number;
  riskLevel?: "Info" | "Low" | "Medium" | "High" | "Critical";
  riskRationale?: string;
}

export interface Reputation {
  findingTimeDisposition?: string;
  currentDisposition?: string;
  reputationComparison?: string;
}

export interface Resource {
  accessKeyDetails?: AccessKeyDetails;
  s3BucketDetails?: S3BucketDetail[];
  instanceDetails?: InstanceDetails;
  eksClusterDetails?: EksClusterDetails;
  kubernetesDetails?: KubernetesDetails;
  resourceType?: string;
  ebsVolumeDetails?: EbsVolumeDetails;
  ecsClusterDetails?: EcsClusterDetails;
  containerDetails?: Container;
  lambdaDetails?: LambdaDetails;
  rdsDbInstanceDetails?: RdsDbInstanceDetails;
  rdsLimitlessDbDetails?: RdsLimitlessDbDetails;
  rdsDbUserDetails?: RdsDbUserDetails;
  ebsSnapshotDetails?: EbsSnapshotDetails;
  ec2ImageDetails?: Ec2ImageDetails;
  recoveryPointDetails?: RecoveryPointDetails;
  bedrockGuardrailDetails?: BedrockGuardrailDetails;
  modelDetails?: ModelDetail[];
}

export interface ResourceData {
  s3Bucket?: S3Bucket;
  ec2Instance?: Ec2Instance;
  accessKey?: AccessKey;
  ec2NetworkInterface?: Ec2NetworkInterface;
  s3Object?: S3Object;
  eksCluster?: EksCluster;
  kubernetesWorkload?: KubernetesWorkload;
  container?: ContainerFindingResource;
  ecsCluster?: EcsCluster;
  ecsTask?: EcsTask;
  iamInstanceProfile?: IamInstanceProfileV2;
  autoscalingAutoScalingGroup?: AutoscalingAutoScalingGroup;
  ec2LaunchTemplate?: Ec2LaunchTemplate;
  ec2Vpc?: Ec2Vpc;
  ec2Image?: Ec2Image;
  cloudformationStack?: CloudformationStack;
  bedrockGuardrail?: BedrockGuardrailResource;
}

export interface ResourceDetails {
  instanceArn?: string;
}

export interface ResourceDistribution {
  resourceType?: string;
  identifier?: string;
  count?: number;
}

export interface ResourceStatistics {
  accountId?: string;
  lastGeneratedAt?: number;
  resourceId?: string;
  resourceType?: string;
  totalFindings?: number;
}

export interface ResourceV2 {
  uid: string;
  name?: string;
  accountId?: string;
  resourceType: "EC2_INSTANCE" | "EC2_NETWORK_INTERFACE" | "S3_BUCKET" | "S3_OBJECT" | "ACCESS_KEY" | "EKS_CLUSTER" | "KUBERNETES_WORKLOAD" | "CONTAINER" | "ECS_CLUSTER" | "ECS_TASK" | "AUTOSCALING_AUTO_SCALING_GROUP" | "IAM_INSTANCE_PROFILE" | "CLOUDFORMATION_STACK" | "EC2_LAUNCH_TEMPLATE" | "EC2_VPC" | "EC2_IMAGE" | "BEDROCK_CUSTOM_MODEL" | "BEDROCK_IMPORTED_MODEL" | "BEDROCK_PROVISIONED_MODEL" | "BEDROCK_CUSTOM_MODEL_DEPLOYMENT" | "BEDROCK_INFERENCE_PROFILE" | "BEDROCK_APPLICATION_INFERENCE_PROFILE" | "BEDROCK_PROMPT" | "BEDROCK_PROMPT_ROUTER" | "BEDROCK_GUARDRAIL" | "SAGEMAKER_ENDPOINT";
  region?: string;
  service?: string;
  cloudPartition?: string;
  tags?: Tag[];
  data?: ResourceData;
}

export interface RuleDefinition {
  expression: string;
}

export interface RuleDetail {
  ruleId: string;
  arn: string;
  name: string;
  description: string;
  severity: "CRITICAL" | "HIGH" | "MEDIUM" | "LOW";
  dataSource: "CloudTrailManagementEvent" | "RuntimeMonitoring";
  tactic: string;
  technique: string;
  service: string;
  definition: RuleDefinition;
  language?: "SQL";
  schema?: "CloudTrail";
  runtimeMonitoringDetails?: DetectionRuleRuntimeMonitoringDetails;
  createdAt: number;
  updatedAt?: number;
}

export interface RuleSummary {
  ruleId: string;
  arn: string;
  name: string;
  description: string;
  severity: "CRITICAL" | "HIGH" | "MEDIUM" | "LOW";
  dataSource: "CloudTrailManagementEvent" | "RuntimeMonitoring";
  tactic: string;
  technique: string;
  service: string;
  language?: "SQL";
  schema?: "CloudTrail";
  createdAt: number;
  updatedAt?: number;
}

export interface RuntimeContext {
  modifyingProcess?: ProcessDetails;
  modifiedAt?: number;
  scriptPath?: string;
  libraryPath?: string;
  ldPreloadValue?: string;
  socketPath?: string;
  runcBinaryPath?: string;
  releaseAgentPath?: string;
  mountSource?: string;
  mountTarget?: string;
  fileSystemType?: string;
  flags?: string[];
  moduleName?: string;
  moduleFilePath?: string;
  moduleSha256?: string;
  shellHistoryFilePath?: string;
  targetProcess?: ProcessDetails;
  addressFamily?: string;
  ianaProtocolNumber?: number;
  memoryRegions?: string[];
  toolName?: string;
  toolCategory?: string;
  serviceName?: string;
  commandLineExample?: string;
  threatFilePath?: string;
  fileOperation?: string;
  filePath?: string;
  relatedFilePaths?: string[];
}

export interface RuntimeDetails {
  process?: ProcessDetails;
  context?: RuntimeContext;
}

export interface RuntimeSignals {
  signalGroups?: SignalGroup[];
  keyObservation?: string;
}

export interface S3Activity {
  api?: string;
  affectedBucket?: string;
  otherS3Activity?: string;
  nonS3Activity?: string;
  sessionAssessment?: string;
  eventCount?: number;
  actor?: InvestigationActor;
  sourceIp?: string;
  enrichment?: Enrichment;
  activityWindow?: ActivityWindow;
}

export interface S3Analysis {
  findingSubtype?: string;
  effectivePermission?: string;
  blockPublicAccessSettings?: string;
  exposure?: string;
  userAgent?: string;
  userAgentClassification?: string;
  sourceIp?: string;
  ipReputation?: string;
  actorAssessment?: string;
  s3ApiActivity?: string;
  sourceContext?: string;
  authorizationAssessment?: string;
}

export interface S3Bucket {
  ownerId?: string;
  createdAt?: number;
  encryptionType?: string;
  encryptionKeyArn?: string;
  effectivePermission?: string;
  publicReadAccess?: "BLOCKED" | "ALLOWED";
  publicWriteAccess?: "BLOCKED" | "ALLOWED";
  accountPublicAccess?: PublicAccessConfiguration;
  bucketPublicAccess?: PublicAccessConfiguration;
  s3ObjectUids?: string[];
}

export interface S3BucketDetail {
  arn?: string;
  name?: string;
  type?: string;
  createdAt?: number;
  owner?: Owner;
  tags?: Tag[];
  defaultServerSideEncryption?: DefaultServerSideEncryption;
  publicAccess?: PublicAccess;
  s3ObjectDetails?: S3ObjectDetail[];
}

export interface S3LogsConfiguration {
  enable: boolean;
}

export interface S3LogsConfigurationResult {
  status: "ENABLED" | "DISABLED";
}

export interface S3Object {
  eTag?: string;
  key?: string;
  versionId?: string;
}

export interface S3ObjectDetail {
  objectArn?: string;
  key?: string;
  eTag?: string;
  hash?: string;
  versionId?: string;
}

export interface S3ObjectForSendObjectMalwareScan {
  bucket?: string;
  key?: string;
  versionId?: string;
}

export interface Scan {
  detectorId?: string;
  adminDetectorId?: string;
  scanId?: string;
  scanStatus?: "RUNNING" | "COMPLETED" | "FAILED" | "SKIPPED";
  failureReason?: string;
  scanStartTime?: number;
  scanEndTime?: number;
  triggerDetails?: TriggerDetails;
  resourceDetails?: ResourceDetails;
  scanResultDetails?: ScanResultDetails;
  accountId?: string;
  totalBytes?: number;
  fileCount?: number;
  attachedVolumes?: VolumeDetail[];
  scanType?: "GUARDDUTY_INITIATED" | "ON_DEMAND";
}

export interface ScanCondition {
  mapEquals: ScanConditionPair[];
}

export interface ScanConditionPair {
  key: string;
  value?: string;
}

export interface ScanConfiguration {
  role?: string;
  triggerDetails?: TriggerDetails;
  incrementalScanDetails?: IncrementalScanDetails;
  recoveryPoint?: ScanConfigurationRecoveryPoint;
}

export interface ScanConfigurationContinuousScanDetails {
  startTime?: number;
  endTime: number;
}

export interface ScanConfigurationRecoveryPoint {
  backupVaultName?: string;
  continuousScanDetails?: ScanConfigurationContinuousScanDetails;
}

export interface ScanDetections {
  scannedItemCount?: ScannedItemCount;
  threatsDetectedItemCount?: ThreatsDetectedItemCount;
  highestSeverityThreatDetails?: HighestSeverityThreatDetails;
  threatDetectedByName?: ThreatDetectedByName;
}

export interface ScanEc2InstanceWithFindings {
  ebsVolumes?: boolean;
}

export interface ScanEc2InstanceWithFindingsResult {
  ebsVolumes?: EbsVolumesResult;
}

export interface ScanFilePath {
  filePath?: string;
  volumeArn?: string;
  hash?: string;
  fileName?: string;
}

export interface ScanResourceCriteria {
  include?: Record<string, ScanCondition>;
  exclude?: Record<string, ScanCondition>;
}

export interface ScanResultDetails {
  scanResult?: "CLEAN" | "INFECTED";
}

export interface ScanResultThreat {
  name?: string;
  source?: "AMAZON" | "BITDEFENDER";
  count?: number;
  hash?: string;
  itemDetails?: ItemDetails[];
}

export interface ScanThreatName {
  name?: string;
  severity?: string;
  itemCount?: number;
  filePaths?: ScanFilePath[];
}

export interface ScannedItemCount {
  totalGb?: number;
  files?: number;
  volumes?: number;
}

export interface ScannedResource {
  scannedResourceArn?: string;
  scannedResourceType?: "EBS_RECOVERY_POINT" | "EBS_SNAPSHOT" | "EBS_VOLUME" | "EC2_AMI" | "EC2_INSTANCE" | "EC2_RECOVERY_POINT" | "S3_RECOVERY_POINT" | "S3_BUCKET" | "S3_POINT_IN_TIME_RECOVERY";
  scannedResourceStatus?: "RUNNING" | "COMPLETED" | "COMPLETED_WITH_ISSUES" | "FAILED" | "SKIPPED";
  scanStatusReason?: "ACCESS_DENIED" | "RESOURCE_NOT_FOUND" | "SNAPSHOT_SIZE_LIMIT_EXCEEDED" | "RESOURCE_UNAVAILABLE" | "INCONSISTENT_SOURCE" | "INCREMENTAL_NO_DIFFERENCE" | "NO_EBS_VOLUMES_FOUND" | "UNSUPPORTED_PRODUCT_CODE_TYPE" | "AMI_SNAPSHOT_LIMIT_EXCEEDED" | "UNRELATED_RESOURCES" | "BASE_RESOURCE_NOT_SCANNED" | "BASE_CREATED_AFTER_TARGET" | "UNSUPPORTED_FOR_INCREMENTAL" | "UNSUPPORTED_AMI" | "UNSUPPORTED_SNAPSHOT" | "UNSUPPORTED_COMPOSITE_RECOVERY_POINT" | "ALL_FILES_SKIPPED_OR_FAILED";
  resourceDetails?: ScannedResourceDetails;
}

export interface ScannedResourceDetails {
  ebsVolume?: VolumeDetail;
  ebsSnapshot?: EbsSnapshot;
}

export interface SecurityContext {
  privileged?: boolean;
  allowPrivilegeEscalation?: boolean;
}

export interface SecurityGroup {
  groupId?: string;
  groupName?: string;
}

export interface SendObjectMalwareScanRequest {
  s3Object?: S3ObjectForSendObjectMalwareScan;
}

export type SendObjectMalwareScanResponse = Record<string, never>;

export interface Sequence {
  uid: string;
  description: string;
  actors?: Actor[];
  resources?: ResourceV2[];
  endpoints?: NetworkEndpoint[];
  signals: Signal[];
  sequenceIndicators?: Indicator[];
  additionalSequenceTypes?: string[];
}

export interface Service {
  action?: Action;
  evidence?: Evidence;
  archived?: boolean;
  count?: number;
  detectorId?: string;
  eventFirstSeen?: string;
  eventLastSeen?: string;
  resourceRole?: string;
  serviceName?: string;
  userFeedback?: string;
  additionalInfo?: ServiceAdditionalInfo;
  featureName?: string;
  ebsVolumeScanDetails?: EbsVolumeScanDetails;
  runtimeDetails?: RuntimeDetails;
  detection?: Detection;
  malwareScanDetails?: MalwareScanDetails;
}

export interface ServiceAdditionalInfo {
  value?: string;
  type?: string;
}

export interface Session {
  uid?: string;
  mfaStatus?: "ENABLED" | "DISABLED";
  createdTime?: number;
  issuer?: string;
}

export interface SeverityBreakdown {
  critical?: number;
  high?: number;
  medium?: number;
  low?: number;
  info?: number;
}

export interface SeverityStatistics {
  lastGeneratedAt?: number;
  severity?: number;
  totalFindings?: number;
}

export interface SharedBehavior {
  path?: string;
  value?: string;
}

export interface SharedResource {
  resourceType?: string;
  identifier?: string;
}

export interface Signal {
  uid: string;
  type: "FINDING" | "CLOUD_TRAIL" | "S3_DATA_EVENTS" | "EKS_AUDIT_LOGS" | "FLOW_LOGS" | "DNS_LOGS" | "RUNTIME_MONITORING";
  description?: string;
  name: string;
  createdAt: number;
  updatedAt: number;
  firstSeenAt: number;
  lastSeenAt: number;
  severity?: number;
  count: number;
  resourceUids?: string[];
  actorIds?: string[];
  endpointIds?: string[];
  signalIndicators?: Indicator[];
  activities?: Activity[];
}

export interface SignalGroup {
  findingType?: string;
  severity?: number;
  count?: number;
}

export interface SortCriteria {
  attributeName?: string;
  orderBy?: "ASC" | "DESC";
}

export interface StartMalwareScanConfiguration {
  role: string;
  incrementalScanDetails?: IncrementalScanDetails;
  recoveryPoint?: RecoveryPoint;
}

export interface StartMalwareScanRequest {
  resourceArn: string;
  clientToken?: string;
  scanConfiguration?: StartMalwareScanConfiguration;
}

export interface StartMalwareScanResponse {
  scanId?: string;
}

export interface StartMonitoringMembersRequest {
  detectorId: string;
  accountIds: string[];
}

export interface StartMonitoringMembersResponse {
  unprocessedAccounts: UnprocessedAccount[];
}

export interface StopMonitoringMembersRequest {
  detectorId: string;
  accountIds: string[];
}

export interface StopMonitoringMembersResponse {
  unprocessedAccounts: UnprocessedAccount[];
}

export interface SupportingData {
  fetch?: FetchRecord;
  analysis?: AnalysisRecord;
  observation?: ObservationRecord;
  metadata?: MetadataRecord;
}

export interface TacticCoverage {
  phase?: "Reconnaissance" | "Resource Development" | "Initial Access" | "Execution" | "Persistence" | "Privilege Escalation" | "Defense Evasion" | "Credential Access" | "Discovery" | "Lateral Movement" | "Collection" | "Command and Control" | "Exfiltration" | "Impact";
  findingCount?: number;
  findingTypes?: string[];
  techniques?: TechniqueCoverage[];
}

export interface Tag {
  key?: string;
  value?: string;
}

export interface TagResourceRequest {
  resourceArn: string;
  tags: Record<string, string>;
}

export type TagResourceResponse = Record<string, never>;

export interface TechniqueCoverage {
  technique?: ThreatReference;
  findingCount?: number;
  findingTypes?: string[];
}

export interface Threat {
  name?: string;
  source?: string;
  itemPaths?: ItemPath[];
  count?: number;
  hash?: string;
  itemDetails?: ItemDetails[];
}

export interface ThreatAssessment {
  attackProgression?: AttackPhase[];
  threatActorProfile?: string;
}

export interface ThreatDetectedByName {
  itemCount?: number;
  uniqueThreatNameCount?: number;
  shortened?: boolean;
  threatNames?: ScanThreatName[];
}

export interface ThreatIntelligenceDetail {
  threatListName?: string;
  threatNames?: string[];
  threatFileSha256?: string;
}

export interface ThreatReference {
  name?: string;
  uid?: string;
}

export interface ThreatsDetectedItemCount {
  files?: number;
}

export interface TimeWindowGroup {
  startTime?: number;
  endTime?: number;
  findingCount?: number;
}

export interface Total {
  amount?: string;
  unit?: string;
}

export interface Trend {
  granularity?: "DAY" | "WEEK" | "MONTH";
  startTime?: number;
  endTime?: number;
  totalFindings?: number;
  byTimeWindow?: TimeWindowGroup[];
}

export interface TriggerDetails {
  guardDutyFindingId?: string;
  description?: string;
  triggerType?: "BACKUP" | "GUARDDUTY";
}

export interface TypeDistribution {
  findingType?: string;
  count?: number;
  percentage?: number;
  dominantSeverity?: string;
}

export interface UnarchiveFindingsRequest {
  detectorId: string;
  findingIds: string[];
}

export type UnarchiveFindingsResponse = Record<string, never>;

export interface UnprocessedAccount {
  accountId: string;
  result: string;
}

export interface UnprocessedDataSourcesResult {
  malwareProtection?: MalwareProtectionConfigurationResult;
}

export interface UntagResourceRequest {
  resourceArn: string;
  tagKeys: string[];
}

export type UntagResourceResponse = Record<string, never>;

export interface UpdateCustomDetectionRuleAssociationRequest {
  ruleId: string;
  associationId: string;
  mode: "LIVE" | "DRY_RUN";
}

export type UpdateCustomDetectionRuleAssociationResponse = Record<string, never>;

export interface UpdateCustomDetectionRuleOrgConfigurationRequest {
  ruleId: string;
  mode: "LIVE" | "DRY_RUN";
  includeAccountIds?: string[];
  excludeAccountIds?: string[];
}

export type UpdateCustomDetectionRuleOrgConfigurationResponse = Record<string, never>;

export interface UpdateDetectorRequest {
  detectorId: string;
  enable?: boolean;
  findingPublishingFrequency?: "FIFTEEN_MINUTES" | "ONE_HOUR" | "SIX_HOURS";
  dataSources?: DataSourceConfigurations;
  features?: DetectorFeatureConfiguration[];
}

export type UpdateDetectorResponse = Record<string, never>;

export interface UpdateFilterRequest {
  detectorId: string;
  filterName: string;
  description?: string;
  action?: "NOOP" | "ARCHIVE";
  rank?: number;
  findingCriteria?: FindingCriteria;
}

export interface UpdateFilterResponse {
  name: string;
}

export interface UpdateFindingsFeedbackRequest {
  detectorId: string;
  findingIds: string[];
  feedback: "USEFUL" | "NOT_USEFUL";
  comments?: string;
}

export type UpdateFindingsFeedbackResponse = Record<string, never>;

export interface UpdateIPSetRequest {
  detectorId: string;
  ipSetId: string;
  name?: string;
  location?: string;
  activate?: boolean;
  expectedBucketOwner?: string;
}

export type UpdateIPSetResponse = Record<string, never>;

export interface UpdateMalwareProtectionPlanRequest {
  malwareProtectionPlanId: string;
  role?: string;
  actions?: MalwareProtectionPlanActions;
  protectedResource?: UpdateProtectedResource;
}

export interface UpdateMalwareScanSettingsRequest {
  detectorId: string;
  scanResourceCriteria?: ScanResourceCriteria;
  ebsSnapshotPreservation?: "NO_RETENTION" | "RETENTION_WITH_FINDING";
}

export type UpdateMalwareScanSettingsResponse = Record<string, never>;

export interface UpdateMemberDetectorsRequest {
  detectorId: string;
  accountIds: string[];
  dataSources?: DataSourceConfigurations;
  features?: MemberFeaturesConfiguration[];
}

export interface UpdateMemberDetectorsResponse {
  unprocessedAccounts: UnprocessedAccount[];
}

export interface UpdateOrganizationConfigurationRequest {
  detectorId: string;
  autoEnable?: boolean;
  dataSources?: OrganizationDataSourceConfigurations;
  features?: OrganizationFeatureConfiguration[];
  autoEnableOrganizationMembers?: "NEW" | "ALL" | "NONE";
}

export type UpdateOrganizationConfigurationResponse = Record<string, never>;

export interface UpdateProtectedResource {
  s3Bucket?: UpdateS3BucketResource;
}

export interface UpdatePublishingDestinationRequest {
  detectorId: string;
  destinationId: string;
  destinationProperties?: DestinationProperties;
}

export type UpdatePublishingDestinationResponse = Record<string, never>;

export interface UpdateS3BucketResource {
  objectPrefixes?: string[];
}

export interface UpdateThreatEntitySetRequest {
  detectorId: string;
  threatEntitySetId: string;
  name?: string;
  location?: string;
  expectedBucketOwner?: string;
  activate?: boolean;
}

export type UpdateThreatEntitySetResponse = Record<string, never>;

export interface UpdateThreatIntelSetRequest {
  detectorId: string;
  threatIntelSetId: string;
  name?: string;
  location?: string;
  activate?: boolean;
  expectedBucketOwner?: string;
}

export type UpdateThreatIntelSetResponse = Record<string, never>;

export interface UpdateTrustedEntitySetRequest {
  detectorId: string;
  trustedEntitySetId: string;
  name?: string;
  location?: string;
  expectedBucketOwner?: string;
  activate?: boolean;
}

export type UpdateTrustedEntitySetResponse = Record<string, never>;

export interface UsageAccountResult {
  accountId?: string;
  total?: Total;
}

export interface UsageCriteria {
  accountIds?: string[];
  dataSources?: ("FLOW_LOGS" | "CLOUD_TRAIL" | "DNS_LOGS" | "S3_LOGS" | "KUBERNETES_AUDIT_LOGS" | "EC2_MALWARE_SCAN")[];
  resources?: string[];
  features?: ("FLOW_LOGS" | "CLOUD_TRAIL" | "DNS_LOGS" | "S3_DATA_EVENTS" | "EKS_AUDIT_LOGS" | "EBS_MALWARE_PROTECTION" | "RDS_LOGIN_EVENTS" | "LAMBDA_NETWORK_LOGS" | "EKS_RUNTIME_MONITORING" | "EC2_RUNTIME_MONITORING" | "FARGATE_RUNTIME_MONITORING" | "RDS_DBI_PROTECTION_PROVISIONED" | "RDS_DBI_PROTECTION_SERVERLESS" | "RDS_DBI_PROTECTION_LIMITLESS" | "RDS_DATA_ACTIVITY_DBI_PROTECTION_PROVISIONED" | "RDS_DATA_ACTIVITY_DBI_PROTECTION_SERVERLESS" | "RDS_DATA_ACTIVITY_DBI_PROTECTION_LIMITLESS" | "AI_PROTECTION")[];
}

export interface UsageDataSourceResult {
  dataSource?: "FLOW_LOGS" | "CLOUD_TRAIL" | "DNS_LOGS" | "S3_LOGS" | "KUBERNETES_AUDIT_LOGS" | "EC2_MALWARE_SCAN";
  total?: Total;
}

export interface UsageFeatureResult {
  feature?: "FLOW_LOGS" | "CLOUD_TRAIL" | "DNS_LOGS" | "S3_DATA_EVENTS" | "EKS_AUDIT_LOGS" | "EBS_MALWARE_PROTECTION" | "RDS_LOGIN_EVENTS" | "LAMBDA_NETWORK_LOGS" | "EKS_RUNTIME_MONITORING" | "EC2_RUNTIME_MONITORING" | "FARGATE_RUNTIME_MONITORING" | "RDS_DBI_PROTECTION_PROVISIONED" | "RDS_DBI_PROTECTION_SERVERLESS" | "RDS_DBI_PROTECTION_LIMITLESS" | "RDS_DATA_ACTIVITY_DBI_PROTECTION_PROVISIONED" | "RDS_DATA_ACTIVITY_DBI_PROTECTION_SERVERLESS" | "RDS_DATA_ACTIVITY_DBI_PROTECTION_LIMITLESS" | "AI_PROTECTION";
  total?: Total;
}

export interface UsageResourceResult {
  resource?: string;
  total?: Total;
}

export interface UsageStatistics {
  sumByAccount?: UsageAccountResult[];
  topAccountsByFeature?: UsageTopAccountsResult[];
  sumByDataSource?: UsageDataSourceResult[];
  sumByResource?: UsageResourceResult[];
  topResources?: UsageResourceResult[];
  sumByFeature?: UsageFeatureResult[];
}

export interface UsageTopAccountResult {
  accountId?: string;
  total?: Total;
}

export interface UsageTopAccountsResult {
  feature?: "FLOW_LOGS" | "CLOUD_TRAIL" | "DNS_LOGS" | "S3_DATA_EVENTS" | "EKS_AUDIT_LOGS" | "EBS_MALWARE_PROTECTION" | "RDS_LOGIN_EVENTS" | "LAMBDA_NETWORK_LOGS" | "EKS_RUNTIME_MONITORING" | "EC2_RUNTIME_MONITORING" | "FARGATE_RUNTIME_MONITORING" | "RDS_DBI_PROTECTION_PROVISIONED" | "RDS_DBI_PROTECTION_SERVERLESS" | "RDS_DBI_PROTECTION_LIMITLESS" | "RDS_DATA_ACTIVITY_DBI_PROTECTION_PROVISIONED" | "RDS_DATA_ACTIVITY_DBI_PROTECTION_SERVERLESS" | "RDS_DATA_ACTIVITY_DBI_PROTECTION_LIMITLESS" | "AI_PROTECTION";
  accounts?: UsageTopAccountResult[];
}

export interface User {
  name: string;
  uid: string;
  type: string;
  credentialUid?: string;
  account?: Account;
}

export interface Volume {
  name?: string;
  hostPath?: HostPath;
}

export interface VolumeDetail {
  volumeArn?: string;
  volumeType?: string;
  deviceName?: string;
  volumeSizeInGB?: number;
  encryptionType?: string;
  snapshotArn?: string;
  kmsKeyArn?: string;
}

export interface VolumeMount {
  name?: string;
  mountPath?: string;
}

export interface VpcConfig {
  subnetIds?: string[];
  vpcId?: string;
  securityGroups?: SecurityGroup[];
}

export interface Operations {
  AcceptAdministratorInvitation: { input: AcceptAdministratorInvitationRequest; output: AcceptAdministratorInvitationResponse };
  AcceptInvitation: { input: AcceptInvitationRequest; output: AcceptInvitationResponse };
  ArchiveFindings: { input: ArchiveFindingsRequest; output: ArchiveFindingsResponse };
  CreateCustomDetectionRuleAssociation: { input: CreateCustomDetectionRuleAssociationRequest; output: CreateCustomDetectionRuleAssociationResponse };
  CreateCustomDetectionRuleOrgConfiguration: { input: CreateCustomDetectionRuleOrgConfigurationRequest; output: CreateCustomDetectionRuleOrgConfigurationResponse };
  CreateDetector: { input: CreateDetectorRequest; output: CreateDetectorResponse };
  CreateFilter: { input: CreateFilterRequest; output: CreateFilterResponse };
  CreateIPSet: { input: CreateIPSetRequest; output: CreateIPSetResponse };
  CreateInvestigation: { input: CreateInvestigationRequest; output: CreateInvestigationResponse };
  CreateMalwareProtectionPlan: { input: CreateMalwareProtectionPlanRequest; output: CreateMalwareProtectionPlanResponse };
  CreateMembers: { input: CreateMembersRequest; output: CreateMembersResponse };
  CreatePublishingDestination: { input: CreatePublishingDestinationRequest; output: CreatePublishingDestinationResponse };
  CreateSampleFindings: { input: CreateSampleFindingsRequest; output: CreateSampleFindingsResponse };
  CreateThreatEntitySet: { input: CreateThreatEntitySetRequest; output: CreateThreatEntitySetResponse };
  CreateThreatIntelSet: { input: CreateThreatIntelSetRequest; output: CreateThreatIntelSetResponse };
  CreateTrustedEntitySet: { input: CreateTrustedEntitySetRequest; output: CreateTrustedEntitySetResponse };
  DeclineInvitations: { input: DeclineInvitationsRequest; output: DeclineInvitationsResponse };
  DeleteCustomDetectionRuleAssociation: { input: DeleteCustomDetectionRuleAssociationRequest; output: DeleteCustomDetectionRuleAssociationResponse };
  DeleteCustomDetectionRuleOrgConfiguration: { input: DeleteCustomDetectionRuleOrgConfigurationRequest; output: DeleteCustomDetectionRuleOrgConfigurationResponse };
  DeleteDetector: { input: DeleteDetectorRequest; output: DeleteDetectorResponse };
  DeleteFilter: { input: DeleteFilterRequest; output: DeleteFilterResponse };
  DeleteIPSet: { input: DeleteIPSetRequest; output: DeleteIPSetResponse };
  DeleteInvitations: { input: DeleteInvitationsRequest; output: DeleteInvitationsResponse };
  DeleteMalwareProtectionPlan: { input: DeleteMalwareProtectionPlanRequest; output: Record<string, never> };
  DeleteMembers: { input: DeleteMembersRequest; output: DeleteMembersResponse };
  DeletePublishingDestination: { input: DeletePublishingDestinationRequest; output: DeletePublishingDestinationResponse };
  DeleteThreatEntitySet: { input: DeleteThreatEntitySetRequest; output: DeleteThreatEntitySetResponse };
  DeleteThreatIntelSet: { input: DeleteThreatIntelSetRequest; output: DeleteThreatIntelSetResponse };
  DeleteTrustedEntitySet: { input: DeleteTrustedEntitySetRequest; output: DeleteTrustedEntitySetResponse };
  DescribeMalwareScans: { input: DescribeMalwareScansRequest; output: DescribeMalwareScansResponse };
  DescribeOrganizationConfiguration: { input: DescribeOrganizationConfigurationRequest; output: DescribeOrganizationConfigurationResponse };
  DescribePublishingDestination: { input: DescribePublishingDestinationRequest; output: DescribePublishingDestinationResponse };
  DisableOrganizationAdminAccount: { input: DisableOrganizationAdminAccountRequest; output: DisableOrganizationAdminAccountResponse };
  DisassociateFromAdministratorAccount: { input: DisassociateFromAdministratorAccountRequest; output: DisassociateFromAdministratorAccountResponse };
  DisassociateFromMasterAccount: { input: DisassociateFromMasterAccountRequest; output: DisassociateFromMasterAccountResponse };
  DisassociateMembers: { input: DisassociateMembersRequest; output: DisassociateMembersResponse };
  EnableOrganizationAdminAccount: { input: EnableOrganizationAdminAccountRequest; output: EnableOrganizationAdminAccountResponse };
  GetAdministratorAccount: { input: GetAdministratorAccountRequest; output: GetAdministratorAccountResponse };
  GetCoverageStatistics: { input: GetCoverageStatisticsRequest; output: GetCoverageStatisticsResponse };
  GetCustomDetectionRule: { input: GetCustomDetectionRuleRequest; output: GetCustomDetectionRuleResponse };
  GetCustomDetectionRuleAssociation: { input: GetCustomDetectionRuleAssociationRequest; output: GetCustomDetectionRuleAssociationResponse };
  GetCustomDetectionRuleOrgConfiguration: { input: GetCustomDetectionRuleOrgConfigurationRequest; output: GetCustomDetectionRuleOrgConfigurationResponse };
  GetDetector: { input: GetDetectorRequest; output: GetDetectorResponse };
  GetFilter: { input: GetFilterRequest; output: GetFilterResponse };
  GetFindings: { input: GetFindingsRequest; output: GetFindingsResponse };
  GetFindingsStatistics: { input: GetFindingsStatisticsRequest; output: GetFindingsStatisticsResponse };
  GetIPSet: { input: GetIPSetRequest; output: GetIPSetResponse };
  GetInvestigation: { input: GetInvestigationRequest; output: GetInvestigationResponse };
  GetInvitationsCount: { input: GetInvitationsCountRequest; output: GetInvitationsCountResponse };
  GetMalwareProtectionPlan: { input: GetMalwareProtectionPlanRequest; output: GetMalwareProtectionPlanResponse };
  GetMalwareScan: { input: GetMalwareScanRequest; output: GetMalwareScanResponse };
  GetMalwareScanSettings: { input: GetMalwareScanSettingsRequest; output: GetMalwareScanSettingsResponse };
  GetMasterAccount: { input: GetMasterAccountRequest; output: GetMasterAccountResponse };
  GetMemberDetectors: { input: GetMemberDetectorsRequest; output: GetMemberDetectorsResponse };
  GetMembers: { input: GetMembersRequest; output: GetMembersResponse };
  GetOrganizationStatistics: { input: Record<string, never>; output: GetOrganizationStatisticsResponse };
  GetRemainingFreeTrialDays: { input: GetRemainingFreeTrialDaysRequest; output: GetRemainingFreeTrialDaysResponse };
  GetThreatEntitySet: { input: GetThreatEntitySetRequest; output: GetThreatEntitySetResponse };
  GetThreatIntelSet: { input: GetThreatIntelSetRequest; output: GetThreatIntelSetResponse };
  GetTrustedEntitySet: { input: GetTrustedEntitySetRequest; output: GetTrustedEntitySetResponse };
  GetUsageStatistics: { input: GetUsageStatisticsRequest; output: GetUsageStatisticsResponse };
  InviteMembers: { input: InviteMembersRequest; output: InviteMembersResponse };
  ListCoverage: { input: ListCoverageRequest; output: ListCoverageResponse };
  ListCustomDetectionRuleAssociations: { input: ListCustomDetectionRuleAssociationsRequest; output: ListCustomDetectionRuleAssociationsResponse };
  ListCustomDetectionRuleOrgConfigurations: { input: ListCustomDetectionRuleOrgConfigurationsRequest; output: ListCustomDetectionRuleOrgConfigurationsResponse };
  ListCustomDetectionRules: { input: ListCustomDetectionRulesRequest; output: ListCustomDetectionRulesResponse };
  ListDetectors: { input: ListDetectorsRequest; output: ListDetectorsResponse };
  ListFilters: { input: ListFiltersRequest; output: ListFiltersResponse };
  ListFindings: { input: ListFindingsRequest; output: ListFindingsResponse };
  ListIPSets: { input: ListIPSetsRequest; output: ListIPSetsResponse };
  ListInvestigationRecords: { input: ListInvestigationRecordsRequest; output: ListInvestigationRecordsResponse };
  ListInvestigations: { input: ListInvestigationsRequest; output: ListInvestigationsResponse };
  ListInvitations: { input: ListInvitationsRequest; output: ListInvitationsResponse };
  ListMalwareProtectionPlans: { input: ListMalwareProtectionPlansRequest; output: ListMalwareProtectionPlansResponse };
  ListMalwareScans: { input: ListMalwareScansRequest; output: ListMalwareScansResponse };
  ListMembers: { input: ListMembersRequest; output: ListMembersResponse };
  ListOrganizationAdminAccounts: { input: ListOrganizationAdminAccountsRequest; output: ListOrganizationAdminAccountsResponse };
  ListPublishingDestinations: { input: ListPublishingDestinationsRequest; output: ListPublishingDestinationsResponse };
  ListTagsForResource: { input: ListTagsForResourceRequest; output: ListTagsForResourceResponse };
  ListThreatEntitySets: { input: ListThreatEntitySetsRequest; output: ListThreatEntitySetsResponse };
  ListThreatIntelSets: { input: ListThreatIntelSetsRequest; output: ListThreatIntelSetsResponse };
  ListTrustedEntitySets: { input: ListTrustedEntitySetsRequest; output: ListTrustedEntitySetsResponse };
  SendObjectMalwareScan: { input: SendObjectMalwareScanRequest; output: SendObjectMalwareScanResponse };
  StartMalwareScan: { input: StartMalwareScanRequest; output: StartMalwareScanResponse };
  StartMonitoringMembers: { input: StartMonitoringMembersRequest; output: StartMonitoringMembersResponse };
  StopMonitoringMembers: { input: StopMonitoringMembersRequest; output: StopMonitoringMembersResponse };
  TagResource: { input: TagResourceRequest; output: TagResourceResponse };
  UnarchiveFindings: { input: UnarchiveFindingsRequest; output: UnarchiveFindingsResponse };
  UntagResource: { input: UntagResourceRequest; output: UntagResourceResponse };
  UpdateCustomDetectionRuleAssociation: { input: UpdateCustomDetectionRuleAssociationRequest; output: UpdateCustomDetectionRuleAssociationResponse };
  UpdateCustomDetectionRuleOrgConfiguration: { input: UpdateCustomDetectionRuleOrgConfigurationRequest; output: UpdateCustomDetectionRuleOrgConfigurationResponse };
  UpdateDetector: { input: UpdateDetectorRequest; output: UpdateDetectorResponse };
  UpdateFilter: { input: UpdateFilterRequest; output: UpdateFilterResponse };
  UpdateFindingsFeedback: { input: UpdateFindingsFeedbackRequest; output: UpdateFindingsFeedbackResponse };
  UpdateIPSet: { input: UpdateIPSetRequest; output: UpdateIPSetResponse };
  UpdateMalwareProtectionPlan: { input: UpdateMalwareProtectionPlanRequest; output: Record<string, never> };
  UpdateMalwareScanSettings: { input: UpdateMalwareScanSettingsRequest; output: UpdateMalwareScanSettingsResponse };
  UpdateMemberDetectors: { input: UpdateMemberDetectorsRequest; output: UpdateMemberDetectorsResponse };
  UpdateOrganizationConfiguration: { input: UpdateOrganizationConfigurationRequest; output: UpdateOrganizationConfigurationResponse };
  UpdatePublishingDestination: { input: UpdatePublishingDestinationRequest; output: UpdatePublishingDestinationResponse };
  UpdateThreatEntitySet: { input: UpdateThreatEntitySetRequest; output: UpdateThreatEntitySetResponse };
  UpdateThreatIntelSet: { input: UpdateThreatIntelSetRequest; output: UpdateThreatIntelSetResponse };
  UpdateTrustedEntitySet: { input: UpdateTrustedEntitySetRequest; output: UpdateTrustedEntitySetResponse };
}

/** Method, path and what of the input goes into the query. */
export const OPERATIONS: Record<keyof Operations, readonly [string, string, readonly string[]]> = {
  AcceptAdministratorInvitation: ["POST", "/detector/{detectorId}/administrator", []],
  AcceptInvitation: ["POST", "/detector/{detectorId}/master", []],
  ArchiveFindings: ["POST", "/detector/{detectorId}/findings/archive", []],
  CreateCustomDetectionRuleAssociation: ["POST", "/custom-detection-rule/association", []],
  CreateCustomDetectionRuleOrgConfiguration: ["POST", "/custom-detection-rule/org-configuration", []],
  CreateDetector: ["POST", "/detector", []],
  CreateFilter: ["POST", "/detector/{detectorId}/filter", []],
  CreateIPSet: ["POST", "/detector/{detectorId}/ipset", []],
  CreateInvestigation: ["POST", "/detector/{detectorId}/investigation", []],
  CreateMalwareProtectionPlan: ["POST", "/malware-protection-plan", []],
  CreateMembers: ["POST", "/detector/{detectorId}/member", []],
  CreatePublishingDestination: ["POST", "/detector/{detectorId}/publishingDestination", []],
  CreateSampleFindings: ["POST", "/detector/{detectorId}/findings/create", []],
  CreateThreatEntitySet: ["POST", "/detector/{detectorId}/threatentityset", []],
  CreateThreatIntelSet: ["POST", "/detector/{detectorId}/threatintelset", []],
  CreateTrustedEntitySet: ["POST", "/detector/{detectorId}/trustedentityset", []],
  DeclineInvitations: ["POST", "/invitation/decline", []],
  DeleteCustomDetectionRuleAssociation: ["DELETE", "/custom-detection-rule/rule/{ruleId}/association/{associationId}", []],
  DeleteCustomDetectionRuleOrgConfiguration: ["DELETE", "/custom-detection-rule/org-configuration/{ruleId}", ["mode"]],
  DeleteDetector: ["DELETE", "/detector/{detectorId}", []],
  DeleteFilter: ["DELETE", "/detector/{detectorId}/filter/{filterName}", []],
  DeleteIPSet: ["DELETE", "/detector/{detectorId}/ipset/{ipSetId}", []],
  DeleteInvitations: ["POST", "/invitation/delete", []],
  DeleteMalwareProtectionPlan: ["DELETE", "/malware-protection-plan/{malwareProtectionPlanId}", []],
  DeleteMembers: ["POST", "/detector/{detectorId}/member/delete", []],
  DeletePublishingDestination: ["DELETE", "/detector/{detectorId}/publishingDestination/{destinationId}", []],
  DeleteThreatEntitySet: ["DELETE", "/detector/{detectorId}/threatentityset/{threatEntitySetId}", []],
  DeleteThreatIntelSet: ["DELETE", "/detector/{detectorId}/threatintelset/{threatIntelSetId}", []],
  DeleteTrustedEntitySet: ["DELETE", "/detector/{detectorId}/trustedentityset/{trustedEntitySetId}", []],
  DescribeMalwareScans: ["POST", "/detector/{detectorId}/malware-scans", []],
  DescribeOrganizationConfiguration: ["GET", "/detector/{detectorId}/admin", ["maxResults", "nextToken"]],
  DescribePublishingDestination: ["GET", "/detector/{detectorId}/publishingDestination/{destinationId}", []],
  DisableOrganizationAdminAccount: ["POST", "/admin/disable", []],
  DisassociateFromAdministratorAccount: ["POST", "/detector/{detectorId}/administrator/disassociate", []],
  DisassociateFromMasterAccount: ["POST", "/detector/{detectorId}/master/disassociate", []],
  DisassociateMembers: ["POST", "/detector/{detectorId}/member/disassociate", []],
  EnableOrganizationAdminAccount: ["POST", "/admin/enable", []],
  GetAdministratorAccount: ["GET", "/detector/{detectorId}/administrator", []],
  GetCoverageStatistics: ["POST", "/detector/{detectorId}/coverage/statistics", []],
  GetCustomDetectionRule: ["GET", "/custom-detection-rule/rule/{ruleId}", []],
  GetCustomDetectionRuleAssociation: ["GET", "/custom-detection-rule/rule/{ruleId}/association/{associationId}", []],
  GetCustomDetectionRuleOrgConfiguration: ["GET", "/custom-detection-rule/org-configuration/{ruleId}", ["mode"]],
  GetDetector: ["GET", "/detector/{detectorId}", []],
  GetFilter: ["GET", "/detector/{detectorId}/filter/{filterName}", []],
  GetFindings: ["POST", "/detector/{detectorId}/findings/get", []],
  GetFindingsStatistics: ["POST", "/detector/{detectorId}/findings/statistics", []],
  GetIPSet: ["GET", "/detector/{detectorId}/ipset/{ipSetId}", []],
  GetInvestigation: ["GET", "/detector/{detectorId}/investigation/{investigationId}", ["summaryFormat"]],
  GetInvitationsCount: ["GET", "/invitation/count", []],
  GetMalwareProtectionPlan: ["GET", "/malware-protection-plan/{malwareProtectionPlanId}", []],
  GetMalwareScan: ["GET", "/malware-scan/{scanId}", []],
  GetMalwareScanSettings: ["GET", "/detector/{detectorId}/malware-scan-settings", []],
  GetMasterAccount: ["GET", "/detector/{detectorId}/master", []],
  GetMemberDetectors: ["POST", "/detector/{detectorId}/member/detector/get", []],
  GetMembers: ["POST", "/detector/{detectorId}/member/get", []],
  GetOrganizationStatistics: ["GET", "/organization/statistics", []],
  GetRemainingFreeTrialDays: ["POST", "/detector/{detectorId}/freeTrial/daysRemaining", []],
  GetThreatEntitySet: ["GET", "/detector/{detectorId}/threatentityset/{threatEntitySetId}", []],
  GetThreatIntelSet: ["GET", "/detector/{detectorId}/threatintelset/{threatIntelSetId}", []],
  GetTrustedEntitySet: ["GET", "/detector/{detectorId}/trustedentityset/{trustedEntitySetId}", []],
  GetUsageStatistics: ["POST", "/detector/{detectorId}/usage/statistics", []],
  InviteMembers: ["POST", "/detector/{detectorId}/member/invite", []],
  ListCoverage: ["POST", "/detector/{detectorId}/coverage", []],
  ListCustomDetectionRuleAssociations: ["GET", "/custom-detection-rule/association", ["maxResults", "nextToken", "ruleId", "mode"]],
  ListCustomDetectionRuleOrgConfigurations: ["GET", "/custom-detection-rule/org-configuration", ["maxResults", "nextToken", "status"]],
  ListCustomDetectionRules: ["POST", "/custom-detection-rule/rule", []],
  ListDetectors: ["GET", "/detector", ["maxResults", "nextToken"]],
  ListFilters: ["GET", "/detector/{detectorId}/filter", ["maxResults", "nextToken"]],
  ListFindings: ["POST", "/detector/{detectorId}/findings", []],
  ListIPSets: ["GET", "/detector/{detectorId}/ipset", ["maxResults", "nextToken"]],
  ListInvestigationRecords: ["POST", "/detector/{detectorId}/investigation/records", []],
  ListInvestigations: ["POST", "/detector/{detectorId}/investigation/list", []],
  ListInvitations: ["GET", "/invitation", ["maxResults", "nextToken"]],
  ListMalwareProtectionPlans: ["GET", "/malware-protection-plan", ["nextToken"]],
  ListMalwareScans: ["POST", "/malware-scan", ["maxResults", "nextToken"]],
  ListMembers: ["GET", "/detector/{detectorId}/member", ["maxResults", "nextToken", "onlyAssociated"]],
  ListOrganizationAdminAccounts: ["GET", "/admin", ["maxResults", "nextToken"]],
  ListPublishingDestinations: ["GET", "/detector/{detectorId}/publishingDestination", ["maxResults", "nextToken"]],
  ListTagsForResource: ["GET", "/tags/{resourceArn}", []],
  ListThreatEntitySets: ["GET", "/detector/{detectorId}/threatentityset", ["maxResults", "nextToken"]],
  ListThreatIntelSets: ["GET", "/detector/{detectorId}/threatintelset", ["maxResults", "nextToken"]],
  ListTrustedEntitySets: ["GET", "/detector/{detectorId}/trustedentityset", ["maxResults", "nextToken"]],
  SendObjectMalwareScan: ["POST", "/object-malware-scan/send", []],
  StartMalwareScan: ["POST", "/malware-scan/start", []],
  StartMonitoringMembers: ["POST", "/detector/{detectorId}/member/start", []],
  StopMonitoringMembers: ["POST", "/detector/{detectorId}/member/stop", []],
  TagResource: ["POST", "/tags/{resourceArn}", []],
  UnarchiveFindings: ["POST", "/detector/{detectorId}/findings/unarchive", []],
  UntagResource: ["DELETE", "/tags/{resourceArn}", ["tagKeys"]],
  UpdateCustomDetectionRuleAssociation: ["PUT", "/custom-detection-rule/rule/{ruleId}/association/{associationId}", []],
  UpdateCustomDetectionRuleOrgConfiguration: ["PUT", "/custom-detection-rule/org-configuration/{ruleId}", []],
  UpdateDetector: ["POST", "/detector/{detectorId}", []],
  UpdateFilter: ["POST", "/detector/{detectorId}/filter/{filterName}", []],
  UpdateFindingsFeedback: ["POST", "/detector/{detectorId}/findings/feedback", []],
  UpdateIPSet: ["POST", "/detector/{detectorId}/ipset/{ipSetId}", []],
  UpdateMalwareProtectionPlan: ["PATCH", "/malware-protection-plan/{malwareProtectionPlanId}", []],
  UpdateMalwareScanSettings: ["POST", "/detector/{detectorId}/malware-scan-settings", []],
  UpdateMemberDetectors: ["POST", "/detector/{detectorId}/member/detector/update", []],
  UpdateOrganizationConfiguration: ["POST", "/detector/{detectorId}/admin", []],
  UpdatePublishingDestination: ["POST", "/detector/{detectorId}/publishingDestination/{destinationId}", []],
  UpdateThreatEntitySet: ["POST", "/detector/{detectorId}/threatentityset/{threatEntitySetId}", []],
  UpdateThreatIntelSet: ["POST", "/detector/{detectorId}/threatintelset/{threatIntelSetId}", []],
  UpdateTrustedEntitySet: ["POST", "/detector/{detectorId}/trustedentityset/{trustedEntitySetId}", []],
};
