import { geoNaturalEarth1, geoPath } from "d3-geo";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import world from "world-atlas/land-110m.json";

import { text } from "../strings";
import { count } from "../values/number";
import type { Point } from "../values/places";
import { visibleText } from "../values/visible";

const WIDTH = 640;
const HEIGHT = 320;

const topology = world as unknown as Topology<{ land: GeometryCollection }>;
const projection = geoNaturalEarth1().fitExtent([[2, 2], [WIDTH - 2, HEIGHT - 2]], { type: "Sphere" });
const path = geoPath(projection);
const LAND = path(feature(topology, topology.objects.land)) ?? "";
const SPHERE = path({ type: "Sphere" }) ?? "";

/** The area, beyond the least that can be seen, goes by the weight. */
function radiusOf({ weight }: Point, most: number): number {
  return weight === undefined ? 5 : 4 + 10 * Math.sqrt(weight / most);
}

/** Natural Earth's land, and points on it. A table beside it says the same. */
export default function WorldMap({ points }: { points: readonly Point[] }) {
  const most = Math.max(1, ...points.map((one) => one.weight ?? 0));
  return (
    <svg className="world" role="img" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-label={text.map.label(count(points.length))}>
      <path className="world-sea" d={SPHERE} />
      <path className="world-land" d={LAND} />
      {points.map((one, place) => {
        const at = projection([one.lon, one.lat]);
        return at !== null && (
          <circle key={place} className="world-point" cx={at[0]} cy={at[1]} r={radiusOf(one, most)}><title>{visibleText(one.label)}</title></circle>
        );
      })}
    </svg>
  );
}
