import type { Finding } from "../api/shapes";
import { leaves, storyOf } from "./finding";

/** A record that is JSON, indented; null: it is not, or indenting would change a number in it. */
export function formatted(text: string): string | null {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value !== "object" || value === null) return null;
    // A number with more digits than a double holds would be shown as another.
    return /[:[,]\s*-?\d{16,}/.test(text) ? null : JSON.stringify(value, null, 2);
  } catch {
    return null;
  }
}

/** What the finding names, to be marked where it stands in a record: the longest first. */
export function namedBy(finding: Finding): string[] {
  const story = storyOf(finding);
  const named = [...story.actor, ...story.action, ...story.resource].map((one) => one.value);
  const inside = leaves(finding.service?.action, "").map((one) => one.value);
  const all = new Set([...named, ...inside].filter((value) => value.length >= 4 && value.length <= 500));
  for (const word of ["true", "false", "null", "Remote IP", "AWS_API_CALL"]) all.delete(word);
  return [...all].sort((one, other) => other.length - one.length);
}

export interface Run {
  text: string;
  marked: boolean;
  /** Of one that is marked: how often the same was marked before. */
  before: number;
}

/** A text in runs, those marked that are one of the values; not inside a longer word or number. */
export function marked(text: string, values: readonly string[]): Run[] {
  if (values.length === 0) return [{ text, marked: false, before: 0 }];
  const escaped = values.slice(0, 60).map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`(?<![\\w.])(?:${escaped.join("|")})(?![\\w])`, "g");
  const runs: Run[] = [];
  const times = new Map<string, number>();
  let from = 0;
  for (const found of text.matchAll(pattern)) {
    if (found.index > from) runs.push({ text: text.slice(from, found.index), marked: false, before: 0 });
    const before = times.get(found[0]) ?? 0;
    times.set(found[0], before + 1);
    runs.push({ text: found[0], marked: true, before });
    from = found.index + found[0].length;
  }
  if (from < text.length) runs.push({ text: text.slice(from), marked: false, before: 0 });
  return runs;
}
