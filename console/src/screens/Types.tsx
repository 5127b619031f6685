import Alert from "@cloudscape-design/components/alert";
import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useEffect, useMemo } from "react";
import { createPortal } from "react-dom";
import { useSearchParams } from "react-router";

import { readBlind, readCatalogue, readTypeCounts, type CatalogueType, type TypeCounts } from "../api/vedette";
import { Listing } from "../parts/Listing";
import { RouterLink } from "../parts/RouterLink";
import { Severity } from "../parts/Severity";
import { Shown } from "../parts/Shown";
import { Time } from "../parts/Time";
import { Empty } from "../parts/Trouble";
import { useTitle } from "../parts/useTitle";
import { useAsk, useDetector } from "../state/asking";
import { useDesk } from "../state/session";
import { useShell } from "../state/shell";
import { text } from "../strings";
import { whyBlind } from "../values/blind";
import { count } from "../values/number";
import { PLAIN, writeView } from "../values/view";

const say = text.types;
const WHICH = ["all", "built", "blind", "not"] as const;

type Row = CatalogueType & { [Name in keyof TypeCounts]: TypeCounts[Name] | null };

const NONE: TypeCounts = { findings: 0, recent: 0, lastSeen: null, useful: 0, notUseful: 0 };
const UNKNOWN = { findings: null, recent: null, lastSeen: null, useful: null, notUseful: null };

export default function Types() {
  useTitle(say.title);
  const [params, setParams] = useSearchParams();
  const detectorId = useDetector();
  const which = WHICH.find((one) => one === params.get("show")) ?? "all";
  const put = (name: string, value: string | null) => setParams((before) => {
    const next = new URLSearchParams(before);
    if (value === null) next.delete(name);
    else next.set(name, value);
    return next;
  });
  const catalogue = useAsk(["catalogue"], readCatalogue);
  const blind = useAsk(["blind"], (api, signal) => readBlind(api, detectorId, signal));
  const blindTypes = blind.data?.types ?? {};
  const counted = useAsk(["type-counts"], (api, signal) => readTypeCounts(api, detectorId, signal));
  const days = count(counted.data?.days ?? 30);
  const all = useMemo(() => catalogue.data?.map((one): Row => ({
    ...one, ...(counted.data === undefined ? UNKNOWN : counted.data.types[one.type] ?? NONE) })), [catalogue.data, counted.data]);
  const built = all?.filter((one) => one.built);
  const chosen = all?.find((one) => one.type === params.get("type"));
  return (
    <>
      <Listing
        rows={which === "all" ? all : which === "built" ? built : all?.filter((one) =>
          which === "not" ? !one.built : blindTypes[one.type] !== undefined)}
        error={catalogue.error} again={catalogue.refetch} label={say.title}
        header={<Header variant="h1" description={<>{say.what} {say.blindWhat}</>}
          counter={all === undefined ? "" : `(${say.count(count(built?.length ?? 0), count(all.length))})`}>{say.title}</Header>}
        empty={<Empty title={say.none} />}
        extra={<SegmentedControl label={say.state_} selectedId={which} onChange={({ detail }) => put("show", detail.selectedId === "all" ? null : detail.selectedId)}
          options={[{ id: "all", text: say.all }, { id: "built", text: say.onlyBuilt }, { id: "blind", text: say.blind },
            { id: "not", text: say.notBuilt }]} />}
        columns={[
          { id: "type", header: say.type, sortingField: "type", isRowHeader: true, minWidth: 260, cell: (one) => (
            <button type="button" className="link-button" onClick={() => put("type", one.type)}>{one.type}</button>) },
          { id: "severity", header: say.severity, sortingField: "severity",
            cell: (one) => one.severity === null ? text.unknown : <Severity value={one.severity} /> },
          { id: "attack", header: say.attack, minWidth: 110, cell: (one) => (
            <div className="chips">{one.attack.map((id) => <Badge key={id}>{id}</Badge>)}</div>) },
          { id: "state", header: say.state, sortingField: "built", minWidth: 150, cell: (one) => !one.built
            ? <StatusIndicator type="stopped">{say.notBuilt}</StatusIndicator>
            : blindTypes[one.type] === undefined
              ? <StatusIndicator type="success">{say.built}</StatusIndicator>
              : <StatusIndicator type="warning">{say.blind}</StatusIndicator> },
          { id: "recent", header: say.recent(days), sortingField: "recent", cell: (one) => told(one.recent) },
          { id: "last", header: say.last, sortingField: "lastSeen", minWidth: 120, cell: (one) => one.lastSeen === null
            ? one.findings === 0 ? say.never : text.unknown : <Time ms={one.lastSeen} short /> },
          { id: "feedback", header: say.feedback, minWidth: 110, cell: (one) => !one.useful && !one.notUseful
            ? text.unknown : say.said(count(one.useful ?? 0), count(one.notUseful ?? 0)) },
          { id: "plan", header: say.plan, sortingField: "plan", cell: (one) => one.plan },
        ]}
      />
      {chosen !== undefined && <TypePanel type={chosen} why={whyBlind(blindTypes[chosen.type] ?? [], blind.data?.days ?? 0)} close={() => put("type", null)} />}
    </>
  );
}

