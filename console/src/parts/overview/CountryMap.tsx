import { text } from "../../strings";
import type { FacetValue } from "../../api/vedette";
import { count } from "../../values/number";
import { pointsOf } from "../../values/countries";
import WorldMap from "../WorldMap";

/** Countries on a map, the larger the more often they are named; the bars beside it say the same, and link. */
export default function CountryMap({ countries }: { countries: readonly FacetValue[] }) {
  const points = pointsOf(countries, (name, number) => text.overview.inCountry(name, count(number)));
  return points.length > 0 && <WorldMap points={points} />;
}
