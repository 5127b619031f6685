import Badge from "@cloudscape-design/components/badge";

import type { TriageLine } from "../../api/vedette";
import { text } from "../../strings";
import { count } from "../../values/number";
import { visibleText } from "../../values/visible";

const say = text.triage;

/** Where the work on a finding stands; `unsaid`: nothing of one that nobody has looked at. */
export function Stands({ line, unsaid = false }: { line: TriageLine | undefined; unsaid?: boolean }) {
  if (line === undefined) return null;
  if (unsaid && line.status === "OPEN" && line.assignee === "" && line.comments === 0) return null;
  return (
    <span className="stands">
      <Badge color={line.status === "RESOLVED" ? "green" : line.status === "UNDER_REVIEW" ? "blue" : "grey"}>
        {say.statuses[line.status]}
      </Badge>{" "}
      {line.assignee !== "" && <span>{visibleText(line.assignee)}</span>}{" "}
      {line.comments > 0 && <span className="muted">{say.comments(count(line.comments))}</span>}
    </span>
  );
}
