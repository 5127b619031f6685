import type { GetFilterResponse } from "../api/shapes";
import { useAsk, useDetector } from "./asking";

/** Every filter of the detector: those with the action ARCHIVE are suppression rules. */
export function useFilters(enabled = true) {
  const detectorId = useDetector();
  return useAsk(["filters"], async (api, signal): Promise<GetFilterResponse[]> => {
    const names: string[] = [];
    let nextToken = "";
    do {
      const page = await api.call(
        "ListFilters", { detectorId, maxResults: 50, ...(nextToken === "" ? {} : { nextToken }) }, signal);
      names.push(...page.filterNames);
      nextToken = page.nextToken ?? "";
    } while (nextToken !== "");
    return Promise.all(names.map((filterName) => api.call("GetFilter", { detectorId, filterName }, signal)));
  }, { enabled });
}
