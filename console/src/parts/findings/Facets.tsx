import { text } from "../../strings";
import type { FindingCriteria } from "../../api/shapes";
import type { Chip } from "../../values/criteria";
import { count } from "../../values/number";
import { visibleText } from "../../values/visible";
import { FilterOut } from "../FilterOut";
import { Trouble } from "../Trouble";
import { FACETS, useFacets } from "./useFindings";

/** The most frequent values of what one filters by most, each with how often it occurs. */
export function FacetColumns({ criteria, add }: { criteria: FindingCriteria; add: (chip: Chip) => void }) {
  const facets = useFacets(criteria, FACETS, 5);
  if (facets.error !== null) return <Trouble error={facets.error} again={facets.refetch} />;
  return (
    <div className="facets">
      {FACETS.map((attribute) => (
        <div key={attribute} className="facet">
          <h3>{attribute in text.findings.group
            ? text.findings.group[attribute as keyof typeof text.findings.group] : attribute}</h3>
          <ul>
            {(facets.data?.facets[attribute] ?? []).map((one) => (
              <li key={one.value}>
                <button type="button" className="link-button" title={visibleText(one.value)}
                  onClick={() => add({ attribute, operator: "=", value: one.value })}>{visibleText(one.value)}</button>
                <span className="number">
                  {count(one.count)} <FilterOut attribute={attribute} value={one.value} filter={add} />
                </span>
              </li>
            ))}
            {facets.data !== undefined && (facets.data.facets[attribute] ?? []).length === 0 && (
              <li className="muted">{text.findings.facets.empty}</li>
            )}
          </ul>
        </div>
      ))}
    </div>
  );
}
