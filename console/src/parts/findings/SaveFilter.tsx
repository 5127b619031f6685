import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { FindingCriteria } from "../../api/shapes";
import { text } from "../../strings";
import { useDetector } from "../../state/asking";
import { useDesk } from "../../state/session";
import { useShell } from "../../state/shell";
import { Trouble } from "../Trouble";

/** Keeps the criteria under a name, as a filter of GuardDuty's. */
export function SaveFilter({ criteria, close }: { criteria: FindingCriteria; close: () => void }) {
  const { api, region } = useDesk();
  const detectorId = useDetector();
  const { notify } = useShell();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const saving = useMutation({
    mutationFn: () => api.call("CreateFilter", {
      detectorId, name, findingCriteria: criteria, action: "NOOP",
      ...(description === "" ? {} : { description }),
    }),
    onSuccess: async () => {
      notify("success", text.findings.saved.saved(name));
      await queries.invalidateQueries({ queryKey: [region, "filters"] });
      close();
    },
  });
  const empty = Object.keys(criteria.criterion ?? {}).length === 0;
  return (
    <Modal visible onDismiss={close} header={text.findings.saved.save} footer={
      <Box float="right">
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="link" onClick={close}>{text.cancel}</Button>
          <Button variant="primary" loading={saving.isPending} disabled={empty || name.length < 3}
            onClick={() => saving.mutate()}>{text.save}</Button>
        </SpaceBetween>
      </Box>
    }>
      <SpaceBetween size="m">
        {empty && <Box color="text-status-warning">{text.findings.saved.empty}</Box>}
        <FormField label={text.findings.saved.name} constraintText={text.findings.saved.nameHelp}>
          <Input value={name} onChange={({ detail }) => setName(detail.value)} />
        </FormField>
        <FormField label={text.findings.saved.description}>
          <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
        </FormField>
        {saving.error !== null && <Trouble error={saving.error} />}
      </SpaceBetween>
    </Modal>
  );
}
