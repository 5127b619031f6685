import Spinner from "@cloudscape-design/components/spinner";

import { text } from "../strings";

/** Something is being loaded: in the middle of a screen, or (`here`) in the place of what will be there. */
export function Waiting({ here = false, what = text.loading }: { here?: boolean; what?: string }) {
  return (
    <div className={here ? "waiting waiting-here" : "waiting"} role="status">
      <Spinner size={here ? "normal" : "large"} /> <span>{what}</span>
    </div>
  );
}
