import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Pagination from "@cloudscape-design/components/pagination";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { useState, type ReactNode } from "react";
import { useSearchParams } from "react-router";

import { readAccess, readAudit } from "../api/vedette";
import { Listing } from "../parts/Listing";
import { Shown } from "../parts/Shown";
import { Time } from "../parts/Time";
import { Empty, Trouble } from "../parts/Trouble";
import { useTitle } from "../parts/useTitle";
import { Value } from "../parts/Value";
import { useAsk } from "../state/asking";
import { usePreferences } from "../state/preferences";
import { useDesk } from "../state/session";
import { text } from "../strings";
import { count } from "../values/number";
import { RANGES, type RangeName } from "../values/view";

const say = text.access;
const PAGE = 50;
/** Characters of what a call was given that are shown at once. */
const GIVEN = 160;

export default function Access() {
  useTitle(say.title);
  const { admin } = useDesk();
  const header = <Header variant="h1" description={say.what}>{say.title}</Header>;
  if (!admin) return <>{header}<Empty title={text.trouble.forbidden} what={text.adminOnly} /></>;
  return (
    <SpaceBetween size="l">
      {header}
      <WhoMayCome />
      <AuditLog />
    </SpaceBetween>
  );
}

function counter(rows: readonly unknown[] | undefined): { counter?: string } {
  return rows === undefined ? {} : { counter: text.findings.counted(count(rows.length)) };
}

function WhoMayCome() {
  const { session } = useDesk();
  const asked = useAsk(["access"], readAccess);
  const told = asked.data;
  return (
    <SpaceBetween size="l">
      <Listing
        rows={told?.users} error={asked.error} again={asked.refetch} label={say.users} empty={<Empty title={say.noUsers} />}
        header={<Header variant="h2" description={say.usersWhat} {...counter(told?.users)}>{say.users}</Header>}
        columns={[
          { id: "name", header: say.user, sortingField: "name", isRowHeader: true,
            cell: (one) => one.name === session.user ? `${one.name} (${say.you})` : one.name },
          { id: "role", header: say.role, sortingField: "role", cell: (one) => one.role },
          { id: "seen", header: say.seen, sortingField: "lastSeen", cell: (one) => <Time ms={one.lastSeen} short /> },
          { id: "created", header: say.created, sortingField: "createdAt", cell: (one) => <Time ms={one.createdAt} short /> },
        ]}
      />
      <Listing
        rows={told?.keys} error={asked.error} again={asked.refetch} label={say.keys} empty={<Empty title={say.noKeys} />}
        header={<Header variant="h2" {...counter(told?.keys)} description={say.keysWhat}>{say.keys}</Header>}
        columns={[
          { id: "id", header: say.key, sortingField: "id", isRowHeader: true, cell: (one) => <Value value={one.id} /> },
          { id: "name", header: say.name, sortingField: "name", cell: (one) => <Shown value={one.name} /> },
          { id: "role", header: say.role, sortingField: "role", cell: (one) => one.role },
          { id: "state", header: say.state, minWidth: 120, cell: (one) => one.revokedAt === null
            ? <StatusIndicator>{say.good}</StatusIndicator>
            : <><StatusIndicator type="stopped">{say.revoked}</StatusIndicator> <Time ms={one.revokedAt} short /></> },
          { id: "used", header: say.used, sortingField: "lastUsed",
            cell: (one) => one.lastUsed === null ? say.unused : <Time ms={one.lastUsed} short /> },
          { id: "created", header: say.created, sortingField: "createdAt", cell: (one) => <Time ms={one.createdAt} short /> },
        ]}
      />
    </SpaceBetween>
  );
}

/** The log with what of it is asked for, as the address has it. */
function AuditLog() {
  const [params, setParams] = useSearchParams();
  const name = params.get("range");
  const range = name !== null && name in RANGES ? name as RangeName : null;
  const asked = { who: params.get("who") ?? "", what: params.get("what") ?? "", range };
  const put = (next: Partial<Record<"who" | "what" | "range", string>>) => setParams((before) => {
    const all = new URLSearchParams(before);
    for (const [key, value] of Object.entries(next)) {
      if (value === "") all.delete(key);
      else all.set(key, value);
    }
    return all;
  });
  return <Entries {...asked} filter={<Asked {...asked} put={put} />} />;
}

