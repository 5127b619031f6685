const WHOLE = new Intl.NumberFormat("en");

/** 1,204 */
export function count(value: number): string {
  return WHOLE.format(value);
}

const PERCENT = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });

/** 12.5%, of nothing 0%. */
export function share(part: number, whole: number): string {
  return PERCENT.format(whole === 0 ? 0 : part / whole);
}

/** 1.5 MB, 312 B: powers of ten. */
export function bytes(value: number): string {
  for (const [unit, size] of [["TB", 1e12], ["GB", 1e9], ["MB", 1e6], ["kB", 1e3]] as const) {
    if (value >= size) return `${(value / size).toFixed(1)} ${unit}`;
  }
  return `${value} B`;
}
