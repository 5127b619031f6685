import type { FindingCriteria } from "../api/shapes";
import { both, chipText, criteriaOf, parseChip, type Chip } from "./criteria";
import { SPAN } from "./time";

export const RANGES = { "1h": SPAN.HOUR, "24h": SPAN.DAY, "7d": 7 * SPAN.DAY, "30d": 30 * SPAN.DAY,
  "90d": 90 * SPAN.DAY } as const;
/** Pages that the address can name. */
const MOST_PAGES = 1_000_000;

export type RangeName = keyof typeof RANGES;

export type Range = { kind: "all" } | { kind: "last"; name: RangeName } | { kind: "between"; from: number; to: number };

export type Show = "current" | "archived" | "all";

/** What the list of findings shows: all of it stands in the URL. */
export interface View {
  chips: Chip[];
  show: Show;
  range: Range;
  sort: { attribute: string; descending: boolean };
  group: string | null;
  /** A page behind the first: its number, from 2 on, and where it begins, as the server named it. */
  page: { number: number; after: string } | null;
  /** The finding whose panel is open. */
  open: string | null;
  /** And the tab of it. */
  tab: string | null;
}

export const PLAIN: View = {
  chips: [], show: "current", range: { kind: "all" }, sort: { attribute: "updatedAt", descending: true }, group: null,
  page: null, open: null, tab: null,
};

/** The view with something else in it. What makes other findings of it begins with their first page. */
export function changed(view: View, change: Partial<View>): View {
  const same = Object.keys(change).every((one) => one === "page" || one === "open" || one === "tab");
  return { ...view, ...(same ? {} : { page: null }), ...change };
}

export function readView(params: URLSearchParams): View {
  const sort = /^(-?)([\w.]+)$/.exec(params.get("sort") ?? "");
  const show = params.get("show");
  return {
    chips: params.getAll("f").map(parseChip).filter((chip) => chip !== null),
    show: show === "archived" || show === "all" ? show : "current",
    range: readRange(params),
    sort: sort === null ? PLAIN.sort : { attribute: sort[2] ?? "", descending: sort[1] === "-" },
    group: params.get("group"),
    page: readPage(params),
    open: params.get("finding"),
    tab: params.get("tab"),
  };
}

function readPage(params: URLSearchParams): View["page"] {
  const [number, after] = [Number(params.get("page")), params.get("after") ?? ""];
  return Number.isSafeInteger(number) && number > 1 && number <= MOST_PAGES && after !== "" ? { number, after } : null;
}

function readRange(params: URLSearchParams): Range {
  const [from, to] = [Number(params.get("from") ?? NaN), Number(params.get("to") ?? NaN)];
  if (from < to) return { kind: "between", from, to };
  const name = params.get("range");
  return name !== null && name in RANGES ? { kind: "last", name: name as RangeName } : { kind: "all" };
}

export function writeView(view: View): URLSearchParams {
  const params = new URLSearchParams();
  for (const chip of view.chips) params.append("f", chipText(chip));
  if (view.show !== PLAIN.show) params.set("show", view.show);
  if (view.range.kind === "last") params.set("range", view.range.name);
  if (view.range.kind === "between") {
    params.set("from", String(Math.round(view.range.from)));
    params.set("to", String(Math.round(view.range.to)));
  }
  const { attribute, descending } = view.sort;
  if (attribute !== PLAIN.sort.attribute || !descending) params.set("sort", `${descending ? "-" : ""}${attribute}`);
  if (view.group !== null) params.set("group", view.group);
  if (view.page !== null) {
    params.set("page", String(view.page.number));
    params.set("after", view.page.after);
  }
  if (view.open !== null) params.set("finding", view.open);
  if (view.open !== null && view.tab !== null) params.set("tab", view.tab);
  return params;
}

/** The range in milliseconds; null: all there is. */
export function spanOf(range: Range, now: number): { since: number; until: number } | null {
  if (range.kind === "all") return null;
  if (range.kind === "between") return { since: range.from, until: range.to };
  return { since: now - RANGES[range.name], until: now };
}

/** The last of so long a time. A week and more begins with a day of UTC and ends with the hour that it is: of whole days
 * profiles are told soonest. */
export function lookedBack(long: number, now: number): { since: number; until: number } {
  if (long < 7 * SPAN.DAY) return { since: now - long, until: now };
  const until = Math.ceil(now / SPAN.HOUR) * SPAN.HOUR;
  return { since: Math.floor((until - long) / SPAN.DAY) * SPAN.DAY, until };
}

/** All that the view shows, as GuardDuty's criteria. A relative range ends when it is asked: it has no upper bound. */
export function criteriaOfView(view: View, now: number): FindingCriteria {
  let criteria = criteriaOf(view.chips);
  if (view.show !== "all") {
    criteria = both(criteria, { criterion: { "service.archived": { equals: [String(view.show === "archived")] } } });
  }
  const span = spanOf(view.range, now);
  if (span !== null) {
    const until = view.range.kind === "between" ? { lessThanOrEqual: span.until } : {};
    criteria = both(criteria, { criterion: { updatedAt: { greaterThanOrEqual: span.since, ...until } } });
  }
  return criteria;
}
