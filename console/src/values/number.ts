const WHOLE = new Intl.NumberFormat("en");

/** 1,204 */
export function count(value: number): string {
  return WHOLE.format(value);
}

/** 1.5 MB, 312 B: powers of ten. */
export function bytes(value: number): string {
  for (const [unit, size] of [["TB", 1e12], ["GB", 1e9], ["MB", 1e6], ["kB", 1e3]] as const) {
    if (value >= size) return `${(value / size).toFixed(1)} ${unit}`;
  }
  return `${value} B`;
}
