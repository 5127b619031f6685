import Header from "@cloudscape-design/components/header";

import type { Finding } from "../../api/shapes";
import type { Times } from "../../api/vedette";
import { usePreferences } from "../../state/preferences";
import { text } from "../../strings";
import { count } from "../../values/number";
import { absolute } from "../../values/time";
import { part } from "../../values/times";
import { Trouble } from "../Trouble";
import { useTimes } from "./useFinding";

const WIDTH = 1000;
const HEIGHT = 40;
const say = text.times;

/** When the finding was seen, as far as that is known; nothing of one that has one known time. */
export function Repeats({ finding }: { finding: Finding }) {
  const asked = useTimes(finding.id);
  if (asked.error !== null) return <Trouble error={asked.error} again={asked.refetch} />;
  const times = asked.data;
  if (times === undefined || times === null || (times.count <= 1 && times.known.length <= 1)) return null;
  return <section><Header variant="h3">{say.title}</Header><Drawn times={times} /></section>;
}

function Drawn({ times }: { times: Times }) {
  const { zone } = usePreferences().preferences;
  const { known, gap, firstSeen, lastSeen } = times;
  const at = (ms: number) => 2 + part(ms, firstSeen, lastSeen) * (WIDTH - 4);
  const sentence = known.length === 0 ? say.nothing(count(times.count))
    : times.count === 1 ? say.knownOnce(count(known.length)) : say.known(count(known.length), count(times.count));
  return (
    <figure className="histogram repeats">
      <figcaption>{sentence}{gap !== null && ` ${say.gap}`}</figcaption>
      <svg role="img" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none"
        aria-label={`${sentence} ${absolute(firstSeen, zone)} \u2013 ${absolute(lastSeen, zone)}`}>
        <line x1={0} x2={WIDTH} y1={HEIGHT / 2} y2={HEIGHT / 2} />
        {gap !== null && (
          <rect className="unknown" x={at(gap.since)} width={at(gap.until) - at(gap.since)} y={8} height={HEIGHT - 16}>
            <title>{say.gap}</title>
          </rect>
        )}
        {known.map((ms, place) => (
          <line key={place} className="known" x1={at(ms)} x2={at(ms)} y1={6} y2={HEIGHT - 6}>
            <title>{absolute(ms, zone)}</title>
          </line>
        ))}
      </svg>
      <div className="histogram-axis muted">
        <span>{absolute(firstSeen, zone)}</span>
        <span>{absolute(lastSeen, zone)}</span>
      </div>
    </figure>
  );
}
