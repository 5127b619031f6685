import type { Health } from "../api/vedette";

/** Seconds after which nobody should take silence for peace. */
export const SILENT = 3 * 3600;

/** The names of the sources that do not work, or of which nothing came for long. */
export function silentOf(health: Health | undefined): string[] {
  return (health?.sources ?? []).filter((one) => !one.up || (one.lagSeconds ?? 0) > SILENT).map((one) => one.name);
}
