import { text } from "../../strings";
import { tacticPlace } from "../../values/lanes";
import { visibleText } from "../../values/visible";

/** A tactic with its colour; empty: none. */
export function Tactic({ name }: { name: string }) {
  return <span className={`tactic tactic-${tacticPlace(name)}`}>{name === "" ? text.lanes.noTactic : visibleText(name)}</span>;
}
