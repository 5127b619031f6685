import { useEffect } from "react";
import { createPortal } from "react-dom";

import { text } from "../../strings";
import { useDesk } from "../../state/session";
import { useShell } from "../../state/shell";
import { visibleText } from "../../values/visible";
import { RouterLink } from "../RouterLink";
import { Empty, Trouble } from "../Trouble";
import { Waiting } from "../Waiting";
import { FindingActions } from "./FindingActions";
import { FindingBody } from "./FindingBody";
import { useFinding } from "./useFinding";

/** The finding in the split panel, beside the table. */
export default function FindingPanel({ id, close }: { id: string; close: () => void }) {
  const { setPanel, slot } = useShell();
  const { to } = useDesk();
  const asked = useFinding(id);
  const title = asked.data?.title ?? text.finding.title;
  const page = to(`findings/${id}`);
  useEffect(() => {
    setPanel({ label: visibleText(title), close, header: <RouterLink href={page}>{text.finding.open}</RouterLink> });
  // The panel closes by what `close` was when it opened: that only takes the finding out of the address.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [setPanel, title, page]);
  useEffect(() => () => setPanel(null), [setPanel]);
  if (slot === null) return null;
  return createPortal(
    asked.data === undefined
      ? asked.error === null ? <Waiting here /> : <Trouble error={asked.error} again={asked.refetch} />
      : asked.data === null
        ? <Empty title={text.finding.gone} what={text.finding.goneWhat} />
        : (
          <div className="contained">
            <FindingActions finding={asked.data} />
            <FindingBody key={id} finding={asked.data} />
          </div>
        ),
    slot,
  );
}
