import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Modal from "@cloudscape-design/components/modal";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";

import type { CustomRule, RuleMode, RuleSetting } from "../../api/vedette";
import { text } from "../../strings";
import { Trouble } from "../Trouble";
import { useChange } from "../useChange";

const say = text.rules.organization;
const MODES = ["DRY_RUN", "LIVE"] as const;
const WHICH = ["all", "only", "allBut"] as const;
type Which = (typeof WHICH)[number];

/** How a rule is to work in the organization: what is set already, or (null) something new beside `others`. */
export function SettingForm({ rule, setting, others, close }: {
  rule: CustomRule; setting: RuleSetting | null; others: readonly RuleSetting[]; close: () => void;
}) {
  const taken = others.map((one) => one.mode);
  const [mode, setMode] = useState<RuleMode>(setting?.mode ?? MODES.find((one) => !taken.includes(one)) ?? "LIVE");
  const [which, setWhich] = useState<Which>(
    setting === null ? "all" : setting.include.length > 0 ? "only" : setting.exclude.length > 0 ? "allBut" : "all");
  const [named, setNamed] = useState([...setting?.include ?? [], ...setting?.exclude ?? []].join("\n"));
  const accounts = named.split(/[\s,]+/).filter((one) => one !== "");
  const wrong = which === "all" ? undefined : accounts.find((one) => !/^\d{12}$/.test(one));
  const saving = useChange((api) => {
    const asked = { ruleId: rule.id, mode, includeAccountIds: which === "only" ? accounts : [],
      excludeAccountIds: which === "allBut" ? accounts : [] };
    return setting === null ? api.call("CreateCustomDetectionRuleOrgConfiguration", asked)
      : api.call("UpdateCustomDetectionRuleOrgConfiguration", asked);
  }, () => say.saved(rule.name), { here: true });
  return (
    <Modal visible onDismiss={close} header={say.form(rule.name)} footer={
      <Box float="right">
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="link" onClick={close}>{text.cancel}</Button>
          <Button variant="primary" loading={saving.isPending}
            disabled={wrong !== undefined || (which !== "all" && accounts.length === 0)}
            onClick={() => saving.mutate(undefined, { onSuccess: close })}>{text.save}</Button>
        </SpaceBetween>
      </Box>
    }>
      <SpaceBetween size="m">
        <FormField label={text.rules.state}>
          <RadioGroup value={mode} onChange={({ detail }) => setMode(MODES.find((one) => one === detail.value) ?? mode)}
            items={MODES.map((one) => ({ value: one, label: text.rules.states[one],
              ...(one === "DRY_RUN" ? { description: say.tried } : {}), disabled: taken.includes(one) }))} />
        </FormField>
        <FormField label={say.accounts}>
          <RadioGroup value={which} onChange={({ detail }) => setWhich(WHICH.find((one) => one === detail.value) ?? which)}
            items={WHICH.map((one) => ({ value: one, label: say.which[one] }))} />
        </FormField>
        {which !== "all" && (
          <FormField label={say.ids} constraintText={say.idsHelp} errorText={wrong === undefined ? "" : say.noAccount(wrong)}>
            <Textarea value={named} rows={4} onChange={({ detail }) => setNamed(detail.value)} />
          </FormField>
        )}
        {saving.error !== null && <Trouble error={saving.error} />}
      </SpaceBetween>
    </Modal>
  );
}
