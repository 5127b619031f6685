import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";

import type { Finding } from "../../api/shapes";
import { text } from "../../strings";
import { additional, leaves } from "../../values/finding";
import { count } from "../../values/number";
import { unusualOf, usualOf, type Days } from "../../values/unusual";
import { Shown } from "../Shown";
import { Value } from "../Value";

const say = text.finding;

/** What was unusual against what is usual, as far as the finding says it. */
export function Unusual({ finding }: { finding: Finding }) {
  const info = additional(finding);
  const rows = unusualOf(info["unusual"]);
  const usual = usualOf(info["usual"]);
  const others = rows.length === 0 ? leaves(info["unusual"], "unusual") : [];
  const numbers = usual.length === 0 ? leaves(info["usual"], "usual") : [];
  if (rows.length + usual.length + others.length + numbers.length === 0) {
    return <Box color="text-body-secondary">{say.unusualEmpty}</Box>;
  }
  return (
    <SpaceBetween size="s">
      {rows.length > 0 && (
        <Table
          variant="embedded" contentDensity="compact" wrapLines items={rows}
          header={<Box variant="awsui-key-label">{say.unusual}</Box>}
          ariaLabels={{ tableLabel: say.unusual }}
          columnDefinitions={[
            { id: "kind", header: say.profile, cell: (one) => <Shown value={one.kind} /> },
            { id: "value", header: say.observed, isRowHeader: true, cell: (one) => <Value value={one.value} /> },
            { id: "self", header: say.bySelf, cell: (one) => <Seen days={one.self} /> },
            { id: "peers", header: say.byPeers, cell: (one) => <Seen days={one.peers} /> },
            { id: "account", header: say.inAccount, cell: (one) => <Seen days={one.account} /> },
          ]}
        />
      )}
      {usual.length > 0 && (
        <Box>
          <Box variant="awsui-key-label">{say.usual}</Box>
          <ul>{usual.map((one) => (
            <li key={one.kind}><Shown value={one.kind} />: <Shown value={one.values.join(", ")} /></li>
          ))}</ul>
        </Box>
      )}
      {others.length + numbers.length > 0 && (
        <Table
          variant="embedded" contentDensity="compact" wrapLines
          items={[...others.map((one) => ({ ...one, which: say.observed })),
            ...numbers.map((one) => ({ ...one, which: say.usual }))]}
          ariaLabels={{ tableLabel: say.unusual }}
          columnDefinitions={[
            { id: "which", header: say.unusual, cell: (one) => one.which },
            { id: "name", header: say.profile, isRowHeader: true, cell: (one) => <Shown value={one.name} /> },
            { id: "value", header: text.investigate.value, cell: (one) => <Shown value={one.value} /> },
          ]}
        />
      )}
    </SpaceBetween>
  );
}

/** On how many days it was usual, as words and as a part of all of them. */
function Seen({ days }: { days: Days | null }) {
  if (days === null) return <>{text.unknown}</>;
  const round = (value: number) => count(Math.round(value * 10) / 10);
  return (
    <span className="seen-days">
      {say.daysOf(round(days.seen), round(days.of))}
      <svg aria-hidden="true" viewBox="0 0 100 6" preserveAspectRatio="none">
        <rect className="seen-all" width={100} height={6} />
        <rect className="seen-part" width={days.of <= 0 ? 0 : Math.min(100, (100 * days.seen) / days.of)} height={6} />
      </svg>
    </span>
  );
}
