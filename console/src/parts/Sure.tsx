import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { text } from "../strings";

/** Asks again before something is deleted, or ended in another way. */
export function Sure({ question, what, verb = text.remove, yes, no }: {
  question: string; what?: string; verb?: string; yes: () => void; no: () => void;
}) {
  return (
    <Modal visible onDismiss={no} header={question} footer={
      <Box float="right">
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="link" onClick={no}>{text.cancel}</Button>
          <Button variant="primary" onClick={yes}>{verb}</Button>
        </SpaceBetween>
      </Box>
    }>{what ?? null}</Modal>
  );
}
