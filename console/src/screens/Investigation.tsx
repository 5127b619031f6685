import Alert from "@cloudscape-design/components/alert";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useRef } from "react";
import { useNavigate, useParams } from "react-router";

import type { Investigation as Report, InvestigationRecord } from "../api/shapes";
import { RouterLink } from "../parts/RouterLink";
import { Shown } from "../parts/Shown";
import { Structure } from "../parts/Structure";
import { Time } from "../parts/Time";
import { Trouble } from "../parts/Trouble";
import { useTitle } from "../parts/useTitle";
import { useAsk, useDetector } from "../state/asking";
import { useDesk } from "../state/session";
import { text } from "../strings";
import { save } from "../values/table";
import { milliseconds } from "../values/time";
import { visibleText } from "../values/visible";

const say = text.investigate.investigations;
const SOON = 2000;
const LATER = 60_000;

export default function Investigation() {
  const { id = "" } = useParams();
  const { to } = useDesk();
  const navigate = useNavigate();
  const detectorId = useDetector();
  const report = useRef<HTMLDivElement>(null);
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
    return asked.error === null ? <Spinner size="large" /> : <Trouble error={asked.error} again={asked.refetch} />;
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
            <Button iconName="download" disabled={running} onClick={() => {
              if (report.current !== null) save(`investigation-${id}.html`, "text/html", [standalone(id, report.current)]);
            }}>{say.exportHtml}</Button>
            <Button disabled={running} onClick={() => window.print()}>{say.print}</Button>
          </SpaceBetween>
        </div>
      }>{`${say.id}: ${visibleText(one.triggerPrompt.slice(0, 160))}`}</Header>
      {running && <Alert type="info"><Spinner /> {say.running}</Alert>}
      {one.status === "FAILED" && <Alert type="error" header={say.failed}><Shown value={one.error ?? ""} /></Alert>}
      <div ref={report} className="report"><Text report={one} records={records.data ?? []} /></div>
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

/** The report as a page by itself: the text that is on the screen, without scripts and without styles of the console. */
function standalone(id: string, report: HTMLElement): string {
  const page = document.implementation.createHTMLDocument(`${say.id} ${id}`);
  const style = page.createElement("style");
  style.textContent = "body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}dt{font-weight:bold}dd{margin:0 0 .5em 1em}";
  page.head.append(style);
  copyText(report, page.body, page);
  return `<!doctype html>\n${new XMLSerializer().serializeToString(page.documentElement)}`;
}

const KEPT = new Set(["H1", "H2", "H3", "P", "UL", "OL", "LI", "DL", "DT", "DD", "B", "CODE"]);

/** Headings, lists and text, and nothing else: no attribute of an element is kept. */
function copyText(from: Node, into: HTMLElement, page: Document): void {
  for (const child of from.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) into.append(child.textContent ?? "");
    else if (child instanceof Element && !["svg", "BUTTON", "STYLE", "SCRIPT"].includes(child.tagName)) {
      if (KEPT.has(child.tagName)) {
        const copy = page.createElement(child.tagName);
        into.append(copy);
        copyText(child, copy, page);
      } else copyText(child, into, page);
    }
  }
}
