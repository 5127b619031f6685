import type { Times } from "../../api/vedette";
import { text } from "../../strings";
import { count } from "../../values/number";
import { part, stretched } from "../../values/times";

const BARS = 22;
const WIDTH = 110;
const HEIGHT = 18;

/** When a finding was seen, within the time of the table; what is not known between is left pale. */
export function Spark({ times, span }: { times: Times | undefined; span: { since: number; until: number } }) {
  if (times === undefined) return null;
  const bars = stretched(times.known, span.since, span.until, BARS);
  const most = Math.max(1, ...bars);
  const at = (ms: number) => part(ms, span.since, span.until) * (WIDTH - 5);
  const [first, last] = [at(times.firstSeen), at(times.lastSeen)];
  return (
    <svg className="spark" role="img" viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      aria-label={text.times.column(count(times.known.length), count(times.count))}>
      <title>{text.times.column(count(times.known.length), count(times.count))}</title>
      <line x1={0} x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      {times.gap !== null && (
        <rect className="unknown" x={at(times.gap.since)} y={4} height={HEIGHT - 5}
          width={at(times.gap.until) - at(times.gap.since)} />
      )}
      <rect className="spark-span" x={first} y={HEIGHT - 3} width={last - first + 5} height={3} />
      {bars.map((one, place) => one > 0 && (
        <rect key={place} x={place * (WIDTH / BARS)} width={WIDTH / BARS - 1}
          y={HEIGHT - 3 - (one / most) * (HEIGHT - 5)} height={3 + (one / most) * (HEIGHT - 5)} />
      ))}
    </svg>
  );
}
