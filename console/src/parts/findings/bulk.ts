import type { Api } from "../../api/client";
import type { Finding, FindingCriteria } from "../../api/shapes";
import { both } from "../../values/criteria";
import { actorLine, firstSeen, isSample, lastSeen, resourceLine } from "../../values/finding";
import { bandOf } from "../../values/severity";
import { csv } from "../../values/table";

const AT_ONCE = 50;

export const MOST_EXPORTED = 10_000;

/** Told how many are done; true: stop. */
export type Progress = (done: number) => boolean;

/** Archive all that match, or take them out: fifty at a time, until none is left or it is to stop. Returns how many. */
export async function moveAll(
  api: Api, detectorId: string, criteria: FindingCriteria, archive: boolean, progress: Progress,
): Promise<number> {
  // Those that were moved match no more, so the first page is always the next one.
  const left = both(criteria, { criterion: { "service.archived": { equals: [String(!archive)] } } });
  const seen = new Set<string>();
  for (;;) {
    const { findingIds } = await api.call("ListFindings", { detectorId, findingCriteria: left, maxResults: AT_ONCE });
    const fresh = findingIds.filter((id) => !seen.has(id));
    if (fresh.length === 0) return seen.size;
    await api.call(archive ? "ArchiveFindings" : "UnarchiveFindings", { detectorId, findingIds: fresh });
    fresh.forEach((id) => seen.add(id));
    if (progress(seen.size)) return seen.size;
  }
}

/** All that match, in the view's order, at most `MOST_EXPORTED`; `whole` false: there are more. */
export async function readAll(
  api: Api, detectorId: string, criteria: FindingCriteria, sort: { attribute: string; descending: boolean },
  progress: Progress,
): Promise<{ findings: Finding[]; whole: boolean }> {
  const findings: Finding[] = [];
  let nextToken = "";
  for (;;) {
    const listed = await api.call("ListFindings", {
      detectorId, findingCriteria: criteria, maxResults: AT_ONCE,
      sortCriteria: { attributeName: sort.attribute, orderBy: sort.descending ? "DESC" : "ASC" },
      ...(nextToken === "" ? {} : { nextToken }),
    });
    if (listed.findingIds.length > 0) {
      findings.push(...(await api.call("GetFindings", { detectorId, findingIds: listed.findingIds })).findings);
    }
    nextToken = listed.nextToken ?? "";
    if (nextToken === "") return { findings, whole: true };
    if (progress(findings.length) || findings.length >= MOST_EXPORTED) return { findings, whole: false };
  }
}

const HEAD = [
  "id", "severity", "band", "type", "title", "description", "accountId", "region", "resource", "actor", "count", "firstSeen",
  "lastSeen", "updatedAt", "archived", "sample",
];

export function asCsv(findings: readonly Finding[]): string {
  return csv([HEAD, ...findings.map((one) => [
    one.id, one.severity, bandOf(one.severity), one.type, one.title ?? "", one.description ?? "", one.accountId, one.region,
    resourceLine(one)?.value ?? "", actorLine(one)?.value ?? "", one.service?.count ?? 1,
    new Date(firstSeen(one)).toISOString(), new Date(lastSeen(one)).toISOString(), one.updatedAt,
    one.service?.archived === true, isSample(one),
  ])]);
}
