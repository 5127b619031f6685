import { describe, expect, it } from "vitest";

import type { CatalogueType } from "../api/vedette";
import { byTactic, byTechnique } from "./attack";
import { pointsOf } from "./countries";

describe("what findings show of ATT&CK", () => {
  const catalogue = [
    { type: "Probe", attack: ["T1046"], tactics: ["Discovery"] },
    { type: "Key", attack: ["T1078", "T1046"], tactics: ["Persistence", "Discovery"] },
  ] as CatalogueType[];
  const types = [{ value: "Probe", count: 2 }, { value: "Key", count: 5 }, { value: "Unknown", count: 9 }];

  it("is counted by tactic in the order of an attack, and none is left out", () => {
    const tactics = byTactic(types, catalogue);
    expect(tactics).toHaveLength(14);
    expect(tactics.filter((one) => one.count > 0)).toEqual([
      { name: "Persistence", count: 5, types: ["Key"] }, { name: "Discovery", count: 7, types: ["Key", "Probe"] }]);
  });

  it("is counted by technique, those with the most findings first", () => {
    expect(byTechnique(types, catalogue).map((one) => [one.name, one.count])).toEqual([["T1046", 7], ["T1078", 5]]);
    expect(byTechnique([], catalogue)).toEqual([]);
  });
});

describe("countries on a map", () => {
  it("are where they are, and one that nobody knows is nowhere", () => {
    const points = pointsOf([{ value: "NZ", count: 3 }, { value: "ZZ", count: 9 }, { value: "", count: 1 }],
      (name, count) => `${name} ${String(count)}`);
    expect(points.map((one) => [one.label, one.weight])).toEqual([["New Zealand 3", 3]]);
    expect(points[0]?.lat).toBeLessThan(-34);
    expect(points[0]?.lon).toBeGreaterThan(166);
  });
});
