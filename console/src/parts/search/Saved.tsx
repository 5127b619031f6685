import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { deleteSearch, readSearches, saveSearch } from "../../api/vedette";
import { text } from "../../strings";
import { search as say } from "../../strings/search";
import { useAsk } from "../../state/asking";
import { visibleText } from "../../values/visible";
import { Trouble } from "../Trouble";
import { useChange } from "../useChange";

/** Searches that are kept: by their queries, what stands in the address. */
export function Saved({ query, open }: { query: string; open: (query: string) => void }) {
  const asked = useAsk(["searches"], readSearches);
  const [naming, setNaming] = useState(false);
  const kept = asked.data ?? [];
  const here = kept.find((one) => one.query === query);
  const removing = useChange((api, name: string) => deleteSearch(api, name), say.deleted);
  return (
    <FormField label={say.saved}>
      <SpaceBetween direction="horizontal" size="xs">
        <Select
          selectedOption={here === undefined ? null : { value: here.name, label: visibleText(here.name) }}
          placeholder={say.choose} empty={say.noneSaved} ariaLabel={say.saved} expandToViewport
          statusType={asked.isPending ? "loading" : asked.isError ? "error" : "finished"} loadingText={text.loading}
          options={kept.map((one) => ({ value: one.name, label: visibleText(one.name),
            ...(one.by === "" ? {} : { description: say.by(visibleText(one.by)) }) }))}
          onChange={({ detail }) => {
            const chosen = kept.find((one) => one.name === detail.selectedOption.value);
            if (chosen !== undefined) open(chosen.query);
          }}
        />
        <Button disabled={query === ""} onClick={() => setNaming(true)}>{say.save}</Button>
        {here !== undefined && (
          <Button iconName="remove" ariaLabel={say.remove(visibleText(here.name))} loading={removing.isPending}
            onClick={() => removing.mutate(here.name)} />
        )}
      </SpaceBetween>
      {naming && <Name query={query} close={() => setNaming(false)} />}
    </FormField>
  );
}

function Name({ query, close }: { query: string; close: () => void }) {
  const [name, setName] = useState("");
  const told = name.trim();
  const saving = useChange((api, given: string) => saveSearch(api, given, query), say.savedAs, { here: true });
  return (
    <Modal visible onDismiss={close} header={say.save} footer={
      <Box float="right">
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="link" onClick={close}>{text.cancel}</Button>
          <Button variant="primary" loading={saving.isPending} disabled={told === "" || told.length > 64}
            onClick={() => saving.mutate(told, { onSuccess: close })}>{text.save}</Button>
        </SpaceBetween>
      </Box>
    }>
      <SpaceBetween size="m">
        <FormField label={say.name} description={say.saveHelp}>
          <Input value={name} onChange={({ detail }) => setName(detail.value)} />
        </FormField>
        {saving.error !== null && <Trouble error={saving.error} />}
      </SpaceBetween>
    </Modal>
  );
}
