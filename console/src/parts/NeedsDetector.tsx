import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { DetectorContext, useAsk } from "../state/asking";
import { useDesk } from "../state/session";
import { text } from "../strings";
import { RouterLink } from "./RouterLink";
import { Trouble } from "./Trouble";
import { Waiting } from "./Waiting";

/** Screens are about the Region's detector: without one, this says what it is for, and makes it. */
export function NeedsDetector({ children }: { children: ReactNode }) {
  const { api, region, admin, session } = useDesk();
  const queries = useQueryClient();
  const known = session.detectors[region];
  const asked = useAsk(["detectors"], (from, signal) => from.call("ListDetectors", {}, signal),
    { known: known === undefined ? undefined : { detectorIds: [known] } });
  const making = useMutation({
    mutationFn: () => api.call("CreateDetector", { enable: true }),
    onSuccess: () => queries.invalidateQueries({ queryKey: [region] }),
  });
  if (asked.data === undefined) {
    return asked.error === null
      ? <Waiting />
      : <Trouble error={asked.error} again={asked.refetch} />;
  }
  const id = asked.data.detectorIds[0];
  if (id !== undefined) return <DetectorContext value={id}>{children}</DetectorContext>;
  const others = session.regions.filter((one) => one !== region);
  return (
    <Container header={<Header variant="h1">{text.detector.missing(region)}</Header>}>
      <SpaceBetween size="m">
        <Box variant="p">{text.detector.missingWhat}</Box>
        <Button variant="primary" disabled={!admin} loading={making.isPending} onClick={() => making.mutate()}
          {...(admin ? {} : { disabledReason: text.adminOnly })}>
          {text.detector.create}
        </Button>
        {making.error !== null && <Trouble error={making.error} />}
        {others.length > 0 && (
          <Box>
            {text.detector.regions}{" "}
            {others.map((one) => <span key={one}><RouterLink href={`/${one}/overview`}>{one}</RouterLink> </span>)}
          </Box>
        )}
      </SpaceBetween>
    </Container>
  );
}
