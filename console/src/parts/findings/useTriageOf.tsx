import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

import type { Finding } from "../../api/shapes";
import { changeTriageOf, type Stand, type TriageChange, type TriageResult } from "../../api/vedette";
import { useDetector } from "../../state/asking";
import { useDesk } from "../../state/session";
import { useShell } from "../../state/shell";
import { text } from "../../strings";
import { count } from "../../values/number";
import { Shown } from "../Shown";
import { AT_ONCE } from "./bulk";

const say = text.triage.many;

/** What is said of a finding that is triaged. */
export type Triaged = Pick<Finding, "id" | "title" | "type">;

/** Changes the triage of findings; one message says how it went, names those that failed, and takes it back. */
export function useTriageOf(): (findings: readonly Triaged[], wanted: Partial<Stand>) => Promise<void> {
  const { api, region } = useDesk();
  const detectorId = useDetector();
  const { notify } = useShell();
  const queries = useQueryClient();
  return useCallback(async (findings, wanted) => {
    const titles = new Map(findings.map((one) => [one.id, one.title ?? one.type]));
    const apply = async (changes: readonly TriageChange[], told: (number: number) => string, undo: boolean) => {
      const result: TriageResult = { changed: [], failed: [] };
      let broken: string | null = null;
      try {
        for (let from = 0; from < changes.length; from += AT_ONCE) {
          const { changed, failed } = await changeTriageOf(api, detectorId, changes.slice(from, from + AT_ONCE));
          result.changed.push(...changed);
          result.failed.push(...failed);
        }
      } catch (error) {
        broken = error instanceof Error ? error.message : String(error);
      }
      const changed = result.changed.filter(({ before, after }) =>
        before.status !== after.status || before.assignee !== after.assignee);
      const back = changed.map(({ id, before, after }) => ({ id, ...before, onlyIf: after }));
      notify(
        result.failed.length === 0 && broken === null ? "success" : changed.length > 0 ? "warning" : "error",
        <>
          {told(changed.length)} {broken !== null && <Shown value={broken} />}
          {result.failed.length > 0 && (
            <>
              {say.failed(count(result.failed.length))}
              <ul>
                {result.failed.map((one) => (
                  <li key={one.id}><Shown value={`${titles.get(one.id) ?? one.id}: ${one.message}`} /></li>
                ))}
              </ul>
            </>
          )}
        </>,
        undo && back.length > 0
          ? { text: say.undo, run: () => void apply(back, (number) => say.undone(count(number)), false) } : undefined,
      );
      await queries.invalidateQueries({ queryKey: [region] });
    };
    await apply(findings.map(({ id }) => ({ id, ...wanted })), (number) => say.done(count(number)), true);
  }, [api, detectorId, notify, queries, region]);
}
