import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import type { CustomRule, RuleSetting } from "../../api/vedette";
import { text } from "../../strings";
import { count } from "../../values/number";
import { AdminButton } from "../AdminButton";
import { Sure } from "../Sure";
import { Time } from "../Time";
import { Empty } from "../Trouble";
import { useChange } from "../useChange";
import { SettingForm } from "./SettingForm";

const say = text.rules.organization;

/** What the organization's delegated administrator has set for a rule, and may change; nothing for others. */
export function InOrganization({ rule }: { rule: CustomRule }) {
  const [editing, setEditing] = useState<RuleSetting | "new" | null>(null);
  const [ending, setEnding] = useState<RuleSetting | null>(null);
  const end = useChange(
    (api, { mode }: RuleSetting) => api.call("DeleteCustomDetectionRuleOrgConfiguration", { ruleId: rule.id, mode }),
    () => say.ended(rule.name));
  const settings = rule.organization;
  if (settings === null) return null;
  const named = (deed: string, one: RuleSetting) => `${deed}: ${text.rules.states[one.mode]}`;
  // One for all accounts is a rule's only one; two differ in their mode.
  const full = settings.length > 1 || settings.some((one) => one.include.length + one.exclude.length === 0);
  return (
    <div>
      <Box variant="awsui-key-label">{say.title}</Box>
      <SpaceBetween size="xs">
        <Table
          variant="embedded" contentDensity="compact" wrapLines items={settings} trackBy="mode"
          ariaLabels={{ tableLabel: say.title }} empty={<Empty title={say.none} what={say.noneWhat} />}
          columnDefinitions={[
            { id: "mode", header: text.rules.state, isRowHeader: true, cell: (one) => (
              <>
                {text.rules.states[one.mode]}
                {one.expires !== null && (
                  <Box variant="small" display="block">{text.rules.until} <Time ms={one.expires} short /></Box>
                )}
              </>) },
            { id: "accounts", header: say.accounts, cell: (one) => (
              <>
                {one.include.length > 0 ? say.only(one.include.join(", "))
                  : one.exclude.length > 0 ? say.allBut(one.exclude.join(", ")) : say.all}
                <Box variant="small" display="block">{say.now(count(one.accounts))}</Box>
              </>) },
            { id: "actions", header: text.actions, cell: (one) => (
              <SpaceBetween direction="horizontal" size="xs">
                <AdminButton variant="inline-link" ariaLabel={named(say.change, one)} onClick={() => setEditing(one)}>
                  {say.change}
                </AdminButton>
                <AdminButton variant="inline-link" ariaLabel={named(text.remove, one)} onClick={() => setEnding(one)}>
                  {text.remove}
                </AdminButton>
              </SpaceBetween>) },
          ]}
        />
        {full ? <Box color="text-body-secondary">{say.full}</Box>
          : <AdminButton onClick={() => setEditing("new")}>{say.add}</AdminButton>}
      </SpaceBetween>
      {editing !== null && (
        <SettingForm rule={rule} others={settings.filter((one) => one !== editing)}
          setting={editing === "new" ? null : editing} close={() => setEditing(null)} />
      )}
      {ending !== null && (
        <Sure question={say.sure(text.rules.states[ending.mode], rule.name)} no={() => setEnding(null)} yes={() => {
          end.mutate(ending);
          setEnding(null);
        }} />
      )}
    </div>
  );
}
