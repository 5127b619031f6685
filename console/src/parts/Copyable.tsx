import type { ReactNode } from "react";

import { CopyButton } from "./CopyButton";

/** What is shown of a value, and a button that copies the value: seen when it is pointed at, or has the focus. */
export function Copyable({ value, again = false, children }: { value: string; again?: boolean; children: ReactNode }) {
  return (
    <span className="copyable">
      {children}<span className="value-actions"><CopyButton value={value} again={again} /></span>
    </span>
  );
}
