import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNavigate } from "react-router";

import type { EntityKind } from "../../api/vedette";
import { useDesk } from "../../state/session";
import { text } from "../../strings";
import { lanesByTactic, lanesByWhom, tacticsOf, type Lane, type Mark } from "../../values/lanes";
import { count } from "../../values/number";
import { Legend, SwimLanes, type Shape } from "./SwimLanes";

export type Grouping = "tactic" | "whom";

const say = text.lanes;
/** Lanes that are shown. */
const MOST = 15;

/** Findings in lanes: by the phase of an attack that they show, or by whom they name. */
export function FindingLanes({ marks, self, by, group, ...rest }: {
  marks: readonly Mark[];
  /** Whom all of them name. */
  self?: { kind: EntityKind; value: string };
  by: Grouping;
  group: (by: Grouping) => void;
} & Omit<Shape, "lanes" | "counted" | "follow">) {
  const { to } = useDesk();
  const navigate = useNavigate();
  const lanes = lanesOf(marks, by, self);
  return (
    <SpaceBetween size="xs">
      <div className="spread">
        <SegmentedControl label={say.group} selectedId={by} onChange={({ detail }) => group(detail.selectedId as Grouping)}
          options={[{ id: "tactic", text: say.byTactic }, { id: "whom", text: say.byWhom }]} />
        {by === "whom" && <Legend tactics={tacticsOf(marks)} others={marks.some((one) => one.tactics.length === 0)} />}
      </div>
      <SwimLanes {...rest} counted={say.marks} lanes={lanes.slice(0, MOST)} follow={(one) => void navigate(to(`findings/${one.id}`))} />
      {lanes.length > MOST && <span className="muted">{say.more(count(lanes.length - MOST))}</span>}
    </SpaceBetween>
  );
}

/** The lanes of findings; their keys are what is chosen of them. */
function lanesOf(marks: readonly Mark[], by: Grouping, self?: { kind: EntityKind; value: string }): Lane[] {
  return by === "tactic" ? lanesByTactic(marks) : lanesByWhom(marks, self);
}
