import { applyDensity, applyMode, Density, Mode } from "@cloudscape-design/global-styles";
import { createContext, useContext, useLayoutEffect, useMemo, useState, type ReactNode } from "react";

import { keepPreferences, keptPreferences, type Preferences } from "./kept";

interface Kept {
  preferences: Preferences;
  prefer: (change: Partial<Preferences>) => void;
}

const Context = createContext<Kept | null>(null);

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [preferences, setPreferences] = useState(keptPreferences);
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
        keepPreferences(after);
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
