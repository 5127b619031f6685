// Why a finding type is blind now, in words.
import type { Hindrance } from "../api/vedette";
import { text } from "../strings";
import { count } from "./number";

const say = text.types;

function needed(need: string): string {
  if (need.startsWith("feed:")) return say.feed(need.slice("feed:".length).replaceAll("-", " "));
  return need in say.needs ? say.needs[need as keyof typeof say.needs] : need;
}

/** What each of a type's detectors lacks: one that lacks nothing would do. */
export function whyBlind(hindrances: readonly Hindrance[], days: number): string[] {
  return hindrances.map(({ unread, needs }) => [
    ...unread.map((log) => say.unread(log, count(days))),
    ...needs.map((group) => say.absent(group.map(needed).join(say.or))),
  ].join(say.and));
}
