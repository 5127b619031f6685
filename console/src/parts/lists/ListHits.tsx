import { useDesk } from "../../state/session";
import { text } from "../../strings";
import { PLAIN, writeView } from "../../values/view";
import { RouterLink } from "../RouterLink";

const say = text.lists;

/** To the findings that name a list; none names a trusted one. */
export function ListHits({ name, threat }: { name: string; threat: boolean }) {
  const { to } = useDesk();
  if (!threat) return <>{text.unknown}</>;
  const query = writeView({ ...PLAIN, show: "all", chips: [
    { operator: "=", value: name, attribute: "service.evidence.threatIntelligenceDetails.threatListName" }] });
  return <RouterLink ariaLabel={say.hitsOf(name)} href={to(`findings?${query.toString()}`)}>{say.hitsShow}</RouterLink>;
}
