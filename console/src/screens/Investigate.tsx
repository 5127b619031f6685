import Alert from "@cloudscape-design/components/alert";
import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { lazy, Suspense, useMemo, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";

import { readProfile, type EntityKind, type Profile, type Scope } from "../api/vedette";
import { AdminButton } from "../parts/AdminButton";
import { RangePicker } from "../parts/findings/RangePicker";
import { Activity } from "../parts/investigate/Activity";
import { Calls, Geography, Peers } from "../parts/investigate/tables";
import { Records } from "../parts/investigate/Records";
import { Search } from "../parts/investigate/Search";
import { Found } from "../parts/investigate/Found";
import { Silent } from "../parts/Silent";
import { RouterLink } from "../parts/RouterLink";
import { Shown } from "../parts/Shown";
import { Time } from "../parts/Time";
import { Empty, Trouble } from "../parts/Trouble";
import { ScopeContext } from "../parts/Value";
import { useChange } from "../parts/useChange";
import { useTab } from "../parts/useTab";
import { useTitle } from "../parts/useTitle";
import { Waiting } from "../parts/Waiting";
import { useAsk, useDetector } from "../state/asking";
import { useDesk } from "../state/session";
import { useShell } from "../state/shell";
import { text } from "../strings";
import { copyText } from "../values/copy";
import { copiesOf } from "../values/copyAs";
import { isKind, lookQuery, readTrail, type Step } from "../values/entity";
import { count } from "../values/number";
import { entityQuery } from "../values/hunt";
import { SPAN } from "../values/time";
import { visibleText } from "../values/visible";
import { lookedBack, RANGES, type Range } from "../values/view";

const Graph = lazy(async () => ({ default: (await import("../parts/investigate/Graph")).Graph }));

const say = text.investigate;
const TABS = ["overview", "calls", "peers", "graph", "records"] as const;
const USUAL_SPAN = 30 * SPAN.DAY;
const LONGEST = 366 * SPAN.DAY;

/** An investigation of it can be asked for: in a prompt it is one word after its kind. */
function canBeAsked(scope: Scope): boolean {
  return scope.kind !== "user-agent" && /^[^\s"'`<>,;()[\]{}]+$/.test(scope.value);
}

/** An entity, or the question for one. */
export default function Investigate() {
  const [params] = useSearchParams();
  const { to } = useDesk();
  const navigate = useNavigate();
  const kind = params.get("kind");
  const value = params.get("value") ?? "";
  const [now] = useState(() => lookedBack(USUAL_SPAN, Date.now()).until);
  const until = Number(params.get("until") ?? NaN) || now;
  const since = Math.max(Number(params.get("since") ?? NaN) || lookedBack(USUAL_SPAN, until).since, until - LONGEST);
  const trail = readTrail(params.get("trail"));
  const known = isKind(kind) && value !== "" ? kind : null;
  useTitle(known === null ? say.title : `${text.kind[known]} ${visibleText(value)}`);

  const go = (nextKind: EntityKind, next: string) => void navigate(to(`investigate?${lookQuery({
    kind: nextKind, value: next, since, until,
    trail: known === null ? trail : [...trail, { kind: known, value }] })}`));

  if (known === null) {
    return (
      <SpaceBetween size="l">
        <Header variant="h1" description={say.startWhat}>{say.title}</Header>
        <Container header={<Header variant="h2">{say.start}</Header>}><Search go={go} /></Container>
      </SpaceBetween>
    );
  }
  return <Entity key={`${known} ${value}`} scope={{ kind: known, value, since, until }} trail={trail} go={go} />;
}

function Entity({ scope, trail, go }: {
  scope: Scope; trail: Step[]; go: (kind: EntityKind, value: string) => void;
}) {
  const { to } = useDesk();
  const navigate = useNavigate();
  const asked = useAsk(["profile", scope], (api, signal) => readProfile(api, scope, signal), { keep: true });
  const [, setParams] = useSearchParams();
  const rescope = (since: number, until: number) => setParams((before) => {
    const next = new URLSearchParams(before);
    next.set("since", String(Math.round(since)));
    next.set("until", String(Math.round(until)));
    return next;
  });
  const onward = useMemo(
    () => ({ since: scope.since, until: scope.until, trail: [...trail, { kind: scope.kind, value: scope.value }] }),
    [scope.since, scope.until, scope.kind, scope.value, trail]);
  const detectorId = useDetector();
  const investigating = useChange(async (api) => {
    const { investigationId } = await api.call("CreateInvestigation", {
      detectorId, triggerPrompt: `Investigate ${scope.kind} ${scope.value}` });
    void navigate(to(`investigations/${investigationId}`));
  }, () => say.investigations.created);
  const range: Range = { kind: "between", from: scope.since, to: scope.until };
  const steps = [
    { text: say.title, href: to("investigate") },
    ...trail.map((step, at) => ({
      text: `${text.kind[step.kind]} ${visibleText(step.value)}`,
      href: to(`investigate?${lookQuery({ ...scope, ...step, trail: trail.slice(0, at) })}`) })),
    { text: `${text.kind[scope.kind]} ${visibleText(scope.value)}`, href: to(`investigate?${lookQuery({ ...scope, trail })}`) },
  ];
  return (
    <ScopeContext value={onward}>
      <SpaceBetween size="m">
        <BreadcrumbGroup items={steps} ariaLabel={say.trail} onFollow={(event) => {
          event.preventDefault();
          void navigate(event.detail.href);
        }} />
        <Header variant="h1" description={text.kind[scope.kind]}
          actions={
            <div className="panel-actions">
              {canBeAsked(scope) && (
                <AdminButton loading={investigating.isPending} onClick={() => investigating.mutate()}>
                  {say.investigations.entity}
                </AdminButton>
              )}
              {(scope.kind === "ip" || scope.kind === "domain") && (
                <RouterLink href={to(`lists?${new URLSearchParams({ value: scope.value }).toString()}`)}>{say.onLists}</RouterLink>
              )}
              <RouterLink href={to(`search?${entityQuery(scope)}`)}>{say.searchRecords}</RouterLink>
              <CopyAs scope={scope} />
              <b>{say.scope}</b>
              <RangePicker range={range} label={say.scope} clearable={false} change={(chosen) => {
                if (chosen.kind === "between") rescope(Math.max(chosen.from, chosen.to - LONGEST), chosen.to);
                if (chosen.kind === "last") {
                  const { since, until } = lookedBack(RANGES[chosen.name], Date.now());
                  rescope(since, until);
                }
              }} />
            </div>
          }>
          <Shown value={scope.value} first={200} />
        </Header>
        <Search go={go} />
        <Silent />
        {asked.data === undefined
          ? asked.error === null
            ? <Waiting />
            : <Trouble error={asked.error} again={asked.refetch} />
          : <Known profile={asked.data} scope={scope} rescope={rescope} />}
      </SpaceBetween>
    </ScopeContext>
  );
}

/** What it did in the scope time, to be asked elsewhere. */
function CopyAs({ scope }: { scope: Scope }) {
  const { region } = useDesk();
  const { notify } = useShell();
  const copies = copiesOf(scope, region);
  const items = (["cli", "cloudtrail", "flows"] as const).flatMap((id) =>
    copies[id] === null ? [] : [{ id, text: text.finding.copy[id] }]);
  if (items.length === 0) return null;
  return (
    <ButtonDropdown items={items} onItemClick={({ detail }) => {
      const which = detail.id as keyof typeof copies;
      void copyText(copies[which] ?? "").then(() => notify("success", text.finding.copied(text.finding.copy[which])));
    }}>{text.finding.copy.as}</ButtonDropdown>
  );
}

function Known({ profile, scope, rescope }: {
  profile: Profile; scope: Scope; rescope: (since: number, until: number) => void;
}) {
  const [tab, setTab] = useTab(TABS);
  const blind = profile.logs.filter((one) => one.since === null).map((one) => one.log);
  const empty = profile.activity.every((one) => one.buckets.every((bucket) => bucket.count === 0)) &&
    profile.findings.length === 0;
  const newCalls = profile.calls.filter((one) => one.isNew).length;
  const newPeers = profile.peers.filter((one) => one.isNew).length;
  const mark = (number: number) => number > 0 && <> <Badge color="blue">{say.newCount(count(number))}</Badge></>;
  return (
    <SpaceBetween size="m">
      {!profile.historyOn && <Alert type="info" header={say.historyOff}>{say.historyOffWhat}</Alert>}
      {profile.historyOn && blind.length > 0 && <Alert type="warning">{say.blind(blind.join(", "))}</Alert>}
      <Container>
        <KeyValuePairs columns={4} items={[
          { label: say.firstSeen, value: <Time ms={profile.firstSeen} /> },
          { label: say.lastSeen, value: <Time ms={profile.lastSeen} /> },
          ...profile.facts.map((one) => ({ label: one.name.charAt(0).toUpperCase() + one.name.slice(1), value: <Shown value={one.value} /> })),
        ]} />
      </Container>
      {empty && <Empty title={say.empty} what={say.emptyWhat} />}
      <Tabs activeTabId={tab} onChange={({ detail }) => setTab(detail.activeTabId)} tabs={[
        { id: "overview", label: say.tabs.overview, content: tab === "overview" && (
          <SpaceBetween size="m">
            {profile.activity.length > 0 && (
              <Container header={<Header variant="h2" description={say.scopeSet}>{say.activity}</Header>}>
                <SpaceBetween size="l">
                  {profile.activity.map((one) => <Activity key={one.log} activity={one} narrow={rescope} />)}
                </SpaceBetween>
              </Container>
            )}
            <Found profile={profile} scope={scope} />
            {profile.geography.length > 0 && (
              <Container header={<Header variant="h2">{say.geography}</Header>}>
                <Geography geography={profile.geography} />
              </Container>
            )}
          </SpaceBetween>) },
        { id: "calls", label: <>{say.tabs.calls}{mark(newCalls)}</>, content: tab === "calls" && <Calls calls={profile.calls} /> },
        { id: "peers", label: <>{say.tabs.peers}{mark(newPeers)}</>, content: tab === "peers" && <Peers peers={profile.peers} /> },
        { id: "graph", label: say.tabs.graph, content: tab === "graph" && (
          <Suspense fallback={<Waiting here />}><Graph profile={profile} /></Suspense>) },
        { id: "records", label: say.tabs.records, content: tab === "records" && (
          profile.historyOn ? <Records scope={scope} logs={profile.logs} />
            : <Box color="text-body-secondary">{say.historyOffWhat}</Box>) },
      ]} />
    </SpaceBetween>
  );
}
