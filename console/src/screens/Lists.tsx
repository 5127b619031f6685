import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { useState } from "react";

import { LISTS } from "../api/lists";
import { LIST_KINDS, readLists, type ListedSet, type ListKind } from "../api/vedette";
import { AdminButton } from "../parts/AdminButton";
import { Listing } from "../parts/Listing";
import { Entries } from "../parts/lists/Entries";
import { Listed } from "../parts/lists/Listed";
import { ListHits } from "../parts/lists/ListHits";
import { Shown } from "../parts/Shown";
import { Sure } from "../parts/Sure";
import { Time } from "../parts/Time";
import { Empty, Trouble } from "../parts/Trouble";
import { useChange } from "../parts/useChange";
import { useTitle } from "../parts/useTitle";
import { useAsk, useDetector } from "../state/asking";
import { text } from "../strings";
import { count } from "../values/number";

const say = text.lists;
const FORMATS = ["TXT", "STIX", "OTX_CSV", "ALIEN_VAULT", "PROOF_POINT", "FIRE_EYE"] as const;
const PASSING = ["ACTIVATING", "DEACTIVATING", "DELETE_PENDING"];
const THREATS: readonly ListKind[] = ["threatintelset", "threatentityset"];
const SOON = 3000;

export default function Lists() {
  useTitle(say.title);
  const detectorId = useDetector();
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<ListedSet | null>(null);
  const asked = useAsk(["lists"], (api, signal) => readLists(api, detectorId, signal), { every: SOON });
  const activate = useChange(
    (api, { set, on }: { set: ListedSet; on: boolean }) => LISTS[set.kind].activate(api, detectorId, set.id, on),
    ({ set }) => set.name);
  const remove = useChange(
    (api, set: ListedSet) => LISTS[set.kind].remove(api, detectorId, set.id), (set) => say.removed(set.name));
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description={say.what}
        actions={<AdminButton variant="primary" onClick={() => setAdding(true)}>{say.add}</AdminButton>}>
        {say.title}
      </Header>
      <Listed />
      <Listing
        rows={asked.data?.lists} error={asked.error} again={asked.refetch} label={say.title}
        header={<Header variant="h2" {...counter(asked.data?.lists)}>{say.ofAccount}</Header>}
        empty={<Empty title={say.none} what={say.noneWhat} />}
        columns={[
          { id: "name", header: say.name, sortingField: "name", isRowHeader: true, cell: (one) => <Shown value={one.name} /> },
          { id: "kind", header: say.kind, sortingField: "kind", minWidth: 170, cell: (one) => (
            <>{say.kinds[one.kind]} <Box variant="small" display="block">{one.format}</Box></>) },
          { id: "location", header: say.location, minWidth: 180, cell: (one) => <Shown value={one.location} /> },
          { id: "status", header: say.status, sortingField: "status", minWidth: 130, cell: (one) => (
            <>
              <StatusIndicator type={indicator(one.status)}>{one.status}</StatusIndicator>
              {one.error !== null && <Box variant="small" display="block"><Shown value={one.error} /></Box>}
              {one.triedAgainAt !== null && (
                <Box variant="small" display="block">{say.triedAgain} <Time ms={one.triedAgainAt} short /></Box>
              )}
              {one.inForce && one.status !== "ACTIVE" && <Box variant="small" display="block">{say.stillInForce}</Box>}
            </>) },
          { id: "updated", header: say.updated, sortingField: "updatedAt", cell: (one) => <Time ms={one.updatedAt} short /> },
          { id: "entries", header: say.entries, sortingField: "entries", cell: (one) => <Entries entries={one.entries} passedOver={one.passedOver} /> },
          { id: "hits", header: say.hits, cell: (one) => <ListHits name={one.name} threat={THREATS.includes(one.kind)} /> },
          { id: "actions", header: text.actions, minWidth: 170, cell: (one) => (
            <SpaceBetween direction="horizontal" size="xs">
              <AdminButton variant="inline-link" disabled={PASSING.includes(one.status)}
                ariaLabel={`${one.status === "ACTIVE" ? say.again : say.activate} ${one.name}`}
                onClick={() => activate.mutate({ set: one, on: true })}>
                {one.status === "ACTIVE" ? say.again : say.activate}
              </AdminButton>
              {one.status === "ACTIVE" && (
                <AdminButton variant="inline-link" ariaLabel={`${say.deactivate} ${one.name}`}
                  onClick={() => activate.mutate({ set: one, on: false })}>{say.deactivate}</AdminButton>
              )}
              <AdminButton variant="inline-link" ariaLabel={`${text.remove} ${one.name}`} onClick={() => setRemoving(one)}>
                {text.remove}
              </AdminButton>
            </SpaceBetween>) },
        ]}
      />
      <Listing
        rows={asked.data?.everywhere} error={asked.error} again={asked.refetch} label={say.everywhere}
        header={<Header variant="h2" description={say.everywhereWhat} {...counter(asked.data?.everywhere)}>{say.everywhere}</Header>}
        empty={<Empty title={say.noneEverywhere} what={say.noneEverywhereWhat} />}
        columns={[
          { id: "name", header: say.name, sortingField: "name", isRowHeader: true, cell: (one) => <Shown value={one.name} /> },
          { id: "says", header: say.kind, cell: (one) => say.says(one) },
          { id: "loaded", header: say.loaded, sortingField: "loadedAt", cell: (one) => <Time ms={one.loadedAt} short /> },
          { id: "entries", header: say.entries, sortingField: "entries", cell: (one) => <Entries entries={one.entries} passedOver={one.passedOver} /> },
          { id: "hits", header: say.hits, cell: (one) => <ListHits name={one.name} threat={!one.trusted} /> },
        ]}
      />
      {adding && <Add close={() => setAdding(false)} />}
      {removing !== null && (
        <Sure question={say.removeSure(removing.name)} no={() => setRemoving(null)} yes={() => {
          remove.mutate(removing);
          setRemoving(null);
        }} />
      )}
    </SpaceBetween>
  );
}

