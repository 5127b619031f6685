/** On how many of how many days something was seen. */
export interface Days {
  seen: number;
  of: number;
}

export interface Oddity {
  /** What kind of thing: api, network, program… */
  kind: string;
  value: string;
  /** Before, with it, with its peers, in the account; null: not told. */
  self: Days | null;
  peers: Days | null;
  account: Days | null;
}

const FIGURES = new Set([
  "daysSeenWithPrincipal", "principalDays", "daysSeenWithPeers", "peerDays", "daysSeenInAccount", "accountDays", "nats",
]);

function days(seen: unknown, of: unknown): Days | null {
  return typeof seen !== "number" || typeof of !== "number" ? null : { seen, of };
}

/** `additionalInfo.unusual` of a model of habits; empty when it has another form. */
export function unusualOf(unusual: unknown): Oddity[] {
  if (!Array.isArray(unusual)) return [];
  return unusual.flatMap((one: unknown) => {
    if (typeof one !== "object" || one === null) return [];
    const said = one as Record<string, unknown>;
    const named = Object.entries(said).find(([key, value]) => !FIGURES.has(key) && typeof value === "string");
    if (named === undefined) return [];
    return [{
      kind: named[0], value: named[1] as string,
      self: days(said["daysSeenWithPrincipal"], said["principalDays"]),
      peers: days(said["daysSeenWithPeers"], said["peerDays"]),
      account: days(said["daysSeenInAccount"], said["accountDays"]),
    }];
  });
}

/** `additionalInfo.usual` of a model of habits: the usual values of each kind. */
export function usualOf(usual: unknown): { kind: string; values: string[] }[] {
  if (typeof usual !== "object" || usual === null) return [];
  return Object.entries(usual).flatMap(([kind, found]) => {
    if (!Array.isArray(found)) return [];
    const values = found.flatMap((one: unknown) => {
      const value: unknown = typeof one === "object" && one !== null ? (one as Record<string, unknown>)["value"] : one;
      return typeof value === "string" ? [value] : [];
    });
    return values.length === 0 ? [] : [{ kind, values }];
  });
}
