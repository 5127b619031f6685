import { useRef, useState, type PointerEvent } from "react";

import type { Profile } from "../../api/vedette";
import { text } from "../../strings";
import { usePreferences } from "../../state/preferences";
import { count } from "../../values/number";
import { absolute, axisLabel } from "../../values/time";

const HEIGHT = 80;
const say = text.investigate;

/** What it did over time: what succeeded, what failed, and a line for what is usual; before and after the scope time
 * grey. Dragging chooses another time. */
export function Activity({ activity, narrow }: {
  activity: Profile["activity"][number]; narrow: (from: number, to: number) => void;
}) {
  const { zone } = usePreferences().preferences;
  const { log } = activity;
  const scope = activity.buckets;
  const begin = scope[0]?.start ?? 0;
  const before = activity.around.filter((one) => one.start < begin);
  const buckets = [...before, ...scope, ...activity.around.slice(before.length)];
  const drawing = useRef<SVGSVGElement>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const first = buckets[0];
  const last = buckets.at(-1);
  if (first === undefined || last === undefined) return null;
  const most = Math.max(1, ...buckets.map((one) => Math.max(one.count, one.usual ?? 0)));
  const span = last.end - first.start;
  const height = (value: number) => (value / most) * (HEIGHT - 4);
  const at = (event: PointerEvent) => {
    const box = drawing.current?.getBoundingClientRect();
    return box === undefined || box.width === 0 ? 0 : Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const finish = () => {
    if (drag === null) return;
    setDrag(null);
    const [low, high] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    const begin = buckets[Math.min(buckets.length - 1, Math.floor(low * buckets.length))];
    const end = buckets[Math.max(0, Math.min(buckets.length - 1, Math.ceil(high * buckets.length) - 1))];
    if (begin !== undefined && end !== undefined) narrow(begin.start, end.end);
  };
  const usual = buckets.flatMap((one, place) => one.usual === null ? [] :
    [`${place + 0.5},${HEIGHT - height(one.usual)}`]).join(" ");
  const total = scope.reduce((sum, one) => sum + one.count, 0);
  const failed = scope.reduce((sum, one) => sum + one.failed, 0);
  return (
    <figure className="histogram">
      <figcaption>
        <b>{say.activityOf(log)}</b>{" "}
        <span className="muted">{say.eventsTotal(count(total))}, {count(failed)} {say.failed}
          {usual === "" && ` \u00b7 ${say.noUsual}`}</span>
      </figcaption>
      <svg
        ref={drawing} className="activity" role="img" viewBox={`0 0 ${buckets.length} ${HEIGHT}`} preserveAspectRatio="none"
        aria-label={`${say.activityOf(log)}: ${say.eventsTotal(count(total))}, ${count(failed)} ${say.failed}`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag({ from: at(event), to: at(event) });
        }}
        onPointerMove={(event) => setDrag((before) => (before === null ? null : { ...before, to: at(event) }))}
        onPointerUp={finish} onPointerCancel={() => setDrag(null)}
      >
        <rect className="scope-time" x={before.length} y={0} width={scope.length} height={HEIGHT} />
        {buckets.map((one, place) => (
          <g key={one.start} className={place < before.length || place >= before.length + scope.length ? "peripheral" : ""}>
            <title>
              {`${absolute(one.start, zone)}: ${count(one.count)}, ${count(one.failed)} ${say.failed}` +
                (one.usual === null ? "" : `; ${say.usual} ${count(Math.round(one.usual * 10) / 10)}`)}
            </title>
            <rect x={place} y={0} width={1} height={HEIGHT} className="histogram-place" />
            <rect x={place + 0.08} width={0.84} className="activity-ok" y={HEIGHT - height(one.count)}
              height={height(one.count - one.failed)} />
            <rect x={place + 0.08} width={0.84} className="activity-failed" y={HEIGHT - height(one.failed)}
              height={height(one.failed)} />
          </g>
        ))}
        {usual !== "" && <polyline className="activity-usual" points={usual} />}
        {drag !== null && (
          <rect className="histogram-brush" y={0} height={HEIGHT} x={Math.min(drag.from, drag.to) * buckets.length}
            width={Math.abs(drag.to - drag.from) * buckets.length} />
        )}
      </svg>
      <div className="histogram-axis muted">
        <span>{axisLabel(first.start, zone, span)}</span>
        <span className="legend">
          <i className="legend-ok" />{say.records} <i className="legend-failed" />{say.failed}
          {usual !== "" && <><i className="legend-usual" />{say.usual}</>}
          {buckets.length > scope.length && <><i className="legend-around" />{say.peripheral}</>}
        </span>
        <span>{axisLabel(last.end, zone, span)}</span>
      </div>
    </figure>
  );
}
