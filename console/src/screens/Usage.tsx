import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useSearchParams } from "react-router";

import type { GetUsageStatisticsRequest, Total, UsageStatistics } from "../api/shapes";
import { everyPage } from "../api/pages";
import type { EntityKind } from "../api/vedette";
import { Listing } from "../parts/Listing";
import { Empty } from "../parts/Trouble";
import { Value } from "../parts/Value";
import { useTitle } from "../parts/useTitle";
import { useAsk, useDetector } from "../state/asking";
import { text } from "../strings";
import { bytes, count, share } from "../values/number";

const say = text.usage;
const UNITS = ["RECORDS", "BYTES"] as const;

type Unit = (typeof UNITS)[number];

interface Sum {
  name: string;
  amount: number;
}

interface Shape {
  title: string;
  kind: GetUsageStatisticsRequest["usageStatisticsType"];
  sums: (from: UsageStatistics) => Sum[];
  entity?: EntityKind;
}

const sum = (name: string | undefined, total: Total | undefined): Sum => ({ name: name ?? "", amount: Number(total?.amount ?? 0) });

const TABLES: readonly Shape[] = [
  { title: say.byFeature, kind: "SUM_BY_FEATURES",
    sums: (from) => (from.sumByFeature ?? []).map((one) => sum(one.feature, one.total)) },
  { title: say.bySource, kind: "SUM_BY_DATA_SOURCE",
    sums: (from) => (from.sumByDataSource ?? []).map((one) => sum(one.dataSource, one.total)) },
  { title: say.byAccount, kind: "SUM_BY_ACCOUNT", entity: "account",
    sums: (from) => (from.sumByAccount ?? []).map((one) => sum(one.accountId, one.total)) },
  { title: say.topResources, kind: "TOP_RESOURCES", entity: "bucket",
    sums: (from) => (from.topResources ?? []).map((one) => sum(one.resource, one.total)) },
];

export default function Usage() {
  useTitle(say.title);
  const [params, setParams] = useSearchParams();
  const unit = UNITS.find((one) => one === params.get("unit")) ?? "RECORDS";
  return (
    <SpaceBetween size="m">
      <Header variant="h1" description={say.what} actions={
        <SegmentedControl label={say.amount} selectedId={unit} options={UNITS.map((id) => ({ id, text: say.units[id] }))}
          onChange={({ detail }) => setParams(detail.selectedId === "BYTES" ? { unit: "BYTES" } : {}, { replace: true })} />
      }>{say.title}</Header>
      <Grid gridDefinition={TABLES.map(() => ({ colspan: { default: 12, s: 6 } }))}>
        {TABLES.map((one) => <UsageTable key={one.kind} shape={one} unit={unit} />)}
      </Grid>
    </SpaceBetween>
  );
}

function UsageTable({ shape: { title, kind, sums, entity }, unit }: { shape: Shape; unit: Unit }) {
  const detectorId = useDetector();
  const asked = useAsk(["usage", kind, unit], async (api, signal) => {
    const pages = await everyPage(async (nextToken) => {
      const page = await api.call("GetUsageStatistics", {
        detectorId, usageStatisticsType: kind, usageCriteria: {}, unit, ...nextToken }, signal);
      return { rows: sums(page.usageStatistics ?? {}), nextToken: page.nextToken };
    });
    return pages.sort((one, other) => other.amount - one.amount);
  });
  const whole = (asked.data ?? []).reduce((all, one) => all + one.amount, 0);
  return (
    <Listing
      rows={asked.data} error={asked.error} again={asked.refetch} label={title}
      header={<Header variant="h2" {...(whole === 0 ? {} : { counter: `(${amountOf(whole, unit)})` })}>{title}</Header>}
      empty={<Empty title={say.none} what={say.noneWhat} />}
      columns={[
        { id: "name", header: say.name, isRowHeader: true, sortingField: "name",
          cell: (one) => <Value value={one.name} entity={entity ?? null} /> },
        { id: "amount", header: say.amount, sortingField: "amount", cell: (one) => amountOf(one.amount, unit) },
        { id: "share", header: say.share, cell: (one) => share(one.amount, whole) },
      ]}
    />
  );
}

function amountOf(amount: number, unit: Unit): string {
  return unit === "BYTES" ? bytes(amount) : say.records(count(amount));
}
