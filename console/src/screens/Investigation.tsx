import Alert from "@cloudscape-design/components/alert";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMutation } from "@tanstack/react-query";
import { useNavigate, useParams } from "react-router";

import { readReport } from "../api/vedette";
import type { Investigation as Report, InvestigationRecord } from "../api/shapes";
import { RouterLink } from "../parts/RouterLink";
import { Shown } from "../parts/Shown";
import { Structure } from "../parts/Structure";
import { Time } from "../parts/Time";
import { Trouble } from "../parts/Trouble";
import { useTitle } from "../parts/useTitle";
import { Waiting } from "../parts/Waiting";
import { useAsk, useDetector } from "../state/asking";
import { useDesk } from "../state/session";
import { useShell } from "../state/shell";
import { text } from "../strings";
import { save } from "../values/table";
import { milliseconds } from "../values/time";
import { visibleText } from "../values/visible";

const say = text.investigate.investigations;
const SOON = 2000;
const LATER = 60_000;

export default function Investigation() {
  const { id = "" } = useParams();
  const { api, to } = useDesk();
  const { notify } = useShell();
  const navigate = useNavigate();
  const detectorId = useDetector();
  const exporting = useMutation({
    mutationFn: () => readReport(api, id),
    onSuccess: ({ html }) => save(`investigation-${id}.html`, "text/html;charset=utf-8", [html]),
    onError: (error) => notify("error", error.message),
  });
  const asked = useAsk(["investigation", id], async (api, signal) =>
    (await api.call("GetInvestigation", { detectorId, investigationId: id, summaryFormat: "STRUCTURED" }, signal)).investigation);
  const running = asked.data?.status === "RUNNING";
  const again = useAsk(["investigation", id, "again"], async (api, signal) => {
    const { status } = (await api.call("GetInvestigation", { detectorId, investigationId: id }, signal)).investigation;
    if (status !== "RUNNING") void asked.refetch();
    return status;
  }, { every: running ? SOON : LATER, enabled: running });
  const records = useAsk(["investigation", id, "records", asked.data?.status, again.data], async (api, signal) => {
    const found: InvestigationRecord[] = [];
    let nextToken = "";
    do {
      const page = await api.call("ListInvestigationRecords", {
        detectorId, investigationId: id, maxResults: 50, ...(nextToken === "" ? {} : { nextToken }) }, signal);
      found.push(...page.records);
      nextToken = page.nextToken ?? "";
    } while (nextToken !== "");
    return found;
  }, { keep: true });
  useTitle(`${say.id} ${id}`);
  if (asked.data === undefined) {
    return asked.error === null ? <Waiting /> : <Trouble error={asked.error} again={asked.refetch} />;
  }
  const one = asked.data;
  return (
    <SpaceBetween size="m">
      <div className="no-print">
        <BreadcrumbGroup items={[{ text: say.title, href: to("investigations") }, { text: id, href: to(`investigations/${id}`) }]}
          onFollow={(event) => {
            event.preventDefault();
            void navigate(event.detail.href);
          }} />
      </div>
      <Header variant="h1" actions={
        <div className="no-print">
          <SpaceBetween direction="horizontal" size="xs">
            <Button iconName="download" disabled={one.status !== "COMPLETED"} loading={exporting.isPending}
              onClick={() => exporting.mutate()}>{say.exportHtml}</Button>
            <Button disabled={running} onClick={() => window.print()}>{say.print}</Button>
          </SpaceBetween>
        </div>
      } description={visibleText(one.triggerPrompt.slice(0, 300))}>
        {visibleText(one.summaryData?.keyObservations?.title ?? say.id)}
      </Header>
      {running && <Waiting here what={say.running} />}
      {one.status === "FAILED" && <Alert type="error" header={say.failed}><Shown value={one.error ?? ""} /></Alert>}
      <div className="report"><Text report={one} records={records.data ?? []} /></div>
      {records.error !== null && <Trouble error={records.error} again={records.refetch} />}
    </SpaceBetween>
  );
}

function Text({ report, records }: { report: Report; records: InvestigationRecord[] }) {
  const { to } = useDesk();
  const { summaryData } = report;
  const findingId = report.scope?.findingId;
  return (
    <SpaceBetween size="m">
      <Container>
        <KeyValuePairs columns={4} items={[
          { label: say.status, value: report.status },
          { label: say.risk, value: report.riskLevel ?? text.unknown },
          { label: say.confidence, value: report.confidence ?? text.unknown },
          { label: say.started, value: <Time ms={milliseconds(report.startTime)} /> },
          ...(findingId === undefined ? [] : [{ label: text.finding.title,
            value: <RouterLink href={to(`findings/${findingId}`)}>{findingId}</RouterLink> }]),
          ...(report.scope?.accountId === undefined ? [] : [{ label: text.finding.account, value: report.scope.accountId }]),
        ]} />
      </Container>
      {(report.summary !== undefined || report.risk !== undefined) && (
        <Container header={<Header variant="h2">{say.summary}</Header>}>
          <div className="doc">
            {report.summary !== undefined && <p><Shown value={report.summary} first={20_000} /></p>}
            {report.risk !== undefined && <p><Shown value={report.risk} first={8000} /></p>}
          </div>
        </Container>
      )}
      {summaryData !== undefined && Object.entries(summaryData as Record<string, unknown>).map(([name, value]) => (
        <Container key={name} header={<Header variant="h2">{heading(name)}</Header>}><Structure value={value} /></Container>
      ))}
      <Container header={<Header variant="h2" counter={`(${records.length})`}>{say.records}</Header>}>
        {records.length === 0 && say.noRecords}
        {records.map((one) => (
          <ExpandableSection key={one.recordId} headerText={visibleText(one.title)} headerDescription={one.type}>
            <SpaceBetween size="s">
              <Time ms={milliseconds(one.createdAt)} />
              {one.narrative !== undefined && <div className="doc"><Shown value={one.narrative} first={8000} /></div>}
              <Structure value={one.supportingData} />
            </SpaceBetween>
          </ExpandableSection>
        ))}
      </Container>
    </SpaceBetween>
  );
}

const HEADINGS: Record<string, string> = {
  threatAssessment: say.phases, recommendations: say.actions, keyObservations: say.observations,
  countermeasures: say.countermeasures, findingType: text.finding.type, accountAnalysis: say.accountAnalysis,
  organizationAnalysis: say.organizationAnalysis,
};

function heading(name: string): string {
  return HEADINGS[name] ?? name;
}
