import { useRef, useState, type PointerEvent } from "react";

import type { Bucket } from "../api/vedette";
import { text } from "../strings";
import { usePreferences } from "../state/preferences";
import { count } from "../values/number";
import { BANDS } from "../values/severity";
import { absolute, axisLabel } from "../values/time";

const HEIGHT = 64;

/** Findings over time, stacked by severity. Dragging across it narrows the time. */
export function Histogram({ buckets, narrow }: { buckets: readonly Bucket[]; narrow: (from: number, to: number) => void }) {
  const { zone } = usePreferences().preferences;
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const drawing = useRef<SVGSVGElement>(null);
  const first = buckets[0];
  const last = buckets.at(-1);
  if (first === undefined || last === undefined) return null;
  const sums = buckets.map((one) => one.low + one.medium + one.high + one.critical);
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
    const begin = buckets[Math.min(buckets.length - 1, Math.floor(low * buckets.length))];
    const end = buckets[Math.max(0, Math.min(buckets.length - 1, Math.ceil(high * buckets.length) - 1))];
    if (begin !== undefined && end !== undefined) narrow(begin.start, end.end);
  };

  return (
    <figure className="histogram">
      <svg
        ref={drawing} role="img" viewBox={`0 0 ${buckets.length} ${HEIGHT}`} preserveAspectRatio="none"
        aria-label={`${text.findings.histogram.label}: ${absolute(first.start, zone)} \u2013 ${absolute(last.end, zone)}, ` +
          count(sums.reduce((sum, one) => sum + one, 0))}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag({ from: at(event), to: at(event) });
        }}
        onPointerMove={(event) => setDrag((before) => (before === null ? null : { ...before, to: at(event) }))}
        onPointerUp={finish}
        onPointerCancel={() => setDrag(null)}
      >
        {buckets.map((bucket, place) => {
          let top = HEIGHT;
          return (
            <g key={bucket.start}>
              <title>{text.findings.histogram.bar(absolute(bucket.start, zone), count(sums[place] ?? 0))}</title>
              <rect x={place} y={0} width={1} height={HEIGHT} className="histogram-place" />
              {[...BANDS].reverse().map((band) => {
                const height = (bucket[band] / most) * (HEIGHT - 2);
                top -= height;
                return height > 0 && (
                  <rect key={band} x={place + 0.08} y={top} width={0.84} height={height} className={`band-${band}`} />
                );
              })}
            </g>
          );
        })}
        {drag !== null && (
          <rect className="histogram-brush" y={0} height={HEIGHT}
            x={Math.min(drag.from, drag.to) * buckets.length}
            width={Math.abs(drag.to - drag.from) * buckets.length} />
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
