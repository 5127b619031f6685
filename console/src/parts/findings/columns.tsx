import type { TableProps } from "@cloudscape-design/components/table";
import Badge from "@cloudscape-design/components/badge";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";

import type { Finding } from "../../api/shapes";
import { text } from "../../strings";
import { actorLine, firstSeen, isSample, lastSeen, resourceLine, type Part } from "../../values/finding";
import { count } from "../../values/number";
import { milliseconds } from "../../values/time";
import { visibleText } from "../../values/visible";
import { Severity } from "../Severity";
import { Shown } from "../Shown";
import { Time } from "../Time";
import { Value } from "../Value";
import { Spark } from "./Spark";
import { Stands } from "./Stands";
import type { Beside } from "./useFindings";

const names = text.findings.columns;

export const DEFAULT_COLUMNS = ["severity", "title", "resource", "actor", "count", "seen", "lastSeen"];

export const COLUMNS = [
  "severity", "title", "type", "resource", "actor", "account", "region", "count", "seen", "firstSeen", "lastSeen",
  "updatedAt", "status", "triage",
] as const;

interface Looks {
  open: (finding: Finding) => void;
  at: string | null;
  /** The time that the table's findings span. */
  span: { since: number; until: number };
  beside: Beside;
}

export function columnsOf({ open, at, span, beside }: Looks): TableProps.ColumnDefinition<Finding>[] {
  return [
    { id: "severity", header: names.severity, width: 116, sortingField: "severity",
      cell: (one) => <Severity value={one.severity} /> },
    { id: "title", header: names.title, minWidth: 240, width: 262, isRowHeader: true, sortingField: "type",
      cell: (one) => (
        <Title finding={one} open={open} here={one.id === at}><Stands line={beside.triage.get(one.id)} unsaid /></Title>) },
    { id: "type", header: names.type, width: 300, sortingField: "type",
      cell: (one) => <Value value={one.type} attribute="type" /> },
    { id: "resource", header: names.resource, minWidth: 140, width: 152, cell: (one) => <PartCell part={resourceLine(one)} /> },
    { id: "actor", header: names.actor, minWidth: 120, width: 135, cell: (one) => <PartCell part={actorLine(one)} /> },
    { id: "account", header: names.account, width: 160, sortingField: "accountId",
      cell: (one) => <Value value={one.accountId} attribute="accountId" entity="account" /> },
    { id: "region", header: names.region, width: 130, sortingField: "region", cell: (one) => <Shown value={one.region} /> },
    { id: "count", header: names.count, width: 92, cell: (one) => count(one.service?.count ?? 1) },
    { id: "seen", header: names.seen, width: 130,
      cell: (one) => <Spark times={beside.times.get(one.id)} span={span} /> },
    { id: "firstSeen", header: names.firstSeen, width: 210, sortingField: "service.eventFirstSeen",
      cell: (one) => <Time ms={firstSeen(one)} short /> },
    { id: "lastSeen", header: names.lastSeen, width: 212, sortingField: "service.eventLastSeen",
      cell: (one) => <Time ms={lastSeen(one)} short /> },
    { id: "updatedAt", header: names.updatedAt, width: 210, sortingField: "updatedAt",
      cell: (one) => <Time ms={milliseconds(one.updatedAt)} short /> },
    { id: "status", header: names.status, width: 120,
      cell: (one) => one.service?.archived === true
        ? <StatusIndicator type="stopped">{text.findings.status.archived}</StatusIndicator>
        : <StatusIndicator type="info">{text.findings.status.current}</StatusIndicator> },
    { id: "triage", header: names.triage, width: 170, sortingField: "triage.status",
      cell: (one) => <Stands line={beside.triage.get(one.id)} /> },
  ];
}

function Title({ finding, open, here, children }: {
  finding: Finding; open: (finding: Finding) => void; here: boolean; children: ReactNode;
}) {
  const title = finding.title ?? finding.type;
  return (
    <span className={here ? "finding-title cursor-here" : "finding-title"}>
      {isSample(finding) && !title.startsWith(text.sample) && <><Badge>{text.sample}</Badge> </>}
      <button type="button" className="link-button" data-finding={finding.id}
        aria-label={text.findings.openPanel(visibleText(title))} onClick={() => open(finding)}>
        {visibleText(title)}
      </button>
      <span className="finding-type">{visibleText(finding.type)}</span>
      {children}
    </span>
  );
}

function PartCell({ part }: { part: Part | null }) {
  if (part === null) return <>{text.unknown}</>;
  return <Value value={part.value} attribute={part.attribute} entity={part.entity} />;
}