function told(number: number | null): string {
  return number === null ? text.unknown : count(number);
}

function TypePanel({ type, why, close }: { type: Row; why: readonly string[]; close: () => void }) {
  const { setPanel, slot } = useShell();
  const { to } = useDesk();
  const findings = to(`findings?${writeView({ ...PLAIN, show: "all", chips: [
    { attribute: "type", operator: "=", value: type.type }] }).toString()}`);
  useEffect(() => {
    setPanel({ label: type.type, close, header: <RouterLink href={findings}>{say.show}</RouterLink> });
  // Closing takes the type out of the address, whichever it was.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [setPanel, type.type, findings]);
  useEffect(() => () => setPanel(null), [setPanel]);
  if (slot === null) return null;
  return createPortal(
    <SpaceBetween size="m">
      {!type.built && <StatusIndicator type="stopped">{say.notBuilt}</StatusIndicator>}
      {why.length > 0 && (
        <Alert type="warning" header={say.why}><ul>{why.map((one) => <li key={one}>{one}</li>)}</ul></Alert>
      )}
      <KeyValuePairs columns={2} items={[
        { label: say.plan, value: type.plan },
        { label: say.resource, value: type.resource || text.unknown },
        { label: say.severity, value: type.severity === null ? text.unknown : <Severity value={type.severity} /> },
        { label: say.attack, value: type.attack.join(", ") || text.unknown },
        { label: say.source, value: type.source || text.unknown },
        { label: say.seen, value: type.findings === null || type.findings === 0 ? told(type.findings)
          : <RouterLink href={findings}>{count(type.findings)}</RouterLink> },
        { label: say.last, value: type.findings === 0 ? say.never : <Time ms={type.lastSeen} /> },
        { label: say.feedback, value: say.said(told(type.useful), told(type.notUseful)) },
        { label: say.own, value: type.own ? text.yes : text.no },
      ]} />
      {type.severityNote !== "" && <Part title={say.note} content={type.severityNote} />}
      {type.title !== "" && <Part title={say.titleOf} content={type.title} />}
      {type.remedy !== "" && <Part title={say.remedy} content={type.remedy} />}
      {type.detectors.map((one) => (
        <ExpandableSection key={one.name} defaultExpanded headerText={`${say.detectors}: ${one.name}`}>
          <div className="doc"><Shown value={one.doc} first={8000} /></div>
        </ExpandableSection>
      ))}
    </SpaceBetween>,
    slot,
  );
}

function Part({ title, content }: { title: string; content: string }) {
  return <Box><Box variant="awsui-key-label">{title}</Box><Shown value={content} first={4000} /></Box>;
}
