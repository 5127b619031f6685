import Icon from "@cloudscape-design/components/icon";
import { useEffect, useState } from "react";

import { text } from "../strings";
import { copyText } from "../values/copy";
import { visibleText } from "../values/visible";

const LONGEST = 80;

/** Of a value in a label: what can be seen of it, not too much. */
export function named(value: string): string {
  return visibleText(value.length > LONGEST ? `${value.slice(0, LONGEST)}\u2026` : value);
}

/** Puts a value into the clipboard, as it is. `again`: the keyboard meets the same value before. `what`: what copying it
 * is called, where it is not what is shown. */
export function CopyButton({ value, again = false, icon = "copy", what = text.value.copy(named(value)) }: {
  value: string; again?: boolean; icon?: "copy" | "script"; what?: string;
}) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  const label = copied ? text.value.copied : what;
  return (
    <button type="button" title={label} aria-label={label} {...(again ? { tabIndex: -1 } : {})}
      onClick={() => void copyText(value).then(() => setCopied(true))}>
      <Icon name={copied ? "check" : icon} size="small" />
    </button>
  );
}
