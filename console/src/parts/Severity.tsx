import Badge from "@cloudscape-design/components/badge";

import { text } from "../strings";
import { bandOf, severityNumber } from "../values/severity";

/** Colour, word and number. */
export function Severity({ value }: { value: number }) {
  const band = bandOf(value);
  return <Badge color={`severity-${band}`}>{text.severity[band]}{"\u00a0"}{severityNumber(value)}</Badge>;
}
