import Box from "@cloudscape-design/components/box";

import { text } from "../../strings";
import { count } from "../../values/number";

/** How many entries of a list can match; null: it is not in force. */
export function Entries({ entries, passedOver }: { entries: number | null; passedOver: Record<string, number> }) {
  if (entries === null) return <>{text.unknown}</>;
  return (
    <>
      {count(entries)}
      {Object.entries(passedOver).map(([why, number]) => (
        <Box key={why} variant="small" display="block">{text.lists.passedOver(count(number), why)}</Box>
      ))}
    </>
  );
}
