// How the logs of an account and Region stand.
import type { CatalogueType, Log, Reception } from "../api/vedette";
import { SILENT } from "./silent";

export type Heard = "heard" | "silent" | "never";

/** By the time of its latest record, for old logs say nothing of now. */
export function heardOf({ lastRecord }: Pick<Reception, "lastRecord">, now: number): Heard {
  if (lastRecord === null) return "never";
  return now - lastRecord < SILENT * 1000 ? "heard" : "silent";
}

/** Logs that stand among others in the records, and the plan of the types that are found in them. */
const WITHIN: Partial<Record<Log, { log: Log; plan: string }>> = {
  "s3-data": { log: "cloudtrail", plan: "S3_PROTECTION" },
  "lambda-network": { log: "vpc-flow", plan: "LAMBDA_PROTECTION" },
};

/** The finding types that are found in a log. */
export function typesIn(log: Log, catalogue: readonly CatalogueType[]): CatalogueType[] {
  const within = WITHIN[log];
  return catalogue.filter((one) => one.built && one.source.split(", ").includes(within?.log ?? log) && (within === undefined
    ? !Object.values(WITHIN).some((other) => other.log === log && other.plan === one.plan)
    : one.plan === within.plan));
}

export interface Run {
  since: number;
  until: number;
  gap: boolean;
}

/** The time since the first hour that is known, with records and without, in order. */
export function runsOf(
  { knownSince, lastRecord, gaps }: Pick<Reception, "knownSince" | "lastRecord" | "gaps">, now: number,
): Run[] {
  if (knownSince === null || lastRecord === null) return [];
  const found: Run[] = [];
  let at = knownSince;
  for (const { since, until } of gaps) {
    if (since > at) found.push({ since: at, until: since, gap: false });
    found.push({ since, until, gap: true });
    at = until;
  }
  // The hour that has begun is as those before it, where nothing came since.
  if (now > at) found.push({ since: at, until: now, gap: (gaps.at(-1)?.since ?? 0) > lastRecord });
  return found;
}
