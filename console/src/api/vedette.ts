// Vedette's own endpoints, below /vedette/v1. Times are milliseconds since the epoch.
import type { PageQuestion } from "../values/page";
import { askAhead, askedAhead } from "./ahead";
import type { Api } from "./client";
import type { Finding, FindingCriteria } from "./shapes";

export interface Session {
  user: string;
  role: "admin" | "analyst";
  account: string;
  regions: string[];
  /** By Region, where there is one. */
  detectors: Record<string, string | undefined>;
  csrf: string;
  expiresAt: number;
  lastVisit: number | null;
  version: string;
}

export interface CatalogueType {
  type: string;
  plan: string;
  resource: string;
  severity: number | null;
  severityNote: string;
  title: string;
  attack: string[];
  /** Of ATT&CK, the most telling first. */
  tactics: string[];
  remedy: string;
  /** The logs that it is found in. */
  source: string;
  /** Vedette's own, not GuardDuty's. */
  own: boolean;
  built: boolean;
  detectors: { name: string; doc: string }[];
}

/** Why a detector can find nothing: logs that did not come, and groups of which nothing is loaded. */
export interface Hindrance {
  unread: string[];
  needs: string[][];
}

/** The types that no detector can find now, with what hinders each of theirs. */
export interface Blind {
  /** Within which a log must have come. */
  days: number;
  types: Record<string, Hindrance[] | undefined>;
}

export type RuleMode = "LIVE" | "DRY_RUN";

/** How a rule works in the organization: in the accounts of `include`, or, where that is empty, in all but `exclude`. */
export interface RuleSetting {
  mode: RuleMode;
  include: string[];
  exclude: string[];
  expires: number | null;
  /** How many accounts that is now. */
  accounts: number;
}

export interface CustomRule {
  id: string;
  name: string;
  type: string;
  severity: number;
  finds: string;
  says: string;
  /** As SQL over CloudTrail's fields; empty: no condition on one record says it. */
  condition: string;
  attack: string[];
  remedy: string;
  /** The log that it reads. */
  source: string;
  /** null: it does not work. */
  association: {
    associationId: string;
    mode: RuleMode;
    since: number;
    expires: number | null;
    byOrganization: boolean;
  } | null;
  /** What is set for the organization; null: its delegated administrator alone may know that, and set it. */
  organization: RuleSetting[] | null;
  findings: number;
  /** What it would have found while it was tried. */
  trial: { matches: number; since: number } | null;
}

export const LIST_KINDS = ["ipset", "threatintelset", "trustedentityset", "threatentityset"] as const;

export type ListKind = (typeof LIST_KINDS)[number];

export interface ListedSet {
  id: string;
  kind: ListKind;
  name: string;
  format: string;
  location: string;
  status: string;
  /** Why it could not be loaded. */
  error: string | null;
  /** It acts: perhaps as it was before it could not be loaded again. */
  inForce: boolean;
  updatedAt: number;
  triedAgainAt: number | null;
  /** Those that can match; null: it does not act. */
  entries: number | null;
  /** Why entries were passed over, and how many. */
  passedOver: Record<string, number>;
}

/** What a list says of its entries; `category`: of a feed. */
export interface Says {
  trusted: boolean;
  category: string | null;
}

/** A list or a feed that the server's configuration names: it holds for every account. */
export interface StandingList extends Says {
  name: string;
  entries: number;
  passedOver: Record<string, number>;
  loadedAt: number;
}

/** Which lists hold an address or a name. */
export interface Listed {
  kind: "ip" | "domain";
  value: string;
  /** Others than public addresses never match. */
  public: boolean;
  trusted: boolean;
  /** The most specific first. */
  matches: (Says & { name: string; entry: string; threatNames: string[] })[];
  /** Of a name, among those that everybody uses. */
  rank: number | null;
  registeredAt: number | null;
}

/** Of a type that was found. */
export interface TypeCounts {
  findings: number;
  /** Those of the last days. */
  recent: number;
  lastSeen: number | null;
  useful: number;
  notUseful: number;
}

export interface Bands {
  low: number;
  medium: number;
  high: number;
  critical: number;
}

export interface Bucket extends Bands {
  start: number;
  end: number;
}

export interface FacetValue {
  value: string;
  count: number;
}

export type Facets = Record<string, FacetValue[] | undefined>;

