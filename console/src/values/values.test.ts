import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import type { Finding } from "../api/shapes";
import { whyBlind } from "./blind";
import { both, chipsOf, chipText, comparable, criteriaOf, isSound, isTime, parseChip, type Chip } from "./criteria";
import { guessKind, lookQuery, readTrail, writeTrail } from "./entity";
import { leaves, likeThis, storyOf } from "./finding";
import { layout } from "./layout";
import { deedsOf, GRAVE, isAssociated } from "./members";
import { bytes, count, share } from "./number";
import { planState } from "./plans";
import { firstQuestion, nearest, withStart } from "./page";
import { pointOf, together } from "./places";
import { formatted, marked, namedBy } from "./record";
import { merged } from "./remote";
import { isDay, isOverdue } from "./rules";
import { bandOf, severityNumber } from "./severity";
import { csv } from "./table";
import { absolute, axisLabel, milliseconds, relative, SPAN } from "./time";
import { part, stretched } from "./times";
import { unusualOf, usualOf } from "./unusual";
import { changed, criteriaOfView, lookedBack, PLAIN, readView, writeView, type View } from "./view";
import { visible, visibleText } from "./visible";

const FINDING: Finding = {
  accountId: "111122223333", arn: "arn:aws:guardduty:eu-west-1:111122223333:detector/d/finding/f", id: "f",
  createdAt: "2026-03-02T09:00:00.000Z", updatedAt: "2026-03-02T09:10:00.000Z", region: "eu-west-1", schemaVersion: "2.0",
  severity: 5, type: "UnauthorizedAccess:EC2/MaliciousIPCaller.Custom",
  resource: {
    instanceDetails: { instanceId: "i-0a1b2c3d4e5f60001", networkInterfaces: [{ privateIpAddress: "10.0.1.15" }] },
  },
  service: {
    detectorId: "d", count: 3,
    action: { actionType: "NETWORK_CONNECTION", networkConnectionAction: {
      connectionDirection: "OUTBOUND", protocol: "ICMP", remoteIpDetails: { ipAddressV4: "9.9.77.140" } } },
  },
};

const KNOWN = new Set(readFileSync("../src/vedette/findings/filter_attributes.txt", "utf8").trim().split("\n")
  .map((line) => line.split(" ")[0]));

describe("chips", () => {
  it("become criteria: equal ones are alternatives, comparisons are numbers", () => {
    expect(criteriaOf([
      { attribute: "type", operator: "=", value: "A" }, { attribute: "type", operator: "=", value: "B" },
      { attribute: "region", operator: "!=", value: "eu-west-1" }, { attribute: "severity", operator: ">=", value: "7" },
      { attribute: "updatedAt", operator: "<", value: "2026-03-02T00:00:00Z" },
    ])).toEqual({ criterion: {
      type: { equals: ["A", "B"] }, region: { notEquals: ["eu-west-1"] }, severity: { greaterThanOrEqual: 7 },
      updatedAt: { lessThan: 1772409600000 } } });
  });
  it("that name a time ask for its milliseconds, and are left out where it is none", () => {
    expect(criteriaOf([{ attribute: "createdAt", operator: "=", value: "2026-03-02T00:00:00.000Z" }]))
      .toEqual({ criterion: { createdAt: { equals: ["1772409600000"] } } });
    expect(isSound({ attribute: "createdAt", operator: "!=", value: "yesterday" })).toBe(false);
    const times = readFileSync("../src/vedette/findings/filter_attributes.txt", "utf8").trim().split("\n")
      .map((line) => line.split(" ")).filter(([, kind]) => kind === "epoch-ms").map(([name = ""]) => name);
    expect([...KNOWN].filter((name) => isTime(name ?? ""))).toEqual(times);
  });
  it("that compare with what is no number are left out", () => {
    const chip: Chip = { attribute: "severity", operator: ">", value: "high" };
    expect(isSound(chip)).toBe(false);
    expect(criteriaOf([chip])).toEqual({ criterion: {} });
    expect([comparable(" "), comparable("8.5"), comparable("x")]).toEqual([null, 8.5, null]);
  });
  it("are read as they were written, whatever is in them", () => {
    for (const value of ["a=b", "<script>", "x>=1", "", "line\nbreak", "\u202e"]) {
      const chip: Chip = { attribute: "title", operator: "!=", value };
      expect(parseChip(chipText(chip))).toEqual(chip);
    }
    expect(parseChip("no operator")).toBeNull();
  });
  it("are made of criteria, also of those with old names; patterns are told of", () => {
    expect(chipsOf({ criterion: { type: { eq: ["A"] }, severity: { gte: 4 }, title: { matches: ["x*"] } } })).toEqual({
      chips: [{ attribute: "type", operator: "=", value: "A" }, { attribute: "severity", operator: ">=", value: "4" }],
      unsaid: ["title"] });
  });
  it("and others hold together", () => {
    expect(both({ criterion: { updatedAt: { lessThan: 5 } } }, { criterion: { updatedAt: { greaterThan: 1 } } }))
      .toEqual({ criterion: { updatedAt: { lessThan: 5, greaterThan: 1 } } });
  });
});

