import { text } from "../strings";
import { count } from "../values/number";
import { visibleText } from "../values/visible";
import { RouterLink } from "./RouterLink";
import { Empty } from "./Trouble";

export interface Bar {
  value: string;
  count: number;
  href: string;
}

/** Values by how often they occur, each a link and a bar. */
export function Bars({ bars, label, empty }: { bars: readonly Bar[]; label: string; empty: string }) {
  if (bars.length === 0) return <Empty title={empty} />;
  const most = Math.max(1, ...bars.map((one) => one.count));
  return (
    <ul className="bars" aria-label={label}>
      {bars.map((one) => (
        <li key={one.value}>
          <span className="name" title={visibleText(one.value)}>
            <RouterLink href={one.href}>{one.value === "" ? text.unknown : visibleText(one.value)}</RouterLink>
          </span>
          <span className="number">{count(one.count)}</span>
          <span className="bar" aria-hidden="true">
            <svg viewBox="0 0 100 6" preserveAspectRatio="none"><rect width={(100 * one.count) / most} height={6} /></svg>
          </span>
        </li>
      ))}
    </ul>
  );
}
