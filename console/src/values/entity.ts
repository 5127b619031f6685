import { ENTITY_KINDS, type EntityKind } from "../api/vedette";

const BY_END: readonly (readonly [RegExp, EntityKind])[] = [
  [/\.(ipAddressV4|ipAddressV6|publicIp|sourceIPs)$/, "ip"],
  [/\.instanceId$/, "instance"],
  [/\.(networkInterfaceId|localNetworkInterface)$/, "interface"],
  [/\.accessKeyId$/, "access-key"],
  [/\.principalId$/, "principal"],
  [/\.userAgent$/, "user-agent"],
  [/\.(domain|domainWithSuffix)$/, "domain"],
  [/s3BucketDetails\.name$/, "bucket"],
  [/eksClusterDetails\.name$/, "cluster"],
  [/kubernetesUserDetails\.username$/, "kubernetes-user"],
  [/\.dbInstanceIdentifier$/, "database"],
  [/rdsDbUserDetails\.user$/, "database-user"],
  [/\.functionName$/, "function"],
  [/(^|\.)accountId$/, "account"],
];

/** What a value of a finding's attribute can be looked into as; null: nothing that is known of by itself. */
export function kindOfAttribute(attribute: string): EntityKind | null {
  return BY_END.find(([end]) => end.test(attribute))?.[1] ?? null;
}

export function isKind(text: string | null): text is EntityKind {
  return text !== null && (ENTITY_KINDS as readonly string[]).includes(text);
}

/** What a value looks like, when somebody types it without a kind; null: it could be anything. */
export function guessKind(value: string): EntityKind | null {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(value) || /^[\da-f:]+:[\da-f:]*$/i.test(value)) return "ip";
  if (/^(AKIA|ASIA)[A-Z0-9]{12,}$/.test(value)) return "access-key";
  if (/^i-[\da-f]{8,17}$/.test(value)) return "instance";
  if (/^eni-[\da-f]{8,17}$/.test(value)) return "interface";
  if (/^\d{12}$/.test(value)) return "account";
  if (/^arn:aws[\w-]*:sts::\d{12}:assumed-role\//.test(value)) return "role-session";
  if (/^AROA[A-Z0-9]{12,}:/.test(value)) return "role-session";
  if (/^arn:aws[\w-]*:iam::/.test(value) || /^(AROA|AIDA)[A-Z0-9]{12,}/.test(value)) return "principal";
  if (/^[\w-]+(\.[\w-]+)+$/.test(value)) return "domain";
  return null;
}

/** What a value in a column of records can be looked into as: where addresses stand there may be names of services, and
 * an ARN tells by itself what it is of. */
export function recordKind(kind: EntityKind | null, value: string): EntityKind | null {
  const guessed = guessKind(value);
  if (kind === "ip") return guessed === "ip" ? kind : null;
  return kind ?? (value.startsWith("arn:") ? guessed : null);
}

/** It looks like the hash of a file (SHA-1 or SHA-256). No log that is read names any. */
export function isHash(value: string): boolean {
  return /^(?:[\da-f]{40}|[\da-f]{64})$/i.test(value.trim());
}

/** Where an analyst is, and how he came there. */
export interface Step {
  kind: EntityKind;
  value: string;
}

const MOST_STEPS = 8;

/** The trail as one value of the address. */
export function writeTrail(trail: readonly Step[]): string {
  const encoded = (value: string) => encodeURIComponent(value).replaceAll("~", "%7E").replaceAll("!", "%21");
  return trail.slice(-MOST_STEPS).map((step) => `${step.kind}~${encoded(step.value)}`).join("!");
}

export function readTrail(text: string | null): Step[] {
  if (text === null || text === "") return [];
  return text.split("!").flatMap((one) => {
    const [kind = "", value = ""] = one.split("~");
    try {
      return isKind(kind) && value !== "" ? [{ kind, value: decodeURIComponent(value) }] : [];
    } catch {
      return [];
    }
  }).slice(-MOST_STEPS);
}

export interface Look {
  kind: EntityKind;
  value: string;
  since?: number;
  until?: number;
  trail?: readonly Step[];
}

/** The query of an entity's page. */
export function lookQuery(look: Look): string {
  const params = new URLSearchParams({ kind: look.kind, value: look.value });
  if (look.since !== undefined) params.set("since", String(Math.round(look.since)));
  if (look.until !== undefined) params.set("until", String(Math.round(look.until)));
  if (look.trail !== undefined && look.trail.length > 0) params.set("trail", writeTrail(look.trail));
  return params.toString();
}
