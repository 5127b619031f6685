import type { FindingCriteria } from "../api/shapes";
import { criteriaOfView, type View } from "./view";

/** What the server is asked for a page of findings. */
export interface PageQuestion {
  detectorId: string;
  findingCriteria: FindingCriteria;
  orderBy: string;
  descending: boolean;
  limit: number;
  nextToken: string;
}

export function pageQuestion(
  detectorId: string, criteria: FindingCriteria, view: View, limit: number, nextToken: string,
): PageQuestion {
  return { detectorId, findingCriteria: criteria, orderBy: view.sort.attribute, descending: view.sort.descending, limit,
    nextToken };
}

/** Where the pages begin that are known, the first at ""; of one that was not come by, undefined. */
export type Starts = readonly (string | undefined)[];

export function withStart(starts: Starts, place: number, start: string): Starts {
  return Array.from({ length: Math.max(starts.length, place + 1) }, (_, at) => at === place ? start : starts[at]);
}

/** The nearest page whose beginning is known: this one, or one before it. */
export function nearest(starts: Starts, place: number): { place: number; start: string } {
  for (let at = place; at > 0; at -= 1) {
    const start = starts[at];
    if (start !== undefined) return { place: at, start };
  }
  return { place: 0, start: "" };
}

/** What will be asked first; null: until now is another time for whoever asks later, and groups show no page. */
export function firstQuestion(detectorId: string, view: View, limit: number): PageQuestion | null {
  if (view.range.kind === "last" || view.group !== null) return null;
  return pageQuestion(detectorId, criteriaOfView(view, 0), view, limit, view.page?.after ?? "");
}
