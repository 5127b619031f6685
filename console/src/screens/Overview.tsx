import BarChart from "@cloudscape-design/components/bar-chart";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { useSearchParams } from "react-router";

import type { FindingCriteria } from "../api/shapes";
import { readCatalogue, readHealth, type Bands, type Health } from "../api/vedette";
import { Bars } from "../parts/Bars";
import { AttackStrip } from "../parts/overview/AttackStrip";
import { SourceStrip } from "../parts/overview/SourceStrip";
import { useBars, useFacets } from "../parts/findings/useFindings";
import { RouterLink } from "../parts/RouterLink";
import { Silent } from "../parts/Silent";
import { Empty, Trouble } from "../parts/Trouble";
import { useTitle } from "../parts/useTitle";
import { Waiting } from "../parts/Waiting";
import { useAsk, useDetector } from "../state/asking";
import { useNow } from "../state/now";
import { usePreferences } from "../state/preferences";
import { useDesk } from "../state/session";
import { text } from "../strings";
import { both, type Chip } from "../values/criteria";
import { planState } from "../values/plans";
import { count } from "../values/number";
import { merged, REMOTE_COUNTRIES, REMOTE_COUNTRY_CODES, REMOTE_IPS } from "../values/remote";
import { BANDS, bandOf, LEAST, type Band } from "../values/severity";
import { axisLabel, relative } from "../values/time";
import { criteriaOfView, PLAIN, RANGES, writeView, type Range, type RangeName } from "../values/view";

const CountryMap = lazy(() => import("../parts/overview/CountryMap"));

const say = text.overview;
const RESOURCES = [
  "resource.instanceDetails.instanceId", "resource.s3BucketDetails.name", "resource.eksClusterDetails.name",
  "resource.rdsDbInstanceDetails.dbInstanceIdentifier", "resource.lambdaDetails.functionName",
];
const SEQUENCE = "AttackSequence:";
const USERS = "resource.accessKeyDetails.userName";
const MANY = ["type", ...REMOTE_COUNTRY_CODES];
const ASKED = ["type", "accountId", USERS, ...RESOURCES, ...REMOTE_IPS, ...REMOTE_COUNTRIES];

export default function Overview() {
  useTitle(say.title);
  const [params, setParams] = useSearchParams();
  const name = params.get("range");
  const range: Range = name !== null && name in RANGES ? { kind: "last", name: name as RangeName } : { kind: "all" };
  const [now, setNow] = useState(() => Date.now());
  const view = { ...PLAIN, range };
  const criteria = criteriaOfView(view, now);
  const { to } = useDesk();
  const bands = useBands(criteria);
  const earlier = range.kind === "last" ? criteriaOfView({ ...PLAIN, range: {
    kind: "between", from: now - 2 * RANGES[range.name], to: now - RANGES[range.name] } }, now) : null;
  const before = useBands(earlier ?? criteria, earlier !== null);
  const facets = useFacets(criteria, ASKED, 8);
  const health = useAsk(["health"], readHealth, { every: 30_000 });

  const many = useFacets(criteria, MANY, 50);

  const links = (chips: Chip[]) => to(`findings?${writeView({ ...PLAIN, range, chips }).toString()}`);
  const bars = (attributes: readonly string[]) => merged(facets.data?.facets ?? {}, attributes).slice(0, 8).map((one) => ({
    value: one.value, count: one.count, href: links([{ attribute: one.attribute, operator: "=", value: one.value }]) }));
  const total = bands.data === undefined ? null : BANDS.reduce((sum, band) => sum + bands.data[band], 0);

  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={
        <SpaceBetween direction="horizontal" size="xs">
          <SegmentedControl
            label={say.range} selectedId={range.kind === "last" ? range.name : "all"}
            onChange={({ detail }) => {
              setNow(Date.now());
              setParams(detail.selectedId === "all" ? {} : { range: detail.selectedId });
            }}
            options={[...(["24h", "7d", "30d", "90d"] as const).map((id) => ({ id, text: id })),
              { id: "all", text: text.findings.range.all }]}
          />
          <Button iconName="refresh" ariaLabel={text.refresh} onClick={() => setNow(Date.now())} />
        </SpaceBetween>
      }>{say.title}</Header>
      <Silent />
      <Checklist health={health.data} total={total} />
      <Container header={<Header variant="h2" actions={<LastVisit />}>{say.severities}</Header>}>
        {bands.error !== null
          ? <Trouble error={bands.error} again={bands.refetch} />
          : (
            <div className="tiles">
              <Sequences criteria={criteria} before={earlier} links={links} />
              {BANDS.map((band) => (
                <Tile key={band} band={band} label={text.severity[band]} value={bands.data?.[band] ?? null}
                  before={range.kind === "last" ? before.data?.[band] ?? null : null}
                  href={to(`findings?${writeView({ ...PLAIN, range, chips: bandChips(band) }).toString()}`)} />
              ))}
            </div>
          )}
      </Container>
      <SourceStrip />
      <OverTime criteria={criteria} view={view} now={now} />
      {many.error !== null && <Trouble error={many.error} again={many.refetch} />}
      <AttackStrip types={many.data?.facets["type"] ?? []} link={links} />
      <Container header={<Header variant="h2">{say.countries}</Header>}>
        <Grid gridDefinition={[{ colspan: { default: 12, s: 7 } }, { colspan: { default: 12, s: 5 } }]}>
          <div className="whole-map">
            <Suspense fallback={<Waiting here />}>
              <CountryMap countries={merged(many.data?.facets ?? {}, REMOTE_COUNTRY_CODES)} />
            </Suspense>
          </div>
          {facets.data !== undefined && bars(REMOTE_COUNTRIES).length === 0
            ? <Empty title={say.countriesNone} what={say.countriesNoneWhat} />
            : <Bars bars={bars(REMOTE_COUNTRIES)} label={say.countries} empty={text.loading} />}
        </Grid>
      </Container>
      {facets.error !== null && <Trouble error={facets.error} again={facets.refetch} />}
      <Grid gridDefinition={[...Array(6).keys()].map(() => ({ colspan: { default: 12, s: 6, l: 4 } }))}>
        {([
          [say.types, ["type"]], [say.resources, RESOURCES], [say.actors, REMOTE_IPS], [say.principals, [USERS]],
          [say.accounts, ["accountId"]],
        ] as const).map(([title, attributes]) => (
          <Container key={title} fitHeight header={<Header variant="h2">{title}</Header>}>
            <Bars bars={bars(attributes)} label={title} empty={facets.isPending ? text.loading : text.none} />
          </Container>
        ))}
        <Plans health={health.data} />
      </Grid>
    </SpaceBetween>
  );
}

