import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMemo, useState } from "react";

import type { Finding } from "../../api/shapes";
import type { EvidenceRecord } from "../../api/vedette";
import { text } from "../../strings";
import { copyText } from "../../values/copy";
import { count } from "../../values/number";
import { formatted, marked, namedBy, type Run } from "../../values/record";
import { Copyable } from "../Copyable";
import { Moment } from "../Moment";
import { Shown } from "../Shown";
import { Empty, Trouble } from "../Trouble";
import { Waiting } from "../Waiting";
import { useEvidence } from "./useFinding";

const say = text.finding.evidence;
const STEP = 20;
/** Of one value in one record that has a button to copy it, the first of which the keyboard meets. */
const COPIES = 5;

/** The log records that prove the finding, as they stand in the logs. */
export function Evidence({ finding }: { finding: Finding }) {
  const [limit, setLimit] = useState(STEP);
  const [form, setForm] = useState<"formatted" | "raw">("formatted");
  const asked = useEvidence(finding.id, limit);
  const named = useMemo(() => namedBy(finding), [finding]);
  if (asked.data === undefined) {
    return asked.error === null ? <Waiting here /> : <Trouble error={asked.error} again={asked.refetch} />;
  }
  const { records, total } = asked.data;
  if (total === 0) return <Empty title={say.none} what={say.noneWhat} />;
  return (
    <SpaceBetween size="s">
      <div className="filters">
        <div className="grow">
          <Box variant="p">{say.what} <b>{say.total(count(total))}</b></Box>
        </div>
        <SegmentedControl
          selectedId={form} label={say.title}
          onChange={({ detail }) => setForm(detail.selectedId as "formatted" | "raw")}
          options={[{ id: "formatted", text: say.formatted }, { id: "raw", text: say.raw }]}
        />
      </div>
      <div>
        {records.map((record, place) => (
          <Record key={`${record.object} ${record.position} ${place}`} record={record} place={place + 1} named={named}
            pretty={form === "formatted"} />
        ))}
      </div>
      {total > records.length && (
        <Button loading={asked.isFetching} onClick={() => setLimit(limit + STEP)}>{say.more}</Button>
      )}
    </SpaceBetween>
  );
}

function Piece({ run }: { run: Run }) {
  if (!run.marked) return <Shown value={run.text} first={20_000} />;
  const mark = <mark><Shown value={run.text} /></mark>;
  return run.before < COPIES ? <Copyable value={run.text} again={run.before > 0}>{mark}</Copyable> : mark;
}

function Record({ record, place, named, pretty }: {
  record: EvidenceRecord; place: number; named: readonly string[]; pretty: boolean;
}) {
  const raw = record.text;
  const shown = raw === null ? "" : (pretty ? formatted(raw) : null) ?? raw;
  const runs = useMemo(() => marked(shown, named), [shown, named]);
  return (
    <article className="record" aria-label={say.record(place)}>
      <div className="record-head">
        <span><b>{say.record(place)}</b> {record.log !== null && <Shown value={record.log} />} <Moment ms={record.time} /></span>
        <span className="muted">
          <Copyable value={record.object}><Shown value={say.from(record.object, record.position)} /></Copyable>
        </span>
        {raw !== null && <Button variant="inline-icon" iconName="copy" ariaLabel={say.copy} onClick={() => void copyText(raw)} />}
      </div>
      {record.missing !== null && (
        <Alert type="info" header={raw === null ? say.missing : say.row}><Shown value={record.missing} /></Alert>
      )}
      {raw !== null && (
        <pre className="record-text" tabIndex={0} role="region" aria-label={say.record(place)}>
          {runs.map((run, at) => <Piece key={at} run={run} />)}
          {record.truncated && <Box color="text-status-warning">{say.truncated}</Box>}
        </pre>
      )}
    </article>
  );
}
