// ATT&CK's tactics and techniques, by the types of findings that show them.
import type { CatalogueType, FacetValue } from "../api/vedette";
import { TACTICS } from "./lanes";

export interface Shown {
  name: string;
  /** Findings of the types. */
  count: number;
  /** With the most findings first. */
  types: string[];
}

function gathered(
  types: readonly FacetValue[], catalogue: readonly CatalogueType[], names: (type: CatalogueType) => readonly string[],
): Map<string, Shown> {
  const known = new Map(catalogue.map((one) => [one.type, one]));
  const found = new Map<string, Shown>();
  for (const { value, count } of [...types].sort((one, other) => other.count - one.count)) {
    const type = known.get(value);
    for (const name of type === undefined ? [] : names(type)) {
      const before = found.get(name) ?? { name, count: 0, types: [] };
      found.set(name, { name, count: before.count + count, types: [...before.types, value] });
    }
  }
  return found;
}

/** Every tactic, in the order of an attack: also those that nothing shows. */
export function byTactic(types: readonly FacetValue[], catalogue: readonly CatalogueType[]): Shown[] {
  const found = gathered(types, catalogue, (type) => type.tactics);
  return TACTICS.map((name) => found.get(name) ?? { name, count: 0, types: [] });
}

/** The techniques that are shown, those with the most findings first. */
export function byTechnique(types: readonly FacetValue[], catalogue: readonly CatalogueType[]): Shown[] {
  return [...gathered(types, catalogue, (type) => type.attack).values()].sort((one, other) =>
    other.count - one.count || one.name.localeCompare(other.name));
}
