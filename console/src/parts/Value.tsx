import Icon from "@cloudscape-design/components/icon";
import { createContext, useContext } from "react";
import { Link, useNavigate } from "react-router";

import type { EntityKind } from "../api/vedette";
import { text } from "../strings";
import { useDetector } from "../state/asking";
import { useDesk } from "../state/session";
import { commandOf } from "../values/copyAs";
import type { Chip } from "../values/criteria";
import { lookQuery, type Look } from "../values/entity";
import { PLAIN, writeView } from "../values/view";
import { CopyButton, named } from "./CopyButton";
import { FilterOut } from "./FilterOut";
import { Shown } from "./Shown";

/** Adds a chip to the list of findings that is on the screen. */
export const FilterContext = createContext<((chip: Chip) => void) | null>(null);

/** The time that a look into an entity begins with. */
export const ScopeContext = createContext<Pick<Look, "since" | "until" | "trail">>({});

export function useFilter(): (chip: Chip) => void {
  const here = useContext(FilterContext);
  const navigate = useNavigate();
  const { to } = useDesk();
  return here ?? ((chip) => void navigate(to(`findings?${writeView({ ...PLAIN, chips: [chip] }).toString()}`)));
}

interface Shape {
  value: string;
  /** The attribute of finding criteria that has this value. */
  attribute?: string | null;
  /** What it can be looked into as. */
  entity?: EntityKind | null;
  /** Filters what is no list of findings: `attribute` is a name there. */
  filter?: ((chip: Chip) => void) | undefined;
}

/** A value with what can be done with it: filter for it, filter it out, copy it or the command that asks
 * for it, look into it. */
export function Value({ value, attribute = null, entity = null, filter: other }: Shape) {
  const findings = useFilter();
  const filter = other ?? findings;
  const scope = useContext(ScopeContext);
  const { region, to } = useDesk();
  const detectorId = useDetector();
  const name = named(value);
  const command = commandOf({ value, attribute: other === undefined ? attribute : null, entity }, scope, { region, detectorId, endpoint: window.location.origin });
  const look = entity === null ? null : to(`investigate?${lookQuery({ kind: entity, value, ...scope })}`);
  return (
    <span className="value">
      {look === null ? <Shown value={value} /> : <Link to={look} className="value-link"><Shown value={value} /></Link>}
      <span className="value-actions">
        {attribute !== null && (
          <>
            <button type="button" title={text.value.filterFor(name)} aria-label={text.value.filterFor(name)}
              onClick={() => filter({ attribute, operator: "=", value })}><Icon name="zoom-in" size="small" /></button>
            <FilterOut attribute={attribute} value={value} filter={filter} />
          </>
        )}
        <CopyButton value={value} />
        {command !== null && (
          <span className="value-command"><CopyButton value={command} icon="script" what={text.value.command(name)} /></span>
        )}
        {look !== null && (
          <Link to={look} title={text.value.investigate(name)} aria-label={text.value.investigate(name)}>
            <Icon name="search" size="small" />
          </Link>
        )}
      </span>
    </span>
  );
}
