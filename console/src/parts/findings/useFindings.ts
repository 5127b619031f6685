import { useRef, useState } from "react";
import { useSearchParams } from "react-router";

import type { Api } from "../../api/client";
import type { Finding, FindingCriteria } from "../../api/shapes";
import {
  readFacets, readFindings, readHistogram, readTimesOf, readTriageOf, type Times, type TriageLine,
} from "../../api/vedette";
import { useAsk, useAskAhead, useDetector } from "../../state/asking";
import { usePreferences } from "../../state/preferences";
import { useDesk } from "../../state/session";
import { milliseconds, SPAN } from "../../values/time";
import {
  firstQuestion, nearest, pageQuestion, withStart, type PageQuestion, type Starts,
} from "../../values/page";
import { readView, spanOf, type View } from "../../values/view";

const BUCKETS = 60;
const LIVE = 20_000;

function pageOf(asked: PageQuestion) {
  return {
    key: ["findings", "page", asked],
    ask: (api: Api, signal: AbortSignal) => readFindings(api, asked, signal),
  };
}

/** Pages that are walked to reach one of which it is not known where it begins. */
const MOST_STEPS = 100;

/** Asks for the first page while the screen that shows it is still being loaded. */
export function usePageAhead() {
  const detectorId = useDetector();
  const [params] = useSearchParams();
  const { pageSize } = usePreferences().preferences;
  const question = firstQuestion(detectorId, readView(params), pageSize);
  useAskAhead(question === null ? null : pageOf(question));
}

/**
 * One page of findings, whole; the server does the filtering, the order and the paging.
 *
 * @param show puts a page into the view.
 */
export function usePage(criteria: FindingCriteria, view: View, size: number, show: (page: View["page"]) => void) {
  const detectorId = useDetector();
  const { api } = useDesk();
  const question = JSON.stringify([criteria, view.sort, size]);
  const [walk, setWalk] = useState<{ question: string; starts: Starts }>({ question, starts: [] });
  const [place, start] = view.page === null ? [0, ""] : [view.page.number - 1, view.page.after];
  const starts = withStart(walk.question === question ? walk.starts : [], place, start);
  const page = pageOf(pageQuestion(detectorId, criteria, view, size, start));
  const asked = useAsk(page.key, page.ask, { keep: true });
  const next = asked.isPlaceholderData ? "" : asked.data?.nextToken ?? "";

  /** A page and where it begins; one that nobody came by is walked to from the nearest before it that is known. There
   * may be no such page any more: then the last. For more than some steps nobody waits: then the first. */
  const reach = async (wanted: number) => {
    if (wanted === place + 1 && next !== "") return { place: wanted, start: next };
    let at = nearest(starts, wanted);
    if (wanted - at.place > MOST_STEPS) return { place: 0, start: "" };
    while (at.place < wanted) {
      const { nextToken } = await api.call("ListFindings", {
        detectorId, findingCriteria: criteria, maxResults: size, ...(at.start === "" ? {} : { nextToken: at.start }),
        sortCriteria: { attributeName: view.sort.attribute, orderBy: view.sort.descending ? "DESC" : "ASC" } });
      if (nextToken === undefined || nextToken === "") break;
      at = { place: at.place + 1, start: nextToken };
    }
    return at;
  };

  return {
    ...asked,
    findings: asked.data?.findings,
    place,
    known: starts.length,
    more: next !== "",
    go: async (wanted: number) => {
      const there = await reach(wanted);
      setWalk({ question, starts: withStart(starts, there.place, there.start) });
      show(there.place === 0 ? null : { number: there.place + 1, after: there.start });
    },
  };
}

export interface Beside {
  triage: ReadonlyMap<string, TriageLine>;
  times: ReadonlyMap<string, Times>;
}

const NOTHING: Beside = { triage: new Map(), times: new Map() };

