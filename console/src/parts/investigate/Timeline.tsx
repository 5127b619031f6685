import type { FindingLine } from "../../api/vedette";
import { text } from "../../strings";
import { bandOf } from "../../values/severity";
import { visibleText } from "../../values/visible";

/** Findings of the scope time by when they were seen first and last; `from` and `to` are what else is shown, grey. */
export function Timeline({ findings, since, until, from: left, to: right }: {
  findings: readonly FindingLine[]; since: number; until: number; from: number; to: number;
}) {
  const width = Math.max(1, right - left);
  const place = (ms: number) => 1000 * Math.min(1, Math.max(0, (ms - left) / width));
  const rows = findings.slice(0, 40);
  const height = 14 * rows.length + 6;
  return (
    <svg className="timeline" role="img" aria-label={text.investigate.findings} viewBox={`0 0 1000 ${height}`}
      preserveAspectRatio="none" style={{ blockSize: height }}>
      <rect className="scope-time" x={place(since)} width={place(until) - place(since)} y={0} height={height} />
      {rows.map((one, row) => {
        const [from, to] = [place(one.firstSeen), Math.max(place(one.lastSeen), place(one.firstSeen) + 5)];
        const y = 14 * row + 10;
        return (
          <g key={one.id}>
            <title>{visibleText(`${text.severity[bandOf(one.severity)]} ${one.severity}: ${one.title}`)}</title>
            <line x1={0} x2={1000} y1={y} y2={y} />
            <line className={`span band-${bandOf(one.severity)}`} x1={from} x2={to} y1={y} y2={y} />
          </g>
        );
      })}
    </svg>
  );
}
