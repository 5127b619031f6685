import { Copyable } from "./Copyable";
import { Time } from "./Time";

/** A moment that can be copied, as ISO 8601 writes it. */
export function Moment({ ms }: { ms: number | null }) {
  if (ms === null) return <Time ms={ms} />;
  return <Copyable value={new Date(ms).toISOString()}><Time ms={ms} /></Copyable>;
}
