import { describe, expect, test } from "vitest";

import { entityQuery, inLog, questionOf, readAsked, readHunt, USUAL, withAsked, writeHunt, type Hunt } from "./hunt";

const HUNT: Hunt = {
  log: "cloudtrail", range: { kind: "between", from: 1000, to: 2000 }, columns: ["time", "event_name"],
  texts: ["a b&c=d", "\u202e<b>"],
  asked: [
    { name: "user_agent", sign: "!^", value: "curl/8 a=b" }, { name: "error_code", sign: "=", value: "" },
    { name: "time", sign: ">=", value: "1000" }, { name: "@ip", sign: "=", value: "198.51.100.7" },
    { name: "event_name", sign: "!=", value: "" }, { name: "request", sign: ":", value: "=\n!=~" },
  ],
};

describe("a search", () => {
  test("stands in the address as it is", () => {
    expect(readHunt(new URLSearchParams(writeHunt(HUNT).toString()))).toEqual(HUNT);
  });

  test("is of all logs and of a day unless it says more", () => {
    expect(readHunt(new URLSearchParams())).toEqual({ log: null, asked: [], texts: [], range: USUAL, columns: null });
    expect(writeHunt(readHunt(new URLSearchParams())).toString()).toBe("");
    expect(readHunt(new URLSearchParams("range=7d")).range).toEqual({ kind: "last", name: "7d" });
  });

  test("leaves out what nobody could ask", () => {
    const hunt = readHunt(new URLSearchParams("log=syslog&c=event_name%3Dx&c=%40ip%3D1.1.1.1&c=%40host%3Dx&c=%40ip%3D&c==&t=&from=9&to=3"));
    expect(hunt).toEqual({ log: null, asked: [{ name: "@ip", sign: "=", value: "1.1.1.1" }], texts: [], range: USUAL,
      columns: null });
    expect(readAsked("@ip!=1.1.1.1")).toBeNull();
  });

  test("is asked of the server by its own names", () => {
    expect(questionOf(HUNT, 5000)).toEqual({
      since: 1000, until: 2000, log: "cloudtrail", texts: HUNT.texts,
      facets: ["event_name", "event_source", "principal_arn", "source_ip", "error_code", "user_agent"],
      entities: [{ kind: "ip", value: "198.51.100.7" }],
      conditions: [
        { column: "user_agent", operator: "notBeginsWith", value: "curl/8 a=b" },
        { column: "error_code", operator: "missing", value: "" },
        { column: "time", operator: "greaterThanOrEqual", value: "1000" },
        { column: "event_name", operator: "exists", value: "" },
        { column: "request", operator: "contains", value: "=\n!=~" },
      ],
    });
  });

  test("of another log asks of no column that it has not", () => {
    const columns = [{ name: "time", holds: "number" as const, kind: null }];
    expect(inLog(HUNT, "dns", columns)).toMatchObject({ log: "dns", columns: null, asked: [
      { name: "time", sign: ">=", value: "1000" }, { name: "@ip", sign: "=", value: "198.51.100.7" }] });
    expect(inLog(HUNT, null, []).asked.map((one) => one.name)).toEqual(["@ip"]);
  });

  test("does not ask for a value and for its opposite", () => {
    const more = withAsked(HUNT, { name: "user_agent", sign: "=", value: "curl/8 a=b" });
    expect(more.asked.filter((one) => one.name === "user_agent")).toEqual([
      { name: "user_agent", sign: "=", value: "curl/8 a=b" }]);
  });

  test("for an entity is of all logs in its time", () => {
    expect(readHunt(new URLSearchParams(entityQuery({ kind: "user-agent", value: "a&b = c", since: 1, until: 2 })))).toEqual({
      log: null, texts: [], columns: null, range: { kind: "between", from: 1, to: 2 },
      asked: [{ name: "@user-agent", sign: "=", value: "a&b = c" }] });
  });
});
