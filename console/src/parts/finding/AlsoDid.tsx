import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";

import type { Finding } from "../../api/shapes";
import { readProfile, type EntityKind } from "../../api/vedette";
import { useAsk } from "../../state/asking";
import { useDesk } from "../../state/session";
import { text } from "../../strings";
import { lookQuery } from "../../values/entity";
import { actorLine, firstSeen, lastSeen } from "../../values/finding";
import { count } from "../../values/number";
import { SPAN } from "../../values/time";
import { visibleText } from "../../values/visible";
import { RouterLink } from "../RouterLink";
import { Shown } from "../Shown";
import { Time } from "../Time";
import { Empty, Trouble } from "../Trouble";

const say = text.finding.related;
const names = text.investigate;
const SHOWN = 10;

/** What the actor of a finding also called, from an hour before it until an hour after; nothing where nobody is known. */
export function AlsoDid({ finding }: { finding: Finding }) {
  const actor = actorLine(finding);
  return actor?.entity == null ? null : <Calls finding={finding} kind={actor.entity} value={actor.value} />;
}

function Calls({ finding, kind, value }: { finding: Finding; kind: EntityKind; value: string }) {
  const { to } = useDesk();
  const scope = { kind, value, since: firstSeen(finding) - SPAN.HOUR, until: lastSeen(finding) + SPAN.HOUR };
  const asked = useAsk(["profile", scope], (api, signal) => readProfile(api, scope, signal));
  const title = say.also(visibleText(value.slice(0, 80)));
  const calls = asked.data?.calls ?? [];
  return (
    <section>
      <Header variant="h3">{title}</Header>
      {asked.error !== null ? <Trouble error={asked.error} again={asked.refetch} />
        : asked.data?.historyOn === false ? <Box color="text-body-secondary">{names.historyOffWhat}</Box>
        : (
          <SpaceBetween size="xs">
            <Table
              variant="embedded" contentDensity="compact" wrapLines items={calls.slice(0, SHOWN)} loading={asked.isPending}
              loadingText={text.loading} ariaLabels={{ tableLabel: title }} empty={<Empty title={names.noCalls} />}
              columnDefinitions={[
                { id: "name", header: names.call, isRowHeader: true, minWidth: 200, cell: (one) => (
                  <><Shown value={one.name} /><span className="finding-type"><Shown value={one.service} /></span></>) },
                { id: "ok", header: names.ok, minWidth: 100, cell: (one) => count(one.succeeded) },
                { id: "failed", header: names.notOk, minWidth: 90, cell: (one) => count(one.failed) },
                { id: "first", header: names.first, minWidth: 190, cell: (one) => <Time ms={one.first} short /> },
                { id: "last", header: names.last, minWidth: 190, cell: (one) => <Time ms={one.last} short /> },
              ]}
            />
            {asked.data !== undefined && (
              <RouterLink href={to(`investigate?${lookQuery(scope)}`)}>{say.all(count(calls.length))}</RouterLink>
            )}
          </SpaceBetween>
        )}
    </section>
  );
}
