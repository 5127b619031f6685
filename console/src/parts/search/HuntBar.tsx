import PropertyFilter, { type PropertyFilterProps } from "@cloudscape-design/components/property-filter";
import { useMemo, type RefObject } from "react";

import type { RecordColumn } from "../../api/vedette";
import { text } from "../../strings";
import { search as say } from "../../strings/search";
import { ENTITY_NAMES, kindOfName, SIGNS_OF, type Asked, type Hunt, type Sign } from "../../values/hunt";
import { count } from "../../values/number";
import { visibleText } from "../../values/visible";

/** A value that records have, and how many. */
export interface Known {
  name: string;
  value: string;
  count: number | null;
}

/** The conditions of a search, with every column of the log, and the values of what was found. */
export function HuntBar({ hunt, change, columns, known, bar }: {
  hunt: Hunt;
  change: (change: Pick<Hunt, "asked" | "texts">) => void;
  columns: readonly RecordColumn[];
  known: readonly Known[];
  bar: RefObject<PropertyFilterProps.Ref | null>;
}) {
  const properties = useMemo((): PropertyFilterProps.FilteringProperty[] => [
    ...columns.map((one) => ({
      key: one.name, propertyLabel: one.name, groupValuesLabel: one.name, group: "columns",
      operators: [...SIGNS_OF[one.holds]] })),
    ...ENTITY_NAMES.map((name) => ({
      key: name, propertyLabel: labelOf(name), groupValuesLabel: labelOf(name), group: "entities", operators: ["="] as const })),
  ], [columns]);
  const options = [
    ...known.map((one) => ({ propertyKey: one.name, value: one.value, label: visibleText(one.value),
      ...(one.count === null ? {} : { tags: [count(one.count)] }) })),
    ...columns.map((one) => ({ propertyKey: one.name, value: say.nothing, label: say.nothing, tags: [say.nothingWhat] })),
  ];
  return (
    <PropertyFilter
      ref={bar}
      query={{
        operation: "and",
        tokens: [
          ...hunt.asked.map((one) => ({ propertyKey: one.name, operator: one.sign, value: one.value === "" ? say.nothing : one.value })),
          ...hunt.texts.map((value) => ({ operator: ":" as const, value })),
        ],
      }}
      onChange={({ detail }) => change({
        asked: detail.tokens.flatMap((token): Asked[] => {
          const value = String(token.value);
          if (token.propertyKey === undefined || value === "") return [];
          const nothing = value === say.nothing && kindOfName(token.propertyKey) === null;
          return [{ name: token.propertyKey, sign: token.operator as Sign, value: nothing ? "" : value }];
        }),
        texts: detail.tokens.flatMap((token) => {
          const value = String(token.value).trim();
          return token.propertyKey === undefined && value !== "" ? [value] : [];
        }),
      })}
      filteringProperties={properties}
      filteringOptions={options}
      freeTextFiltering={{ operators: [":"], defaultOperator: ":" }}
      customGroupsText={[
        { group: "columns", properties: say.columns, values: say.columns },
        { group: "entities", properties: say.entities, values: say.entities },
      ]}
      filteringEmpty={say.noValues}
      filteringAriaLabel={say.query}
      filteringPlaceholder={hunt.log === null ? say.placeholderAll : say.placeholder}
      i18nStrings={{ enteredTextLabel: say.text }}
      hideOperations virtualScroll expandToViewport tokenLimit={8}
    />
  );
}

function labelOf(name: string): string {
  const kind = kindOfName(name);
  return kind === null ? name : text.kind[kind];
}
