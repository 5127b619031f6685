import Alert from "@cloudscape-design/components/alert";
import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useEffect, useState } from "react";
import { createPortal } from "react-dom";
import { useSearchParams } from "react-router";

import type { Api } from "../api/client";
import { readCustomRules, type CustomRule, type RuleMode } from "../api/vedette";
import { AdminButton } from "../parts/AdminButton";
import { Listing } from "../parts/Listing";
import { RouterLink } from "../parts/RouterLink";
import { InOrganization } from "../parts/rules/InOrganization";
import { Severity } from "../parts/Severity";
import { Shown } from "../parts/Shown";
import { Time } from "../parts/Time";
import { Empty } from "../parts/Trouble";
import { useChange } from "../parts/useChange";
import { useTitle } from "../parts/useTitle";
import { useAsk, useDetector } from "../state/asking";
import { useDesk } from "../state/session";
import { useShell } from "../state/shell";
import { text } from "../strings";
import { count } from "../values/number";
import { PLAIN, writeView } from "../values/view";

const say = text.rules;
const SOON = 10_000;

interface Wish {
  rule: CustomRule;
  /** null: it is to work no more. */
  mode: RuleMode | null;
}

async function associate(api: Api, { rule: { id: ruleId, association }, mode }: Wish): Promise<unknown> {
  if (association === null) return mode !== null && api.call("CreateCustomDetectionRuleAssociation", { ruleId, mode });
  const { associationId } = association;
  return mode === null
    ? api.call("DeleteCustomDetectionRuleAssociation", { ruleId, associationId })
    : api.call("UpdateCustomDetectionRuleAssociation", { ruleId, associationId, mode });
}

export default function Rules() {
  useTitle(say.title);
  const detectorId = useDetector();
  const [params, setParams] = useSearchParams();
  const [which, setWhich] = useState("all");
  const asked = useAsk(["custom-rules"], (api, signal) => readCustomRules(api, detectorId, signal),
    { every: SOON });
  const change = useChange(associate, ({ rule, mode }) => say.changed[mode ?? "OFF"](rule.name));
  const all = asked.data;
  const working = all?.filter((one) => one.association !== null);
  const chosen = all?.find((one) => one.id === params.get("rule"));
  const actions = (rule: CustomRule) => (
    <Actions rule={rule} busy={change.isPending} wish={(mode) => change.mutate({ rule, mode })} />);
  return (
    <SpaceBetween size="m">
      <Listing
        rows={which === "working" ? working : which === "off" ? all?.filter((one) => one.association === null) : all}
        error={asked.error} again={asked.refetch} label={say.title}
        header={
          <SpaceBetween size="s">
            <Header variant="h1" description={say.what}
              counter={all === undefined ? "" : `(${say.count(count(working?.length ?? 0), count(all.length))})`}>
              {say.title}
            </Header>
            {working?.length === 0 && <Alert type="info" header={say.noneWorks}>{say.noneWorksWhat}</Alert>}
          </SpaceBetween>
        }
        empty={<Empty title={which === "working" ? say.noneWorks : say.none}
          {...(which === "working" ? { what: say.noneWorksWhat } : {})} />}
        extra={<SegmentedControl label={say.which} selectedId={which} onChange={({ detail }) => setWhich(detail.selectedId)}
          options={[{ id: "all", text: say.all }, { id: "working", text: say.working }, { id: "off", text: say.off }]} />}
        columns={[
          { id: "name", header: say.rule, sortingField: "name", isRowHeader: true, minWidth: 260, cell: (one) => (
            <>
              <button type="button" className="link-button" onClick={() => setParams({ rule: one.id })}>{one.name}</button>
              <span className="finding-type">{one.type}</span>
              <span className="finding-type">{one.finds}</span>
            </>) },
          { id: "severity", header: say.severity, sortingField: "severity", cell: (one) => <Severity value={one.severity} /> },
          { id: "state", header: say.state, minWidth: 190, sortingComparator: (one, other) =>
            stateOf(one).localeCompare(stateOf(other)), cell: (one) => <State rule={one} /> },
          { id: "findings", header: say.findings, sortingField: "findings", minWidth: 130, cell: (one) => <Found rule={one} /> },
          { id: "actions", header: text.actions, minWidth: 190, cell: actions },
        ]}
      />
      {chosen !== undefined && <RulePanel rule={chosen} actions={actions(chosen)} close={() => setParams({})} />}
    </SpaceBetween>
  );
}

