// Findings, or the steps of one, on a line of time in lanes: one for each phase of an attack, or for each that they name.
import type { EntityKind, FindingLine, Named, Times } from "../api/vedette";

/** ATT&CK's, as the server writes them, in the order of an attack. */
export const TACTICS = [
  "Reconnaissance", "Resource Development", "Initial Access", "Execution", "Persistence", "Privilege Escalation",
  "Defense Evasion", "Credential Access", "Discovery", "Lateral Movement", "Collection", "Command and Control",
  "Exfiltration", "Impact",
] as const;

/** Something that was seen from then till then. */
export interface Mark {
  id: string;
  title: string;
  /** Milliseconds. */
  from: number;
  to: number;
  /** When it was seen, as far as that is known: not always in between. */
  moments: readonly number[];
  /** The most telling first. */
  tactics: readonly string[];
  /** Whom it names. */
  entities: readonly Whom[];
}

export interface Whom {
  /** What it is called above its name. */
  label: string;
  value: string;
  kind: EntityKind | null;
}

export interface Lane {
  key: string;
  /** null: of a tactic. */
  whom: Whom | null;
  /** Empty: of those whose tactic is not known. */
  tactic: string;
  marks: Mark[];
}

/** A place in the palette; 0: no tactic. */
export function tacticPlace(tactic: string | undefined): number {
  return tactic === undefined ? 0 : (TACTICS as readonly string[]).indexOf(tactic) + 1;
}

/** The tactics that there are, in the order of an attack. */
export function tacticsOf(marks: readonly Mark[]): string[] {
  return TACTICS.filter((tactic) => marks.some((one) => one.tactics.includes(tactic)));
}

/** A lane for each tactic, in the order of an attack, and one for what has none. */
export function lanesByTactic(marks: readonly Mark[]): Lane[] {
  const others = marks.filter((one) => one.tactics.every((tactic) => tacticPlace(tactic) === 0));
  return [
    ...tacticsOf(marks).map((tactic) => ({
      key: `tactic ${tactic}`, whom: null, tactic, marks: marks.filter((one) => one.tactics.includes(tactic)) })),
    ...(others.length === 0 ? [] : [{ key: "tactic", whom: null, tactic: "", marks: others }]),
  ];
}

/** A lane for each of those whom the marks name, the most often named first; not for `self`, whom all name. */
export function lanesByWhom(marks: readonly Mark[], self?: { kind: EntityKind; value: string }): Lane[] {
  const lanes = new Map<string, Lane>();
  for (const mark of marks) {
    for (const whom of mark.entities) {
      if (self !== undefined && whom.kind === self.kind && whom.value === self.value) continue;
      const key = `${whom.label} ${whom.value}`;
      const lane = lanes.get(key) ?? { key, whom, tactic: "", marks: [] };
      lanes.set(key, lane);
      if (!lane.marks.includes(mark)) lane.marks.push(mark);
    }
  }
  const first = (lane: Lane) => Math.min(...lane.marks.map((one) => one.from));
  return [...lanes.values()].sort((one, other) =>
    other.marks.length - one.marks.length || first(one) - first(other) || (one.key < other.key ? -1 : 1));
}

/** Each mark's row in its lane, so that none lies upon another that is nearer than `gap`; `most`: rows, the last of which
 * takes whatever has no room. */
export function rowsOf(marks: readonly Mark[], gap: number, most: number): Map<Mark, number> {
  const ends: number[] = [];
  const rows = new Map<Mark, number>();
  for (const mark of [...marks].sort((one, other) => one.from - other.from || one.to - other.to)) {
    const free = ends.findIndex((end) => end + gap <= mark.from);
    const row = free >= 0 ? free : Math.min(ends.length, most - 1);
    ends[row] = Math.max(ends[row] ?? -Infinity, mark.to);
    rows.set(mark, row);
  }
  return rows;
}

/** A finding, with what is known of it by itself. */
export function markOf(
  line: FindingLine, named: Named | undefined, times: Times | undefined, label: (kind: EntityKind) => string,
): Mark {
  return {
    id: line.id, title: line.title, from: line.firstSeen, to: line.lastSeen, moments: times?.known ?? [],
    tactics: named?.tactics ?? [],
    // All findings of an account have that in common, and their programs tell nobody from another.
    entities: (named?.entities ?? []).filter(({ kind }) => kind !== "account" && kind !== "user-agent")
      .map(({ kind, value }) => ({ label: label(kind), value, kind })),
  };
}
