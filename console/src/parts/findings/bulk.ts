import type { Api } from "../../api/client";
import type { Finding, FindingCriteria } from "../../api/shapes";
import { readLastComments, readTriageOf } from "../../api/vedette";
import { both } from "../../values/criteria";
import { actorLine, firstSeen, isSample, lastSeen, resourceLine } from "../../values/finding";
import { bandOf } from "../../values/severity";
import { csv } from "../../values/table";

/** As many as the server takes. */
export const AT_ONCE = 50;

export const MOST_READ = 10_000;

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

/** All that match, in the view's order, at most `MOST_READ`, as `shape` gives fifty of them; `whole` false: there
 * are more. */
export async function readAll<Row>(
  api: Api, detectorId: string, criteria: FindingCriteria, sort: { attribute: string; descending: boolean },
  shape: (some: readonly Finding[]) => Promise<readonly Row[]>, progress: Progress,
): Promise<{ rows: Row[]; whole: boolean }> {
  const rows: Row[] = [];
  let nextToken = "";
  for (;;) {
    const listed = await api.call("ListFindings", {
      detectorId, findingCriteria: criteria, maxResults: AT_ONCE,
      sortCriteria: { attributeName: sort.attribute, orderBy: sort.descending ? "DESC" : "ASC" },
      ...(nextToken === "" ? {} : { nextToken }),
    });
    if (listed.findingIds.length > 0) {
      const { findings } = await api.call("GetFindings", { detectorId, findingIds: listed.findingIds });
      rows.push(...await shape(findings));
    }
    nextToken = listed.nextToken ?? "";
    if (nextToken === "") return { rows, whole: true };
    if (progress(rows.length) || rows.length >= MOST_READ) return { rows, whole: false };
  }
}

const HEAD = [
  "id", "severity", "band", "type", "title", "description", "accountId", "region", "resource", "actor", "count", "firstSeen",
  "lastSeen", "updatedAt", "archived", "sample",
  "triageStatus", "assignee", "lastComment", "lastCommentBy", "lastCommentAt",
];

type Cells = readonly (string | number | boolean)[];

export const asCsv = (rows: readonly Cells[]) => csv([HEAD, ...rows]);

/** Findings as rows of a CSV file, with what people said of each. */
export async function cellsOf(api: Api, detectorId: string, findings: readonly Finding[]): Promise<Cells[]> {
  const ids = findings.map((one) => one.id);
  const [triage, comments] = await Promise.all([
    readTriageOf(api, detectorId, ids), readLastComments(api, detectorId, ids)]);
  const lines = new Map(triage.map((one) => [one.id, one]));
  const last = new Map(comments.map((one) => [one.id, one]));
  return findings.map((one) => {
    const [line, comment] = [lines.get(one.id), last.get(one.id)];
    return [
      one.id, one.severity, bandOf(one.severity), one.type, one.title ?? "", one.description ?? "", one.accountId,
      one.region, resourceLine(one)?.value ?? "", actorLine(one)?.value ?? "", one.service?.count ?? 1,
      new Date(firstSeen(one)).toISOString(), new Date(lastSeen(one)).toISOString(), one.updatedAt,
      one.service?.archived === true, isSample(one), line?.status ?? "", line?.assignee ?? "", comment?.text ?? "",
      comment?.by ?? "", comment === undefined ? "" : new Date(comment.time).toISOString(),
    ];
  });
}
