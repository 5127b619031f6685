import type { Finding, RemoteIpDetails } from "../api/shapes";
import type { EntityKind } from "../api/vedette";
import type { Chip } from "./criteria";
import { text } from "../strings";
import { milliseconds } from "./time";

/** Somebody or something in a finding: what it is, how to filter for it, and how to look into it. */
export interface Part {
  label: string;
  value: string;
  attribute: string | null;
  entity: EntityKind | null;
}

const USER = "resource.accessKeyDetails.userName";

export interface Story {
  actor: Part[];
  action: Part[];
  resource: Part[];
}

const part = (
  label: string, value: string | number | boolean | undefined, attribute: string | null = null,
  entity: EntityKind | null = null,
): Part[] => (value === undefined || value === "" ? [] : [{ label, value: String(value), attribute, entity }]);

export function isSample(finding: Finding): boolean {
  return additional(finding)["sample"] === true;
}

/** What the detector says besides, decoded; empty when it cannot be read. */
export function additional(finding: Finding): Record<string, unknown> {
  try {
    const value = JSON.parse(finding.service?.additionalInfo?.value ?? "{}") as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}

export const firstSeen = (finding: Finding) =>
  milliseconds(finding.service?.eventFirstSeen) ?? milliseconds(finding.createdAt) ?? 0;
export const lastSeen = (finding: Finding) =>
  milliseconds(finding.service?.eventLastSeen) ?? milliseconds(finding.updatedAt) ?? 0;

function remote(ip: RemoteIpDetails | undefined, path: string): Part[] {
  if (ip === undefined) return [];
  const at = `${path}.remoteIpDetails`;
  return [
    ...part(text.part.ipAddress, ip.ipAddressV4, `${at}.ipAddressV4`, "ip"),
    ...part(text.part.ipAddress, ip.ipAddressV6, `${at}.ipAddressV6`, "ip"),
    ...part(text.part.country, ip.country?.countryName ?? ip.country?.countryCode, `${at}.country.countryName`),
    ...part(text.part.city, ip.city?.cityName, `${at}.city.cityName`),
    ...part(text.part.asn, ip.organization?.asn, `${at}.organization.asn`),
    ...part(text.part.network, ip.organization?.asnOrg, `${at}.organization.asnOrg`),
  ];
}

/** Who did what to what. */
export function storyOf(finding: Finding): Story {
  const action = finding.service?.action;
  const story: Story = { actor: [], action: [], resource: resourceOf(finding) };
  const key = finding.resource.accessKeyDetails;
  if (key !== undefined) {
    story.actor.push(
      ...part(text.part.user, key.userName, "resource.accessKeyDetails.userName"),
      ...part(text.part.userType, key.userType, "resource.accessKeyDetails.userType"),
      ...part(text.part.accessKey, key.accessKeyId, "resource.accessKeyDetails.accessKeyId", "access-key"),
      ...part(text.part.principal, key.principalId, "resource.accessKeyDetails.principalId", "principal"),
    );
  }
  const kubernetesUser = finding.resource.kubernetesDetails?.kubernetesUserDetails;
  const user = "resource.kubernetesDetails.kubernetesUserDetails";
  story.actor.push(
    ...part(text.part.kubernetesUser, kubernetesUser?.username, `${user}.username`, "kubernetes-user"),
    ...part(text.part.databaseUser, finding.resource.rdsDbUserDetails?.user, "resource.rdsDbUserDetails.user",
      "database-user"),
  );
  const at = "service.action";
  if (action?.awsApiCallAction !== undefined) {
    const call = action.awsApiCallAction;
    const path = `${at}.awsApiCallAction`;
    story.actor.push(
      ...remote(call.remoteIpDetails, path),
      ...part(text.part.domain, call.domainDetails?.domain, `${path}.domainDetails.domain`, "domain"),
      ...part(text.part.account, call.remoteAccountDetails?.accountId, `${path}.remoteAccountDetails.accountId`, "account"),
      ...part(text.part.userAgent, call.userAgent, `${path}.userAgent`, "user-agent"),
    );
    story.action.push(
      ...part(text.part.apiCall, call.api, `${path}.api`),
      ...part(text.part.service, call.serviceName, `${path}.serviceName`),
      ...part(text.part.error, call.errorCode, `${path}.errorCode`),
    );
  }
  if (action?.dnsRequestAction !== undefined) {
    const path = `${at}.dnsRequestAction`;
    story.action.push(
      ...part(text.part.domainLookedUp, action.dnsRequestAction.domain, `${path}.domain`, "domain"),
      ...part(text.part.protocol, action.dnsRequestAction.protocol, `${path}.protocol`),
      ...part(text.part.blocked, action.dnsRequestAction.blocked, `${path}.blocked`),
    );
  }
  if (action?.networkConnectionAction !== undefined) {
    const net = action.networkConnectionAction;
    const path = `${at}.networkConnectionAction`;
    story.actor.push(...remote(net.remoteIpDetails, path));
    story.action.push(
      ...part(text.part.direction, net.connectionDirection, `${path}.connectionDirection`),
      ...part(text.part.protocol, net.protocol, `${path}.protocol`),
      ...part(text.part.localPort, net.localPortDetails?.port, `${path}.localPortDetails.port`),
      ...part(text.part.remotePort, net.remotePortDetails?.port, `${path}.remotePortDetails.port`),
      ...part(text.part.blocked, net.blocked, `${path}.blocked`),
    );
  }
  if (action?.portProbeAction !== undefined) {
    const path = `${at}.portProbeAction`;
    const probes = action.portProbeAction.portProbeDetails ?? [];
    for (const probe of probes.slice(0, 3)) {
      story.actor.push(...remote(probe.remoteIpDetails, `${path}.portProbeDetails`).slice(0, 2));
      story.action.push(
        ...part(text.part.portProbed, probe.localPortDetails?.port, `${path}.portProbeDetails.localPortDetails.port`));
    }
    story.action.push(...part(text.part.blocked, action.portProbeAction.blocked, `${path}.blocked`));
  }
  if (action?.kubernetesApiCallAction !== undefined) {
    const call = action.kubernetesApiCallAction;
    const path = `${at}.kubernetesApiCallAction`;
    story.actor.push(
      ...remote(call.remoteIpDetails, path), ...part(text.part.userAgent, call.userAgent, `${path}.userAgent`, "user-agent"));
    story.action.push(
      ...part(text.part.verb, call.verb, `${path}.verb`),
      ...part(text.part.resource, call.resource, `${path}.resource`),
      ...part(text.part.subresource, call.subresource, `${path}.subresource`),
      ...part(text.part.name, call.resourceName, `${path}.resourceName`),
      ...part(text.part.namespace, call.namespace, `${path}.namespace`),
      ...part(text.part.request, call.requestUri, `${path}.requestUri`),
      ...part(text.part.status, call.statusCode, `${path}.statusCode`),
    );
  }
  if (action?.rdsLoginAttemptAction !== undefined) {
    const path = `${at}.rdsLoginAttemptAction`;
    story.actor.push(...remote(action.rdsLoginAttemptAction.remoteIpDetails, path));
    for (const login of (action.rdsLoginAttemptAction.LoginAttributes ?? []).slice(0, 5)) {
      story.action.push(
        ...part(text.part.logInAs, login.user, null, "database-user"),
        ...part(text.part.failedLogIns, login.failedLoginAttempts),
        ...part(text.part.successfulLogIns, login.successfulLoginAttempts),
      );
    }
  }
  const process = finding.service?.runtimeDetails?.process;
  story.actor.push(
    ...part(text.part.process, process?.name, "service.runtimeDetails.process.name"),
    ...part(text.part.executable, process?.executablePath, "service.runtimeDetails.process.executablePath"));
  return story;
}

function resourceOf(finding: Finding): Part[] {
  const { resource } = finding;
  const found: Part[] = [];
  const instance = resource.instanceDetails;
  const at = "resource.instanceDetails";
  found.push(
    ...part(text.part.instance, instance?.instanceId, `${at}.instanceId`, "instance"),
    ...part(text.part.instanceType, instance?.instanceType, `${at}.instanceType`),
  );
  for (const one of instance?.networkInterfaces?.slice(0, 2) ?? []) {
    found.push(
      ...part(text.part.interface, one.networkInterfaceId, `${at}.networkInterfaces.networkInterfaceId`, "interface"),
      ...part(text.part.privateIp, one.privateIpAddress, `${at}.networkInterfaces.privateIpAddresses.privateIpAddress`),
      ...part(text.part.publicIp, one.publicIp, `${at}.networkInterfaces.publicIp`, "ip"),
    );
  }
  for (const bucket of resource.s3BucketDetails?.slice(0, 5) ?? []) {
    found.push(...part(text.part.bucket, bucket.name, "resource.s3BucketDetails.name", "bucket"));
  }
  const workload = resource.kubernetesDetails?.kubernetesWorkloadDetails;
  const work = "resource.kubernetesDetails.kubernetesWorkloadDetails";
  found.push(
    ...part(text.part.eksCluster, resource.eksClusterDetails?.name, "resource.eksClusterDetails.name", "cluster"),
    ...part(text.part.workload, workload?.name, `${work}.name`),
    ...part(text.part.workloadType, workload?.type, `${work}.type`),
    ...part(text.part.namespace, workload?.namespace, `${work}.namespace`),
    ...part(text.part.database, resource.rdsDbInstanceDetails?.dbInstanceIdentifier,
      "resource.rdsDbInstanceDetails.dbInstanceIdentifier", "database"),
    ...part(text.part.databaseCluster, resource.rdsDbInstanceDetails?.dbClusterIdentifier,
      "resource.rdsDbInstanceDetails.dbClusterIdentifier"),
    ...part(text.part.databaseShardGroup, resource.rdsLimitlessDbDetails?.dbShardGroupIdentifier,
      "resource.rdsLimitlessDbDetails.dbShardGroupIdentifier"),
    ...part(text.part.databaseCluster, resource.rdsLimitlessDbDetails?.dbClusterIdentifier,
      "resource.rdsLimitlessDbDetails.dbClusterIdentifier", "database"),
    ...part(text.part.engine, resource.rdsDbInstanceDetails?.engine, "resource.rdsDbInstanceDetails.engine"),
    ...part(text.part.function, resource.lambdaDetails?.functionName, "resource.lambdaDetails.functionName", "function"),
    ...part(text.part.ecsCluster, resource.ecsClusterDetails?.name, "resource.ecsClusterDetails.name"),
    ...part(text.part.container, resource.containerDetails?.name, "resource.containerDetails.name"),
    ...part(text.part.image, resource.containerDetails?.image, "resource.containerDetails.image"),
  );
  const affected = finding.service?.action?.awsApiCallAction?.affectedResources ?? {};
  for (const [kind, arn] of Object.entries(affected).slice(0, 5)) found.push(...part(kind, arn));
  if (found.length === 0 && resource.accessKeyDetails !== undefined) {
    found.push(...part(text.part.account, finding.accountId, "accountId", "account"));
  }
  return found;
}

/** The one part that names the resource best, for a table's cell. */
export const resourceLine = (finding: Finding): Part | null => {
  const found = resourceOf(finding)[0];
  if (found !== undefined && found.entity !== "account") return found;
  const key = finding.resource.accessKeyDetails;
  return part(text.part.user, key?.userName, "resource.accessKeyDetails.userName")[0] ??
    part(text.part.accessKey, key?.accessKeyId, "resource.accessKeyDetails.accessKeyId", "access-key")[0] ?? found ?? null;
};

/** The one part that names who did it best. */
export function actorLine(finding: Finding): Part | null {
  const { actor } = storyOf(finding);
  return actor.find((one) => one.entity === "ip") ?? actor.find((one) => one.entity !== null) ?? actor[0] ?? null;
}

/** What "suppress those like this" begins with: the type, and whatever tells this one from others of it. */
export function likeThis(finding: Finding): { chip: Chip; label: string; chosen: boolean }[] {
  const story = storyOf(finding);
  const candidates: { chip: Chip; label: string; chosen: boolean }[] = [
    { chip: { attribute: "type", operator: "=", value: finding.type }, label: text.part.findingType, chosen: true },
  ];
  const account = part(text.part.account, finding.accountId, "accountId", "account");
  const parts = [...story.actor, ...story.resource, ...story.action, ...account];
  // What tells it from others best: a user, whose keys change, else a remote address, else whatever has a name.
  const best = parts.find((one) => one.attribute === USER) ?? parts.find((one) => one.entity === "ip") ??
    parts.find((one) => one.entity !== null);
  for (const one of parts) {
    if (one.attribute === null || candidates.some((other) => other.chip.attribute === one.attribute)) continue;
    candidates.push({
      chip: { attribute: one.attribute, operator: "=", value: one.value }, label: one.label, chosen: one === best });
  }
  return candidates;
}

export interface Leaf {
  /** As in filter criteria: without places in lists. */
  attribute: string;
  /** What is shown: with places in lists. */
  name: string;
  value: string;
}

/** Every value of a part of a finding, in order, by its path. */
export function leaves(value: unknown, attribute: string, name = ""): Leaf[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) {
    return value.flatMap((one, place) =>
      leaves(one, attribute, value.length > 1 ? `${name} ${place + 1}`.trim() : name));
  }
  if (typeof value === "object") {
    return Object.entries(value).flatMap(([key, inner]) =>
      leaves(inner, `${attribute}.${key}`, name === "" ? key : `${name} \u203a ${key}`));
  }
  return [{ attribute, name, value: typeof value === "string" ? value : JSON.stringify(value) }];
}
