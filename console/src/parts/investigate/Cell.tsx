import type { EntityKind } from "../../api/vedette";
import { text } from "../../strings";
import type { Chip } from "../../values/criteria";
import { recordKind } from "../../values/entity";
import { Shown } from "../Shown";
import { Time } from "../Time";
import { Value } from "../Value";

/** Characters of a cell. */
const LONG = 80;

/** What stands in a column of a record. `filter`: it can be asked of what is listed. */
export function Cell({ name, kind, value, filter, first = LONG }: {
  name: string; kind: EntityKind | null; value: unknown; filter?: (chip: Chip) => void; first?: number;
}) {
  if (value === null || value === undefined) return <>{text.unknown}</>;
  if (typeof value === "number" && name === "time") return <Time ms={value} short />;
  // Flows tell seconds.
  if (typeof value === "number" && /^(start|end)$/.test(name)) return <Time ms={value * 1000} short />;
  const attribute = filter === undefined ? null : name;
  const all = Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
  if (all.length > 0 && (kind !== null || filter !== undefined)) {
    return <>{all.map((one, at) => (
      <Value key={at} value={one} attribute={attribute} entity={recordKind(kind, one)} filter={filter} />))}</>;
  }
  const said = typeof value === "string" ? value : JSON.stringify(value);
  // What is long is not cut in a name, so that it can be read before it is looked into.
  return said.length > first ? <Shown value={said} first={first} />
    : <Value value={said} attribute={attribute} entity={recordKind(kind, said)} filter={filter} />;
}
