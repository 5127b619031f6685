import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import CollectionPreferences from "@cloudscape-design/components/collection-preferences";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";

import { searchRecords, type FoundRecords, type FoundRow, type RecordColumn, type SearchQuestion } from "../../api/vedette";
import { text } from "../../strings";
import { search as say } from "../../strings/search";
import { usePreferences } from "../../state/preferences";
import { useDesk } from "../../state/session";
import { useShell } from "../../state/shell";
import type { Chip } from "../../values/criteria";
import { COUNTED, MAIN, withAsked, type Hunt, type Log } from "../../values/hunt";
import { count } from "../../values/number";
import { csv, save } from "../../values/table";
import { absolute } from "../../values/time";
import { visibleText } from "../../values/visible";
import { FilterOut } from "../FilterOut";
import { Stacks } from "../Histogram";
import { Cell } from "../investigate/Cell";
import { Time } from "../Time";
import { Empty } from "../Trouble";
import { RecordPanel } from "./RecordPanel";

export const PAGE = 50;

/** What was found: over time, by value, and the records. */
export function Results({ found, question, hunt, change, columns }: {
  found: FoundRecords; question: SearchQuestion; hunt: Hunt; change: (change: Partial<Hunt>) => void;
  columns: readonly RecordColumn[];
}) {
  const { zone } = usePreferences().preferences;
  const [counting, setCounting] = useState(true);
  const blind = found.logs.filter((one) => one.since === null);
  const later = found.logs.filter((one) => one.since !== null && one.since > question.since);
  const named = (log: string) => say.logs[log as Log];
  const between = (from: number, to: number) => change({ range: { kind: "between", from, to } });
  const ask = (log: string, chip: Chip) =>
    change({ ...(hunt.log === log ? {} : { log: log as Log, columns: null }),
      asked: withAsked(hunt, { name: chip.attribute, sign: chip.operator, value: chip.value }).asked });
  const [only] = hunt.log === null ? [] : found.logs;
  const sorts = only === undefined
    ? found.logs.map((one, at) => ({ label: named(one.log), total: one.total, name: `log-${at + 1}`, counts: one.counts }))
    : [
      { label: say.succeeded, total: only.total - only.failed, name: "activity-ok",
        counts: only.counts.map((all, at) => all - (only.failures[at] ?? 0)) },
      { label: say.failed, total: only.failed, name: "activity-failed", counts: only.failures },
    ];
  return (
    <SpaceBetween size="m">
      {found.lookedSince > question.since && (
        <Alert type="warning" header={say.partial(absolute(found.lookedSince, zone))} action={
          <Button onClick={() => between(question.since, found.lookedSince)}>{say.before}</Button>
        }>{say.partialWhat}</Alert>
      )}
      {blind.length > 0 && <Alert type="warning">{say.blind(blind.map((one) => named(one.log)).join(", "))}</Alert>}
      {later.length > 0 && (
        <Alert type="info">{say.begins(later.map((one) =>
          say.beginsAt(named(one.log), absolute(one.since ?? 0, zone))).join(", "))}</Alert>
      )}
      <Container header={<Header variant="h2">{say.histogram}</Header>}>
        <Stacks label={say.histogram} bar={say.bar} classes={sorts.map((one) => one.name)} narrow={between}
          unknownBefore={found.lookedSince > question.since ? found.lookedSince : 0}
          stacks={found.stretches.map(([start, end], at) => ({
            start, end, counts: sorts.map((one) => one.counts[at] ?? 0) }))} />
        <ul className="lane-legend legend">
          {sorts.map((one) => <li key={one.name}><i className={one.name} />{one.label} {count(one.total)}</li>)}
        </ul>
        {hunt.log !== null && (only?.total ?? 0) > 0 && (
          <ExpandableSection headerText={say.counts} variant="footer" expanded={counting}
            onChange={({ detail }) => setCounting(detail.expanded)}>
            <Counts log={hunt.log} found={found} ask={ask} />
          </ExpandableSection>
        )}
      </Container>
      <Records found={found} question={question} hunt={hunt} change={change} columns={columns} ask={ask} />
    </SpaceBetween>
  );
}

function Counts({ log, found, ask }: { log: Log; found: FoundRecords; ask: (log: string, chip: Chip) => void }) {
  const total = found.logs[0]?.total ?? 0;
  return (
    <div className="facets">
      {COUNTED[log].map((name) => {
        const values = found.facets[name] ?? [];
        const among = found.among[name] ?? total;
        return (
          <div key={name} className="facet">
            <h3>{name}</h3>
            <ul>
              {values.map((one) => (
                <li key={one.value}>
                  <button type="button" className="link-button" title={visibleText(one.value)}
                    onClick={() => ask(log, { attribute: name, operator: "=", value: one.value })}>{visibleText(one.value)}</button>
                  <span className="number">
                    {count(one.count)} <FilterOut attribute={name} value={one.value} filter={(chip) => ask(log, chip)} />
                  </span>
                </li>
              ))}
              {values.length === 0 && <li className="muted">{say.noCounts}</li>}
              {among < total && <li className="muted">{say.among(count(among))}</li>}
            </ul>
          </div>
        );
      })}
    </div>
  );
}

