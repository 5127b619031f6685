import type { Facets, FacetValue } from "../api/vedette";

const ACTIONS = ["awsApiCallAction", "networkConnectionAction", "kubernetesApiCallAction", "rdsLoginAttemptAction"];

/** Where findings name the address of somebody remote. */
export const REMOTE_IPS = ACTIONS.map((one) => `service.action.${one}.remoteIpDetails.ipAddressV4`);

export const REMOTE_COUNTRIES = ACTIONS.map((one) => `service.action.${one}.remoteIpDetails.country.countryName`);

export const REMOTE_COUNTRY_CODES = ACTIONS.map((one) => `service.action.${one}.remoteIpDetails.country.countryCode`);

/** The values of several attributes as one list, the most frequent first, each with the attribute it stands in most. */
export function merged(facets: Facets, attributes: readonly string[]): (FacetValue & { attribute: string })[] {
  const found = new Map<string, FacetValue & { attribute: string; most: number }>();
  for (const attribute of attributes) {
    for (const { value, count } of facets[attribute] ?? []) {
      const before = found.get(value);
      if (before === undefined) found.set(value, { value, count, attribute, most: count });
      else found.set(value, {
        value, count: before.count + count, most: Math.max(before.most, count),
        attribute: count > before.most ? attribute : before.attribute,
      });
    }
  }
  return [...found.values()].sort((one, other) => other.count - one.count || one.value.localeCompare(other.value));
}
