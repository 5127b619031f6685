import { usePreferences } from "../../state/preferences";
import { text } from "../../strings";
import { rowsOf, tacticPlace, type Lane, type Mark } from "../../values/lanes";
import { count } from "../../values/number";
import { absolute, axisLabel } from "../../values/time";
import { visibleText } from "../../values/visible";
import { named } from "../CopyButton";
import { Value } from "../Value";
import { Tactic } from "./Tactic";

const say = text.lanes;
const WIDTH = 1000;
/** Of what is seen once. */
const LEAST = 6;
const ROW = 14;
const ROWS = 5;

export interface Stretch {
  from: number;
  to: number;
  what: string;
}

export interface Shape {
  lanes: readonly Lane[];
  /** How many marks there are, in words. */
  counted: (count: string) => string;
  /** The time that is shown, and of it what is looked at: all else is grey. Milliseconds. */
  from: number;
  to: number;
  since: number;
  until: number;
  /** What else is known of a lane. */
  behind?: (lane: Lane) => Stretch | null;
  /** The key of the lane that what stands beside is narrowed to; null: none. Without `choose` there is no such thing. */
  chosen?: string | null;
  choose?: (key: string | null) => void;
  follow?: (mark: Mark) => void;
}

/** Lanes below each other on one line of time. What is drawn is told in a table beside it, too: that is for the keyboard. */
export function SwimLanes({ lanes, counted, from, to, since, until, behind, chosen = null, choose, follow }: Shape) {
  const { zone } = usePreferences().preferences;
  const width = Math.max(1, to - from);
  return (
    <div className="contained">
      <ol className="lanes">
        {lanes.map((lane) => (
          <li key={lane.key} className={lane.key === chosen ? "lane lane-chosen" : "lane"}>
            <div className="lane-name">
              {lane.whom === null ? <Tactic name={lane.tactic} /> : <span className="muted">{lane.whom.label}</span>}
              <Number lane={lane} number={counted(count(lane.marks.length))} chosen={lane.key === chosen} choose={choose} />
              {lane.whom !== null && <Value value={lane.whom.value} entity={lane.whom.kind} />}
            </div>
            <Track lane={lane} place={(ms) => WIDTH * Math.min(1, Math.max(0, (ms - from) / width))} since={since}
              until={until} number={counted(count(lane.marks.length))} stretch={behind?.(lane) ?? null} follow={follow} gap={(width * 2 * LEAST) / WIDTH} />
          </li>
        ))}
      </ol>
      <div className="lane">
        <span />
        <div className="histogram-axis muted">
          <span title={absolute(from, zone)}>{axisLabel(from, zone, width)}</span>
          <span title={absolute(to, zone)}>{axisLabel(to, zone, width)}</span>
        </div>
      </div>
    </div>
  );
}

function nameOf(lane: Lane): string {
  return lane.whom === null ? lane.tactic || say.noTactic : lane.whom.value;
}

function Number({ lane, number, chosen, choose }: {
  lane: Lane; number: string; chosen: boolean; choose: Shape["choose"];
}) {
  if (choose === undefined) return <span className="muted lane-number">{number}</span>;
  return (
    <button type="button" className="link-button lane-number" aria-pressed={chosen}
      aria-label={say.choose(number, named(nameOf(lane)))} onClick={() => choose(chosen ? null : lane.key)}>{number}</button>
  );
}

function Track({ lane, place, since, until, number, stretch, follow, gap }: {
  lane: Lane; place: (ms: number) => number; since: number; until: number; number: string; stretch: Stretch | null;
  follow: Shape["follow"]; gap: number;
}) {
  const { zone } = usePreferences().preferences;
  const rows = rowsOf(lane.marks, gap, ROWS);
  const height = ROW * (1 + Math.max(0, ...rows.values())) + 4;
  const told = (one: Mark) => visibleText(
    `${one.title} \u00b7 ${one.tactics.join(", ") || say.noTactic} \u00b7 ` +
    (one.from === one.to ? absolute(one.from, zone) : `${absolute(one.from, zone)} \u2013 ${absolute(one.to, zone)}`));
  return (
    <svg className="lane-track" role="img" viewBox={`0 0 ${WIDTH} ${height}`} preserveAspectRatio="none"
      style={{ blockSize: height }} aria-label={say.track(named(nameOf(lane)), number)}>
      <rect className="scope-time" x={place(since)} width={Math.max(1, place(until) - place(since))} y={0} height={height} />
      {stretch !== null && (
        <g>
          <title>{stretch.what}</title>
          <rect className="lane-behind" x={place(stretch.from)} width={Math.max(LEAST, place(stretch.to) - place(stretch.from))}
            y={height - 3} height={3} />
        </g>
      )}
      {[...rows].map(([one, row]) => {
        const [begin, y] = [Math.min(place(one.from), WIDTH - LEAST), ROW * row + 3];
        const long = Math.max(LEAST, place(one.to) - begin);
        // Where the moments are known, what lies between them is pale: it was not seen all the time.
        const pale = one.moments.length > 0 && long > LEAST;
        return (
          <g key={one.id} className={`mark${follow === undefined ? "" : " mark-link"} tactic-${tacticPlace(lane.whom === null ? lane.tactic : one.tactics[0])}`}
            {...(follow === undefined ? {} : { onClick: () => follow(one) })}>
            <title>{told(one)}</title>
            <rect className={pale ? "mark-span pale" : "mark-span"} x={begin} width={long} y={y} height={ROW - 4} />
            {pale && one.moments.map((ms, at) => (
              <line key={at} x1={place(ms)} x2={place(ms)} y1={y} y2={y + ROW - 4} />
            ))}
          </g>
        );
      })}
    </svg>
  );
}

/** What the colours mean, of the tactics that there are. */
export function Legend({ tactics, others }: { tactics: readonly string[]; others: boolean }) {
  return (
    <ul className="lane-legend" aria-label={say.colours}>
      {tactics.map((one) => <li key={one}><Tactic name={one} /></li>)}
      {others && <li><Tactic name="" /></li>}
    </ul>
  );
}
