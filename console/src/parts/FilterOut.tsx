import Icon from "@cloudscape-design/components/icon";

import { text } from "../strings";
import type { Chip } from "../values/criteria";
import { named } from "./CopyButton";

/** Leaves a value out of what is listed. */
export function FilterOut({ attribute, value, filter }: { attribute: string; value: string; filter: (chip: Chip) => void }) {
  const label = text.value.filterOut(named(value));
  return (
    <button type="button" className="icon-button" title={label} aria-label={label}
      onClick={() => filter({ attribute, operator: "!=", value })}><Icon name="zoom-out" size="small" /></button>
  );
}
