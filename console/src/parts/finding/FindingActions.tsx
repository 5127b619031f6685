import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useNavigate } from "react-router";

import type { Finding } from "../../api/shapes";
import { text } from "../../strings";
import { useDetector } from "../../state/asking";
import { useDesk } from "../../state/session";
import { useShell } from "../../state/shell";
import { copyText } from "../../values/copy";
import { copiesOfFinding } from "../../values/copyAs";
import { save } from "../../values/table";

const Suppress = lazy(() => import("./Suppress"));

const say = text.finding;

/** What can be done with a finding. */
export function FindingActions({ finding }: { finding: Finding }) {
  const { api, region, admin, to } = useDesk();
  const detectorId = useDetector();
  const { notify } = useShell();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [suppressing, setSuppressing] = useState(false);
  const archived = finding.service?.archived === true;
  const disabled = admin ? {} : { disabled: true, disabledReason: text.adminOnly };
  const failed = (error: Error) => notify("error", error.message);

  const moving = useMutation({
    mutationFn: () => api.call(
      archived ? "UnarchiveFindings" : "ArchiveFindings", { detectorId, findingIds: [finding.id] }),
    onSuccess: async () => {
      notify("success", archived ? text.findings.unarchived("1") : text.findings.archived("1"));
      await queries.invalidateQueries({ queryKey: [region] });
    },
    onError: failed,
  });
  const investigating = useMutation({
    mutationFn: () => api.call("CreateInvestigation", {
      detectorId, triggerPrompt: `Investigate the finding ${finding.id}` }),
    onSuccess: ({ investigationId }) => void navigate(to(`investigations/${investigationId}`)),
    onError: failed,
  });
  const copies = {
    id: finding.id, arn: finding.arn, json: JSON.stringify(finding, null, 2), ...copiesOfFinding(finding, window.location.origin),
    link: window.location.origin + to(`findings/${finding.id}`),
  };
  const copy = async (which: keyof typeof copies) => {
    await copyText(copies[which] ?? "");
    notify("success", say.copied(say.copy[which]));
  };

  return (
    <div className="panel-actions no-print">
      <Button variant="primary" loading={moving.isPending} onClick={() => moving.mutate()} {...disabled}>
        {archived ? say.unarchive : say.archive}
      </Button>
      <Button onClick={() => setSuppressing(true)} {...disabled}>{say.suppress.button}</Button>
      <Button loading={investigating.isPending} onClick={() => investigating.mutate()} {...disabled}>
        {say.investigation}
      </Button>
      <ButtonDropdown
        items={(["id", "arn", "link", "json", "cli", "cloudtrail", "flows"] as const).flatMap((id) =>
          copies[id] === null ? [] : [{ id, text: say.copy[id] }])}
        onItemClick={({ detail }) => void copy(detail.id as keyof typeof copies)}
      >{say.copy.menu}</ButtonDropdown>
      <Button iconName="download" onClick={() => save(`${finding.id}.json`, "application/json", [copies.json])}>
        {say.download}
      </Button>
      {suppressing && (
        <Suspense fallback={null}><Suppress finding={finding} close={() => setSuppressing(false)} /></Suspense>
      )}
    </div>
  );
}