/** `among`: how many findings were counted, the newest of them where an attribute has very many values. */
export interface Counted {
  facets: Facets;
  among: Record<string, number | undefined>;
}

export interface FindingLine {
  id: string;
  type: string;
  title: string;
  severity: number;
  count: number;
  firstSeen: number;
  lastSeen: number;
  archived: boolean;
  accountId: string;
  region: string;
}

export interface Preview extends Bands {
  matched: number;
  total: number;
  days: number;
  examples: FindingLine[];
}

export interface EvidenceRecord {
  time: number;
  object: string;
  position: number;
  version: string;
  log: string | null;
  text: string | null;
  truncated: boolean;
  /** Why the record cannot be had as it is in the log. `text` is the event history's row then, or null. */
  missing: string | null;
}

export const ENTITY_KINDS = [
  "ip", "principal", "role-session", "access-key", "user-agent", "instance", "interface", "bucket", "cluster",
  "kubernetes-user", "pod", "database", "database-user", "function", "domain", "account",
] as const;

export type EntityKind = (typeof ENTITY_KINDS)[number];

export interface Entity {
  kind: EntityKind;
  value: string;
  role: "actor" | "resource" | "other";
}

export interface Explanation {
  detectors: { name: string; doc: string }[];
  severityNote: string;
  attack: string[];
  remedy: string;
  profiles: unknown;
  entities: Entity[];
  related: { why: string; finding: FindingLine }[];
}

export interface Health {
  sources: {
    name: string;
    kind: string;
    up: boolean;
    lagSeconds: number | null;
    waitingObjects: number | null;
    records: number;
    deadLetters: number;
    lastRecord: number | null;
    error: string | null;
  }[];
  destinations: { name: string; up: boolean; waiting: number }[];
  history: { days: number; on: boolean; since: number | null };
  deadLetters: number;
  features: { plan: string; built: boolean }[];
}

export const LOGS = ["cloudtrail", "s3-data", "vpc-flow", "lambda-network", "dns", "eks-audit", "rds"] as const;

export type Log = (typeof LOGS)[number];

/** Whether what is found in a log becomes findings that can be read; `none`: there is no detector. */
export type LogPlan = "on" | "off" | "suspended" | "none";

/** What is known of a log of an account and Region; null: nothing. */
export interface Reception {
  log: Log;
  plan: LogPlan;
  receivedAt: number | null;
  lastRecord: number | null;
  /** The first hour that is known to have had records, of a week at most. */
  knownSince: number | null;
  /** Whole hours since then without any. */
  gaps: { since: number; until: number }[];
}

export interface ReceptionPlace {
  accountId: string;
  region: string;
  /** How many finding types cannot fire. */
  blind: number;
  logs: Reception[];
}

export interface Receptions {
  total: number;
  regions: string[];
  /** Within which a log must have come for its types to see. */
  days: number;
  places: ReceptionPlace[];
}

export interface DeadLetter {
  object: string;
  position: number | null;
  reason: string;
  time: number | null;
  log: string | null;
}

export interface Stretch {
  start: number;
  end: number;
  count: number;
  failed: number;
  usual: number | null;
}

export interface Profile {
  kind: EntityKind;
  value: string;
  since: number;
  until: number;
  historyOn: boolean;
  firstSeen: number | null;
  lastSeen: number | null;
  /** The logs that can name this kind; `since` null: nothing of it was ever received. */
  logs: { log: string; since: number | null }[];
  facts: { name: string; value: string }[];
  activity: {
    log: string;
    buckets: Stretch[];
    /** Of some time before and after. */
    around: Stretch[];
  }[];
  calls: {
    service: string;
    name: string;
    succeeded: number;
    failed: number;
    first: number;
    last: number;
    isNew: boolean;
  }[];
  peers: {
    kind: EntityKind;
    value: string;
    log: string;
    count: number;
    bytesIn: number | null;
    bytesOut: number | null;
    isNew: boolean;
    first: number;
    last: number;
  }[];
  /** `lat` and `lon` in degrees; null: not known. */
  geography: { country: string; city: string; lat: number | null; lon: number | null; asn: string; count: number }[];
  findings: FindingLine[];
  graph: {
    nodes: { kind: EntityKind; value: string }[];
    edges: { from: number; to: number; label: string; count: number }[];
  };
}

