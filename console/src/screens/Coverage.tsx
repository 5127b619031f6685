import Box from "@cloudscape-design/components/box";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useMemo } from "react";

import { everyPage } from "../api/pages";
import { readBlind, readCatalogue, readHealth } from "../api/vedette";
import { Matrix } from "../parts/coverage/Matrix";
import { Listing } from "../parts/Listing";
import { RouterLink } from "../parts/RouterLink";
import { Shown } from "../parts/Shown";
import { Time } from "../parts/Time";
import { Empty, Trouble } from "../parts/Trouble";
import { useTitle } from "../parts/useTitle";
import { useAsk, useDetector } from "../state/asking";
import { usePreferences } from "../state/preferences";
import { useDesk } from "../state/session";
import { text } from "../strings";
import { count } from "../values/number";
import { absolute, milliseconds, spanText } from "../values/time";

const say = text.coverage;

export default function Coverage() {
  useTitle(say.title);
  const detectorId = useDetector();
  const { to } = useDesk();
  const { zone } = usePreferences().preferences;
  const health = useAsk(["health"], readHealth, { every: 15_000 });
  const catalogue = useAsk(["catalogue"], readCatalogue);
  const blind = useAsk(["blind"], (api, signal) => readBlind(api, detectorId, signal));
  const blindTypes = Object.keys(blind.data?.types ?? {}).length;
  const resources = useAsk(["coverage"], (api, signal) => everyPage(async (token) => {
    const told = await api.call("ListCoverage", { detectorId, maxResults: 50, ...token }, signal);
    return { rows: told.resources, nextToken: told.nextToken };
  }));
  const plans = useMemo(() => {
    const found = new Map<string, { plan: string; built: number; all: number }>();
    for (const one of catalogue.data ?? []) {
      const plan = found.get(one.plan) ?? { plan: one.plan, built: 0, all: 0 };
      found.set(one.plan, { ...plan, built: plan.built + Number(one.built), all: plan.all + 1 });
    }
    return [...found.values()];
  }, [catalogue.data]);
  return (
    <SpaceBetween size="l">
      <Header variant="h1">{say.title}</Header>
      <Listing
        rows={health.data?.sources} error={health.error} again={health.refetch} label={say.sources}
        header={<Header variant="h2">{say.sources}</Header>} empty={<Empty title={say.noSources} />}
        columns={[
          { id: "name", header: say.name, sortingField: "name", isRowHeader: true, minWidth: 130, cell: (one) => <Shown value={one.name} /> },
          { id: "kind", header: say.kind, sortingField: "kind", cell: (one) => one.kind },
          { id: "state", header: say.state, minWidth: 150, cell: (one) => one.up
            ? <StatusIndicator type="success">{say.up}</StatusIndicator>
            : <StatusIndicator type="error">{say.down}</StatusIndicator> },
          { id: "lag", header: say.lag, cell: (one) => one.lagSeconds === null ? text.unknown : spanText(one.lagSeconds * 1000) },
          { id: "waiting", header: say.waiting, cell: (one) => one.waitingObjects === null ? text.unknown : count(one.waitingObjects) },
          { id: "records", header: say.records, cell: (one) => (
            <>{count(one.records)} <Box variant="small" color="text-body-secondary">{say.since}</Box></>) },
          { id: "last", header: say.lastRecord, minWidth: 200, cell: (one) => <Time ms={one.lastRecord} short /> },
          { id: "dead", header: say.deadLetters, cell: (one) => one.deadLetters === 0 ? "0"
            : <RouterLink href={to("dead-letters")}>{count(one.deadLetters)}</RouterLink> },
          { id: "error", header: say.error, minWidth: 160, cell: (one) => <Shown value={one.error ?? ""} /> },
        ]}
      />
      <Matrix />
      <Listing
        rows={health.data?.destinations} label={say.destinations} header={<Header variant="h2">{say.destinations}</Header>}
        empty={<Empty title={say.noDestinations} />}
        columns={[
          { id: "name", header: say.name, isRowHeader: true, cell: (one) => <Shown value={one.name} /> },
          { id: "state", header: say.state, minWidth: 150, cell: (one) => one.up
            ? <StatusIndicator type="success">{say.up}</StatusIndicator>
            : <StatusIndicator type="error">{say.down}</StatusIndicator> },
          { id: "waiting", header: say.waitingFindings, cell: (one) => count(one.waiting) },
        ]}
      />
      <Container header={<Header variant="h2">{say.history}</Header>}>
        {health.data === undefined ? text.loading : health.data.history.on
          ? say.historyOn(health.data.history.days,
            health.data.history.since === null ? text.unknown : absolute(health.data.history.since, zone))
          : say.historyOff}
      </Container>
      <Container header={<Header variant="h2" description={say.blindWhat}>{say.blind}</Header>}>
        {catalogue.error !== null && <Trouble error={catalogue.error} again={catalogue.refetch} />}
        {blindTypes > 0 && (
          <p><StatusIndicator type="warning">
            <RouterLink href={to("types?show=blind")}>{say.blindNow(count(blindTypes))}</RouterLink>
          </StatusIndicator></p>
        )}
        <ColumnLayout columns={2}>
          {plans.map((one) => (
            <ProgressBar key={one.plan} label={one.plan} value={(100 * one.built) / one.all}
              additionalInfo={text.types.count(count(one.built), count(one.all))} />
          ))}
        </ColumnLayout>
      </Container>
      <Listing
        rows={resources.data} error={resources.error} again={resources.refetch} label={say.resources}
        header={<Header variant="h2">{say.resources}</Header>}
        empty={<Empty title={say.noResources} what={say.noResourcesWhat} />}
        columns={[
          { id: "resource", header: say.resource, isRowHeader: true, cell: (one) => <Shown value={one.resourceId ?? ""} /> },
          { id: "type", header: say.type, cell: (one) => one.resourceDetails?.resourceType ?? text.unknown },
          { id: "account", header: say.account, cell: (one) => one.accountId ?? text.unknown },
          { id: "status", header: say.status, cell: (one) => (
            <StatusIndicator type={one.coverageStatus === "HEALTHY" ? "success" : "error"}>{one.coverageStatus}</StatusIndicator>) },
          { id: "issue", header: say.issue, cell: (one) => <Shown value={one.issue ?? ""} /> },
          { id: "updated", header: say.updated, cell: (one) => <Time ms={milliseconds(one.updatedAt)} short /> },
        ]}
      />
    </SpaceBetween>
  );
}
