import Badge from "@cloudscape-design/components/badge";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import type { ReactNode } from "react";

import type { FindingLine } from "../api/vedette";
import { text } from "../strings";
import { useDesk } from "../state/session";
import { count } from "../values/number";
import { visibleText } from "../values/visible";
import { RouterLink } from "./RouterLink";
import { Tactic } from "./lanes/Tactic";
import { Severity } from "./Severity";
import { Time } from "./Time";

export interface Line {
  finding: FindingLine;
  why?: string;
  tactics?: readonly string[];
}

/** A short table of findings, each a link. */
export function LineTable({ lines, label, empty, loading = false }: {
  lines: readonly Line[]; label: string; empty: ReactNode; loading?: boolean;
}) {
  const { to } = useDesk();
  const columns: TableProps.ColumnDefinition<Line>[] = [
    { id: "severity", header: text.findings.columns.severity, width: 130,
      cell: ({ finding }) => <Severity value={finding.severity} /> },
    { id: "title", header: text.findings.columns.title, isRowHeader: true, minWidth: 240, cell: ({ finding }) => (
      <>
        <RouterLink href={to(`findings/${finding.id}`)}>{visibleText(finding.title)}</RouterLink>
        {finding.archived && <> <Badge>{text.findings.status.archived}</Badge></>}
        <span className="finding-type">{finding.type}</span>
      </>) },
    { id: "count", header: text.findings.columns.count, width: 90, cell: ({ finding }) => count(finding.count) },
    { id: "last", header: text.findings.columns.lastSeen, width: 210,
      cell: ({ finding }) => <Time ms={finding.lastSeen} short /> },
  ];
  if (lines.some((one) => one.tactics !== undefined)) {
    columns.push({ id: "tactics", header: text.lanes.tactic, minWidth: 150, cell: ({ tactics = [] }) => (
      tactics.length === 0 ? text.unknown
        : <ul className="plain-list">{tactics.map((one) => <li key={one}><Tactic name={one} /></li>)}</ul>) });
  }
  if (lines.some((one) => one.why !== undefined)) {
    columns.push({ id: "why", header: text.finding.related.why, cell: (one) => visibleText(one.why ?? "") });
  }
  return (
    <Table
      variant="embedded" wrapLines contentDensity="compact" items={lines} ariaLabels={{ tableLabel: label }}
      loading={loading} loadingText={text.loading} empty={empty}
      columnDefinitions={columns}
    />
  );
}