export interface Events {
  columns: string[];
  /** What each column names; null: nothing that can be looked into. */
  kinds: (EntityKind | null)[];
  rows: unknown[][];
  total: number;
}

/** Which records are sought. */
export interface SearchQuestion {
  since: number;
  until: number;
  /** null: all. */
  log: string | null;
  conditions: { column: string; operator: string; value: string }[];
  entities: { kind: EntityKind; value: string }[];
  texts: string[];
  facets: string[];
}

export interface FoundRow {
  log: string;
  record: Record<string, unknown>;
}

export interface FoundRecords {
  historyOn: boolean;
  /** Since when everything was looked at. */
  lookedSince: number;
  /** From and to. */
  stretches: [number, number][];
  /** `since` null: nothing of it was ever received; `counts` and `failures`: of each stretch. */
  logs: { log: string; since: number | null; total: number; failed: number; counts: number[]; failures: number[] }[];
  facets: Facets;
  /** How many records, the newest, were counted for each. */
  among: Record<string, number | undefined>;
  /** What columns name, by log. */
  kinds: Record<string, Record<string, EntityKind | undefined> | undefined>;
  rows: FoundRow[];
  nextToken: string;
}

export type Holds = "text" | "texts" | "number" | "truth";

export interface RecordColumn {
  name: string;
  holds: Holds;
  kind: EntityKind | null;
}

export interface SavedSearch {
  name: string;
  query: string;
  by: string;
  updatedAt: number;
}

export const STATUSES = ["OPEN", "UNDER_REVIEW", "RESOLVED"] as const;

export type Status = (typeof STATUSES)[number];

/** Where the work on a finding stands; `assignee` empty: nobody's. */
export interface TriageLine {
  id: string;
  status: Status;
  assignee: string;
  comments: number;
}

/** Where the work on a finding stands. */
export type Stand = Pick<TriageLine, "status" | "assignee">;

/** What is to be said of a finding; `onlyIf`: where it must stand for that. */
export type TriageChange = { id: string; onlyIf?: Stand } & Partial<Stand>;

export interface TriageResult {
  changed: { id: string; before: Stand; after: Stand }[];
  failed: { id: string; message: string }[];
}

export interface LastComment {
  id: string;
  time: number;
  text: string;
  account: string;
  by: string;
}

/** Something that somebody did with a finding. */
export interface Deed {
  time: number;
  what: "STATUS" | "ASSIGNEE" | "COMMENT" | "ARCHIVED" | "UNARCHIVED" | "FEEDBACK";
  value: string;
  text: string;
  account: string;
  by: string;
  /** Empty of a console user. */
  accessKeyId: string;
}

export interface Triage {
  status: Status;
  assignee: string;
  suppressedBy: string;
  /** The newest first. */
  activity: Deed[];
  total: number;
  /** Steps before those that are kept. */
  forgotten: number;
}

/** When a finding was seen: `known` are the times of the log records that are kept, and between some of them there may
 * be others. */
export interface Times {
  id: string;
  count: number;
  firstSeen: number;
  lastSeen: number;
  known: number[];
  gap: { since: number; until: number } | null;
}

/** Whom a finding names, and the tactics of ATT&CK that its type shows, the most telling first. */
export interface Named {
  id: string;
  entities: Entity[];
  tactics: string[];
}

/** Who may come in to the account. */
export interface Access {
  users: { name: string; role: Session["role"]; createdAt: number; lastSeen: number | null }[];
  keys: { id: string; name: string; role: Session["role"] | "ingest"; createdAt: number; revokedAt: number | null;
    lastUsed: number | null }[];
}

/** A call that was to change something. */
export interface Audited {
  time: number;
  requestId: string;
  consoleUser: string;
  /** Empty of a console user. */
  accessKeyId: string;
  role: string;
  region: string;
  operation: string;
  sourceAddress: string;
  parameters: Record<string, unknown>;
  /** Success, or the error's code. */
  outcome: string;
  message: string;
}

const ROOT = "/vedette/v1";
const SESSION = "session";

export const login = (api: Api, how: { user: string; password: string } | { token: string }) =>
  api.post<Session>(`${ROOT}/session`, how);
export const readSession = (api: Api, signal?: AbortSignal) =>
  askedAhead<Session>(SESSION) ?? api.get<Session>(`${ROOT}/session`, {}, signal);
