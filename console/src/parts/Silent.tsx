import Alert from "@cloudscape-design/components/alert";

import { readHealth } from "../api/vedette";
import { useAsk } from "../state/asking";
import { text } from "../strings";
import { silentOf } from "../values/silent";

const EVERY = 30_000;

/** Which sources have been silent: what is not read is not found. Nothing where all of them are heard. */
export function Silent({ enabled = true }: { enabled?: boolean }) {
  const health = useAsk(["health"], readHealth, { every: EVERY, enabled });
  const silent = silentOf(health.data);
  return silent.length === 0 ? null : <Alert type="warning">{text.overview.silent(silent.join(", "))}</Alert>;
}
