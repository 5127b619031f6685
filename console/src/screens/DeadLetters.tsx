import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { readDeadLetters } from "../api/vedette";
import { Shown } from "../parts/Shown";
import { Time } from "../parts/Time";
import { Empty, Trouble } from "../parts/Trouble";
import { useTitle } from "../parts/useTitle";
import { useAsk } from "../state/asking";
import { text } from "../strings";
import { count } from "../values/number";

const say = text.deadLetters;
const PAGE = 50;

export default function DeadLetters() {
  useTitle(say.title);
  const [page, setPage] = useState(0);
  const asked = useAsk(["dead-letters", page],
    (api, signal) => readDeadLetters(api, page * PAGE, PAGE, signal), { keep: true });
  const header = (
    <Header variant="h1" description={say.what} counter={asked.data === undefined ? "" : `(${count(asked.data.total)})`}>
      {say.title}
    </Header>);
  if (asked.error !== null) return <>{header}<Trouble error={asked.error} again={asked.refetch} /></>;
  return (
    <Table
      header={header} items={asked.data?.deadLetters ?? []} loading={asked.isPending} loadingText={text.loading} wrapLines
      ariaLabels={{ tableLabel: say.title }} empty={<Empty title={say.none} what={say.noneWhat} />}
      pagination={(asked.data?.total ?? 0) > PAGE && (
        <Pagination currentPageIndex={page + 1} pagesCount={Math.ceil((asked.data?.total ?? 0) / PAGE)}
          onChange={({ detail }) => setPage(detail.currentPageIndex - 1)}
          ariaLabels={{ nextPageLabel: text.findings.next, previousPageLabel: text.findings.previous,
            pageLabel: text.findings.page, paginationLabel: say.title }} />
      )}
      columnDefinitions={[
        { id: "object", header: say.object, isRowHeader: true, minWidth: 260, cell: (one) => <Shown value={one.object} /> },
        { id: "position", header: say.position, cell: (one) => one.position ?? text.unknown },
        { id: "reason", header: say.reason, minWidth: 240, cell: (one) => <Shown value={one.reason} /> },
        { id: "log", header: say.log, cell: (one) => one.log ?? text.unknown },
        { id: "time", header: say.time, cell: (one) => <Time ms={one.time} short /> },
      ]}
    />
  );
}
