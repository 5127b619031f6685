import { describe, expect, it } from "vitest";

import { silentOf } from "./silent";

describe("sources that are silent", () => {
  it("are those that do not work, and those that are hours behind", () => {
    const source = { kind: "folder", waitingObjects: 0, records: 1, deadLetters: 0, lastRecord: 1, error: null };
    const health = { destinations: [], history: { days: 0, on: false, since: null }, deadLetters: 0, features: [], sources: [
      { ...source, name: "broken", up: false, lagSeconds: 0 }, { ...source, name: "late", up: true, lagSeconds: 10_801 },
      { ...source, name: "heard", up: true, lagSeconds: 10_800 }, { ...source, name: "new", up: true, lagSeconds: null }] };
    expect(silentOf(health)).toEqual(["broken", "late"]);
    expect(silentOf(undefined)).toEqual([]);
  });
});
