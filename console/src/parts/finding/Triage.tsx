import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";

import type { Finding } from "../../api/shapes";
import { changeTriage, STATUSES, type Stand } from "../../api/vedette";
import { useDetector } from "../../state/asking";
import { text } from "../../strings";
import { AssigneeSelect } from "../AssigneeSelect";
import { useChange } from "../useChange";
import { ACTIVITY, useTriage } from "./useFinding";

const say = text.triage;

/** Where the work on a finding stands, and whose it is: an analyst's too to say. */
export function Triage({ finding }: { finding: Finding }) {
  const detectorId = useDetector();
  const asked = useTriage(finding.id, ACTIVITY);
  const change = useChange(
    (api, wanted: Partial<Stand>) => changeTriage(api, detectorId, finding.id, wanted),
    () => say.changed);
  const status = asked.data?.status ?? "OPEN";
  const assignee = asked.data?.assignee ?? "";
  const busy = asked.data === undefined || change.isPending;
  return (
    <div className="filters triage no-print" role="group" aria-label={say.label}>
      <FormField label={say.status}>
        <Select
          disabled={busy} selectedOption={{ value: status, label: say.statuses[status] }}
          options={STATUSES.map((one) => ({ value: one, label: say.statuses[one] }))}
          onChange={({ detail }) => {
            const chosen = STATUSES.find((one) => one === detail.selectedOption.value);
            if (chosen !== undefined) change.mutate({ status: chosen });
          }}
        />
      </FormField>
      <FormField label={say.assignee}>
        <AssigneeSelect value={assignee} disabled={busy} change={(assignee) => change.mutate({ assignee: assignee ?? "" })} />
      </FormField>
      <span className="muted grow">{say.repeats}</span>
    </div>
  );
}
