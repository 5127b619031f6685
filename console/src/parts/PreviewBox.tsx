import Alert from "@cloudscape-design/components/alert";
import ExpandableSection from "@cloudscape-design/components/expandable-section";

import { text } from "../strings";
import { count } from "../values/number";
import { BANDS } from "../values/severity";
import { LineTable } from "./LineTable";
import { Empty, Trouble } from "./Trouble";
import { Waiting } from "./Waiting";
import type { usePreview } from "./usePreview";

const say = text.finding.suppress;

/** "It would have hidden 37 of 1,204 findings of the last 90 days, 2 High among them", and some of them. */
export function PreviewBox({ preview }: { preview: ReturnType<typeof usePreview> }) {
  if (preview.error !== null) return <Trouble error={preview.error} again={preview.refetch} />;
  const { data } = preview;
  if (data === undefined) return <Waiting here />;
  if (data.matched === 0) return <Alert type="info">{say.previewNone}</Alert>;
  const bands = BANDS.filter((band) => data[band] > 0)
    .map((band) => say.previewBand(count(data[band]), text.severity[band])).join(", ");
  return (
    <>
      <Alert type={data.high + data.critical > 0 ? "warning" : "info"}>
        {say.previewSentence(count(data.matched), count(data.total), count(data.days))}{say.previewBands(bands)}
      </Alert>
      <ExpandableSection headerText={say.examples}>
        <LineTable lines={data.examples.map((finding) => ({ finding }))} label={say.examples}
          empty={<Empty title={text.none} />} />
      </ExpandableSection>
    </>
  );
}
