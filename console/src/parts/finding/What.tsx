import Alert from "@cloudscape-design/components/alert";
import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";

import type { Finding } from "../../api/shapes";
import { text } from "../../strings";
import { firstSeen, isSample, lastSeen, storyOf, type Part } from "../../values/finding";
import { count } from "../../values/number";
import { absolute, milliseconds } from "../../values/time";
import { usePreferences } from "../../state/preferences";
import { Severity } from "../Severity";
import { Shown } from "../Shown";
import { Moment } from "../Moment";
import { Trouble } from "../Trouble";
import { Value } from "../Value";
import { Feedback } from "./Feedback";
import { Repeats } from "./Repeats";
import { Sequence } from "./Sequence";
import { Unusual } from "./Unusual";
import { useExplanation } from "./useFinding";
import { Where } from "./Where";

const say = text.finding;

/** The sentence, the drawing, why it fired, what is unusual, what to do. */
export function What({ finding }: { finding: Finding }) {
  const { zone } = usePreferences().preferences;
  const explanation = useExplanation(finding.id);
  const lists = finding.service?.evidence?.threatIntelligenceDetails ?? [];
  const times = finding.service?.count ?? 1;
  return (
    <SpaceBetween size="l">
      {isSample(finding) && <Alert type="info" header={text.sample}>{say.sampleNote}</Alert>}
      {finding.service?.archived === true && <Alert type="info">{say.archivedNote}</Alert>}
      <p className="sentence"><Shown value={finding.description ?? finding.title ?? finding.type} first={2000} /></p>
      <Flow finding={finding} />
      <Section title={say.summary}>
        <KeyValuePairs
          columns={4}
          items={[
            { label: say.severity, value: <Severity value={finding.severity} /> },
            { label: say.type, value: <Value value={finding.type} attribute="type" /> },
            { label: say.firstSeen, value: <Moment ms={firstSeen(finding)} /> },
            { label: say.lastSeen, value: <Moment ms={lastSeen(finding)} /> },
            { label: say.account, value: <Value value={finding.accountId} attribute="accountId" entity="account" /> },
            { label: say.region, value: <Value value={finding.region} attribute="region" /> },
            { label: say.updated, value: <Moment ms={milliseconds(finding.updatedAt)} /> },
            { label: say.timeline, value: times > 1
              ? say.timelineWhat(count(times), absolute(firstSeen(finding), zone), absolute(lastSeen(finding), zone))
              : say.timelineOnce },
          ]}
        />
      </Section>
      <Where finding={finding} />
      <Repeats finding={finding} />
      <Sequence finding={finding} />
      <Section title={say.why}>
        {explanation.error !== null
          ? <Trouble error={explanation.error} again={explanation.refetch} />
          : (
            <SpaceBetween size="s">
              <Unusual finding={finding} />
              {lists.length > 0 && (
                <Box>
                  <Box variant="awsui-key-label">{say.evidenceLists}</Box>
                  <ul>
                    {lists.map((one, place) => (
                      <li key={place}>
                        <Value value={one.threatListName ?? ""} attribute="service.additionalInfo.threatListName" />
                        {(one.threatNames ?? []).length > 0 && <> ({say.threats}: <Shown
                          value={(one.threatNames ?? []).join(", ")} />)</>}
                      </li>
                    ))}
                  </ul>
                </Box>
              )}
              {explanation.data !== undefined && (
                <>
                  {explanation.data.severityNote !== "" && (
                    <Box>
                      <Box variant="awsui-key-label">{say.judged}</Box>
                      <Shown value={explanation.data.severityNote} />
                    </Box>
                  )}
                  {explanation.data.detectors.map((one) => (
                    <ExpandableSection key={one.name} headerText={`${say.detectors}: ${one.name}`}>
                      <div className="doc"><Shown value={one.doc} first={8000} /></div>
                    </ExpandableSection>
                  ))}
                  {explanation.data.attack.length > 0 && (
                    <Box>
                      <Box variant="awsui-key-label">{say.attack}</Box>
                      <div className="chips">{explanation.data.attack.map((one) => <Badge key={one}>{one}</Badge>)}</div>
                    </Box>
                  )}
                </>
              )}
            </SpaceBetween>
          )}
      </Section>
      {explanation.data !== undefined && explanation.data.remedy !== "" && (
        <Section title={say.remedy}><Box variant="p"><Shown value={explanation.data.remedy} first={4000} /></Box></Section>
      )}
      <Feedback finding={finding} />
    </SpaceBetween>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return <section><Header variant="h3">{title}</Header>{children}</section>;
}

/** Actor, action and resource, drawn as it went. */
function Flow({ finding }: { finding: Finding }) {
  const story = storyOf(finding);
  return (
    <div className="contained">
      <div className="flow" role="group" aria-label={say.flow}>
        <Card title={say.actor} parts={story.actor} />
        <Arrow />
        <Card title={say.action} parts={story.action} />
        <Arrow />
        <Card title={say.resource} parts={story.resource} />
      </div>
    </div>
  );
}

function Arrow() {
  return <svg className="flow-arrow" viewBox="0 0 28 28" aria-hidden="true"><path d="M3 14h20m-8-8 8 8-8 8" /></svg>;
}

function Card({ title, parts }: { title: string; parts: Part[] }) {
  return (
    <div className="flow-card">
      <h3>{title}</h3>
      {parts.length === 0
        ? <span className="muted">{say.nobody}</span>
        : (
          <dl>
            {parts.map((one, place) => (
              <div key={place}>
                <dt><Shown value={one.label} /></dt>
                <dd><Value value={one.value} attribute={one.attribute} entity={one.entity} /></dd>
              </div>
            ))}
          </dl>
        )}
    </div>
  );
}
