import { useRef, useState, type PointerEvent } from "react";

import type { Bucket } from "../api/vedette";
import { text } from "../strings";
import { usePreferences } from "../state/preferences";
import { count } from "../values/number";
import { BANDS } from "../values/severity";
import { absolute, axisLabel } from "../values/time";

const HEIGHT = 64;
const FROM_BELOW = [...BANDS].reverse();
const CLASSES = FROM_BELOW.map((band) => `band-${band}`);

/** A stretch of time, and how many of each sort there are in it, from below. */
export interface Stack {
  start: number;
  end: number;
  counts: readonly number[];
}

/** Findings over time, stacked by severity. Dragging across it narrows the time. */
export function Histogram({ buckets, narrow }: { buckets: readonly Bucket[]; narrow: (from: number, to: number) => void }) {
  return (
    <Stacks label={text.findings.histogram.label} classes={CLASSES} narrow={narrow} bar={text.findings.histogram.bar}
      stacks={buckets.map((one) => ({ start: one.start, end: one.end, counts: FROM_BELOW.map((band) => one[band]) }))} />
  );
}

/** Numbers over time, stacked. Dragging across them narrows the time. `unknownBefore`: nobody has counted before. */
export function Stacks({ stacks, classes, label, bar, narrow, unknownBefore = 0 }: {
  stacks: readonly Stack[]; classes: readonly string[]; label: string; bar: (time: string, count: string) => string;
  narrow: (from: number, to: number) => void; unknownBefore?: number;
}) {
  const { zone } = usePreferences().preferences;
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const drawing = useRef<SVGSVGElement>(null);
  const first = stacks[0];
  const last = stacks.at(-1);
  if (first === undefined || last === undefined) return null;
  const sums = stacks.map((one) => one.counts.reduce((sum, some) => sum + some, 0));
  const most = Math.max(1, ...sums);
  const span = last.end - first.start;

  const at = (event: PointerEvent) => {
    const box = drawing.current?.getBoundingClientRect();
    if (box === undefined || box.width === 0) return 0;
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const finish = () => {
    if (drag === null) return;
    setDrag(null);
    const [low, high] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    const begin = stacks[Math.min(stacks.length - 1, Math.floor(low * stacks.length))];
    const end = stacks[Math.max(0, Math.min(stacks.length - 1, Math.ceil(high * stacks.length) - 1))];
    if (begin !== undefined && end !== undefined) narrow(begin.start, end.end);
  };

  return (
    <figure className="histogram">
      <svg
        ref={drawing} role="img" viewBox={`0 0 ${stacks.length} ${HEIGHT}`} preserveAspectRatio="none"
        aria-label={`${label}: ${absolute(first.start, zone)} \u2013 ${absolute(last.end, zone)}, ` +
          count(sums.reduce((sum, one) => sum + one, 0))}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag({ from: at(event), to: at(event) });
        }}
        onPointerMove={(event) => setDrag((before) => (before === null ? null : { ...before, to: at(event) }))}
        onPointerUp={finish}
        onPointerCancel={() => setDrag(null)}
      >
        {stacks.map((stack, place) => {
          let top = HEIGHT;
          return (
            <g key={stack.start}>
              <title>{bar(absolute(stack.start, zone), count(sums[place] ?? 0))}</title>
              <rect x={place} y={0} width={1} height={HEIGHT}
                className={stack.start < unknownBefore ? "histogram-unknown" : "histogram-place"} />
              {classes.map((name, sort) => {
                const height = ((stack.counts[sort] ?? 0) / most) * (HEIGHT - 2);
                top -= height;
                return height > 0 && (
                  <rect key={name} x={place + 0.08} y={top} width={0.84} height={height} className={name} />
                );
              })}
            </g>
          );
        })}
        {drag !== null && (
          <rect className="histogram-brush" y={0} height={HEIGHT}
            x={Math.min(drag.from, drag.to) * stacks.length}
            width={Math.abs(drag.to - drag.from) * stacks.length} />
        )}
      </svg>
      <figcaption className="histogram-axis muted">
        <span>{axisLabel(first.start, zone, span)}</span>
        <span>{text.findings.histogram.help}</span>
        <span>{axisLabel(last.end, zone, span)}</span>
      </figcaption>
    </figure>
  );
}
