import { useEffect } from "react";
import { createPortal } from "react-dom";

import type { EntityKind, FoundRow } from "../../api/vedette";
import { search as say } from "../../strings/search";
import { usePreferences } from "../../state/preferences";
import { useShell } from "../../state/shell";
import type { Chip } from "../../values/criteria";
import type { Log } from "../../values/hunt";
import { formatted } from "../../values/record";
import { absolute } from "../../values/time";
import { CopyButton } from "../CopyButton";
import { Cell } from "../investigate/Cell";
import { Shown } from "../Shown";

/** Characters of a value that are shown at first. */
const LONG = 400;

/** All that a record says, in the split panel, beside the table. */
export function RecordPanel({ row, kinds, filter, close }: {
  row: FoundRow; kinds: Record<string, EntityKind | undefined>; filter: (chip: Chip) => void; close: () => void;
}) {
  const { setPanel, slot } = useShell();
  const { zone } = usePreferences().preferences;
  const time = absolute(Number(row.record["time"]), zone);
  const title = `${say.logs[row.log as Log]} \u00b7 ${time}`;
  useEffect(() => {
    setPanel({ label: title, close, header: null });
  // The panel closes by what `close` was when it opened: that only says that no record is open.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [setPanel, title]);
  useEffect(() => () => setPanel(null), [setPanel]);
  if (slot === null) return null;
  return createPortal(
    <div className="contained">
      <p className="value"><span className="muted">{say.copyJson}</span>{" "}
        <span className="value-actions always"><CopyButton value={JSON.stringify(row.record, null, 2)} what={say.copyJson} /></span></p>
      <dl aria-label={say.says}>
        {Object.entries(row.record).map(([name, value]) => (
          <div key={name} className="detail-row">
            <dt>{name}</dt>
            <dd>{whole(value)
              ?? <Cell name={name} kind={kinds[name] ?? null} value={value} filter={filter} first={LONG} />}</dd>
          </div>
        ))}
      </dl>
    </div>, slot);
}

function whole(value: unknown) {
  const text = typeof value === "string" && value.startsWith("{") ? formatted(value) : null;
  return text === null ? null : <pre className="json"><Shown value={text} first={4096} /></pre>;
}