function bandChips(band: Band): Chip[] {
  const above: Record<Band, number | null> = { low: 4, medium: 7, high: 9, critical: null };
  const chips: Chip[] = [{ attribute: "severity", operator: ">=", value: String(LEAST[band]) }];
  const limit = above[band];
  if (limit !== null) chips.push({ attribute: "severity", operator: "<", value: String(limit) });
  return chips;
}

function useBands(criteria: FindingCriteria, enabled = true) {
  const detectorId = useDetector();
  return useAsk(["bands", criteria], async (api, signal): Promise<Bands> => {
    const { findingStatistics } = await api.call("GetFindingsStatistics", {
      detectorId, findingCriteria: criteria, findingStatisticTypes: ["COUNT_BY_SEVERITY"] }, signal);
    const bands: Bands = { low: 0, medium: 0, high: 0, critical: 0 };
    for (const [severity, number] of Object.entries(findingStatistics.countBySeverity ?? {})) {
      bands[bandOf(Number(severity))] += number;
    }
    return bands;
  }, { keep: true, enabled });
}

/** How many attack sequences there are; where none can be found, that is said. */
function Sequences({ criteria, before, links }: {
  criteria: FindingCriteria; before: FindingCriteria | null; links: (chips: Chip[]) => string;
}) {
  const catalogue = useAsk(["catalogue"], readCatalogue);
  const types = (catalogue.data ?? []).filter((one) => one.type.startsWith(SEQUENCE));
  const only: FindingCriteria = { criterion: { type: { equals: types.map((one) => one.type) } } };
  const sum = (bands: Bands | undefined) =>
    bands === undefined ? null : BANDS.reduce((total, band) => total + bands[band], 0);
  const counted = sum(useBands(both(criteria, only), types.length > 0).data);
  const earlier = sum(useBands(both(before ?? criteria, only), types.length > 0 && before !== null).data);
  if (types.length > 0 && !types.some((one) => one.built) && counted === 0) {
    return (
      <div className="tile">
        <Box variant="awsui-key-label">{say.sequences}</Box>
        <StatusIndicator type="stopped">{text.notBuilt}</StatusIndicator>
      </div>
    );
  }
  return (
    <Tile band="critical" label={say.sequences} value={counted} before={before === null ? null : earlier}
      href={links(types.map((one) => ({ attribute: "type", operator: "=", value: one.type })))} />
  );
}

function Tile({ band, label, value, before, href }: {
  band: Band; label: string; value: number | null; before: number | null; href: string;
}) {
  const change = value === null || before === null ? null : value - before;
  return (
    <div className={`tile tile-${band}`}>
      <Box variant="awsui-key-label">{label}</Box>
      <RouterLink href={href} variant="secondary">
        <span className="big">{value === null ? text.unknown : count(value)}</span>
      </RouterLink>
      {change !== null && (
        <Box variant="small" color="text-body-secondary">
          {change === 0 ? say.same : change > 0 ? say.more(count(change)) : say.fewer(count(-change))}
        </Box>
      )}
    </div>
  );
}

