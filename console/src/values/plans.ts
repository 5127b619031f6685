import type { DetectorFeatureConfigurationResult } from "../api/shapes";
import type { Health } from "../api/vedette";

export type PlanState = "on" | "off" | "notBuilt" | "unknown";

/** Features that are always on are called otherwise where plans are listed. */
const FOUNDATIONAL = new Set(["CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS"]);

/** A plan whose engine is not in this build is never shown as working, whatever it is set to. */
export function planState(feature: DetectorFeatureConfigurationResult, health: Health | undefined): PlanState {
  const name = feature.name ?? "";
  if (!FOUNDATIONAL.has(name)) {
    if (health === undefined) return "unknown";
    if (health.features.find((one) => one.plan === name)?.built !== true) return "notBuilt";
  }
  return feature.status === "ENABLED" ? "on" : "off";
}