function stateOf({ association }: CustomRule): RuleMode | "OFF" {
  return association?.mode ?? "OFF";
}

function State({ rule }: { rule: CustomRule }) {
  const state = stateOf(rule);
  const expires = rule.association?.expires ?? null;
  return (
    <>
      <StatusIndicator type={state === "LIVE" ? "success" : state === "DRY_RUN" ? "in-progress" : "stopped"}>
        {say.states[state]}
      </StatusIndicator>
      {expires !== null && <Box variant="small" display="block">{say.until} <Time ms={expires} short /></Box>}
      {rule.association?.byOrganization === true && <Box variant="small" display="block">{say.byOrganization}</Box>}
    </>
  );
}

/** What it found, and what it would have while it was tried. */
function Found({ rule }: { rule: CustomRule }) {
  const { to } = useDesk();
  const query = writeView({ ...PLAIN, show: "all", chips: [
    { attribute: "customDetectionRuleName", operator: "=", value: rule.name }] }).toString();
  return (
    <>
      {rule.findings === 0
        ? count(0)
        : <RouterLink href={to(`findings?${query}`)} ariaLabel={say.show(count(rule.findings), rule.name)}>{count(rule.findings)}</RouterLink>}
      {rule.trial !== null && <Box variant="small" display="block">{say.tried(count(rule.trial.matches))}</Box>}
    </>
  );
}

function Actions({ rule, busy, wish }: { rule: CustomRule; busy: boolean; wish: (mode: RuleMode | null) => void }) {
  const state = stateOf(rule);
  const managed = rule.association?.byOrganization === true;
  const deeds = ([["LIVE", say.live], ["DRY_RUN", say.dryRun], ["OFF", say.turnOff]] as const)
    .filter(([leads]) => leads !== state);
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {deeds.map(([leads, name]) => (
        <AdminButton key={leads} variant="inline-link" ariaLabel={`${name}: ${rule.name}`} disabled={busy || managed}
          {...(managed ? { disabledReason: say.byOrganization } : {})}
          onClick={() => wish(leads === "OFF" ? null : leads)}>{name}</AdminButton>
      ))}
    </SpaceBetween>
  );
}

function RulePanel({ rule, actions, close }: { rule: CustomRule; actions: React.ReactNode; close: () => void }) {
  const { setPanel, slot } = useShell();
  useEffect(() => {
    setPanel({ label: rule.name, close, header: null });
  // Closing takes the rule out of the address, whichever it was.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [setPanel, rule.name]);
  useEffect(() => () => setPanel(null), [setPanel]);
  if (slot === null) return null;
  return createPortal(
    <SpaceBetween size="m">
      <Box variant="p">{rule.finds} {rule.says}</Box>
      {actions}
      <KeyValuePairs columns={2} items={[
        { label: say.state, value: <State rule={rule} /> },
        { label: say.findings, value: <Found rule={rule} /> },
        { label: say.severity, value: <Severity value={rule.severity} /> },
        { label: say.type, value: rule.type },
        { label: say.id, value: rule.id },
        { label: say.source, value: rule.source },
        { label: say.attack, value: <div className="chips">{rule.attack.map((id) => <Badge key={id}>{id}</Badge>)}</div> },
      ]} />
      <InOrganization key={rule.id} rule={rule} />
      <div>
        <Box variant="awsui-key-label">{say.condition}</Box>
        {rule.condition === "" ? say.noCondition : <pre className="record-text"><Shown value={rule.condition} /></pre>}
      </div>
      <div>
        <Box variant="awsui-key-label">{text.types.remedy}</Box>
        {rule.remedy}
      </div>
    </SpaceBetween>,
    slot,
  );
}
