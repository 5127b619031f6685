/** How many of the times lie in each of so many equal stretches from `since` to `until`; those beyond are in the outermost. */
export function stretched(times: readonly number[], since: number, until: number, number: number): number[] {
  const counts = Array.from({ length: number }, () => 0);
  for (const time of times) {
    const place = Math.floor(part(time, since, until) * number);
    const at = Math.min(number - 1, place);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

/** Where a time lies from `since` (0) to `until` (1). */
export function part(time: number, since: number, until: number): number {
  return until <= since ? 0 : Math.min(1, Math.max(0, (time - since) / (until - since)));
}