/** What the table says of its findings that is not in them: triage, and when they were seen. */
export function useBeside(findings: readonly Finding[]): Beside {
  const detectorId = useDetector();
  const ids = findings.map((one) => one.id);
  const asked = useAsk(["beside", ids], async (api, signal): Promise<Beside> => {
    const [triage, times] = await Promise.all([
      readTriageOf(api, detectorId, ids, signal), readTimesOf(api, detectorId, ids, signal)]);
    return { triage: new Map(triage.map((one) => [one.id, one])), times: new Map(times.map((one) => [one.id, one])) };
  }, { keep: true, enabled: ids.length > 0 });
  return asked.data ?? NOTHING;
}

/** How many match, however many that are. */
export function useTotal(criteria: FindingCriteria, enabled: boolean) {
  const detectorId = useDetector();
  return useAsk(["total", criteria], async (api, signal) => {
    const { findingStatistics } = await api.call("GetFindingsStatistics", {
      detectorId, findingCriteria: criteria, findingStatisticTypes: ["COUNT_BY_SEVERITY"],
    }, signal);
    return Object.values(findingStatistics.countBySeverity ?? {}).reduce((sum, one) => sum + one, 0);
  }, { keep: true, enabled });
}

/** Bars over the view's time; over all time, from the oldest finding that matches. */
export function useBars(criteria: FindingCriteria, view: View, now: number, enabled = true, number = BUCKETS) {
  const detectorId = useDetector();
  const span = spanOf(view.range, now);
  return useAsk(["histogram", criteria, span, number], async (api, signal) => {
    let since = span?.since;
    let until = span?.until ?? now;
    if (since === undefined) {
      const edge = async (descending: boolean) => {
        const { findings } = await readFindings(api, {
          detectorId, findingCriteria: criteria, orderBy: "updatedAt", descending, limit: 1, nextToken: "" }, signal);
        return milliseconds(findings[0]?.updatedAt);
      };
      const [oldest, newest] = await Promise.all([edge(false), edge(true)]);
      if (oldest === null || newest === null) return [];
      until = newest + 1;
      since = Math.max(0, Math.min(oldest, until - SPAN.DAY));
    }
    return readHistogram(api, { detectorId, findingCriteria: criteria, since, until, buckets: number }, signal);
  }, { keep: true, enabled });
}

export const FACETS = [
  "severity", "type", "resource.resourceType", "accountId", "resource.accessKeyDetails.userName",
  "service.action.awsApiCallAction.remoteIpDetails.ipAddressV4",
] as const;

export function useFacets(criteria: FindingCriteria, attributes: readonly string[], top: number, enabled = true) {
  const detectorId = useDetector();
  return useAsk(
    ["facets", criteria, attributes, top],
    (api, signal) => readFacets(api, { detectorId, findingCriteria: criteria, attributes: [...attributes], top }, signal),
    { keep: true, enabled },
  );
}

interface Pulse {
  total: number;
  ids: string[];
}

/** How many came since the table was asked (`now`): the table stays as it is until its reader wants. Findings carry the
 * times of their logs, which may be old, so what there is is compared, and not when it was. */
export function useNewer(criteria: FindingCriteria, view: View, now: number, enabled: boolean): number {
  const detectorId = useDetector();
  const first = useRef<{ question: string; pulse: Pulse } | null>(null);
  const question = JSON.stringify([criteria, view.sort, now]);
  const asked = useAsk(["pulse", question], async (api, signal): Promise<number> => {
    const [counted, listed] = await Promise.all([
      api.call("GetFindingsStatistics", {
        detectorId, findingCriteria: criteria, findingStatisticTypes: ["COUNT_BY_SEVERITY"] }, signal),
      api.call("ListFindings", {
        detectorId, findingCriteria: criteria, maxResults: 50,
        sortCriteria: { attributeName: view.sort.attribute, orderBy: view.sort.descending ? "DESC" : "ASC" },
      }, signal),
    ]);
    const total = Object.values(counted.findingStatistics.countBySeverity ?? {}).reduce((sum, one) => sum + one, 0);
    const pulse = { total, ids: listed.findingIds };
    if (first.current?.question !== question) first.current = { question, pulse };
    const before = first.current.pulse;
    return Math.max(total - before.total, pulse.ids.filter((id) => !before.ids.includes(id)).length);
  }, { every: LIVE, enabled });
  return Math.max(0, asked.data ?? 0);
}