function Records({ found, question, hunt, change, columns, ask }: {
  found: FoundRecords; question: SearchQuestion; hunt: Hunt; change: (change: Partial<Hunt>) => void;
  columns: readonly RecordColumn[]; ask: (log: string, chip: Chip) => void;
}) {
  const { api } = useDesk();
  const { notify } = useShell();
  const { preferences: { density, zone } } = usePreferences();
  const [rows, setRows] = useState<readonly FoundRow[]>(found.rows);
  const [token, setToken] = useState(found.nextToken);
  const [kinds, setKinds] = useState(found.kinds);
  const [asking, setAsking] = useState(false);
  const [open, setOpen] = useState<FoundRow | null>(null);
  const total = found.logs.reduce((sum, one) => sum + one.total, 0);
  const more = async () => {
    setAsking(true);
    try {
      const next = await searchRecords(api, question, PAGE, token);
      setRows((before) => [...before, ...next.rows]);
      setKinds((before) => ({ ...before, ...next.kinds }));
      setToken(next.nextToken);
    } catch (error) {
      notify("error", error instanceof Error ? error.message : String(error));
    }
    setAsking(false);
  };
  const names = hunt.log === null ? [] : hunt.columns ?? MAIN[hunt.log];
  const cell = (row: FoundRow, name: string) => (
    <Cell name={name} kind={kinds[row.log]?.[name] ?? null} value={row.record[name]} filter={(chip) => ask(row.log, chip)} />);
  const detail: TableProps.ColumnDefinition<FoundRow> = {
    id: "open", header: say.record, width: 80, cell: (row) => (
      <button type="button" className="link-button" aria-label={say.open(absolute(Number(row.record["time"]), zone))}
        aria-pressed={open === row} onClick={() => setOpen(row)}>{say.details}</button>) };
  const shown: TableProps.ColumnDefinition<FoundRow>[] = hunt.log !== null
    ? names.map((name) => ({ id: name, header: name, width: name === "time" ? 210 : 180, minWidth: 80, cell: (row) => cell(row, name) }))
    : [
      { id: "time", header: "time", width: 210, cell: (row) => <Time ms={Number(row.record["time"])} short /> },
      { id: "log", header: say.log, width: 130, cell: (row) => say.logs[row.log as Log] },
      { id: "says", header: say.says, minWidth: 300, cell: (row) => (
        <dl className="record-line">
          {MAIN[row.log as Log].filter((name) => name !== "time" && (row.record[name] ?? null) !== null).map((name) => (
            <div key={name}><dt>{name}</dt><dd>{cell(row, name)}</dd></div>))}
        </dl>) },
    ];
  const file = (kind: string) => {
    if (kind === "json") {
      save("records.json", "application/json", [JSON.stringify(rows.map((one) => ({ log: one.log, ...one.record })), null, 1)]);
      return;
    }
    const all = [...new Set(rows.flatMap((one) => Object.keys(one.record)))];
    save("records.csv", "text/csv;charset=utf-8", ["\ufeff", csv([["log", ...all], ...rows.map((one) =>
      [one.log, ...all.map((name) => written(one.record[name]))])])]);
  };
  return (
    <>
      <Table
        variant="container" stickyHeader resizableColumns wrapLines={hunt.log === null} contentDensity={density}
        items={rows} columnDefinitions={[detail, ...shown]} ariaLabels={{ tableLabel: say.records }}
        header={
          <Header counter={say.counted(count(total))} description={total > 0 && say.shown(count(rows.length), count(total))}
            actions={
              <ButtonDropdown disabled={rows.length === 0} items={[{ id: "csv", text: say.csv }, { id: "json", text: say.json }]}
                onItemClick={({ detail: { id } }) => file(id)}>{say.export}</ButtonDropdown>
            }>{say.records}</Header>
        }
        preferences={hunt.log !== null && (
          <CollectionPreferences
            title={say.shownColumns} confirmLabel={text.save} cancelLabel={text.cancel}
            preferences={{ visibleContent: names }}
            visibleContentPreference={{ title: say.shownColumns, options: [{ label: say.columns,
              options: columns.map((one) => ({ id: one.name, label: one.name, editable: one.name !== "time" })) }] }}
            onConfirm={({ detail: { visibleContent = [] } }) => change({ columns: [...visibleContent] })}
          />
        )}
        footer={token !== "" && (
          <Button loading={asking} onClick={() => void more()}>{say.more}</Button>)}
        empty={
          <Empty title={say.none} what={say.noneWhat}>
            <Button onClick={() => change({ asked: [], texts: [] })}>{say.clear}</Button>
          </Empty>
        }
      />
      {open !== null && (
        <RecordPanel row={open} kinds={kinds[open.log] ?? {}} filter={(chip) => ask(open.log, chip)} close={() => setOpen(null)} />
      )}
    </>
  );
}

function written(value: unknown): string | number | boolean {
  if (value === null || value === undefined) return "";
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : JSON.stringify(value);
}
