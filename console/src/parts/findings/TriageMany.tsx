import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Modal from "@cloudscape-design/components/modal";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { STATUSES, type Stand, type Status } from "../../api/vedette";
import { text } from "../../strings";
import { count } from "../../values/number";
import { AssigneeSelect } from "../AssigneeSelect";

const say = text.triage;

/** Asks what is to be said of several findings, and says of how many. */
export default function TriageMany({ findings, change, close }: {
  findings: readonly unknown[]; change: (wanted: Partial<Stand>) => void; close: () => void;
}) {
  const [status, setStatus] = useState<Status | null>(null);
  const [assignee, setAssignee] = useState<string | null>(null);
  const kept = { value: "", label: say.many.keep };
  const number = count(findings.length);
  return (
    <Modal visible onDismiss={close} header={say.many.title(number)} footer={
      <Box float="right">
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="link" onClick={close}>{text.cancel}</Button>
          <Button variant="primary" disabled={status === null && assignee === null} onClick={() => {
            change({ ...(status === null ? {} : { status }), ...(assignee === null ? {} : { assignee }) });
            close();
          }}>{say.many.change(number)}</Button>
        </SpaceBetween>
      </Box>
    }>
      <SpaceBetween size="m">
        <FormField label={say.status}>
          <Select
            selectedOption={status === null ? kept : { value: status, label: say.statuses[status] }} expandToViewport
            options={[kept, ...STATUSES.map((one) => ({ value: one, label: say.statuses[one] }))]}
            onChange={({ detail }) => setStatus(STATUSES.find((one) => one === detail.selectedOption.value) ?? null)}
          />
        </FormField>
        <FormField label={say.assignee}>
          <AssigneeSelect value={assignee} change={setAssignee} keep={say.many.keep} />
        </FormField>
        <Box color="text-body-secondary">{say.repeats}</Box>
      </SpaceBetween>
    </Modal>
  );
}
