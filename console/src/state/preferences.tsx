import { applyDensity, applyMode, Density, Mode } from "@cloudscape-design/global-styles";
import { createContext, useContext, useLayoutEffect, useMemo, useState, type ReactNode } from "react";

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

function initial(): Preferences {
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

interface Kept {
  preferences: Preferences;
  prefer: (change: Partial<Preferences>) => void;
}

const Context = createContext<Kept | null>(null);

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [preferences, setPreferences] = useState(initial);
  useLayoutEffect(() => applyMode(preferences.mode === "dark" ? Mode.Dark : Mode.Light), [preferences.mode]);
  useLayoutEffect(
    () => applyDensity(preferences.density === "compact" ? Density.Compact : Density.Comfortable),
    [preferences.density],
  );
  const kept = useMemo<Kept>(
    () => ({
      preferences,
      prefer: (change) => setPreferences((before) => {
        const after = { ...before, ...change };
        localStorage.setItem(KEY, JSON.stringify(after));
        return after;
      }),
    }),
    [preferences],
  );
  return <Context value={kept}>{children}</Context>;
}

export function usePreferences(): Kept {
  const kept = useContext(Context);
  if (kept === null) throw new Error("outside the PreferencesProvider");
  return kept;
}
