import { useEffect } from "react";

import { text } from "../strings";

/** The title of the page: what a reader of tabs and histories sees. */
export function useTitle(screen: string): void {
  useEffect(() => {
    document.title = text.title(screen);
  }, [screen]);
}
