import PropertyFilter, { type PropertyFilterProps } from "@cloudscape-design/components/property-filter";
import { useMemo, useState, type RefObject } from "react";

import { readAttributes, STATUSES } from "../../api/vedette";
import { text } from "../../strings";
import { useAsk } from "../../state/asking";
import { criteriaOf, isSound, OPERATORS, type Chip, type Operator } from "../../values/criteria";
import { count } from "../../values/number";
import { visibleText } from "../../values/visible";
import { FACETS, useFacets } from "./useFindings";

const FREQUENT: readonly string[] = [
  ...FACETS, "triage.status", "triage.assignee", "region", "id", "resource.instanceDetails.instanceId", "resource.accessKeyDetails.accessKeyId",
  "resource.s3BucketDetails.name", "service.action.actionType",
  "service.action.networkConnectionAction.remoteIpDetails.ipAddressV4", "service.action.dnsRequestAction.domain",
];

/** The chips, with every attribute there is, and each attribute's values with how often they occur. */
export function FilterBar({ chips, change, bar, label = text.findings.filter }: {
  chips: readonly Chip[];
  change: (chips: Chip[]) => void;
  bar?: RefObject<PropertyFilterProps.Ref | null>;
  label?: string;
}) {
  const attributes = useAsk(["attributes"], readAttributes);
  const [typing, setTyping] = useState<string | null>(null);
  const others = useMemo(() => criteriaOf(chips.filter((chip) => chip.attribute !== typing)), [chips, typing]);
  const values = useFacets(others, typing === null ? [] : [typing], 50, typing !== null);

  const properties = useMemo(() => {
    const all = attributes.data ?? FREQUENT;
    const first = FREQUENT.filter((one) => all.includes(one));
    return [...first, ...all.filter((one) => !first.includes(one))].map((key) => ({
      key, propertyLabel: key, groupValuesLabel: key, operators: OPERATORS as unknown as Operator[],
    }));
  }, [attributes.data]);
  // Nothing is kept of a finding that is open, so that these are not among what is counted.
  const options = typing === "triage.status"
    ? STATUSES.map((one) => ({ propertyKey: typing, value: one }))
    : (typing === null ? [] : values.data?.facets[typing] ?? []).map((one) => ({
      propertyKey: typing ?? "", value: one.value, label: visibleText(one.value), tags: [count(one.count)],
    }));

  return (
    <PropertyFilter
      {...(bar === undefined ? {} : { ref: bar })}
      query={{
        operation: "and",
        tokens: chips.map((chip) => ({ propertyKey: chip.attribute, operator: chip.operator, value: chip.value })),
      }}
      onChange={({ detail }) => {
        setTyping(null);
        change(detail.tokens.flatMap((token) => {
          const chip = {
            attribute: token.propertyKey ?? "", operator: token.operator as Operator, value: String(token.value),
          };
          return isSound(chip) ? [chip] : [];
        }));
      }}
      filteringProperties={properties}
      filteringOptions={options}
      filteringStatusType={
        attributes.isPending || (typing !== null && values.isFetching) ? "loading" : values.isError ? "error" : "finished"}
      filteringErrorText={text.findings.facetError}
      filteringRecoveryText={text.tryAgain}
      filteringLoadingText={text.loading}
      filteringEmpty={text.findings.noValues}
      onLoadItems={({ detail }) => {
        const key = detail.filteringProperty?.key ?? null;
        if (key === typing && !detail.samePage) return;
        setTyping(key);
        if (detail.samePage) void values.refetch();
      }}
      filteringAriaLabel={label}
      filteringPlaceholder={text.findings.filterPlaceholder}
      disableFreeTextFiltering
      hideOperations
      virtualScroll
      expandToViewport
      tokenLimit={6}
    />
  );
}
