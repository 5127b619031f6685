import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import type { Finding } from "../../api/shapes";
import type { Entity, FindingLine } from "../../api/vedette";
import { text } from "../../strings";
import { useAsk, useDetector } from "../../state/asking";
import { firstSeen, lastSeen } from "../../values/finding";
import { SPAN } from "../../values/time";
import { FindingLanes, type Grouping } from "../lanes/FindingLanes";
import { useMarks } from "../lanes/useMarks";
import { LineTable } from "../LineTable";
import { Empty, Trouble } from "../Trouble";
import { Value } from "../Value";
import { AlsoDid } from "./AlsoDid";
import { useExplanation } from "./useFinding";

const say = text.finding.related;
/** How far from it a finding may be that is related to it. */
const AROUND = SPAN.DAY;

/** A finding as a line of a short table. */
function lineOf(finding: Finding): FindingLine {
  return {
    id: finding.id, type: finding.type, title: finding.title ?? finding.type, severity: finding.severity,
    count: finding.service?.count ?? 1, firstSeen: firstSeen(finding), lastSeen: lastSeen(finding),
    archived: finding.service?.archived === true, accountId: finding.accountId, region: finding.region,
  };
}

/** Who else is in it, what else they did, and what else was found at the time. */
export function Related({ finding }: { finding: Finding }) {
  const detectorId = useDetector();
  const explanation = useExplanation(finding.id);
  const around = useAsk(["around", finding.id], async (api, signal) => {
    const since = firstSeen(finding) - SPAN.HOUR;
    const until = lastSeen(finding) + SPAN.HOUR;
    const { findingIds } = await api.call("ListFindings", {
      detectorId, maxResults: 25,
      findingCriteria: { criterion: {
        "service.eventLastSeen": { greaterThanOrEqual: since }, "service.eventFirstSeen": { lessThanOrEqual: until },
        id: { notEquals: [finding.id] } } },
    }, signal);
    if (findingIds.length === 0) return [];
    return (await api.call("GetFindings", { detectorId, findingIds }, signal)).findings.map(lineOf);
  });
  const others = [...(explanation.data?.related ?? []).map((one) => one.finding), ...(around.data ?? [])];
  return (
    <SpaceBetween size="l">
      {others.length > 0 && <InTime finding={finding} others={others} />}
      {explanation.data !== undefined && explanation.data.entities.length > 0 && (
        <section>
          <Header variant="h3">{say.entities}</Header>
          <dl className="entities">
            {explanation.data.entities.map((one: Entity) => (
              <div key={`${one.kind} ${one.value}`} className="detail-row">
                <dt>{text.kind[one.kind]}</dt><dd><Value value={one.value} entity={one.kind} /></dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      <AlsoDid finding={finding} />
      <section>
        <Header variant="h3">{say.title}</Header>
        {explanation.error !== null
          ? <Trouble error={explanation.error} again={explanation.refetch} />
          : <LineTable lines={explanation.data?.related ?? []} label={say.title} loading={explanation.isPending}
            empty={<Empty title={say.none} what={say.noneWhat} />} />}
      </section>
      <section>
        <Header variant="h3">{say.around}</Header>
        {around.error !== null
          ? <Trouble error={around.error} again={around.refetch} />
          : <LineTable lines={(around.data ?? []).map((one) => ({ finding: one }))} label={say.around}
            loading={around.isPending} empty={<Empty title={say.none} />} />}
      </section>
    </SpaceBetween>
  );
}

/** The finding and those beside it, on one line of time. */
function InTime({ finding, others }: { finding: Finding; others: readonly FindingLine[] }) {
  const [by, group] = useState<Grouping>("whom");
  const own = lineOf(finding);
  const lines = [...new Map([own, ...others].map((one) => [one.id, one])).values()];
  const { marks, error, refetch } = useMarks(lines);
  if (error !== null) return <Trouble error={error} again={refetch} />;
  return (
    <section>
      <Header variant="h3" description={text.lanes.greyOf}>{text.lanes.around}</Header>
      <FindingLanes marks={marks} by={by} group={group} since={own.firstSeen} until={own.lastSeen}
        from={own.firstSeen - AROUND} to={own.lastSeen + AROUND} />
    </section>
  );
}
