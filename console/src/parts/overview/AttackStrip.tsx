import Badge from "@cloudscape-design/components/badge";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useMemo } from "react";

import { readCatalogue, type FacetValue } from "../../api/vedette";
import { useAsk } from "../../state/asking";
import { text } from "../../strings";
import type { Chip } from "../../values/criteria";
import { byTactic, byTechnique } from "../../values/attack";
import { tacticPlace } from "../../values/lanes";
import { count } from "../../values/number";
import { RouterLink } from "../RouterLink";
import { Trouble } from "../Trouble";

const say = text.overview;

/** ATT&CK's tactics in the order of an attack, and its techniques, with the findings whose types show them. */
export function AttackStrip({ types, link }: { types: readonly FacetValue[]; link: (chips: Chip[]) => string }) {
  const catalogue = useAsk(["catalogue"], readCatalogue);
  const [tactics, techniques] = useMemo(
    () => [byTactic(types, catalogue.data ?? []), byTechnique(types, catalogue.data ?? [])], [types, catalogue.data]);
  const to = (names: readonly string[]) => link(names.map((value) => ({ attribute: "type", operator: "=", value })));
  return (
    <Container header={<Header variant="h2" description={say.attackWhat}>{say.attack}</Header>}>
      {catalogue.error !== null && <Trouble error={catalogue.error} again={catalogue.refetch} />}
      <div className="contained">
        <ul className="tactics" aria-label={say.tactics}>
          {tactics.map((one) => (
            <li key={one.name} className={`tactic-cell tactic-${String(tacticPlace(one.name))}`}>
              {one.count === 0
                ? <span className="big muted">0</span>
                : (
                  <RouterLink href={to(one.types)} variant="secondary" ariaLabel={say.ofTactic(count(one.count), one.name)}>
                    <span className="big">{count(one.count)}</span>
                  </RouterLink>
                )}
              <span>{say.brokenTactic(one.name)}</span>
            </li>
          ))}
        </ul>
      </div>
      {techniques.length > 0 && (
        <div className="chips">
          {techniques.map((one) => (
            <RouterLink key={one.name} href={to(one.types)}><Badge>{one.name} {"\u00b7"} {count(one.count)}</Badge></RouterLink>
          ))}
        </div>
      )}
    </Container>
  );
}
