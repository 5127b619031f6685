// What is looked at as commands and queries for elsewhere. What comes from logs is quoted, whatever it is: it stays a value.
import type { Finding, FindingCriteria } from "../api/shapes";
import type { EntityKind } from "../api/vedette";
import { criteriaOf } from "./criteria";
import { firstSeen, lastSeen } from "./finding";
import { sqlText, word } from "./quote";
import { SPAN } from "./time";

/** Tables as AWS's documentation makes them. */
const CLOUDTRAIL = "cloudtrail_logs";
const FLOWS = "vpc_flow_logs";

const MOST = 1000;

export interface Asked {
  kind: EntityKind;
  value: string;
  /** Milliseconds. */
  since: number;
  until: number;
}

export interface Copies {
  /** A command of the AWS CLI; null: it has none that asks this. So the queries, of logs that do not name this. */
  cli: string | null;
  cloudtrail: string | null;
  flows: string | null;
}

const is = (column: string, value: string) => `${column} = ${sqlText(value)}`;
const requested = (name: string, value: string) => is(`json_extract_scalar(requestparameters, '$.${name}')`, value);

/** The conditions, any of which names the entity, in each log. */
function conditions(kind: EntityKind, value: string): { cloudtrail: string[]; flows: string[] } {
  const trail = (...cloudtrail: string[]) => ({ cloudtrail, flows: [] as string[] });
  const id = "useridentity.principalid";
  switch (kind) {
    case "ip":
      return { cloudtrail: [is("sourceipaddress", value)],
        flows: ["srcaddr", "dstaddr"].map((column) => is(column, value)) };
    case "principal":
      return value.startsWith("arn:")
        ? trail(is("useridentity.arn", value), is("useridentity.sessioncontext.sessionissuer.arn", value))
        : trail(is(id, value), `starts_with(${id}, ${sqlText(`${value}:`)})`);
    case "role-session":
      return trail(is(value.startsWith("arn:") ? "useridentity.arn" : id, value));
    case "access-key":
      return trail(is("useridentity.accesskeyid", value));
    case "user-agent":
      return trail(is("useragent", value));
    case "instance":
      return { cloudtrail: [is(`split_part(${id}, ':', 2)`, value)], flows: [is("instance_id", value)] };
    case "interface":
      return { cloudtrail: [], flows: [is("interface_id", value)] };
    case "account":
      return { cloudtrail: [is("recipientaccountid", value), is("useridentity.accountid", value)],
        flows: [is("account_id", value)] };
    case "bucket":
      return trail(requested("bucketName", value));
    case "function":
      return trail(requested("functionName", value));
    case "cluster":
      return trail(`${is("eventsource", "eks.amazonaws.com")} AND ${requested("name", value)}`);
    case "database":
      return trail(requested("dBInstanceIdentifier", value));
    default:
      return trail();
  }
}

/** What CloudTrail's LookupEvents can be asked for. */
function lookup(kind: EntityKind, value: string): { AttributeKey: string; AttributeValue: string } | null {
  if (kind === "access-key") return { AttributeKey: "AccessKeyId", AttributeValue: value };
  if (kind === "principal" && value.includes(":user/")) {
    return { AttributeKey: "Username", AttributeValue: value.slice(value.lastIndexOf("/") + 1) };
  }
  const named = kind === "bucket" || kind === "instance" || kind === "function" || kind === "database" || kind === "cluster";
  return named || kind === "interface" ? { AttributeKey: "ResourceName", AttributeValue: value } : null;
}

const second = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");

function trailQuery(all: readonly string[], since: number, until: number): string {
  return `SELECT eventtime, eventsource, eventname, awsregion, sourceipaddress, useragent, useridentity.arn, errorcode,
  requestparameters
FROM ${CLOUDTRAIL}
WHERE ${all.join("\n  AND ")}
  AND eventtime >= ${sqlText(second(since))} AND eventtime < ${sqlText(second(until))}
ORDER BY eventtime
LIMIT ${MOST};`;
}

function flowQuery(all: readonly string[], since: number, until: number): string {
  return `SELECT from_unixtime(start) AS time, interface_id, srcaddr, srcport, dstaddr, dstport, protocol, action, packets, bytes
FROM ${FLOWS}
WHERE ${all.join("\n  AND ")}
  AND start >= ${Math.floor(since / 1000)} AND start < ${Math.ceil(until / 1000)}
ORDER BY start
LIMIT ${MOST};`;
}

const any = (some: readonly string[]) => `(${some.join(" OR ")})`;

