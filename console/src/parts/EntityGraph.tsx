import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Table from "@cloudscape-design/components/table";
import { useContext, useMemo, type ReactNode } from "react";
import { Link } from "react-router";

import { text } from "../strings";
import { useDesk } from "../state/session";
import { lookQuery } from "../values/entity";
import type { Graph } from "../values/graph";
import { layout, lines } from "../values/layout";
import { count } from "../values/number";
import { visibleText } from "../values/visible";
import { Shown } from "./Shown";
import { ScopeContext, Value } from "./Value";

const say = text.investigate;
const NAME = 26;
/** With more lines than these, what they say would lie upon each other. */
const MOST_SAID = 24;

/** Entities and what is between them, each that something is known of to be walked to; and the same as a table. */
export default function EntityGraph({ graph: { nodes, edges, centre }, label }: { graph: Graph; label: string }) {
  const places = useMemo(() => layout(nodes.map(({ label: kind, value }) => ({ kind, value })), edges, centre), [nodes, edges, centre]);
  const reach = (of: (place: { x: number; y: number }) => number, least: number) =>
    Math.max(least, ...places.map((one) => Math.abs(of(one))));
  const [wide, high] = [reach((one) => one.x, 200) + 120, reach((one) => one.y, 100) + 50];
  return (
    <>
      <Box variant="small" color="text-body-secondary">{say.graphHelp}</Box>
      <svg className="graph" viewBox={`${-wide} ${-high} ${2 * wide} ${2 * high}`} role="group" aria-label={label}>
        {lines(edges).map((edge, at) => {
          const [from, to] = [places[edge.from], places[edge.to]];
          if (from === undefined || to === undefined) return null;
          return (
            <g key={at}>
              <title>{visibleText(`${edge.label}: ${count(edge.count)}`)}</title>
              <line x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
              {edges.length <= MOST_SAID && (
                <text className="edge-label" textAnchor="middle" x={(from.x + to.x) / 2} y={(from.y + to.y) / 2 - 3}>
                  {visibleText(edge.label.slice(0, NAME))}
                </text>
              )}
            </g>
          );
        })}
        {nodes.map((node, at) => {
          const place = places[at] ?? { x: 0, y: 0 };
          const value = visibleText(node.value);
          const short = value.length > NAME ? `${value.slice(0, NAME / 2 - 1)}\u2026${value.slice(-NAME / 2)}` : value;
          return (
            <Spot key={at} node={node} here={at === centre}>
              <title>{`${node.label} ${value}`}</title>
              <circle cx={place.x} cy={place.y} r={at === centre ? 14 : 10} />
              <text aria-hidden="true" textAnchor="middle" x={place.x} y={place.y + 26}>{short}</text>
              <text aria-hidden="true" className="edge-label" textAnchor="middle" x={place.x} y={place.y - 16}>{node.label}</text>
            </Spot>
          );
        })}
      </svg>
      <ExpandableSection headerText={say.graphTable}>
        <Table
          variant="embedded" contentDensity="compact" items={edges} ariaLabels={{ tableLabel: say.graphTable }}
          columnDefinitions={[
            { id: "from", header: say.from, cell: (one) => <Named node={nodes[one.from]} /> },
            { id: "label", header: say.label, cell: (one) => <Shown value={one.label} /> },
            { id: "to", header: say.to, cell: (one) => <Named node={nodes[one.to]} /> },
            { id: "count", header: say.count, cell: (one) => count(one.count) },
          ]}
        />
      </ExpandableSection>
    </>
  );
}

type Node = Graph["nodes"][number];

/** A place of the graph; a link where it can be looked into. */
function Spot({ node: { entity }, here, children }: { node: Node; here: boolean; children: ReactNode }) {
  const { to } = useDesk();
  const scope = useContext(ScopeContext);
  const name = here ? "entity-node here" : "entity-node";
  if (entity === null) return <g className={`${name} still`}>{children}</g>;
  return (
    <Link className={name} to={to(`investigate?${lookQuery({ ...entity, ...scope })}`)}
      {...(here ? { "aria-current": "true" as const } : {})}>{children}</Link>
  );
}

function Named({ node }: { node: Node | undefined }) {
  if (node === undefined) return null;
  return node.entity?.value === node.value ? <Value value={node.value} entity={node.entity.kind} /> : <Value value={node.value} />;
}
