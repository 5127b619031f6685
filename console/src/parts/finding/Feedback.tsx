import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { Finding } from "../../api/shapes";
import { text } from "../../strings";
import { useDetector } from "../../state/asking";
import { useDesk } from "../../state/session";
import { useShell } from "../../state/shell";

const say = text.finding.feedback;

/** Whether a finding was of use, in its reader's words. */
export function Feedback({ finding }: { finding: Finding }) {
  const { api, region, admin } = useDesk();
  const detectorId = useDetector();
  const { notify } = useShell();
  const queries = useQueryClient();
  const [comments, setComments] = useState("");
  const judging = useMutation({
    mutationFn: (feedback: "USEFUL" | "NOT_USEFUL") => api.call("UpdateFindingsFeedback", {
      detectorId, findingIds: [finding.id], feedback, ...(comments === "" ? {} : { comments }) }),
    onSuccess: async () => {
      notify("success", say.sent);
      await queries.invalidateQueries({ queryKey: [region] });
    },
    onError: (error) => notify("error", error.message),
  });
  const given = finding.service?.userFeedback;
  const disabled = admin ? {} : { disabled: true, disabledReason: text.adminOnly };
  return (
    <SpaceBetween size="xs">
      {given !== undefined && (
        <Box color="text-body-secondary">{say.given(given === "USEFUL" ? say.useful : say.notUseful)}</Box>
      )}
      <div className="filters no-print">
        <FormField label={`${say.label} ${say.comment}`}>
          <Input value={comments} onChange={({ detail }) => setComments(detail.value)} disabled={!admin} />
        </FormField>
        <Button iconName="thumbs-up" onClick={() => judging.mutate("USEFUL")} {...disabled}>{say.useful}</Button>
        <Button iconName="thumbs-down" onClick={() => judging.mutate("NOT_USEFUL")} {...disabled}>
          {say.notUseful}
        </Button>
      </div>
    </SpaceBetween>
  );
}