/** Where the findings are that are looked at: at a server of Vedette's, and not at AWS. */
export interface Here {
  region: string;
  detectorId: string;
  endpoint: string;
}

function guardduty(operation: string, { region, detectorId, endpoint }: Here): string {
  return `aws guardduty ${operation} --region ${word(region)} --endpoint-url ${word(endpoint)} ` +
    `--detector-id ${word(detectorId)}`;
}

/** The service writes names with a small letter, its clients with a capital one. */
const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

/** The command that lists the ids of the findings that match. */
export function listCommand(
  criteria: FindingCriteria, here: Here, sort?: { attribute: string; descending: boolean },
): string {
  const criterion = Object.fromEntries(Object.entries(criteria.criterion ?? {}).map(([attribute, condition]) =>
    [attribute, Object.fromEntries(Object.entries(condition).map(([operator, value]) => [capital(operator), value]))]));
  const asked = Object.keys(criterion).length === 0 ? "" :
    ` --finding-criteria ${word(JSON.stringify({ Criterion: criterion }))}`;
  const order = sort === undefined ? "" : ` --sort-criteria ${word(JSON.stringify({
    AttributeName: sort.attribute, OrderBy: sort.descending ? "DESC" : "ASC" }))}`;
  return guardduty("list-findings", here) + asked + order;
}

/** The command that asks for a value: for the findings that have it, or for what an entity did. null: there is none. */
export function commandOf(
  { value, attribute, entity }: { value: string; attribute: string | null; entity: EntityKind | null },
  { since, until }: { since?: number; until?: number }, here: Here,
): string | null {
  if (attribute !== null) return listCommand(criteriaOf([{ attribute, operator: "=", value }]), here);
  if (entity === null || since === undefined || until === undefined) return null;
  return copiesOf({ kind: entity, value, since, until }, here.region).cli;
}

/** What an entity did in a time. */
export function copiesOf({ kind, value, since, until }: Asked, region: string): Copies {
  const { cloudtrail, flows } = conditions(kind, value);
  const attribute = lookup(kind, value);
  return {
    cli: attribute === null ? null :
      `aws cloudtrail lookup-events --region ${word(region)} --lookup-attributes ${word(JSON.stringify([attribute]))} ` +
      `--start-time ${second(since)} --end-time ${second(until)}`,
    cloudtrail: cloudtrail.length === 0 ? null : trailQuery([any(cloudtrail)], since, until),
    flows: flows.length === 0 ? null : flowQuery([any(flows)], since, until),
  };
}

/** The finding itself, and the records that it is about. */
export function copiesOfFinding(finding: Finding, endpoint: string): Copies {
  const { action } = finding.service ?? {};
  const call = action?.awsApiCallAction;
  const key = finding.resource.accessKeyDetails;
  // The last record's second is one of those that are asked for; a flow's begins up to ten minutes before it is logged.
  const [since, until] = [firstSeen(finding), lastSeen(finding) + 1000];
  const equal = (pairs: readonly (readonly [string, string | undefined])[]) =>
    pairs.flatMap(([column, value]) => (value === undefined || value === "" ? [] : [is(column, value)]));
  const trail = call === undefined ? [] : equal([
    ["eventsource", call.serviceName], ["eventname", call.api], ["useridentity.accesskeyid", key?.accessKeyId],
    ["sourceipaddress", call.remoteIpDetails?.ipAddressV4 ?? call.remoteIpDetails?.ipAddressV6]]);
  const remote = (action?.networkConnectionAction ?? action?.portProbeAction?.portProbeDetails?.[0])?.remoteIpDetails;
  const address = remote?.ipAddressV4 ?? remote?.ipAddressV6;
  const instance = finding.resource.instanceDetails;
  const here = equal([["instance_id", instance?.instanceId],
    ...(instance?.networkInterfaces ?? []).map((one) => ["interface_id", one.networkInterfaceId] as const)]);
  const flows = [
    ...(here.length === 0 ? [] : [any(here)]),
    ...(address === undefined ? [] : [any([is("srcaddr", address), is("dstaddr", address)])])];
  return {
    cli: guardduty("get-findings", { region: finding.region, detectorId: finding.service?.detectorId ?? "", endpoint }) +
      ` --finding-ids ${word(finding.id)}`,
    cloudtrail: trail.length === 0 ? null : trailQuery(trail, since, until),
    flows: address === undefined ? null : flowQuery(flows, since - 10 * SPAN.MINUTE, until),
  };
}
