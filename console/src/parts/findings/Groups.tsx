import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Table from "@cloudscape-design/components/table";

import type { FindingCriteria } from "../../api/shapes";
import { text } from "../../strings";
import type { Chip } from "../../values/criteria";
import { count } from "../../values/number";
import { visibleText } from "../../values/visible";
import { FilterOut } from "../FilterOut";
import { Empty, Trouble } from "../Trouble";
import { useFacets } from "./useFindings";

export const GROUPS = [
  "type", "severity", "accountId", "region", "resource.resourceType", "resource.instanceDetails.instanceId",
  "resource.accessKeyDetails.userName", "service.action.awsApiCallAction.remoteIpDetails.ipAddressV4",
  "service.action.networkConnectionAction.remoteIpDetails.ipAddressV4",
] as const;

export function groupName(attribute: string): string {
  return attribute in text.findings.group
    ? text.findings.group[attribute as keyof typeof text.findings.group] : attribute;
}

/** How many findings there are of each value of an attribute; choosing one goes into it, or leaves it out. */
export function Groups({ attribute, criteria, enter, leave }: {
  attribute: string; criteria: FindingCriteria; enter: (chip: Chip) => void; leave: (chip: Chip) => void;
}) {
  const facets = useFacets(criteria, [attribute], 50);
  if (facets.error !== null) return <Trouble error={facets.error} again={facets.refetch} />;
  return (
    <Table
      header={<Header description={text.findings.topOf(count(facets.data?.among[attribute] ?? 0))}>{groupName(attribute)}</Header>}
      items={facets.data?.facets[attribute] ?? []}
      loading={facets.isPending}
      loadingText={text.loading}
      trackBy="value"
      empty={<Empty title={text.findings.group.empty} />}
      columnDefinitions={[
        { id: "value", header: text.findings.group.value, isRowHeader: true, cell: (one) => (
          <button type="button" className="link-button" onClick={() => enter({ attribute, operator: "=", value: one.value })}>
            {visibleText(one.value)}
          </button>) },
        { id: "count", header: text.findings.group.count, width: 160,
          cell: (one) => <Box variant="span">{count(one.count)}</Box> },
        { id: "leave", header: text.actions, width: 110,
          cell: (one) => <FilterOut attribute={attribute} value={one.value} filter={leave} /> },
      ]}
    />
  );
}
