import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useEffect, useMemo, useState } from "react";
import { createPortal } from "react-dom";
import { useSearchParams } from "react-router";

import { readCatalogue, type CatalogueType } from "../api/vedette";
import { useFacets } from "../parts/findings/useFindings";
import { Listing } from "../parts/Listing";
import { RouterLink } from "../parts/RouterLink";
import { Severity } from "../parts/Severity";
import { Shown } from "../parts/Shown";
import { Empty } from "../parts/Trouble";
import { useTitle } from "../parts/useTitle";
import { useAsk } from "../state/asking";
import { useDesk } from "../state/session";
import { useShell } from "../state/shell";
import { text } from "../strings";
import { count } from "../values/number";
import { PLAIN, writeView } from "../values/view";

const say = text.types;
const EVERY = { criterion: {} };

export default function Types() {
  useTitle(say.title);
  const [params, setParams] = useSearchParams();
  const [which, setWhich] = useState("all");
  const catalogue = useAsk(["catalogue"], readCatalogue);
  const seen = useFacets(EVERY, ["type"], 50);
  const counts = useMemo(
    () => new Map((seen.data?.facets["type"] ?? []).map((one) => [one.value, one.count])), [seen.data]);
  const all = catalogue.data;
  const built = all?.filter((one) => one.built);
  const chosen = all?.find((one) => one.type === params.get("type"));
  return (
    <>
      <Listing
        rows={which === "built" ? built : which === "not" ? all?.filter((one) => !one.built) : all}
        error={catalogue.error} again={catalogue.refetch} label={say.title}
        header={<Header variant="h1" description={say.what}
          counter={all === undefined ? "" : `(${say.count(count(built?.length ?? 0), count(all.length))})`}>{say.title}</Header>}
        empty={<Empty title={say.none} />}
        extra={<SegmentedControl label={say.state_} selectedId={which} onChange={({ detail }) => setWhich(detail.selectedId)}
          options={[{ id: "all", text: say.all }, { id: "built", text: say.onlyBuilt }, { id: "not", text: say.notBuilt }]} />}
        columns={[
          { id: "type", header: say.type, sortingField: "type", isRowHeader: true, minWidth: 260, cell: (one) => (
            <button type="button" className="link-button" onClick={() => setParams({ type: one.type })}>{one.type}</button>) },
          { id: "plan", header: say.plan, sortingField: "plan", cell: (one) => one.plan },
          { id: "severity", header: say.severity, sortingField: "severity",
            cell: (one) => one.severity === null ? text.unknown : <Severity value={one.severity} /> },
          { id: "attack", header: say.attack, minWidth: 130, cell: (one) => (
            <div className="chips">{one.attack.map((id) => <Badge key={id}>{id}</Badge>)}</div>) },
          { id: "state", header: say.state, sortingField: "built", minWidth: 170, cell: (one) => one.built
            ? <StatusIndicator type="success">{say.built}</StatusIndicator>
            : <StatusIndicator type="stopped">{say.notBuilt}</StatusIndicator> },
          { id: "seen", header: say.seen, cell: (one) => count(counts.get(one.type) ?? 0) },
        ]}
      />
      {chosen !== undefined && <TypePanel type={chosen} close={() => setParams({})} />}
    </>
  );
}

function TypePanel({ type, close }: { type: CatalogueType; close: () => void }) {
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
      <KeyValuePairs columns={2} items={[
        { label: say.plan, value: type.plan },
        { label: say.resource, value: type.resource || text.unknown },
        { label: say.severity, value: type.severity === null ? text.unknown : <Severity value={type.severity} /> },
        { label: say.attack, value: type.attack.join(", ") || text.unknown },
        { label: say.source, value: type.source || text.unknown },
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
