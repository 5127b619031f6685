import type { DetectorFeatureConfigurationResult } from "../api/shapes";
import type { Health } from "../api/vedette";

export type PlanState = "on" | "off" | "notBuilt";

/** Features that are always on are called otherwise where plans are listed. */
const FOUNDATIONAL = new Set(["CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS"]);

/** A plan whose engine is not in this build is never shown as working, whatever it is set to. */
export function planState(feature: DetectorFeatureConfigurationResult, health: Health | undefined): PlanState {
  const name = feature.name ?? "";
  const known = health?.features.find((one) => one.plan === name);
  const built = FOUNDATIONAL.has(name) || (known?.built ?? feature.status === "ENABLED");
  if (!built) return "notBuilt";
  return feature.status === "ENABLED" ? "on" : "off";
}