describe("the view", () => {
  const view: View = {
    chips: [{ attribute: "severity", operator: ">=", value: "7" }, { attribute: "title", operator: "=", value: "a&b=c" }],
    show: "all", range: { kind: "between", from: 1000, to: 2000 }, sort: { attribute: "severity", descending: false },
    group: "type", page: { number: 3, after: "WyJ1" }, open: "0f", tab: "evidence" };
  it("stands in the address", () => {
    expect(readView(new URLSearchParams(writeView(view).toString()))).toEqual(view);
    expect(writeView(PLAIN).toString()).toBe("");
    expect(readView(new URLSearchParams(""))).toEqual(PLAIN);
  });
  it("has no tab where no finding is open", () => {
    expect(writeView({ ...view, open: null }).has("tab")).toBe(false);
  });
  it("takes nonsense in the address for nothing", () => {
    expect(readView(new URLSearchParams("f=&f=x&from=5&to=1&range=9y&sort=;drop&show=none"))).toEqual(PLAIN);
    for (const page of ["page=2", "after=x", "page=1&after=x", "page=2.5&after=x", "page=1e9&after=x", "page=&after=x"]) {
      expect(readView(new URLSearchParams(page)).page).toBeNull();
    }
  });
  it("stays on its page until it shows other findings", () => {
    expect(changed(view, { open: null }).page).toEqual(view.page);
    expect(changed(view, { chips: [] }).page).toBeNull();
    expect(changed(view, { sort: PLAIN.sort, open: null }).page).toBeNull();
    expect(firstQuestion("d", { ...view, group: null }, 50)?.nextToken).toBe("WyJ1");
  });
});

describe("looking back", () => {
  const now = Date.UTC(2026, 2, 9, 14, 20, 5, 7);
  it("is of whole days and the hour that it is, from a week on", () => {
    const until = Date.UTC(2026, 2, 9, 15);
    expect(lookedBack(7 * SPAN.DAY, now)).toEqual({ since: Date.UTC(2026, 2, 2), until });
    expect(lookedBack(30 * SPAN.DAY, now)).toEqual({ since: Date.UTC(2026, 1, 7), until });
    expect(lookedBack(7 * SPAN.DAY, until)).toEqual({ since: Date.UTC(2026, 2, 2), until });
  });
  it("is exact of less", () => {
    expect(lookedBack(SPAN.HOUR, now)).toEqual({ since: now - SPAN.HOUR, until: now });
    expect(lookedBack(SPAN.DAY, now)).toEqual({ since: now - SPAN.DAY, until: now });
  });
});

describe("the beginnings of pages", () => {
  it("are remembered with holes, and walked from the nearest that is known", () => {
    const starts = withStart([], 4, "e");
    expect(starts).toEqual([undefined, undefined, undefined, undefined, "e"]);
    expect(nearest(starts, 3)).toEqual({ place: 0, start: "" });
    expect(nearest(withStart(starts, 2, "c"), 3)).toEqual({ place: 2, start: "c" });
    expect(nearest(starts, 4)).toEqual({ place: 4, start: "e" });
  });
});

describe("the criteria of a view", () => {
  it("asks for its time, and for archived findings or not", () => {
    expect(criteriaOfView(PLAIN, 0)).toEqual({ criterion: { "service.archived": { equals: ["false"] } } });
    expect(criteriaOfView({ ...PLAIN, show: "all", range: { kind: "last", name: "24h" } }, 2 * SPAN.DAY)).toEqual(
      { criterion: { updatedAt: { greaterThanOrEqual: SPAN.DAY } } });
  });
});

