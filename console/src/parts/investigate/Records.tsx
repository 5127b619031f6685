import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import Pagination from "@cloudscape-design/components/pagination";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { readEvents, type EntityKind, type Profile, type Scope } from "../../api/vedette";
import { text } from "../../strings";
import { useAsk } from "../../state/asking";
import { recordKind } from "../../values/entity";
import { count } from "../../values/number";
import { Shown } from "../Shown";
import { Time } from "../Time";
import { Empty, Trouble } from "../Trouble";
import { Value } from "../Value";

const say = text.investigate;
const PAGE = 50;
const MOST = 10_000;
/** Characters of a cell. */
const LONG = 80;

/** The records of the event history that name an entity, a log at a time, the newest first. */
export function Records({ scope, logs }: { scope: Scope; logs: Profile["logs"] }) {
  const received = logs.filter((one) => one.since !== null).map((one) => one.log);
  const [chosen, setChosen] = useState<string | null>(null);
  const [page, setPage] = useState(0);
  const log = chosen ?? received[0] ?? null;
  const asked = useAsk(["events", scope, log, page],
    (api, signal) => readEvents(api, scope, log ?? "", page * PAGE, PAGE, signal), { enabled: log !== null, keep: true });
  if (log === null) return <Empty title={say.noRecords} />;
  if (asked.error !== null) return <Trouble error={asked.error} again={asked.refetch} />;
  const { columns = [], kinds = [], rows = [], total = 0 } = asked.data ?? {};
  return (
    <SpaceBetween size="s">
      <FormField label={say.log}>
        <Select
          ariaLabel={say.log} selectedOption={{ value: log, label: log }} options={received.map((one) => ({ value: one, label: one }))}
          onChange={({ detail }) => {
            setChosen(detail.selectedOption.value ?? null);
            setPage(0);
          }}
        />
      </FormField>
      <Table
        variant="embedded" contentDensity="compact" resizableColumns items={rows} loading={asked.isPending}
        loadingText={text.loading} ariaLabels={{ tableLabel: say.events }} empty={<Empty title={say.noRecords} />}
        header={asked.data !== undefined && <Box color="text-body-secondary">{say.eventsTotal(count(total))}</Box>}
        pagination={total > PAGE && (
          <Pagination currentPageIndex={page + 1} pagesCount={Math.max(1, Math.ceil(Math.min(total, MOST) / PAGE))}
            onChange={({ detail }) => setPage(detail.currentPageIndex - 1)}
            ariaLabels={{ nextPageLabel: text.findings.next, previousPageLabel: text.findings.previous,
              pageLabel: text.findings.page, paginationLabel: say.events }} />
        )}
        columnDefinitions={columns.map((name, at) => ({
          id: name, header: name, width: name === "time" ? 210 : 170, minWidth: 80,
          cell: (row: unknown[]) => <Cell name={name} kind={kinds[at] ?? null} value={row[at]} /> }))}
      />
    </SpaceBetween>
  );
}

function Cell({ name, kind, value }: { name: string; kind: EntityKind | null; value: unknown }) {
  if (value === null || value === undefined) return <>{text.unknown}</>;
  if (typeof value === "number" && /^(time|start|end)$/.test(name)) return <Time ms={value} short />;
  const all = Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
  if (all.length > 0 && kind !== null) return <>{all.map((one, at) => <Value key={at} value={one} entity={recordKind(kind, one)} />)}</>;
  const said = typeof value === "string" ? value : JSON.stringify(value);
  // What is long is not cut in a name, so that it can be read before it is looked into.
  return said.length > LONG ? <Shown value={said} first={LONG} /> : <Value value={said} entity={recordKind(kind, said)} />;
}
