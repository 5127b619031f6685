import { readNamed, readTimesOf, type FindingLine } from "../../api/vedette";
import { useAsk, useDetector } from "../../state/asking";
import { text } from "../../strings";
import { markOf, type Mark } from "../../values/lanes";

/** Findings that the server is asked of at once. */
const AT_ONCE = 50;

/** Findings with whom they name, their tactics and their known moments; as they are until these are there. */
export function useMarks(lines: readonly FindingLine[]) {
  const detectorId = useDetector();
  const ids = lines.map((one) => one.id);
  const asked = useAsk(["marks", ids], async (api, signal) => {
    const pages = Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, at) => ids.slice(at * AT_ONCE, (at + 1) * AT_ONCE));
    const told = await Promise.all(pages.map(async (some) => Promise.all([
      readNamed(api, detectorId, some, signal), readTimesOf(api, detectorId, some, signal)])));
    return {
      named: new Map(told.flatMap(([named]) => named).map((one) => [one.id, one])),
      times: new Map(told.flatMap(([, times]) => times).map((one) => [one.id, one])),
    };
  }, { enabled: ids.length > 0, keep: true });
  const marks = lines.map((one): Mark => markOf(
    one, asked.data?.named.get(one.id), asked.data?.times.get(one.id), (kind) => text.kind[kind]));
  return { marks, known: asked.data !== undefined, error: asked.error, refetch: asked.refetch };
}