describe("text of logs", () => {
  it("shows what cannot be seen", () => {
    expect(visible("a\u202eb\u0007")).toEqual([
      { text: "a", hidden: false }, { text: "U+202E", hidden: true }, { text: "b", hidden: false },
      { text: "U+0007", hidden: true }]);
    expect(visibleText("\u200b")).toBe("\u27e8U+200B\u27e9");
    expect(visible("two\nlines\tand caf\u00e9 \u6771\u4eac")).toHaveLength(1);
    expect(visible("\ud800")[0]?.hidden).toBe(true);
  });
  it("is marked where the finding names it, and not inside longer words", () => {
    expect(marked("10.0.0.1 10.0.0.11 a10.0.0.1", ["10.0.0.1"]).filter((run) => run.marked)).toHaveLength(1);
    expect(marked("a+b", ["a+b"])[0]?.marked).toBe(true);
    expect(marked("a+b c a+b", ["a+b", "c"]).filter((run) => run.marked).map((run) => run.before)).toEqual([0, 0, 1]);
    expect(namedBy(FINDING)).toContain("9.9.77.140");
  });
  it("is indented only when that changes nothing", () => {
    expect(formatted('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(formatted('{"a":12345678901234567890}')).toBeNull();
    expect(formatted("2 111122223333 eni-1")).toBeNull();
  });
  it("is no formula in a table", () => {
    expect(csv([["=1+1", 'a"b', "x,y", 5]])).toBe("'=1+1,\"a\"\"b\",\"x,y\",5\r\n");
  });
});

describe("a finding", () => {
  it("is told as actor, action and resource, by attributes that there are", () => {
    const story = storyOf(FINDING);
    expect(story.actor.map((one) => one.value)).toEqual(["9.9.77.140"]);
    expect(story.resource.map((one) => one.value)).toContain("i-0a1b2c3d4e5f60001");
    for (const one of [...story.actor, ...story.action, ...story.resource]) {
      if (one.attribute !== null) expect(KNOWN).toContain(one.attribute);
    }
  });
  it("is suppressed by its type and what tells it from others", () => {
    const chosen = likeThis(FINDING).filter((one) => one.chosen).map((one) => one.chip.value);
    expect(chosen).toEqual([FINDING.type, "9.9.77.140"]);
    const attributes = likeThis(FINDING).map((one) => one.chip.attribute);
    expect(new Set(attributes).size).toBe(attributes.length);
  });
  it("has its details by path", () => {
    expect(leaves({ a: [{ b: 1 }, { b: false }], c: null }, "x")).toEqual([
      { attribute: "x.a.b", name: "a 1 \u203a b", value: "1" }, { attribute: "x.a.b", name: "a 2 \u203a b", value: "false" }]);
  });
  it("says what is unusual against what is usual", () => {
    expect(unusualOf([{ network: "9.9.0.0/16", nats: 7, daysSeenWithPrincipal: 0, principalDays: 13.2 }])).toEqual([
      { kind: "network", value: "9.9.0.0/16", self: { seen: 0, of: 13.2 }, peers: null, account: null }]);
    expect(usualOf({ api: [{ value: "s3:ListBuckets", daysSeenWithPrincipal: 9 }], outBytes: "0" })).toEqual([
      { kind: "api", values: ["s3:ListBuckets"] }]);
  });
});

describe("entities", () => {
  it("are known by what they look like", () => {
    expect(["81.2.69.160", "2001:db8::1", "AKIAIOSFODNN7EXAMPLE", "i-0a1b2c3d4e5f60001", "111122223333", "evil.example",
      "arn:aws:sts::111122223333:assumed-role/r/s", "hm"].map(guessKind)).toEqual(
      ["ip", "ip", "access-key", "instance", "account", "domain", "role-session", null]);
  });
  it("leave a trail in the address", () => {
    const trail = [{ kind: "ip" as const, value: "1.2.3.4" }, { kind: "user-agent" as const, value: "a~b!c/%20\u202e" }];
    expect(readTrail(writeTrail(trail))).toEqual(trail);
    expect(readTrail(new URLSearchParams(lookQuery({ kind: "ip", value: "x", trail })).get("trail"))).toEqual(trail);
    expect(readTrail("nonsense!ip~%")).toEqual([]);
  });
  it("stand always in the same way around theirs", () => {
    const nodes = [...Array(30).keys()].map((at) => ({ kind: "ip", value: String(at) }));
    const edges = nodes.slice(1).map((_, at) => ({ from: 0, to: at + 1, count: at }));
    const places = layout(nodes, edges, 0);
    expect(places[0]).toEqual({ x: 0, y: 0 });
    expect(new Set(places.map((one) => `${one.x.toFixed(3)} ${one.y.toFixed(3)}`)).size).toBe(30);
    expect(layout(nodes, edges, 0)).toEqual(places);
  });
});

describe("figures", () => {
  it("are written as people read them", () => {
    expect([count(1204), bytes(1_500_000), severityNumber(8), severityNumber(5.55)]).toEqual(
      ["1,204", "1.5 MB", "8", "5.6"]);
    expect([share(1, 8), share(2, 2), share(0, 0)]).toEqual(["12.5%", "100%", "0%"]);
    expect([1, 3.9, 4, 7, 8.9, 9].map(bandOf)).toEqual(["low", "low", "medium", "high", "high", "critical"]);
    expect(absolute(1772442000000, "utc")).toBe("2026-03-02 09:00:00 UTC");
    expect(relative(0, 3 * SPAN.HOUR)).toBe("3 h ago");
    expect(axisLabel(1772442000000, "utc", SPAN.HOUR)).toBe("09:00");
    expect([milliseconds("2026-03-02T09:00:00.000Z"), milliseconds(5), milliseconds("x"), milliseconds(undefined)])
      .toEqual([1772442000000, 5000, null, null]);
  });
  it("of several attributes are one list", () => {
    expect(merged({ a: [{ value: "x", count: 2 }], b: [{ value: "x", count: 3 }, { value: "y", count: 1 }] }, ["a", "b"])
      .map(({ value, count: number, attribute }) => [value, number, attribute])).toEqual([["x", 5, "b"], ["y", 1, "b"]]);
  });
});

describe("what is not built", () => {
  const health = { features: [{ plan: "S3_PROTECTION", built: true }, { plan: "AI_PROTECTION", built: false },
    { plan: "FOUNDATIONAL", built: true }] } as never;
  it("is never shown as working", () => {
    expect(planState({ name: "AI_PROTECTION", status: "ENABLED" }, health)).toBe("notBuilt");
    expect(planState({ name: "RUNTIME_MONITORING", status: "ENABLED" }, health)).toBe("notBuilt");
    expect(planState({ name: "S3_DATA_EVENTS", status: "ENABLED" }, health)).toBe("on");
    expect(planState({ name: "S3_DATA_EVENTS", status: "ENABLED" }, undefined)).toBe("unknown");
    expect(planState({ name: "CLOUD_TRAIL", status: "ENABLED" }, health)).toBe("on");
    expect(planState({ name: "AI_ANALYST", status: "DISABLED" }, health)).toBe("off");
  });
  it("rules that somebody wanted to look at again are overdue on the day", () => {
    expect([isOverdue("2026-03-02", Date.parse("2026-03-02")), isOverdue("2026-03-03", Date.parse("2026-03-02")),
      isOverdue("soon", 0), isOverdue(undefined, 0)]).toEqual([true, false, false, false]);
    expect(["2026-03-02", "2028-02-29", "2026-02-29", "2026-13-01", "2026-3-2", "soon", ""].filter(isDay))
      .toEqual(["2026-03-02", "2028-02-29"]);
  });
});

describe("times", () => {
  it("are counted by where they lie, those at the end and beyond it too", () => {
    expect(stretched([0, 1, 25, 99, 100, 170, -5], 0, 100, 4)).toEqual([3, 1, 0, 3]);
    expect(stretched([], 0, 100, 3)).toEqual([0, 0, 0]);
  });

  it("lie at the beginning of a time without length", () => {
    expect(part(7, 7, 7)).toBe(0);
    expect(stretched([7, 7], 7, 7, 2)).toEqual([2, 0]);
  });
});

describe("a type that is blind", () => {
  it("says what each of its detectors lacks", () => {
    expect(whyBlind([{ unread: ["dns"], needs: [["feed:tor-exit", "threat-list"], ["geo"]] }, { unread: [], needs: [["new"]] }], 30))
      .toEqual([
        "nothing of dns logs came in the last 30 days; not loaded: a feed of the category tor exit or a threat list; " +
        "not loaded: a database of cities", "not loaded: new"]);
  });
});

describe("members", () => {
  it("can be asked for what their relationship allows", () => {
    expect(deedsOf("Created")).toEqual(["invite", "remove"]);
    expect(deedsOf("Enabled")).toEqual(["stop", "remove"]);
    expect(deedsOf("Disabled")).toEqual(["start", "remove"]);
    expect(deedsOf("__proto__")).toEqual([]);
    expect(["Created", "Invited", "Enabled", "Resigned"].map(isAssociated)).toEqual([false, true, true, false]);
    expect(GRAVE).not.toContain("invite");
  });
});

describe("places", () => {
  it("is nowhere what is not known to be somewhere on the earth", () => {
    for (const [lat, lon] of [[undefined, 1], [1, undefined], [null, null], [91, 0], [0, -180.5], [NaN, 0]] as const) {
      expect(pointOf(lat, lon, "x")).toBeNull();
    }
    expect(pointOf(0, 0, "x")).toEqual({ lat: 0, lon: 0, label: "x" });
  });

  it("is one point what is in one place", () => {
    const points = [pointOf(1, 2, "a"), null, pointOf(1, 2, "b"), pointOf(1, 3, "c"), pointOf(1, 2, "a")];
    expect(together(points)).toEqual([{ lat: 1, lon: 2, label: "a; b" }, { lat: 1, lon: 3, label: "c" }]);
  });
});
