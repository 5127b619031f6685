import type { Finding, RemoteIpDetails } from "../api/shapes";

/** A point on the earth, in degrees. */
export interface Point {
  lat: number;
  lon: number;
  label: string;
  /** How much there is, where it is drawn by that. */
  weight?: number;
}

/** The remote addresses of a finding's action, each once. */
export function remotesOf(finding: Finding): RemoteIpDetails[] {
  const action = finding.service?.action;
  const all = [
    action?.awsApiCallAction?.remoteIpDetails, action?.networkConnectionAction?.remoteIpDetails,
    action?.kubernetesApiCallAction?.remoteIpDetails, action?.rdsLoginAttemptAction?.remoteIpDetails,
    ...(action?.portProbeAction?.portProbeDetails ?? []).map((one) => one.remoteIpDetails)];
  const found = new Map<string, RemoteIpDetails>();
  for (const one of all) {
    const address = addressOf(one);
    if (one !== undefined && address !== "" && !found.has(address)) found.set(address, one);
  }
  return [...found.values()];
}

export function addressOf(remote: RemoteIpDetails | undefined): string {
  return remote?.ipAddressV4 ?? remote?.ipAddressV6 ?? "";
}

/** Points in one place as one, whose label has theirs. */
export function together(points: readonly (Point | null)[]): Point[] {
  const found = new Map<string, { point: Point; labels: Set<string> }>();
  for (const point of points) {
    if (point === null) continue;
    const there = found.get(`${point.lat} ${point.lon}`);
    if (there === undefined) found.set(`${point.lat} ${point.lon}`, { point, labels: new Set([point.label]) });
    else there.labels.add(point.label);
  }
  return [...found.values()].map(({ point, labels }) => ({ ...point, label: [...labels].join("; ") }));
}

/** Where it is known to be; null: that is not known, and nowhere else is meant. */
export function pointOf(lat: number | null | undefined, lon: number | null | undefined, label: string): Point | null {
  if (typeof lat !== "number" || typeof lon !== "number") return null;
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? { lat, lon, label } : null;
}
