import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import type { Profile, Scope } from "../../api/vedette";
import { usePreferences } from "../../state/preferences";
import { text } from "../../strings";
import { lanesByTactic, lanesByWhom, type Lane } from "../../values/lanes";
import { count } from "../../values/number";
import { absolute } from "../../values/time";
import { FindingLanes, type Grouping } from "../lanes/FindingLanes";
import type { Stretch } from "../lanes/SwimLanes";
import { useMarks } from "../lanes/useMarks";
import { LineTable } from "../LineTable";
import { Empty, Trouble } from "../Trouble";

const say = text.investigate;

/** The findings of an entity: in lanes on a line of time, and as a table that is narrowed to the lane that is chosen. */
export function Found({ profile, scope }: { profile: Profile; scope: Scope }) {
  const { zone } = usePreferences().preferences;
  const [by, setBy] = useState<Grouping>("tactic");
  const [chosen, choose] = useState<string | null>(null);
  const { marks, known, error, refetch } = useMarks(profile.findings);
  const around = profile.activity.flatMap((one) => one.around);
  const lane = [...lanesByTactic(marks), ...lanesByWhom(marks, profile)].find((one) => one.key === chosen);
  const shown = new Set(lane?.marks.map((one) => one.id));
  const tactics = new Map(marks.map((one) => [one.id, one.tactics]));
  // What the logs say of somebody else beside it lies behind the findings with both.
  const behind = ({ whom }: Lane): Stretch | null => {
    const met = whom === null ? [] : profile.peers.filter((one) => one.kind === whom.kind && one.value === whom.value);
    if (met.length === 0) return null;
    const [from, to] = [Math.min(...met.map((one) => one.first)), Math.max(...met.map((one) => one.last))];
    return { from, to, what: text.lanes.records(
      count(met.reduce((sum, one) => sum + one.count, 0)), absolute(from, zone), absolute(to, zone)) };
  };
  return (
    <Container header={
      <Header variant="h2" {...(marks.length > 0 ? { description: text.lanes.help } : {})}
        actions={lane !== undefined && <Button onClick={() => choose(null)}>{text.lanes.allOf}</Button>}>{say.findings}</Header>
    }>
      <SpaceBetween size="m">
        {error !== null && <Trouble error={error} again={refetch} />}
        {known && marks.length > 0 && (
          <FindingLanes marks={marks} self={profile} by={by} group={(next) => {
            setBy(next);
            choose(null);
          }} chosen={chosen} choose={choose} behind={behind}
            since={scope.since} until={scope.until} from={Math.min(scope.since, ...around.map((one) => one.start))}
            to={Math.max(scope.until, ...around.map((one) => one.end))} />
        )}
        <LineTable
          lines={profile.findings.filter((one) => lane === undefined || shown.has(one.id)).map((finding) => ({
            finding, ...(known ? { tactics: tactics.get(finding.id) ?? [] } : {}) }))}
          label={say.findings} empty={<Empty title={say.noFindings} />} />
      </SpaceBetween>
    </Container>
  );
}
