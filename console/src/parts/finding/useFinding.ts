import type { Finding } from "../../api/shapes";
import { readEvidence, readExplanation, readTimesOf, readTriage } from "../../api/vedette";
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

/** Steps of a finding's activity that are read at first. */
export const ACTIVITY = 50;

export function useTriage(id: string, limit: number) {
  const detectorId = useDetector();
  return useAsk(["triage", id, limit], (api, signal) => readTriage(api, detectorId, id, limit, signal), { keep: true });
}

export function useTimes(id: string) {
  const detectorId = useDetector();
  return useAsk(["times", id], async (api, signal) => (await readTimesOf(api, detectorId, [id], signal))[0] ?? null);
}

export function useEvidence(id: string, limit: number) {
  const detectorId = useDetector();
  return useAsk(["evidence", id, limit], (api, signal) => readEvidence(api, detectorId, id, 0, limit, signal), {
    keep: true });
}
