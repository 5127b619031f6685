import type { DetectorFeatureConfigurationResult } from "../api/shapes";
import type { Health } from "../api/vedette";

export type PlanState = "on" | "off" | "notBuilt" | "unknown";

/** A detector's features, and the plans of the catalogue that they turn on. */
const PLANS: Record<string, string> = {
  CLOUD_TRAIL: "FOUNDATIONAL", DNS_LOGS: "FOUNDATIONAL", FLOW_LOGS: "FOUNDATIONAL", S3_DATA_EVENTS: "S3_PROTECTION",
  EKS_AUDIT_LOGS: "EKS_PROTECTION", RDS_LOGIN_EVENTS: "RDS_PROTECTION",
  RDS_DATA_RISK: "RDS_PROTECTION add-on RDS_DATA_RISK", LAMBDA_NETWORK_LOGS: "LAMBDA_PROTECTION",
  EBS_MALWARE_PROTECTION: "MALWARE_PROTECTION_EC2", AI_PROTECTION: "AI_PROTECTION",
  RUNTIME_MONITORING: "RUNTIME_MONITORING", EKS_RUNTIME_MONITORING: "RUNTIME_MONITORING",
  EKS_ADDON_MANAGEMENT: "RUNTIME_MONITORING", EC2_AGENT_MANAGEMENT: "RUNTIME_MONITORING",
  ECS_FARGATE_AGENT_MANAGEMENT: "RUNTIME_MONITORING",
};

/** Investigations: it has no finding types, so no plan, and is in this build. */
const ANALYST = "AI_ANALYST";

/** A plan whose engine is not in this build is never shown as working, whatever it is set to. */
export function planState(feature: DetectorFeatureConfigurationResult, health: Health | undefined): PlanState {
  const name = feature.name ?? "";
  if (name !== ANALYST) {
    if (health === undefined) return "unknown";
    if (health.features.find((one) => one.plan === PLANS[name])?.built !== true) return "notBuilt";
  }
  return feature.status === "ENABLED" ? "on" : "off";
}
