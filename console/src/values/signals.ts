// The steps of an attack sequence on its line of time.
import type { ResourceV2, Sequence, Signal } from "../api/shapes";
import type { EntityKind } from "../api/vedette";
import { text } from "../strings";
import type { Mark, Whom } from "./lanes";
import { milliseconds } from "./time";

const KINDS: Partial<Record<ResourceV2["resourceType"], EntityKind>> = {
  EC2_INSTANCE: "instance", EC2_NETWORK_INTERFACE: "interface", S3_BUCKET: "bucket", ACCESS_KEY: "access-key",
  EKS_CLUSTER: "cluster",
};

/** What stands after the last slash or colon of an ARN. */
const lastOf = (uid: string) => uid.slice(Math.max(uid.lastIndexOf("/"), uid.lastIndexOf(":")) + 1);

/** Those that a sequence names, by what its steps call them. */
export function whomsOf(sequence: Sequence): Map<string, Whom> {
  const found = new Map<string, Whom>();
  for (const one of sequence.actors ?? []) {
    found.set(one.id, { label: text.finding.actor, value: one.user?.name ?? one.process?.name ?? one.id, kind: null });
  }
  for (const one of sequence.resources ?? []) {
    const kind = KINDS[one.resourceType] ?? null;
    found.set(one.uid, {
      label: kind === null ? text.finding.resource : text.kind[kind], value: one.name ?? (kind === null ? one.uid : lastOf(one.uid)),
      kind });
  }
  for (const one of sequence.endpoints ?? []) {
    const [value, kind] = one.ip !== undefined ? [one.ip, "ip" as const]
      : one.domain !== undefined ? [one.domain, "domain" as const] : [one.id, null];
    found.set(one.id, { label: kind === null ? text.lanes.endpoint : text.kind[kind], value, kind });
  }
  return found;
}

export function tacticsIn(signal: Signal): string[] {
  return (signal.signalIndicators ?? []).flatMap((one) => (one.key === "ATTACK_TACTIC" ? one.values ?? [] : []));
}

/** Its steps by time, with those who are in each, as far as the sequence says. */
export function marksOf(sequence: Sequence): Mark[] {
  const known = whomsOf(sequence);
  return sequence.signals.map((one) => ({
    id: one.uid, title: one.name, from: milliseconds(one.firstSeenAt) ?? 0, to: milliseconds(one.lastSeenAt) ?? 0, moments: [],
    tactics: tacticsIn(one),
    entities: [...(one.actorIds ?? []), ...(one.resourceUids ?? []), ...(one.endpointIds ?? [])]
      .flatMap((id) => known.get(id) ?? []),
  })).sort((one, other) => one.from - other.from);
}