export const readSessionAhead = (api: Api) => {
  const session = readSession(api);
  askAhead(SESSION, session);
  return session;
};
export const changePassword = (api: Api, given: { password: string; newPassword: string }) =>
  api.post<Session>(`${ROOT}/session/password`, given);
export const logout = (api: Api) => api.remove(`${ROOT}/session`);

export const readCatalogue = async (api: Api, signal?: AbortSignal) =>
  (await api.get<{ types: CatalogueType[] }>(`${ROOT}/catalogue`, {}, signal)).types;
export const readTypeCounts = (api: Api, detectorId: string, signal?: AbortSignal) =>
  api.get<{ days: number; types: Record<string, TypeCounts | undefined> }>(`${ROOT}/type-counts`, { detectorId }, signal);
export const readBlind = (api: Api, detectorId: string, signal?: AbortSignal) =>
  api.get<Blind>(`${ROOT}/blind`, { detectorId }, signal);
export const readCustomRules = async (api: Api, detectorId: string, signal?: AbortSignal) =>
  (await api.get<{ rules: CustomRule[] }>(`${ROOT}/custom-rules`, { detectorId }, signal)).rules;
export const readLists = (api: Api, detectorId: string, signal?: AbortSignal) =>
  api.get<{ lists: ListedSet[]; everywhere: StandingList[] }>(`${ROOT}/lists`, { detectorId }, signal);
export const readListed = (api: Api, detectorId: string, value: string, signal?: AbortSignal) =>
  api.get<Listed>(`${ROOT}/listed`, { detectorId, value }, signal);
export const readAttributes = async (api: Api, signal?: AbortSignal) =>
  (await api.get<{ attributes: string[] }>(`${ROOT}/attributes`, {}, signal)).attributes;
export const readHealth = (api: Api, signal?: AbortSignal) => api.get<Health>(`${ROOT}/health`, {}, signal);
export const readReceptions = (
  api: Api,
  asked: { detectorId: string; account?: string; region?: string; silentHours?: number; offset?: number; limit: number },
  signal?: AbortSignal,
) => api.get<Receptions>(`${ROOT}/receptions`, asked, signal);
export const readDeadLetters = (api: Api, offset: number, limit: number, signal?: AbortSignal) =>
  api.get<{ total: number; deadLetters: DeadLetter[] }>(`${ROOT}/dead-letters`, { offset, limit }, signal);

export const readAccess = (api: Api, signal?: AbortSignal) => api.get<Access>(`${ROOT}/access`, {}, signal);
/** `before`: where the page begins that is asked for, and in the answer the next; null: there is none. */
export const readAudit = (
  api: Api, asked: { who: string; what: string; since?: number | undefined; before?: number | undefined; limit: number },
  signal?: AbortSignal,
) => api.get<{ entries: Audited[]; before: number | null }>(`${ROOT}/audit`, asked, signal);

export interface Page {
  findings: Finding[];
  nextToken: string;
}

const questionOf = (api: Api, asked: PageQuestion) => JSON.stringify([api.region, asked]);

export const readFindings = (api: Api, asked: PageQuestion, signal?: AbortSignal) =>
  askedAhead<Page>(questionOf(api, asked)) ?? api.post<Page>(`${ROOT}/findings`, asked, signal);
export const readFindingsAhead = (api: Api, asked: PageQuestion) =>
  askAhead(questionOf(api, asked), readFindings(api, asked));

export const readHistogram = async (
  api: Api,
  asked: { detectorId: string; findingCriteria: FindingCriteria; since: number; until: number; buckets: number },
  signal?: AbortSignal,
) => (await api.post<{ buckets: Bucket[] }>(`${ROOT}/histogram`, asked, signal)).buckets;

export const readFacets = (
  api: Api,
  asked: { detectorId: string; findingCriteria: FindingCriteria; attributes: string[]; top: number },
  signal?: AbortSignal,
) => api.post<Counted>(`${ROOT}/facets`, asked, signal);

export const readPreview = (
  api: Api,
  asked: { detectorId: string; findingCriteria: FindingCriteria; days: number },
  signal?: AbortSignal,
) => api.post<Preview>(`${ROOT}/preview`, asked, signal);

