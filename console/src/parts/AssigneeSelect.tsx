import Select from "@cloudscape-design/components/select";

import { readAssignees } from "../api/vedette";
import { useAsk } from "../state/asking";
import { useDesk } from "../state/session";
import { text } from "../strings";
import { visibleText } from "../values/visible";

const say = text.triage;
/** No user is called so: names have no spaces. */
const KEEP = " ";

/** Whose work a finding is: somebody's, nobody's (empty), or, where `keep` names that, as it is (null). */
export function AssigneeSelect({ value, change, disabled = false, keep }: {
  value: string | null; change: (value: string | null) => void; disabled?: boolean; keep?: string;
}) {
  const { session } = useDesk();
  const people = useAsk(["assignees"], readAssignees);
  const others = (people.data ?? []).filter((one) => one !== session.user);
  const named = (name: string) => ({ value: name,
    label: name === "" ? say.nobody : name === session.user ? say.me(name) : visibleText(name) });
  const kept = { value: KEEP, label: keep ?? "" };
  return (
    <Select
      disabled={disabled} selectedOption={value === null ? kept : named(value)} filteringType="auto" expandToViewport
      filteringAriaLabel={text.filterTable} filteringPlaceholder={text.filterTable}
      statusType={people.isPending ? "loading" : people.isError ? "error" : "finished"} loadingText={text.loading}
      errorText={people.error?.message ?? ""} recoveryText={text.tryAgain} onLoadItems={() => {
        if (people.isError) void people.refetch();
      }}
      options={[...(keep === undefined ? [] : [kept]), ...["", session.user, ...others].map(named)]}
      onChange={({ detail }) => {
        const chosen = detail.selectedOption.value ?? "";
        change(chosen === KEEP ? null : chosen);
      }}
    />
  );
}
