import { lazy, Suspense } from "react";

import { together, type Point } from "../values/places";
import { Waiting } from "./Waiting";

const WorldMap = lazy(() => import("./WorldMap"));

/** A map of what is known to be somewhere; nothing where nothing is. */
export function PlacesMap({ points }: { points: readonly (Point | null)[] }) {
  const known = together(points);
  return known.length > 0 && <Suspense fallback={<Waiting here />}><WorldMap points={known} /></Suspense>;
}
