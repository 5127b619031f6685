import { useCollection } from "@cloudscape-design/collection-hooks";
import Pagination from "@cloudscape-design/components/pagination";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import type { ReactNode } from "react";

import { text } from "../strings";
import { usePreferences } from "../state/preferences";
import { count } from "../values/number";
import { Trouble } from "./Trouble";

const PAGE = 50;

interface Shape<Row> {
  rows: readonly Row[] | undefined;
  columns: TableProps.ColumnDefinition<Row>[];
  label: string;
  header: ReactNode;
  empty: ReactNode;
  error?: Error | null;
  again?: () => unknown;
  variant?: TableProps.Variant;
  extra?: ReactNode;
}

/** A table of what the browser has as a whole: with a filter, an order, and pages. */
export function Listing<Row>({
  rows, columns, label, header, empty, error = null, again, variant = "container", extra,
}: Shape<Row>) {
  const { density } = usePreferences().preferences;
  const { items, collectionProps, filterProps, paginationProps, filteredItemsCount } = useCollection<Row>(rows ?? [], {
    filtering: { empty, noMatch: text.findings.noMatch }, sorting: {}, pagination: { pageSize: PAGE } });
  if (error !== null && rows === undefined) {
    return <>{header}<Trouble error={error} {...(again === undefined ? {} : { again })} /></>;
  }
  const many = (rows?.length ?? 0) > 5;
  return (
    <Table<Row>
      {...collectionProps} items={items} columnDefinitions={columns} variant={variant} wrapLines contentDensity={density}
      loading={rows === undefined} loadingText={text.loading} ariaLabels={{ tableLabel: label }} header={header}
      filter={many || extra !== undefined
        ? (
          <div className="filters">
            {many && (
              <div className="grow">
                <TextFilter {...filterProps} filteringPlaceholder={text.filterTable} filteringAriaLabel={`${text.filterTable}: ${label}`}
                  countText={text.matches(count(filteredItemsCount ?? 0))} />
              </div>
            )}
            {extra}
          </div>
        )
        : undefined}
      pagination={(rows?.length ?? 0) > PAGE
        ? <Pagination {...paginationProps} ariaLabels={{ nextPageLabel: text.findings.next,
          previousPageLabel: text.findings.previous, pageLabel: text.findings.page, paginationLabel: label }} />
        : undefined}
    />
  );
}
