import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";

import type { GetUsageStatisticsRequest, Total, UsageStatistics } from "../api/shapes";
import { Listing } from "../parts/Listing";
import { Shown } from "../parts/Shown";
import { Empty } from "../parts/Trouble";
import { useTitle } from "../parts/useTitle";
import { useAsk, useDetector } from "../state/asking";
import { text } from "../strings";
import { count } from "../values/number";

const say = text.usage;
const SOURCES = ["FLOW_LOGS", "CLOUD_TRAIL", "DNS_LOGS", "S3_LOGS", "KUBERNETES_AUDIT_LOGS", "EC2_MALWARE_SCAN"] as const;

interface Row {
  name: string;
  total: Total | undefined;
}

const TABLES: [string, GetUsageStatisticsRequest["usageStatisticsType"], (from: UsageStatistics) => Row[]][] = [
  [say.bySource, "SUM_BY_DATA_SOURCE",
    (from) => (from.sumByDataSource ?? []).map((one) => ({ name: one.dataSource ?? "", total: one.total }))],
  [say.byFeature, "SUM_BY_FEATURES",
    (from) => (from.sumByFeature ?? []).map((one) => ({ name: one.feature ?? "", total: one.total }))],
  [say.byAccount, "SUM_BY_ACCOUNT",
    (from) => (from.sumByAccount ?? []).map((one) => ({ name: one.accountId ?? "", total: one.total }))],
  [say.topResources, "TOP_RESOURCES",
    (from) => (from.topResources ?? []).map((one) => ({ name: one.resource ?? "", total: one.total }))],
];

export default function Usage() {
  useTitle(say.title);
  return (
    <SpaceBetween size="m">
      <Header variant="h1" description={say.what}>{say.title}</Header>
      <Grid gridDefinition={TABLES.map(() => ({ colspan: { default: 12, s: 6 } }))}>
        {TABLES.map(([title, kind, rows]) => <UsageTable key={kind} title={title} kind={kind} rows={rows} />)}
      </Grid>
    </SpaceBetween>
  );
}

function UsageTable({ title, kind, rows }: {
  title: string; kind: GetUsageStatisticsRequest["usageStatisticsType"]; rows: (from: UsageStatistics) => Row[];
}) {
  const detectorId = useDetector();
  const asked = useAsk(["usage", kind], async (api, signal) => {
    const { usageStatistics } = await api.call("GetUsageStatistics", {
      detectorId, usageStatisticsType: kind, usageCriteria: { dataSources: [...SOURCES] } }, signal);
    return rows(usageStatistics ?? {});
  });
  return (
    <Listing
      rows={asked.data} error={asked.error} again={asked.refetch} label={title} header={<Header variant="h2">{title}</Header>}
      empty={<Empty title={say.none} what={say.noneWhat} />}
      columns={[
        { id: "name", header: say.name, isRowHeader: true, cell: (one) => <Shown value={one.name} /> },
        { id: "amount", header: say.amount, cell: (one) => one.total === undefined ? text.unknown
          : say.of(count(Number(one.total.amount ?? 0)), one.total.unit ?? "") },
      ]}
    />
  );
}
