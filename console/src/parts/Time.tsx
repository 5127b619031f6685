import { text } from "../strings";
import { useNow } from "../state/now";
import { usePreferences } from "../state/preferences";
import { absolute, relative } from "../values/time";

/** A moment, absolute and relative; `short`: below each other, for a table's cell. */
export function Time({ ms, short = false }: { ms: number | null; short?: boolean }) {
  const { zone } = usePreferences().preferences;
  const now = useNow();
  if (ms === null) return <>{text.unknown}</>;
  return (
    <time dateTime={new Date(ms).toISOString()} className={short ? "time time-short" : "time"}>
      <span>{absolute(ms, zone)}</span> <span className="muted">{text.ago(relative(ms, now))}</span>
    </time>
  );
}
