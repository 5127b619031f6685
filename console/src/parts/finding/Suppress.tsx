import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import type { Finding } from "../../api/shapes";
import { text } from "../../strings";
import { useDetector } from "../../state/asking";
import { useDesk } from "../../state/session";
import { useShell } from "../../state/shell";
import { criteriaOf } from "../../values/criteria";
import { likeThis } from "../../values/finding";
import { PreviewBox } from "../PreviewBox";
import { Shown } from "../Shown";
import { Trouble } from "../Trouble";
import { isDay, OWNER_TAG, REVIEW_TAG } from "../../values/rules";
import { usePreview } from "../usePreview";

const say = text.finding.suppress;

/** A suppression rule that begins with this finding, and shows what it would have hidden before it is made. */
export default function Suppress({ finding, close }: { finding: Finding; close: () => void }) {
  const { api, region } = useDesk();
  const detectorId = useDetector();
  const { notify } = useShell();
  const queries = useQueryClient();
  const candidates = useMemo(() => likeThis(finding), [finding]);
  const [chosen, setChosen] = useState(() => candidates.map((one) => one.chosen));
  const [name, setName] = useState(() => suggestion(finding.type));
  const [note, setNote] = useState("");
  const [owner, setOwner] = useState("");
  const [review, setReview] = useState("");
  const chips = candidates.filter((_, place) => chosen[place] === true).map((one) => one.chip);
  const criteria = criteriaOf(chips);
  const preview = usePreview(criteria, chips.length > 0);
  const badDate = review !== "" && !isDay(review);
  const saving = useMutation({
    mutationFn: () => {
      const tags = { ...(owner === "" ? {} : { [OWNER_TAG]: owner }), ...(review === "" ? {} : { [REVIEW_TAG]: review }) };
      return api.call("CreateFilter", {
        detectorId, name, action: "ARCHIVE", findingCriteria: criteria,
        ...(note === "" ? {} : { description: note }), ...(Object.keys(tags).length === 0 ? {} : { tags }),
      });
    },
    onSuccess: async () => {
      notify("success", say.saved(name));
      await queries.invalidateQueries({ queryKey: [region] });
      close();
    },
  });
  return (
    <Modal visible size="large" onDismiss={close} header={say.title} footer={
      <Box float="right">
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="link" onClick={close}>{text.cancel}</Button>
          <Button variant="primary" loading={saving.isPending} onClick={() => saving.mutate()}
            disabled={chips.length === 0 || preview.data === undefined || preview.isFetching || badDate || name.length < 3}>
            {say.save}
          </Button>
        </SpaceBetween>
      </Box>
    }>
      <SpaceBetween size="m">
        <FormField label={say.criteria} description={say.criteriaHelp}
          errorText={chips.length === 0 ? say.nothing : ""}>
          <SpaceBetween size="xxs">
            {candidates.map((one, place) => (
              <Checkbox key={one.chip.attribute} checked={chosen[place] === true}
                onChange={({ detail }) => setChosen(chosen.map((was, at) => at === place ? detail.checked : was))}
                description={one.chip.attribute}>
                {one.label}: <Shown value={one.chip.value} />
              </Checkbox>
            ))}
          </SpaceBetween>
        </FormField>
        {chips.length === 1 && chips[0]?.attribute === "type" && <Alert type="warning">{say.onlyType}</Alert>}
        <section aria-live="polite">
          <Header variant="h3">{say.preview}</Header>
          {chips.length > 0 && <PreviewBox preview={preview} />}
          <Box color="text-body-secondary" variant="small">{say.future}</Box>
        </section>
        <FormField label={say.name} constraintText={text.findings.saved.nameHelp}>
          <Input value={name} onChange={({ detail }) => setName(detail.value)} />
        </FormField>
        <FormField label={say.note}>
          <Textarea value={note} rows={2} placeholder={say.notePlaceholder} onChange={({ detail }) => setNote(detail.value)} />
        </FormField>
        <div className="filters">
          <FormField label={say.owner}><Input value={owner} onChange={({ detail }) => setOwner(detail.value)} /></FormField>
          <FormField label={say.review} constraintText={say.reviewHelp} errorText={badDate ? say.badDate : ""}>
            <Input value={review} placeholder={say.date} onChange={({ detail }) => setReview(detail.value)} />
          </FormField>
        </div>
        {saving.error !== null && <Trouble error={saving.error} />}
      </SpaceBetween>
    </Modal>
  );
}

/** A name in the letters that a filter's may have. */
function suggestion(type: string): string {
  return `expected-${type.replace(/[^A-Za-z0-9]+/g, "-")}`.slice(0, 64);
}
