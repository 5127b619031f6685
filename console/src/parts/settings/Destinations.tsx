import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";

import type { DescribePublishingDestinationResponse as Destination } from "../../api/shapes";
import { useAsk, useDetector } from "../../state/asking";
import { text } from "../../strings";
import { AdminButton } from "../AdminButton";
import { Listing } from "../Listing";
import { Shown } from "../Shown";
import { Sure } from "../Sure";
import { Time } from "../Time";
import { Empty, Trouble } from "../Trouble";
import { useChange } from "../useChange";

const say = text.settings;

/** The buckets that findings are written into. */
export function Destinations() {
  const detectorId = useDetector();
  const [editing, setEditing] = useState<Destination | "new" | null>(null);
  const [removing, setRemoving] = useState<Destination | null>(null);
  const asked = useAsk(["destinations"], async (api, signal) => {
    const { destinations } = await api.call("ListPublishingDestinations", { detectorId, maxResults: 50 }, signal);
    return Promise.all(destinations.map(({ destinationId }) =>
      api.call("DescribePublishingDestination", { detectorId, destinationId }, signal)));
  });
  const remove = useChange(
    (api, { destinationId }: Destination) => api.call("DeletePublishingDestination", { detectorId, destinationId }),
    () => say.saved);
  return (
    <>
      <Listing
        rows={asked.data} error={asked.error} again={asked.refetch} label={say.destinations}
        header={<Header variant="h2" actions={
          <AdminButton onClick={() => setEditing("new")}>{say.addDestination}</AdminButton>}>{say.destinations}</Header>}
        empty={<Empty title={say.noDestinations} what={say.noDestinationsWhat} />}
        columns={[
          { id: "bucket", header: say.bucket, isRowHeader: true, cell: (one) => <Shown value={bucketOf(one)} /> },
          { id: "key", header: say.key, cell: (one) => <Shown value={one.destinationProperties.kmsKeyArn ?? text.unknown} /> },
          { id: "status", header: say.status, minWidth: 200, cell: Status },
          { id: "actions", header: text.actions, cell: (one) => (
            <SpaceBetween direction="horizontal" size="xs">
              <AdminButton variant="inline-link" ariaLabel={say.changeOf(bucketOf(one))} onClick={() => setEditing(one)}>
                {say.changeDestination}
              </AdminButton>
              <AdminButton variant="inline-link" ariaLabel={`${text.remove} ${bucketOf(one)}`} onClick={() => setRemoving(one)}>
                {text.remove}
              </AdminButton>
            </SpaceBetween>) },
        ]}
      />
      {editing !== null && <Form destination={editing === "new" ? null : editing} close={() => setEditing(null)} />}
      {removing !== null && <Sure question={say.removeSure(bucketOf(removing))} no={() => setRemoving(null)} yes={() => {
        remove.mutate(removing);
        setRemoving(null);
      }} />}
    </>
  );
}

function bucketOf(destination: Destination): string {
  return destination.destinationProperties.destinationArn ?? "";
}

function Status(destination: Destination) {
  const failing = destination.publishingFailureStartTimestamp;
  return (
    <>
      <StatusIndicator type={destination.status === "PUBLISHING" ? "success"
        : destination.status === "PENDING_VERIFICATION" ? "pending" : "error"}>{destination.status}</StatusIndicator>
      {failing > 0 && (
        <Box variant="small" display="block">{say.failingSince} <Time ms={failing} short /></Box>
      )}
    </>
  );
}

/** Makes a destination, or changes one. */
function Form({ destination, close }: { destination: Destination | null; close: () => void }) {
  const detectorId = useDetector();
  const [destinationArn, setArn] = useState(destination === null ? "" : bucketOf(destination));
  const [kmsKeyArn, setKey] = useState(destination?.destinationProperties.kmsKeyArn ?? "");
  const saving = useChange((api) => {
    const destinationProperties = { destinationArn, ...(kmsKeyArn === "" ? {} : { kmsKeyArn }) };
    return destination === null
      ? api.call("CreatePublishingDestination", { detectorId, destinationType: "S3", destinationProperties })
      : api.call("UpdatePublishingDestination", {
        detectorId, destinationId: destination.destinationId, destinationProperties });
  }, () => destination === null ? say.saved : say.destinationChanged, { here: true });
  return (
    <Modal visible onDismiss={close} header={destination === null ? say.addDestination : say.changeOf(bucketOf(destination))} footer={
      <Box float="right">
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="link" onClick={close}>{text.cancel}</Button>
          <Button variant="primary" loading={saving.isPending} disabled={destinationArn === ""}
            onClick={() => saving.mutate(undefined, { onSuccess: close })}>{destination === null ? text.create : text.save}</Button>
        </SpaceBetween>
      </Box>
    }>
      <SpaceBetween size="m">
        <FormField label={say.bucket}>
          <Input value={destinationArn} placeholder="arn:aws:s3:::bucket/prefix" onChange={({ detail }) => setArn(detail.value)} />
        </FormField>
        <FormField label={say.key} constraintText={destination === null ? say.keyHelp : say.keyStays}>
          <Input value={kmsKeyArn} onChange={({ detail }) => setKey(detail.value)} />
        </FormField>
        {saving.error !== null && <Trouble error={saving.error} />}
      </SpaceBetween>
    </Modal>
  );
}
