import type { Finding } from "../../api/shapes";
import { readEvidence, readExplanation } from "../../api/vedette";
import { useAsk, useDetector } from "../../state/asking";

/** One finding; null: there is none of that id. */
export function useFinding(id: string) {
  const detectorId = useDetector();
  return useAsk(["findings", "one", id], async (api, signal): Promise<Finding | null> => {
    const { findings } = await api.call("GetFindings", { detectorId, findingIds: [id] }, signal);
    return findings[0] ?? null;
  });
}

export function useExplanation(id: string) {
  const detectorId = useDetector();
  return useAsk(["explanation", id], (api, signal) => readExplanation(api, detectorId, id, signal));
}

export function useEvidence(id: string, limit: number) {
  const detectorId = useDetector();
  return useAsk(["evidence", id, limit], (api, signal) => readEvidence(api, detectorId, id, 0, limit, signal), {
    keep: true });
}
