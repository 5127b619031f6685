import type { Finding } from "../../api/shapes";
import { text } from "../../strings";
import { Shown } from "../Shown";

/** The finding as the API gives it. */
export function Json({ finding }: { finding: Finding }) {
  return (
    <pre className="json" tabIndex={0} role="region" aria-label={text.finding.json.label}>
      <Shown value={JSON.stringify(finding, null, 2)} first={100_000} />
    </pre>
  );
}