function OverTime({ criteria, view, now }: { criteria: FindingCriteria; view: typeof PLAIN; now: number }) {
  const { zone } = usePreferences().preferences;
  const bars = useBars(criteria, view, now, true, 24);
  const buckets = bars.data ?? [];
  const span = buckets.length === 0 ? 0 : (buckets.at(-1)?.end ?? 0) - (buckets[0]?.start ?? 0);
  const label = (start: number) => axisLabel(start, zone, span);
  return (
    <Container header={<Header variant="h2">{say.overTime}</Header>}>
      {bars.error !== null
        ? <Trouble error={bars.error} again={bars.refetch} />
        : (
          <BarChart
            stackedBars height={180} hideFilter ariaLabel={say.overTime} xTitle={say.timeAxis} yTitle={say.overTimeAxis}
            statusType={bars.isPending ? "loading" : "finished"} loadingText={text.loading}
            xDomain={buckets.map((one) => label(one.start))}
            series={[...BANDS].reverse().map((band) => ({
              title: text.severity[band], type: "bar" as const, color: `var(--${band})`,
              data: buckets.map((one) => ({ x: label(one.start), y: one[band] })) }))}
            empty={<Empty title={say.empty} what={say.emptyWhat} />}
          />
        )}
    </Container>
  );
}

function LastVisit() {
  const { session, to } = useDesk();
  const detectorId = useDetector();
  const now = useNow();
  const since = session.lastVisit;
  const criteria: FindingCriteria = { criterion: {
    createdAt: { greaterThanOrEqual: since ?? 0 }, "service.archived": { equals: ["false"] } } };
  const fresh = useAsk(["since", since], async (api, signal) => {
    const { findingStatistics } = await api.call("GetFindingsStatistics", {
      detectorId, findingCriteria: criteria, findingStatisticTypes: ["COUNT_BY_SEVERITY"] }, signal);
    return Object.values(findingStatistics.countBySeverity ?? {}).reduce((sum, one) => sum + one, 0);
  }, { enabled: since !== null });
  if (since === null) return <Box color="text-body-secondary">{say.newFirst}</Box>;
  if (fresh.data === undefined) return null;
  if (fresh.data === 0) return <Box color="text-body-secondary">{say.newNone} ({relative(since, now)})</Box>;
  const href = to(`findings?${writeView({ ...PLAIN, chips: [
    { attribute: "createdAt", operator: ">=", value: new Date(since).toISOString() }] }).toString()}`);
  return (
    <Box>
      {say.newCount(count(fresh.data), relative(since, now))} <RouterLink href={href}>{say.newShow}</RouterLink>
    </Box>
  );
}

function Plans({ health }: { health: Health | undefined }) {
  const detectorId = useDetector();
  const detector = useAsk(["detector"], (api, signal) => api.call("GetDetector", { detectorId }, signal));
  const features = detector.data?.features ?? [];
  return (
    <Container fitHeight header={<Header variant="h2">{say.plans}</Header>}>
      {detector.error !== null && <Trouble error={detector.error} again={detector.refetch} />}
      <SpaceBetween size="xs">
        {features.map((one) => {
          const state = planState(one, health);
          return (
            <div key={one.name} className="spread">
              <span>{one.name}</span>
              <StatusIndicator type={state === "on" ? "success" : state === "off" ? "stopped" : "info"}>
                {say.plan[state]}
              </StatusIndicator>
            </div>
          );
        })}
      </SpaceBetween>
    </Container>
  );
}

function Checklist({ health, total }: { health: Health | undefined; total: number | null }) {
  const { to } = useDesk();
  const detectorId = useDetector();
  const { preferences, prefer } = usePreferences();
  const lists = useAsk(["lists", "any"], async (api, signal) => {
    const [trusted, threats] = await Promise.all([
      api.call("ListIPSets", { detectorId, maxResults: 1 }, signal),
      api.call("ListThreatIntelSets", { detectorId, maxResults: 1 }, signal)]);
    return trusted.ipSetIds.length + threats.threatIntelSetIds.length > 0;
  }, { enabled: preferences.checklist });
  const destinations = useAsk(["destinations", "any"], async (api, signal) =>
    (await api.call("ListPublishingDestinations", { detectorId, maxResults: 1 }, signal)).destinations.length > 0,
  { enabled: preferences.checklist });
  if (!preferences.checklist || health === undefined || total === null) return null;
  const steps: [boolean, ReactNode][] = [
    [true, say.checklist.detector],
    [health.sources.length > 0, say.checklist.source],
    [health.sources.some((one) => one.records > 0) || total > 0, say.checklist.records],
    [total > 0, <RouterLink key="finding" href={to("findings")}>{say.checklist.finding}</RouterLink>],
    [lists.data === true, <RouterLink key="list" href={to("lists")}>{say.checklist.list}</RouterLink>],
    [health.destinations.length > 0 || destinations.data === true,
      <RouterLink key="publish" href={to("settings")}>{say.checklist.publish}</RouterLink>],
  ];
  if (steps.every(([done]) => done)) return null;
  return (
    <Container header={
      <Header variant="h2" description={say.checklist.what} actions={
        <Button onClick={() => prefer({ checklist: false })}>{say.checklist.hide}</Button>
      }>{say.checklist.title}</Header>
    }>
      <ColumnLayout columns={3}>
        {steps.map(([done, what], place) => (
          <StatusIndicator key={place} type={done ? "success" : "pending"}
            iconAriaLabel={done ? say.checklist.done : say.checklist.open}>{what}</StatusIndicator>
        ))}
      </ColumnLayout>
    </Container>
  );
}
