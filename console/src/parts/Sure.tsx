import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { text } from "../strings";

/** Asks again before something is deleted. */
export function Sure({ question, yes, no }: { question: string; yes: () => void; no: () => void }) {
  return (
    <Modal visible onDismiss={no} header={question} footer={
      <Box float="right">
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="link" onClick={no}>{text.cancel}</Button>
          <Button variant="primary" onClick={yes}>{text.remove}</Button>
        </SpaceBetween>
      </Box>
    }>{null}</Modal>
  );
}
