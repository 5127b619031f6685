import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import Pagination from "@cloudscape-design/components/pagination";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { readEvents, type Profile, type Scope } from "../../api/vedette";
import { text } from "../../strings";
import { useAsk } from "../../state/asking";
import { count } from "../../values/number";
import { Empty, Trouble } from "../Trouble";
import { Cell } from "./Cell";

const say = text.investigate;
const PAGE = 50;
const MOST = 10_000;

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
