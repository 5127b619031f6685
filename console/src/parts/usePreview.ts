import type { FindingCriteria } from "../api/shapes";
import { readPreview } from "../api/vedette";
import { useAsk, useDetector } from "../state/asking";

const DAYS = 90;

/** What a suppression rule with these criteria would have hidden. */
export function usePreview(criteria: FindingCriteria, enabled: boolean) {
  const detectorId = useDetector();
  return useAsk(
    ["preview", criteria],
    (api, signal) => readPreview(api, { detectorId, findingCriteria: criteria, days: DAYS }, signal),
    { keep: true, enabled },
  );
}
