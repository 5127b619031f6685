import { ENTITY_KINDS, type EntityKind, type Holds, type RecordColumn, type Scope, type SearchQuestion } from "../api/vedette";
import { isKind } from "./entity";
import { RANGES, spanOf, type Range, type RangeName } from "./view";

export const LOGS = ["cloudtrail", "vpc-flow", "dns", "eks-audit", "rds"] as const;
export type Log = (typeof LOGS)[number];

/** How a condition is written, and what the server calls it. */
const SIGNS = {
  "!=": "notEquals", "!^": "notBeginsWith", "!:": "notContains", ">=": "greaterThanOrEqual", "<=": "lessThanOrEqual",
  "=": "equals", "^": "beginsWith", ":": "contains", ">": "greaterThan", "<": "lessThan",
} as const;
export type Sign = keyof typeof SIGNS;

/** How columns can be compared, by what stands in them. */
export const SIGNS_OF: Record<Holds, readonly Sign[]> = {
  text: ["=", "!=", ":", "!:", "^", "!^"], texts: ["=", "!=", ":", "!:", "^", "!^"],
  number: ["=", "!=", ">", ">=", "<", "<="], truth: ["=", "!="],
};

/** What begins the name of a kind of entity, which is asked of all columns. */
const ENTITY = "@";

/** A condition; of a name that begins with `@`, an entity that records name. An empty value: nothing stands there. */
export interface Asked {
  name: string;
  sign: Sign;
  value: string;
}

/** What is sought: all of it stands in the address. */
export interface Hunt {
  log: Log | null;
  asked: Asked[];
  texts: string[];
  range: Range;
  /** Columns of the table; null: the usual ones. */
  columns: string[] | null;
}

export const USUAL: Range = { kind: "last", name: "24h" };

/** Columns that a table of a log's records begins with. */
export const MAIN: Record<Log, readonly string[]> = {
  cloudtrail: ["time", "event_name", "event_source", "principal_arn", "source_ip", "error_code", "user_agent"],
  "vpc-flow": ["time", "srcaddr", "srcport", "dstaddr", "dstport", "action", "bytes", "interface_id"],
  dns: ["time", "query_name", "query_type", "rcode", "answers", "srcaddr", "instance_id"],
  "eks-audit": ["time", "username", "verb", "resource", "namespace", "name", "code", "source_ips"],
  rds: ["time", "did", "user", "source", "instance", "database", "statement"],
};

/** Columns of a log whose commonest values are counted. */
export const COUNTED: Record<Log, readonly string[]> = {
  cloudtrail: ["event_name", "event_source", "principal_arn", "source_ip", "error_code", "user_agent"],
  "vpc-flow": ["srcaddr", "dstaddr", "dstport", "action", "interface_id", "instance_id"],
  dns: ["query_name", "query_type", "rcode", "srcaddr", "instance_id"],
  "eks-audit": ["username", "verb", "resource", "namespace", "source_ips", "user_agent"],
  rds: ["did", "user", "source", "instance", "database", "application"],
};

export const entityName = (kind: EntityKind) => `${ENTITY}${kind}`;

/** The kind of entity that a condition's name is; null: it is a column. */
export function kindOfName(name: string): EntityKind | null {
  const kind = name.startsWith(ENTITY) ? name.slice(ENTITY.length) : null;
  return isKind(kind) ? kind : null;
}

export const askedText = ({ name, sign, value }: Asked) => `${name}${sign}${value}`;

export function readAsked(text: string): Asked | null {
  const found = /^(@?[\w-]+?)(!=|!\^|!:|>=|<=|=|\^|:|>|<)(.*)$/s.exec(text);
  if (found === null) return null;
  const [, name = "", sign, value = ""] = found;
  if (name.startsWith(ENTITY) && (kindOfName(name) === null || sign !== "=" || value === "")) return null;
  return { name, sign: sign as Sign, value };
}

export function readHunt(params: URLSearchParams): Hunt {
  const log = LOGS.find((one) => one === params.get("log")) ?? null;
  const [from, to] = [Number(params.get("from") ?? NaN), Number(params.get("to") ?? NaN)];
  const name = params.get("range");
  const columns = (params.get("columns") ?? "").split(",").filter((one) => /^\w+$/.test(one));
  return {
    log, texts: params.getAll("t").filter((one) => one !== ""),
    asked: params.getAll("c").map(readAsked).filter((one) => one !== null)
      .filter((one) => log !== null || kindOfName(one.name) !== null),
    range: from < to ? { kind: "between", from, to }
      : name !== null && name in RANGES ? { kind: "last", name: name as RangeName } : USUAL,
    columns: columns.length === 0 ? null : columns,
  };
}

export function writeHunt(hunt: Hunt): URLSearchParams {
  const params = new URLSearchParams();
  if (hunt.log !== null) params.set("log", hunt.log);
  for (const one of hunt.asked) params.append("c", askedText(one));
  for (const one of hunt.texts) params.append("t", one);
  if (hunt.range.kind === "last" && hunt.range.name !== "24h") params.set("range", hunt.range.name);
  if (hunt.range.kind === "between") {
    params.set("from", String(Math.round(hunt.range.from)));
    params.set("to", String(Math.round(hunt.range.to)));
  }
  if (hunt.columns !== null) params.set("columns", hunt.columns.join(","));
  return params;
}

/** The search for the records that name an entity. */
export function entityQuery({ kind, value, since, until }: Scope): string {
  return writeHunt({ log: null, asked: [{ name: entityName(kind), sign: "=", value }], texts: [],
    range: { kind: "between", from: since, to: until }, columns: null }).toString();
}

/** With one condition more, in place of the same and of its opposite. */
export function withAsked(hunt: Hunt, more: Asked): Hunt {
  return { ...hunt, asked: [...hunt.asked.filter((one) => one.name !== more.name || one.value !== more.value), more] };
}

/** The same of another log: what its records have no column for is asked no more. */
export function inLog(hunt: Hunt, log: Log | null, columns: readonly RecordColumn[]): Hunt {
  const has = (name: string) => kindOfName(name) !== null || (log !== null && columns.some((one) => one.name === name));
  return { ...hunt, log, columns: null, asked: hunt.asked.filter((one) => has(one.name)) };
}

/** What the server is asked. */
export function questionOf(hunt: Hunt, now: number): SearchQuestion {
  const { since, until } = spanOf(hunt.range, now) ?? { since: 0, until: now };
  const columns = hunt.asked.filter((one) => kindOfName(one.name) === null);
  return {
    since: Math.round(since), until: Math.round(until), log: hunt.log, texts: hunt.texts,
    facets: hunt.log === null ? [] : [...COUNTED[hunt.log]],
    conditions: columns.map(({ name, sign, value }) => ({
      column: name, value,
      operator: value === "" && sign === "=" ? "missing" : value === "" && sign === "!=" ? "exists" : SIGNS[sign] })),
    entities: hunt.asked.flatMap(({ name, value }) => {
      const kind = kindOfName(name);
      return kind === null ? [] : [{ kind, value }];
    }),
  };
}

/** Every kind of entity as a name of a condition. */
export const ENTITY_NAMES = ENTITY_KINDS.map(entityName);
