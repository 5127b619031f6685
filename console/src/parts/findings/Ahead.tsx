import type { ReactNode } from "react";

import { usePageAhead } from "./useFindings";

/** Around the screen of findings, which takes time to load and to draw. */
export function Ahead({ children }: { children: ReactNode }) {
  usePageAhead();
  return children;
}