export const readEvidence = (
  api: Api, detectorId: string, findingId: string, offset: number, limit: number, signal?: AbortSignal,
) =>
  api.get<{ total: number; records: EvidenceRecord[] }>(
    `${ROOT}/findings/${encodeURIComponent(findingId)}/evidence`, { detectorId, offset, limit }, signal);

export const readExplanation = (api: Api, detectorId: string, findingId: string, signal?: AbortSignal) =>
  api.get<Explanation>(
    `${ROOT}/findings/${encodeURIComponent(findingId)}/explanation`, { detectorId }, signal);

export const readTriage = (api: Api, detectorId: string, findingId: string, limit: number, signal?: AbortSignal) =>
  api.get<Triage>(`${ROOT}/findings/${encodeURIComponent(findingId)}/triage`, { detectorId, limit }, signal);

export const changeTriage = (
  api: Api, detectorId: string, findingId: string, change: Partial<Stand>,
) => api.post(`${ROOT}/findings/${encodeURIComponent(findingId)}/triage`, { detectorId, ...change });

export const addComment = (api: Api, detectorId: string, findingId: string, text: string) =>
  api.post(`${ROOT}/findings/${encodeURIComponent(findingId)}/comments`, { detectorId, text });

export const readAssignees = async (api: Api, signal?: AbortSignal) =>
  (await api.get<{ assignees: string[] }>(`${ROOT}/assignees`, {}, signal)).assignees;

export const readTriageOf = async (api: Api, detectorId: string, findingIds: readonly string[], signal?: AbortSignal) =>
  (await api.post<{ triage: TriageLine[] }>(`${ROOT}/triage`, { detectorId, findingIds }, signal)).triage;

export const changeTriageOf = (api: Api, detectorId: string, changes: readonly TriageChange[]) =>
  api.post<TriageResult>(`${ROOT}/triage/changes`, { detectorId, changes });

export const readLastComments = async (
  api: Api, detectorId: string, findingIds: readonly string[], signal?: AbortSignal,
) => (await api.post<{ comments: LastComment[] }>(`${ROOT}/comments`, { detectorId, findingIds }, signal)).comments;

export const readTimesOf = async (api: Api, detectorId: string, findingIds: readonly string[], signal?: AbortSignal) =>
  (await api.post<{ times: Times[] }>(`${ROOT}/times`, { detectorId, findingIds }, signal)).times;

export const readNamed = async (api: Api, detectorId: string, findingIds: readonly string[], signal?: AbortSignal) =>
  (await api.post<{ named: Named[] }>(`${ROOT}/named`, { detectorId, findingIds }, signal)).named;

/** A whole page that needs nothing else and runs nothing. */
export const readReport = (api: Api, investigationId: string) =>
  api.get<{ title: string; html: string }>(
    `${ROOT}/investigations/${encodeURIComponent(investigationId)}/report`);

export const searchEntities = async (api: Api, q: string, limit: number, signal?: AbortSignal) =>
  (await api.get<{ entities: { kind: EntityKind; value: string; findings: number }[] }>(
    `${ROOT}/entities`, { q, limit }, signal)).entities;

export interface Scope {
  kind: EntityKind;
  value: string;
  since: number;
  until: number;
}

export const readProfile = (api: Api, scope: Scope, signal?: AbortSignal) =>
  api.get<Profile>(`${ROOT}/profile`, { ...scope }, signal);

export const readEvents = (
  api: Api, scope: Scope, log: string, offset: number, limit: number, signal?: AbortSignal,
) => api.get<Events>(`${ROOT}/events`, { ...scope, log, offset, limit }, signal);

export const searchRecords = (
  api: Api, asked: SearchQuestion, limit: number, nextToken: string, signal?: AbortSignal,
) => api.post<FoundRecords>(`${ROOT}/search`, { ...asked, limit, nextToken }, signal);

export const readColumns = async (api: Api, signal?: AbortSignal) =>
  (await api.get<{ logs: Record<string, RecordColumn[] | undefined> }>(`${ROOT}/search/columns`, {}, signal)).logs;

export const readSearches = async (api: Api, signal?: AbortSignal) =>
  (await api.get<{ searches: SavedSearch[] }>(`${ROOT}/searches`, {}, signal)).searches;
export const saveSearch = (api: Api, name: string, query: string) => api.post(`${ROOT}/searches`, { name, query });
export const deleteSearch = (api: Api, name: string) => api.remove(`${ROOT}/searches/${encodeURIComponent(name)}`);
