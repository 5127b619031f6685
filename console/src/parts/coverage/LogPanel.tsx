import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useEffect } from "react";
import { createPortal } from "react-dom";

import { readCatalogue, type Reception, type ReceptionPlace } from "../../api/vedette";
import { useAsk } from "../../state/asking";
import { useNow } from "../../state/now";
import { usePreferences } from "../../state/preferences";
import { useDesk } from "../../state/session";
import { useShell } from "../../state/shell";
import { text } from "../../strings";
import { count } from "../../values/number";
import { heardOf, runsOf, typesIn } from "../../values/reception";
import { absolute, relative, SPAN, spanText } from "../../values/time";
import { RouterLink } from "../RouterLink";
import { Time } from "../Time";

const say = text.coverage.matrix;
/** Gaps that are told one by one, the newest first. */
const TOLD = 12;

/** A log of an account and Region: when it came, where it has gaps, and what helps. */
export function LogPanel({ place, log, close }: { place: ReceptionPlace; log: Reception; close: () => void }) {
  const { setPanel, slot } = useShell();
  const { session, region } = useDesk();
  const { zone } = usePreferences().preferences;
  const now = useNow();
  const catalogue = useAsk(["catalogue"], readCatalogue);
  const label = say.cell(say.logs[log.log], place.accountId, place.region, "").replace(/:\s*$/, "");
  useEffect(() => {
    setPanel({ label, close, header: null });
  // Closing takes the log out of the address, whichever it was.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [setPanel, label]);
  useEffect(() => () => setPanel(null), [setPanel]);
  if (slot === null) return null;
  const heard = heardOf(log, now);
  const types = typesIn(log.log, catalogue.data ?? []);
  const hours = log.gaps.reduce((sum, one) => sum + (one.until - one.since) / SPAN.HOUR, 0);
  const there = (screen: string) => `/${place.region}/${screen}`;
  const own = place.accountId === session.account;
  return createPortal(
    <SpaceBetween size="m">
      <KeyValuePairs columns={2} items={[
        { label: say.state, value: heard === "never"
          ? <StatusIndicator type="stopped">{say.never}</StatusIndicator>
          : heard === "silent"
            ? <StatusIndicator type="warning">{say.silent(spanText(now - (log.lastRecord ?? now)))}</StatusIndicator>
            : <StatusIndicator type="success">{say.latest(relative(log.lastRecord ?? now, now))}</StatusIndicator> },
        { label: say.plan, value: say.planSays[log.plan] },
        { label: say.lastRecord, value: <Time ms={log.lastRecord} /> },
        { label: say.received, value: <Time ms={log.receivedAt} /> },
        { label: say.lag, value: log.lastRecord === null || log.receivedAt === null ? text.unknown
          : spanText(Math.max(0, log.receivedAt - log.lastRecord)) },
        { label: say.blind, value: place.region === region || own
          ? <RouterLink href={there("types?show=blind")}>{count(place.blind)}</RouterLink> : count(place.blind) },
      ]} />
      {log.knownSince !== null && (
        <div>
          <Box variant="awsui-key-label">{say.week}</Box>
          <Week log={log} now={now} said={log.gaps.length === 0 ? say.noGaps : say.inGaps(say.gaps(count(log.gaps.length)), count(hours))} />
          {log.gaps.length > 0 && (
            <>
              <ul>
                {log.gaps.slice(-TOLD).reverse().map((one) => (
                  <li key={one.since}>
                    {say.gap(absolute(one.since, zone), absolute(one.until, zone), spanText(one.until - one.since))}
                  </li>
                ))}
                {log.gaps.length > TOLD && <li>{say.more(count(log.gaps.length - TOLD))}</li>}
              </ul>
              <Box color="text-body-secondary">{say.gapsWhat}</Box>
            </>
          )}
        </div>
      )}
      {(heard !== "heard" || log.plan !== "on") && (
        <Alert type="info" header={say.helps}>
          {heard !== "heard" && <p>{say.hints[log.log]} {say.connect}</p>}
          {log.plan === "none" && <p>{say.detectorHelps} <RouterLink href={there("overview")}>{say.toRegion(place.region)}</RouterLink></p>}
          {(log.plan === "off" || log.plan === "suspended") && (
            <p>{say.planHelps} <RouterLink href={there(own ? "settings" : "accounts")}>{own ? say.toSettings : say.toAccounts}</RouterLink></p>)}
        </Alert>
      )}
      {types.length > 0 && (
        <ExpandableSection headerText={say.types(count(types.length))}>
          <ul className="plain-list">
            {types.map((one) => (
              <li key={one.type}>
                <RouterLink href={there(`types?type=${encodeURIComponent(one.type)}`)}>{one.type}</RouterLink>
              </li>
            ))}
          </ul>
        </ExpandableSection>
      )}
    </SpaceBetween>,
    slot,
  );
}

/** Hours with records and without, from the first that is known to have had some. */
function Week({ log, now, said }: { log: Reception; now: number; said: string }) {
  const { zone } = usePreferences().preferences;
  const runs = runsOf(log, now);
  const since = runs[0]?.since ?? now;
  const span = Math.max(1, now - since);
  return (
    <figure className="histogram">
      <svg className="week" role="img" aria-label={say.weekOf(said)} viewBox="0 0 1000 24" preserveAspectRatio="none">
        {runs.map((one) => (
          <rect key={one.since} className={one.gap ? "week-gap" : "week-heard"} y={2} height={20}
            x={(1000 * (one.since - since)) / span} width={(1000 * (one.until - one.since)) / span} />
        ))}
      </svg>
      <figcaption className="histogram-axis muted"><span>{absolute(since, zone)}</span><span>{said}</span><span>{absolute(now, zone)}</span></figcaption>
    </figure>
  );
}
