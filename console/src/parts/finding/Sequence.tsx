import Header from "@cloudscape-design/components/header";
import Table from "@cloudscape-design/components/table";

import { lazy, Suspense } from "react";

import type { Finding } from "../../api/shapes";
import { text } from "../../strings";
import { graphOfSequence } from "../../values/graph";
import { count } from "../../values/number";
import { lanesByTactic, lanesByWhom, tacticsOf } from "../../values/lanes";
import { marksOf, tacticsIn } from "../../values/signals";
import { milliseconds, SPAN } from "../../values/time";
import { Shown } from "../Shown";
import { Tactic } from "../lanes/Tactic";
import { Legend, SwimLanes } from "../lanes/SwimLanes";
import { Time } from "../Time";
import { Waiting } from "../Waiting";

const EntityGraph = lazy(() => import("../EntityGraph"));

const say = text.finding;

/** The steps of an attack sequence in their order, and why each is in; nothing for other findings. */
export function Sequence({ finding }: { finding: Finding }) {
  const sequence = finding.service?.detection?.sequence;
  if (sequence === undefined) return null;
  const signals = [...sequence.signals].sort((one, other) => one.firstSeenAt - other.firstSeenAt);
  const marks = marksOf(sequence);
  const lanes = lanesByWhom(marks);
  const graph = graphOfSequence(sequence);
  const [from, to] = [Math.min(...marks.map((one) => one.from)), Math.max(...marks.map((one) => one.to))];
  return (
    <section>
      <Header variant="h3">{text.lanes.sequence}</Header>
      <Legend tactics={tacticsOf(marks)} others={marks.some((one) => one.tactics.length === 0)} />
      <SwimLanes lanes={lanes.length === 0 ? lanesByTactic(marks) : lanes} counted={text.lanes.steps} since={from} until={to}
        from={from - SPAN.MINUTE} to={to + SPAN.MINUTE} />
      {graph.nodes.length > 1 && (
        <>
          <Header variant="h3">{text.lanes.graph}</Header>
          <Suspense fallback={<Waiting here />}><EntityGraph graph={graph} label={text.lanes.graphLabel} /></Suspense>
        </>
      )}
      <Header variant="h3">{say.signals}</Header>
      <Table
        variant="embedded" wrapLines items={signals} trackBy="uid" ariaLabels={{ tableLabel: say.signals }}
        columnDefinitions={[
          { id: "name", header: say.signal, isRowHeader: true, cell: (one) => <Shown value={one.name} /> },
          { id: "first", header: say.firstSeen, cell: (one) => <Time ms={milliseconds(one.firstSeenAt)} short /> },
          { id: "last", header: say.lastSeen, cell: (one) => <Time ms={milliseconds(one.lastSeenAt)} short /> },
          { id: "count", header: say.count, cell: (one) => count(one.count) },
          { id: "tactics", header: text.lanes.tactic, cell: (one) => tacticsIn(one).map((name) => <Tactic key={name} name={name} />) },
          { id: "why", header: say.because, cell: (one) => (
            <ul>{(one.signalIndicators ?? []).map((why) => (
              <li key={why.key}><Shown value={`${why.title ?? why.key}: ${(why.values ?? []).join(", ")}`} /></li>
            ))}</ul>
          ) },
        ]}
      />
    </section>
  );
}
