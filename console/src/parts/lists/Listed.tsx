import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";
import { useSearchParams } from "react-router";

import { readListed, type Listed as Answer } from "../../api/vedette";
import { useAsk, useDetector } from "../../state/asking";
import { text } from "../../strings";
import { count } from "../../values/number";
import { Shown } from "../Shown";
import { Time } from "../Time";
import { Trouble } from "../Trouble";
import { Value } from "../Value";
import { Waiting } from "../Waiting";
import { ListHits } from "./ListHits";

const say = text.lists.listed;

/** Which lists hold an address or a name. The one that was asked for stands in the address. */
export function Listed() {
  const [params, setParams] = useSearchParams();
  const asked = params.get("value") ?? "";
  const [value, setValue] = useState(asked);
  return (
    <Container header={<Header variant="h2" description={say.what}>{say.title}</Header>}>
      <SpaceBetween size="m">
        <form className="filters" onSubmit={(event) => {
          event.preventDefault();
          setParams(value.trim() === "" ? {} : { value: value.trim() });
        }}>
          <div className="grow">
            <FormField label={say.value} stretch>
              <Input type="search" value={value} spellcheck={false} autoComplete={false} clearAriaLabel={text.remove}
                onChange={({ detail }) => setValue(detail.value)} />
            </FormField>
          </div>
          <Button formAction="submit" disabled={value.trim() === ""}>{say.look}</Button>
        </form>
        {asked !== "" && <Found key={asked} value={asked} />}
      </SpaceBetween>
    </Container>
  );
}

function Found({ value }: { value: string }) {
  const detectorId = useDetector();
  const asked = useAsk(["listed", value], (api, signal) => readListed(api, detectorId, value, signal));
  if (asked.data === undefined) {
    return asked.error === null ? <Waiting here /> : <Trouble error={asked.error} again={asked.refetch} />;
  }
  const found = asked.data;
  return (
    <SpaceBetween size="s">
      <div aria-live="polite">
        <Value value={found.value} entity={found.kind} /> <Verdict found={found} />
        {found.rank !== null && <Box variant="small" display="block">{say.rank(count(found.rank))}</Box>}
        {found.registeredAt !== null && (
          <Box variant="small" display="block">{say.registered} <Time ms={found.registeredAt} /></Box>
        )}
      </div>
      {found.matches.length > 0 && (
        <Table
          variant="embedded" contentDensity="compact" wrapLines items={found.matches} ariaLabels={{ tableLabel: say.title }}
          columnDefinitions={[
            { id: "list", header: say.list, isRowHeader: true, minWidth: 110, cell: (one) => <Shown value={one.name} /> },
            { id: "says", header: say.says, cell: (one) => text.lists.says(one) },
            { id: "entry", header: say.entry, minWidth: 130, cell: (one) => <Shown value={one.entry} /> },
            { id: "names", header: say.names, cell: (one) =>
              one.threatNames.length === 0 ? text.unknown : <Shown value={one.threatNames.join(", ")} /> },
            { id: "hits", header: text.lists.hits, cell: (one) => <ListHits name={one.name} threat={!one.trusted} /> },
          ]}
        />
      )}
    </SpaceBetween>
  );
}

/** What follows from the lists: trust outweighs threats. */
function Verdict({ found }: { found: Answer }) {
  const threats = found.matches.filter((one) => !one.trusted).length;
  if (!found.public) return <StatusIndicator type="info">{say.private}</StatusIndicator>;
  if (found.trusted) return <StatusIndicator type="success">{threats > 0 ? say.trustedStill : say.trusted}</StatusIndicator>;
  if (threats > 0) return <StatusIndicator type="warning">{say.threats(count(threats))}</StatusIndicator>;
  return <StatusIndicator type="stopped">{say.none}</StatusIndicator>;
}
