import { useSyncExternalStore } from "react";

const watchers = new Set<() => void>();
let now = Date.now();
setInterval(() => {
  now = Date.now();
  watchers.forEach((tell) => tell());
}, 30_000);

/** The time, which moves on twice a minute. */
export function useNow(): number {
  return useSyncExternalStore((tell) => {
    watchers.add(tell);
    return () => watchers.delete(tell);
  }, () => now);
}
