// What can be done with a member, by how it stands to its administrator.

export type Deed = "invite" | "start" | "stop" | "withdraw" | "remove";

/** Those after which what was there is not as before, and which are asked about again. */
export const GRAVE: readonly Deed[] = ["stop", "withdraw", "remove"];

const OF: ReadonlyMap<string, readonly Deed[]> = new Map([
  ["Created", ["invite", "remove"]],
  ["Invited", ["withdraw"]],
  ["Enabled", ["stop", "remove"]],
  ["Disabled", ["start", "remove"]],
  ["Removed", ["invite", "remove"]],
  ["Resigned", ["invite", "remove"]],
]);

/** Nothing of a relationship that the console does not know. */
export function deedsOf(relationship: string): readonly Deed[] {
  return OF.get(relationship) ?? [];
}

/** It still has to be let go before it can be deleted. */
export function isAssociated(relationship: string): boolean {
  return ["Invited", "Enabled", "Disabled"].includes(relationship);
}
