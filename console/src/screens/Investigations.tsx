import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import { useNavigate } from "react-router";

import { AdminButton } from "../parts/AdminButton";
import { Listing } from "../parts/Listing";
import { RouterLink } from "../parts/RouterLink";
import { Shown } from "../parts/Shown";
import { Time } from "../parts/Time";
import { Empty } from "../parts/Trouble";
import { useChange } from "../parts/useChange";
import { useTitle } from "../parts/useTitle";
import { useAsk, useDetector } from "../state/asking";
import { useDesk } from "../state/session";
import { text } from "../strings";
import { milliseconds } from "../values/time";
import { visibleText } from "../values/visible";

const say = text.investigate.investigations;
const SOON = 5000;
const FEATURE = "AI_ANALYST";

export default function Investigations() {
  useTitle(say.title);
  const detectorId = useDetector();
  const { to } = useDesk();
  const navigate = useNavigate();
  const [prompt, setPrompt] = useState("");
  const asked = useAsk(["investigations"], async (api, signal) =>
    (await api.call("ListInvestigations", { detectorId, maxResults: 50 }, signal)).investigations, { every: SOON });
  const detector = useAsk(["detector"], (api, signal) => api.call("GetDetector", { detectorId }, signal));
  const off = detector.data?.features?.find((one) => one.name === FEATURE)?.status === "DISABLED";
  const turnOn = useChange(
    (api) => api.call("UpdateDetector", { detectorId, features: [{ name: FEATURE, status: "ENABLED" }] }), () => say.on);
  const create = useChange(async (api) => {
    const { investigationId } = await api.call("CreateInvestigation", { detectorId, triggerPrompt: prompt });
    void navigate(to(`investigations/${investigationId}`));
  }, () => say.created);
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description={say.what}>{say.title}</Header>
      {off && (
        <Alert type="info" action={
          <AdminButton loading={turnOn.isPending} onClick={() => turnOn.mutate()}>{say.turnOn}</AdminButton>}>
          {say.off}
        </Alert>
      )}
      <Container>
        <div className="filters">
          <div className="grow">
            <FormField label={say.prompt} description={say.promptHelp} stretch>
              <Input value={prompt} onChange={({ detail }) => setPrompt(detail.value)} />
            </FormField>
          </div>
          <AdminButton variant="primary" disabled={prompt.trim() === ""} loading={create.isPending}
            onClick={() => create.mutate()}>{say.create}</AdminButton>
        </div>
      </Container>
      <Listing
        rows={asked.data} error={asked.error} again={asked.refetch} label={say.title}
        header={<Header variant="h2" actions={
          <Button iconName="refresh" ariaLabel={text.refresh} onClick={() => void asked.refetch()} />}>{say.title}</Header>}
        empty={<Empty title={say.none} what={say.noneWhat} />}
        columns={[
          { id: "title", header: say.id, isRowHeader: true, minWidth: 260, cell: (one) => (
            <RouterLink href={to(`investigations/${one.investigationId ?? ""}`)}>
              {visibleText(one.title ?? one.triggerPrompt ?? one.investigationId ?? "")}
            </RouterLink>) },
          { id: "type", header: say.type, cell: (one) => one.investigationType ?? text.unknown },
          { id: "status", header: say.status, minWidth: 170, cell: (one) => <Status status={one.status} /> },
          { id: "risk", header: say.risk, cell: (one) => one.riskLevel ?? text.unknown },
          { id: "confidence", header: say.confidence, cell: (one) => one.confidence ?? text.unknown },
          { id: "prompt", header: say.trigger, cell: (one) => <Shown value={one.triggerPrompt ?? ""} first={120} /> },
          { id: "started", header: say.started, cell: (one) => <Time ms={milliseconds(one.startTime)} short /> },
        ]}
      />
    </SpaceBetween>
  );
}

function Status({ status }: { status: "RUNNING" | "COMPLETED" | "FAILED" | undefined }) {
  return (
    <StatusIndicator type={status === "COMPLETED" ? "success" : status === "FAILED" ? "error" : "in-progress"}>
      {status ?? text.unknown}
    </StatusIndicator>
  );
}