function counter(rows: readonly unknown[] | undefined): { counter?: string } {
  return rows === undefined ? {} : { counter: text.findings.counted(count(rows.length)) };
}

function indicator(status: string): StatusIndicatorProps.Type {
  if (status === "ACTIVE") return "success";
  if (status === "ERROR") return "error";
  return PASSING.includes(status) ? "in-progress" : "stopped";
}

function Add({ close }: { close: () => void }) {
  const detectorId = useDetector();
  const [kind, setKind] = useState<ListKind>("threatintelset");
  const [name, setName] = useState("");
  const [format, setFormat] = useState<(typeof FORMATS)[number]>("TXT");
  const [location, setLocation] = useState("");
  const [activate, setActivate] = useState(true);
  const adding = useChange(
    (api) => LISTS[kind].create(api, { detectorId, name, format, location, activate }), () => say.created(name),
    { here: true });
  return (
    <Modal visible onDismiss={close} header={say.add} footer={
      <Box float="right">
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="link" onClick={close}>{text.cancel}</Button>
          <Button variant="primary" disabled={name === "" || location === ""} loading={adding.isPending}
            onClick={() => adding.mutate(undefined, { onSuccess: close })}>{text.create}</Button>
        </SpaceBetween>
      </Box>
    }>
      <SpaceBetween size="m">
        <FormField label={say.kind}>
          <Select selectedOption={{ value: kind, label: say.kinds[kind] }}
            options={LIST_KINDS.map((one) => ({ value: one, label: say.kinds[one] }))}
            onChange={({ detail }) => setKind(LIST_KINDS.find((one) => one === detail.selectedOption.value) ?? kind)} />
        </FormField>
        <FormField label={say.name}><Input value={name} onChange={({ detail }) => setName(detail.value)} /></FormField>
        <FormField label={say.format}>
          <Select selectedOption={{ value: format, label: format }} options={FORMATS.map((one) => ({ value: one, label: one }))}
            onChange={({ detail }) => setFormat(FORMATS.find((one) => one === detail.selectedOption.value) ?? format)} />
        </FormField>
        <FormField label={say.location} constraintText={say.locationHelp}>
          <Input value={location} onChange={({ detail }) => setLocation(detail.value)} />
        </FormField>
        <Checkbox checked={activate} onChange={({ detail }) => setActivate(detail.checked)}>{say.activateNow}</Checkbox>
        {adding.error !== null && <Trouble error={adding.error} />}
      </SpaceBetween>
    </Modal>
  );
}
