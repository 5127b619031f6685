export type Band = "low" | "medium" | "high" | "critical";

export const BANDS: readonly Band[] = ["critical", "high", "medium", "low"];

/** The least severity of each band. */
export const LEAST: Record<Band, number> = { low: 1, medium: 4, high: 7, critical: 9 };

/** GuardDuty's band of a severity. */
export function bandOf(severity: number): Band {
  if (severity >= 9) return "critical";
  if (severity >= 7) return "high";
  return severity >= 4 ? "medium" : "low";
}

/** 8, 5.5: without a needless fraction. */
export function severityNumber(severity: number): string {
  return String(Math.round(severity * 10) / 10);
}
