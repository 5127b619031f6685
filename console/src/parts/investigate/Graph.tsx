import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Table from "@cloudscape-design/components/table";
import { useContext, useMemo } from "react";
import { Link } from "react-router";

import type { Profile } from "../../api/vedette";
import { text } from "../../strings";
import { useDesk } from "../../state/session";
import { lookQuery } from "../../values/entity";
import { layout, lines } from "../../values/layout";
import { count } from "../../values/number";
import { visibleText } from "../../values/visible";
import { Shown } from "../Shown";
import { Empty } from "../Trouble";
import { ScopeContext, Value } from "../Value";

const say = text.investigate;
const NAME = 26;

/** What stands around an entity, each to be walked to. */
export function Graph({ profile }: { profile: Profile }) {
  const { nodes, edges } = profile.graph;
  const { to } = useDesk();
  const scope = useContext(ScopeContext);
  const centre = Math.max(0, nodes.findIndex((one) => one.kind === profile.kind && one.value === profile.value));
  const places = useMemo(() => layout(nodes, edges, centre), [nodes, edges, centre]);
  if (nodes.length < 2) return <Empty title={say.graphEmpty} />;
  const reach = (of: (place: { x: number; y: number }) => number, least: number) =>
    Math.max(least, ...places.map((one) => Math.abs(of(one))));
  const [wide, high] = [reach((one) => one.x, 200) + 120, reach((one) => one.y, 100) + 50];
  return (
    <>
      <Box variant="small" color="text-body-secondary">{say.graphHelp}</Box>
      <svg className="graph" viewBox={`${-wide} ${-high} ${2 * wide} ${2 * high}`} role="group"
        aria-label={say.graphLabel(visibleText(profile.value))}>
        {lines(edges).map((edge, at) => {
          const [from, to_] = [places[edge.from], places[edge.to]];
          if (from === undefined || to_ === undefined) return null;
          return (
            <g key={at}>
              <title>{visibleText(`${edge.label}: ${count(edge.count)}`)}</title>
              <line x1={from.x} y1={from.y} x2={to_.x} y2={to_.y} />
              {edges.length <= 24 && (
                <text className="edge-label" textAnchor="middle" x={(from.x + to_.x) / 2} y={(from.y + to_.y) / 2 - 3}>
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
            <Link key={at} className={at === centre ? "entity-node here" : "entity-node"}
              to={to(`investigate?${lookQuery({ ...node, ...scope })}`)}
              {...(at === centre ? { "aria-current": "true" as const } : {})}>
              <title>{`${text.kind[node.kind]} ${value}`}</title>
              <circle cx={place.x} cy={place.y} r={at === centre ? 14 : 10} />
              <text aria-hidden="true" textAnchor="middle" x={place.x} y={place.y + 26}>{short}</text>
              <text aria-hidden="true" className="edge-label" textAnchor="middle" x={place.x} y={place.y - 16}>{text.kind[node.kind]}</text>
            </Link>
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

function Named({ node }: { node: Profile["graph"]["nodes"][number] | undefined }) {
  return node === undefined ? null : <Value value={node.value} entity={node.kind} />;
}