function Asked({ who: whoFirst, what: whatFirst, range, put }: {
  who: string; what: string; range: RangeName | null; put: (next: Partial<Record<"who" | "what" | "range", string>>) => void;
}) {
  const [who, setWho] = useState(whoFirst);
  const [what, setWhat] = useState(whatFirst);
  const ranges = [{ value: "", label: text.findings.range.all }, ...Object.keys(RANGES).map((value) => ({ value }))];
  return (
    <form className="filters" onSubmit={(event) => {
      event.preventDefault();
      put({ who: who.trim(), what: what.trim() });
    }}>
      <Input type="search" value={who} ariaLabel={say.whoFilter} placeholder={say.whoFilter} clearAriaLabel={say.clear}
        onChange={({ detail }) => setWho(detail.value)} />
      <Input type="search" value={what} ariaLabel={say.whatFilter} placeholder={say.whatFilter} clearAriaLabel={say.clear}
        onChange={({ detail }) => setWhat(detail.value)} />
      <Select ariaLabel={say.rangeFilter} options={ranges} expandToViewport
        selectedOption={ranges.find((one) => one.value === (range ?? "")) ?? null}
        onChange={({ detail }) => put({ who: who.trim(), what: what.trim(), range: detail.selectedOption.value ?? "" })} />
      <Button formAction="submit">{say.filter}</Button>
    </form>
  );
}

function Entries({ who, what, range, filter }: { who: string; what: string; range: RangeName | null; filter: ReactNode }) {
  const { density } = usePreferences().preferences;
  const [now] = useState(() => Date.now());
  const since = range === null ? undefined : now - RANGES[range];
  const question = JSON.stringify([who, what, range]);
  // Where the pages behind the first begin, as far as they were gone to.
  const [walked, setWalked] = useState<{ question: string; begins: readonly number[] }>({ question, begins: [] });
  const walk = walked.question === question ? walked.begins : [];
  const setWalk = (begins: readonly number[]) => setWalked({ question, begins });
  const before = walk.at(-1);
  const asked = useAsk(["audit", who, what, range, before], (api, signal) => readAudit(
    api, { who, what, since, before, limit: PAGE }, signal), { keep: true });
  const header = <Header variant="h2" description={say.auditWhat}>{say.audit}</Header>;
  if (asked.error !== null && asked.data === undefined) {
    return <>{header}{filter}<Trouble error={asked.error} again={asked.refetch} /></>;
  }
  const everything = who === "" && what === "" && range === null;
  const older = asked.isPlaceholderData ? null : asked.data?.before ?? null;
  return (
    <Table
      header={header} filter={filter} items={asked.data?.entries ?? []} trackBy="requestId" wrapLines contentDensity={density}
      loading={asked.isPending} loadingText={text.loading} ariaLabels={{ tableLabel: say.audit }}
      empty={older === null && walk.length === 0 ? <Empty title={everything ? say.noAudit : say.noAuditSuch} />
        : <Empty title={say.noAuditHere} {...(older === null ? {} : { what: say.noAuditHereWhat })} />}
      pagination={(older !== null || walk.length > 0) && (
        <Pagination
          currentPageIndex={walk.length + 1} pagesCount={walk.length + (older === null ? 1 : 2)} openEnd={older !== null}
          onChange={({ detail }) => {
            const page = detail.currentPageIndex - 1;
            if (page <= walk.length) setWalk(walk.slice(0, page));
            else if (older !== null) setWalk([...walk, older]);
          }}
          ariaLabels={{ nextPageLabel: text.findings.next, previousPageLabel: text.findings.previous,
            pageLabel: text.findings.page, paginationLabel: say.audit }} />
      )}
      columnDefinitions={[
        { id: "time", header: say.time, minWidth: 170, cell: (one) => <Time ms={one.time} short /> },
        { id: "who", header: say.who, minWidth: 140, cell: (one) => (
          <><Shown value={one.consoleUser || one.accessKeyId} /> <span className="muted">{one.role}</span></>) },
        { id: "call", header: say.what_, isRowHeader: true, cell: (one) => one.operation },
        { id: "outcome", header: say.outcome, minWidth: 160, cell: (one) => one.outcome === "Success"
          ? <StatusIndicator>{say.done}</StatusIndicator>
          : <><StatusIndicator type="error">{one.outcome}</StatusIndicator> <Shown value={one.message} first={GIVEN} /></> },
        { id: "given", header: say.given, minWidth: 220, cell: (one) => Object.keys(one.parameters).length === 0
          ? text.unknown : <Shown value={JSON.stringify(one.parameters)} first={GIVEN} /> },
        { id: "region", header: say.region, minWidth: 110, cell: (one) => one.region || text.unknown },
        { id: "from", header: say.from, minWidth: 130, cell: (one) => <Value value={one.sourceAddress} entity="ip" /> },
      ]}
    />
  );
}
