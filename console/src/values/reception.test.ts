import { describe, expect, it } from "vitest";

import type { CatalogueType } from "../api/vedette";
import { heardOf, runsOf, typesIn } from "./reception";

const HOUR = 3_600_000;
const NOW = 500_000 * HOUR + HOUR / 2;

describe("a log", () => {
  it("of which nothing is known is not heard, and one is silent after three hours", () => {
    expect(heardOf({ lastRecord: null }, NOW)).toBe("never");
    expect(heardOf({ lastRecord: NOW - 3 * HOUR }, NOW)).toBe("silent");
    expect(heardOf({ lastRecord: NOW - 3 * HOUR + 1 }, NOW)).toBe("heard");
  });

  it("has times with records and without, to now", () => {
    const hour = (ago: number) => 500_000 * HOUR - ago * HOUR;
    expect(runsOf({ knownSince: null, lastRecord: null, gaps: [] }, NOW)).toEqual([]);
    const between = { since: hour(5), until: hour(3) };
    expect(runsOf({ knownSince: hour(9), lastRecord: NOW - 60_000, gaps: [between] }, NOW)).toEqual([
      { since: hour(9), until: hour(5), gap: false }, { ...between, gap: true }, { since: hour(3), until: NOW, gap: false }]);
    const since = { since: hour(3), until: hour(0) };
    expect(runsOf({ knownSince: hour(4), lastRecord: hour(4) + 1, gaps: [since] }, NOW)).toEqual([
      { since: hour(4), until: hour(3), gap: false }, { ...since, gap: true }, { since: hour(0), until: NOW, gap: true }]);
  });
});

describe("the types that are found in a log", () => {
  const type = (name: string, source: string, plan: string, built = true) =>
    ({ type: name, source, plan, built }) as CatalogueType;
  const all = [
    type("Calls", "cloudtrail", "FOUNDATIONAL"), type("Objects", "cloudtrail", "S3_PROTECTION"),
    type("Both", "cloudtrail, vpc-flow", "FOUNDATIONAL"), type("Function", "vpc-flow", "LAMBDA_PROTECTION"),
    type("Planned", "cloudtrail", "FOUNDATIONAL", false), type("Name", "dns", "FOUNDATIONAL")];
  const names = (log: Parameters<typeof typesIn>[0]) => typesIn(log, all).map((one) => one.type);

  it("are those that are built, and of data events and functions those of their plan", () => {
    expect(names("cloudtrail")).toEqual(["Calls", "Both"]);
    expect(names("s3-data")).toEqual(["Objects"]);
    expect(names("vpc-flow")).toEqual(["Both"]);
    expect(names("lambda-network")).toEqual(["Function"]);
    expect(names("rds")).toEqual([]);
  });
});
