import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";

import type { Finding } from "../../api/shapes";
import { addComment, type Deed } from "../../api/vedette";
import { useDetector } from "../../state/asking";
import { useDesk } from "../../state/session";
import { text } from "../../strings";
import { count } from "../../values/number";
import { Shown } from "../Shown";
import { Time } from "../Time";
import { Empty, Trouble } from "../Trouble";
import { useChange } from "../useChange";
import { ACTIVITY, useTriage } from "./useFinding";

/** Characters of a comment. */
const LONGEST = 4096;
const say = text.triage;

/** What people did with a finding, and what they have to say. */
export function Activity({ finding }: { finding: Finding }) {
  const [limit, setLimit] = useState(ACTIVITY);
  const asked = useTriage(finding.id, limit);
  if (asked.data === undefined) {
    return asked.error === null ? <Spinner /> : <Trouble error={asked.error} again={asked.refetch} />;
  }
  const { activity, total, forgotten, suppressedBy } = asked.data;
  return (
    <SpaceBetween size="l">
      <Comment finding={finding} />
      {total === 0 && suppressedBy === "" && <Empty title={say.none} what={say.noneWhat} />}
      {total > 0 && (
        <ol className="deeds" aria-label={say.activity}>
          {activity.map((one, place) => <li key={total - place}><Told deed={one} /></li>)}
        </ol>
      )}
      {total > activity.length && (
        <Button loading={asked.isFetching} onClick={() => setLimit(Math.min(total, limit + ACTIVITY))}>{say.more}</Button>
      )}
      {forgotten > 0 && <Box color="text-body-secondary">{say.forgotten(count(forgotten))}</Box>}
      {suppressedBy !== "" && <Box><Shown value={say.suppressed(suppressedBy)} /></Box>}
    </SpaceBetween>
  );
}

function Comment({ finding }: { finding: Finding }) {
  const detectorId = useDetector();
  const [said, setSaid] = useState("");
  const adding = useChange((api) => addComment(api, detectorId, finding.id, said), () => say.added);
  const long = said.trim().length > LONGEST;
  return (
    <SpaceBetween size="xs">
      <FormField label={say.comment} description={say.commentHelp} stretch
        {...(long ? { errorText: say.tooLong(count(LONGEST)) } : {})}>
        <Textarea value={said} rows={3} onChange={({ detail }) => setSaid(detail.value)} />
      </FormField>
      <Button loading={adding.isPending} disabled={said.trim() === "" || long}
        onClick={() => adding.mutate(undefined, { onSuccess: () => setSaid("") })}>{say.add}</Button>
    </SpaceBetween>
  );
}

function Told({ deed }: { deed: Deed }) {
  const { session } = useDesk();
  const more = [
    ...(deed.accessKeyId === "" ? [] : [say.key(deed.accessKeyId)]),
    ...(deed.account === session.account ? [] : [say.ofAccount(deed.account)]),
  ];
  return (
    <>
      <b><Shown value={deed.by} /></b>
      {more.length > 0 && <> <span className="muted">({more.join(", ")})</span></>}{" "}
      <Shown value={what(deed)} /> <Time ms={deed.time} />
      {deed.text !== "" && <p><Shown value={deed.text} /></p>}
    </>
  );
}

function what({ what, value, by }: Deed): string {
  if (what === "STATUS") return say.did.STATUS(value in say.statuses ? say.statuses[value as keyof typeof say.statuses] : value);
  if (what === "ASSIGNEE" && value === by) return say.did.TAKEN;
  if (what === "ASSIGNEE") return say.did.ASSIGNEE(value === "" ? say.nobody.toLowerCase() : value);
  if (what === "FEEDBACK") {
    return say.did.FEEDBACK(value === "USEFUL" ? text.finding.feedback.useful : text.finding.feedback.notUseful);
  }
  return say.did[what]();
}
