import type { Zone } from "../values/time";

/** How this browser shows things: kept here only. */
export interface Preferences {
  mode: "light" | "dark";
  density: "comfortable" | "compact";
  zone: Zone;
  columns: string[] | null;
  pageSize: number;
  checklist: boolean;
  panel: "side" | "bottom";
}

const KEY = "vedette-preferences";

export function keptPreferences(): Preferences {
  const plain: Preferences = {
    mode: window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
    density: "comfortable", zone: "utc", columns: null, pageSize: 25, checklist: true, panel: "side",
  };
  try {
    return { ...plain, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Preferences>) };
  } catch {
    return plain;
  }
}

export function keepPreferences(preferences: Preferences): void {
  localStorage.setItem(KEY, JSON.stringify(preferences));
}
