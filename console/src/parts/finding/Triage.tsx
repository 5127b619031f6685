import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";

import type { Finding } from "../../api/shapes";
import { changeTriage, readAssignees, STATUSES, type Status } from "../../api/vedette";
import { useAsk, useDetector } from "../../state/asking";
import { useDesk } from "../../state/session";
import { text } from "../../strings";
import { visibleText } from "../../values/visible";
import { useChange } from "../useChange";
import { ACTIVITY, useTriage } from "./useFinding";

const say = text.triage;

/** Where the work on a finding stands, and whose it is: an analyst's too to say. */
export function Triage({ finding }: { finding: Finding }) {
  const { session } = useDesk();
  const detectorId = useDetector();
  const asked = useTriage(finding.id, ACTIVITY);
  const people = useAsk(["assignees"], readAssignees);
  const change = useChange(
    (api, wanted: { status?: Status; assignee?: string }) => changeTriage(api, detectorId, finding.id, wanted),
    () => say.changed);
  const status = asked.data?.status ?? "OPEN";
  const assignee = asked.data?.assignee ?? "";
  const busy = asked.data === undefined || change.isPending;
  const named = (name: string) => ({ value: name,
    label: name === "" ? say.nobody : name === session.user ? say.me(name) : visibleText(name) });
  const others = (people.data ?? []).filter((one) => one !== session.user);
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
        <Select
          disabled={busy} selectedOption={named(assignee)} filteringType="auto" expandToViewport
          filteringAriaLabel={text.filterTable} filteringPlaceholder={text.filterTable}
          statusType={people.isPending ? "loading" : people.isError ? "error" : "finished"} loadingText={text.loading}
          errorText={people.error?.message ?? ""} recoveryText={text.tryAgain} onLoadItems={() => {
            if (people.isError) void people.refetch();
          }}
          options={["", session.user, ...others].map(named)}
          onChange={({ detail }) => change.mutate({ assignee: detail.selectedOption.value ?? "" })}
        />
      </FormField>
      <span className="muted grow">{say.repeats}</span>
    </div>
  );
}
