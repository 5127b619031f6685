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

/** What will be asked first; null: until now is another time for whoever asks later, and groups show no page. */
export function firstQuestion(detectorId: string, view: View, limit: number): PageQuestion | null {
  if (view.range.kind === "last" || view.group !== null) return null;
  return pageQuestion(detectorId, criteriaOfView(view, 0), view, limit, "");
}
