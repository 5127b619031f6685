import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import StatusIndicator from "@cloudscape-design/components/status-indicator";

import { readHealth, readReceptions } from "../../api/vedette";
import { useAsk, useDetector } from "../../state/asking";
import { useNow } from "../../state/now";
import { useDesk } from "../../state/session";
import { text } from "../../strings";
import { count } from "../../values/number";
import { SILENT } from "../../values/silent";
import { relative, spanText } from "../../values/time";
import { RouterLink } from "../RouterLink";
import { Shown } from "../Shown";
import { Empty, Trouble } from "../Trouble";

const say = text.overview;

/** How every source and destination does, beside each other, and where logs fell silent. */
export function SourceStrip() {
  const detectorId = useDetector();
  const { to } = useDesk();
  const now = useNow();
  const health = useAsk(["health"], readHealth, { every: 30_000 });
  const silent = useAsk(["receptions", "silent"], (api, signal) => readReceptions(
    api, { detectorId, silentHours: SILENT / 3600, limit: 1 }, signal), { every: 60_000 });
  const places = silent.data?.total ?? 0;
  return (
    <Container header={<Header variant="h2" actions={<RouterLink href={to("coverage")}>{say.toCoverage}</RouterLink>}>{say.health}</Header>}>
      {health.error !== null && <Trouble error={health.error} again={health.refetch} />}
      {health.data === undefined ? health.error === null && <Box>{text.loading}</Box> : health.data.sources.length === 0
        ? <Empty title={say.noSources} what={say.noSourcesWhat} />
        : (
          <ul className="strip" aria-label={say.health}>
            {health.data.sources.map((one) => (
              <li key={`source ${one.name}`}>
                <StatusIndicator type={one.up ? "success" : "error"}><Shown value={one.name} first={60} /></StatusIndicator>
                <Box variant="small" color="text-body-secondary" display="block">
                  {[
                    one.up ? (one.lagSeconds ?? 0) > 60 ? say.lag(spanText((one.lagSeconds ?? 0) * 1000)) : say.noLag
                      : one.error ?? say.down,
                    one.lastRecord === null ? say.never : say.lastRecord(relative(one.lastRecord, now)),
                    ...(one.deadLetters > 0 ? [say.deadLetters(count(one.deadLetters))] : []),
                  ].join(" \u00b7 ")}
                </Box>
              </li>
            ))}
            {health.data.destinations.map((one) => (
              <li key={`destination ${one.name}`}>
                <StatusIndicator type={one.up ? "success" : "error"}><Shown value={one.name} first={60} /></StatusIndicator>
                <Box variant="small" color="text-body-secondary" display="block">{say.waiting(count(one.waiting))}</Box>
              </li>
            ))}
            {places > 0 && (
              <li>
                <StatusIndicator type="warning">
                  <RouterLink href={to("coverage?silent=1")}>{say.silentPlaces(count(places))}</RouterLink>
                </StatusIndicator>
                <Box variant="small" color="text-body-secondary" display="block">{say.silentPlacesWhat}</Box>
              </li>
            )}
          </ul>
        )}
    </Container>
  );
}
