import { useCollection } from "@cloudscape-design/collection-hooks";
import Badge from "@cloudscape-design/components/badge";
import Pagination from "@cloudscape-design/components/pagination";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useMemo, useState } from "react";

import type { Profile } from "../../api/vedette";
import { text } from "../../strings";
import { bytes, count } from "../../values/number";
import { pointOf } from "../../values/places";
import { Listing } from "../Listing";
import { PlacesMap } from "../PlacesMap";
import { Shown } from "../Shown";
import { Time } from "../Time";
import { Empty } from "../Trouble";
import { Value } from "../Value";

const say = text.investigate;
const PAGE = 50;

interface Fact {
  isNew: boolean;
  first: number;
  last: number;
}

function New({ is }: { is: boolean }) {
  return is ? <span title={say.newWhat}><Badge color="blue">{say.new}</Badge></span> : null;
}

/** A table with a filter, an order and pages, and a switch to what is new (and to what failed). */
function Facts<Row extends Fact>({ rows, columns, label, empty, failed }: {
  rows: readonly Row[]; columns: TableProps.ColumnDefinition<Row>[]; label: string; empty: string;
  failed?: (row: Row) => boolean;
}) {
  const [only, setOnly] = useState("all");
  const some = useMemo(
    () => rows.filter((one) => only === "all" || (only === "new" ? one.isNew : failed?.(one) === true)), [rows, only, failed]);
  const { items, collectionProps, filterProps, paginationProps, filteredItemsCount } = useCollection(some, {
    filtering: {}, sorting: {}, pagination: { pageSize: PAGE } });
  return (
    <Table
      {...collectionProps} items={items} columnDefinitions={columns} variant="embedded" contentDensity="compact"
      ariaLabels={{ tableLabel: label }} empty={<Empty title={empty} />} resizableColumns
      filter={
        <SpaceBetween direction="horizontal" size="xs">
          <TextFilter {...filterProps} filteringPlaceholder={text.filterTable} filteringAriaLabel={text.filterTable}
            countText={text.matches(count(filteredItemsCount ?? 0))} />
          <SegmentedControl label={label} selectedId={only} onChange={({ detail }) => setOnly(detail.selectedId)}
            options={[{ id: "all", text: say.all }, { id: "new", text: say.onlyNew },
              ...(failed === undefined ? [] : [{ id: "failed", text: say.onlyFailed }])]} />
        </SpaceBetween>
      }
      pagination={<Pagination {...paginationProps} ariaLabels={{ nextPageLabel: text.findings.next,
        previousPageLabel: text.findings.previous, pageLabel: text.findings.page, paginationLabel: label }} />}
    />
  );
}

const API = "service.action.awsApiCallAction.api";
const SERVICE = "service.action.awsApiCallAction.serviceName";

/** Findings name the calls of AWS's services so, and none of clusters and databases. */
const isAws = (service: string) => service.endsWith(".amazonaws.com");

const hasFailed = (one: Profile["calls"][number]) => one.failed > 0;

/** The API calls, what succeeded and what failed. */
export function Calls({ calls }: { calls: Profile["calls"] }) {
  return (
    <Facts rows={calls} label={say.calls} empty={say.noCalls} failed={hasFailed} columns={[
      { id: "name", header: say.call, sortingField: "name", isRowHeader: true, width: 300,
        cell: (one) => <><Value value={one.name} attribute={isAws(one.service) ? API : null} /> <New is={one.isNew} /></> },
      { id: "service", header: say.service, sortingField: "service", width: 220,
        cell: (one) => <Value value={one.service} attribute={isAws(one.service) ? SERVICE : null} /> },
      { id: "ok", header: say.ok, sortingField: "succeeded", width: 120, cell: (one) => count(one.succeeded) },
      { id: "failed", header: say.notOk, sortingField: "failed", width: 110, cell: (one) => count(one.failed) },
      { id: "first", header: say.first, sortingField: "first", width: 210, cell: (one) => <Time ms={one.first} short /> },
      { id: "last", header: say.last, sortingField: "last", width: 210, cell: (one) => <Time ms={one.last} short /> },
    ]} />
  );
}

/** Whom it had to do with. */
export function Peers({ peers }: { peers: Profile["peers"] }) {
  const volume = (value: number | null) => value === null ? text.unknown : bytes(value);
  return (
    <Facts rows={peers} label={say.peers} empty={say.noPeers} columns={[
      { id: "value", header: say.peer, sortingField: "value", isRowHeader: true, width: 320,
        cell: (one) => <><Value value={one.value} entity={one.kind} /> <New is={one.isNew} /></> },
      { id: "kind", header: say.kind, sortingField: "kind", width: 150, cell: (one) => text.kind[one.kind] },
      { id: "log", header: say.log, sortingField: "log", width: 120, cell: (one) => <Shown value={one.log} /> },
      { id: "count", header: say.count, sortingField: "count", width: 110, cell: (one) => count(one.count) },
      { id: "in", header: say.bytesIn, sortingField: "bytesIn", width: 100, cell: (one) => volume(one.bytesIn) },
      { id: "out", header: say.bytesOut, sortingField: "bytesOut", width: 100, cell: (one) => volume(one.bytesOut) },
      { id: "last", header: say.last, sortingField: "last", width: 210, cell: (one) => <Time ms={one.last} short /> },
    ]} />
  );
}

/** Where it came from, or went to. */
export function Geography({ geography }: { geography: Profile["geography"] }) {
  return (
    <>
      <PlacesMap points={geography.map((one) => pointOf(one.lat, one.lon,
        [one.city, one.country].filter((name) => name !== "").join(", ")))} />
      <Listing rows={geography} variant="embedded" label={say.geography} header={null}
        empty={<Empty title={say.noGeography} />}
        columns={[
          { id: "country", header: say.country, sortingField: "country", isRowHeader: true,
            cell: (one) => one.country === "" ? text.unknown : <Value value={one.country} /> },
          { id: "city", header: text.part.city, sortingField: "city", cell: (one) => one.city === "" ? text.unknown : <Value value={one.city} /> },
          { id: "asn", header: say.asn, sortingField: "asn", cell: (one) => one.asn === "" ? text.unknown : <Value value={one.asn} /> },
          { id: "count", header: say.count, sortingField: "count", cell: (one) => count(one.count) },
        ]} />
    </>
  );
}
