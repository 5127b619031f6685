import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Multiselect from "@cloudscape-design/components/multiselect";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Toggle from "@cloudscape-design/components/toggle";
import { useState } from "react";

import type {
  DetectorFeatureConfiguration, DetectorFeatureConfigurationResult, GetDetectorResponse,
} from "../api/shapes";
import { readCatalogue, readHealth, type Health } from "../api/vedette";
import { AdminButton } from "../parts/AdminButton";
import { Listing } from "../parts/Listing";
import { Password } from "../parts/Password";
import { Destinations } from "../parts/settings/Destinations";
import { Shown } from "../parts/Shown";
import { Sure } from "../parts/Sure";
import { Time } from "../parts/Time";
import { Empty, Trouble } from "../parts/Trouble";
import { useChange } from "../parts/useChange";
import { useTitle } from "../parts/useTitle";
import { useAsk, useDetector } from "../state/asking";
import { useDesk } from "../state/session";
import { text } from "../strings";
import { planState } from "../values/plans";
import { milliseconds } from "../values/time";

const say = text.settings;
const FREQUENCIES = ["FIFTEEN_MINUTES", "ONE_HOUR", "SIX_HOURS"] as const;
const ALWAYS_ON = ["CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS"];

export default function Settings() {
  useTitle(say.title);
  const detectorId = useDetector();
  const detector = useAsk(["detector"], (api, signal) => api.call("GetDetector", { detectorId }, signal));
  const health = useAsk(["health"], readHealth);
  return (
    <SpaceBetween size="l">
      <Header variant="h1">{say.title}</Header>
      {detector.error !== null && <Trouble error={detector.error} again={detector.refetch} />}
      {detector.data !== undefined && (
        <SpaceBetween size="l">
          <TheDetector detector={detector.data} />
          <Features features={detector.data.features ?? []} health={health.data} />
        </SpaceBetween>
      )}
      <Destinations />
      <Samples />
      <Password />
      {detector.data !== undefined && <Tags tags={detector.data.tags ?? {}} />}
    </SpaceBetween>
  );
}

function TheDetector({ detector }: { detector: GetDetectorResponse }) {
  const detectorId = useDetector();
  const { admin } = useDesk();
  const change = useChange(
    (api, wanted: { enable?: boolean; findingPublishingFrequency?: (typeof FREQUENCIES)[number] }) =>
      api.call("UpdateDetector", { detectorId, ...wanted }), () => say.saved);
  const [asking, setAsking] = useState(false);
  const on = detector.status === "ENABLED";
  const frequency = detector.findingPublishingFrequency ?? "SIX_HOURS";
  return (
    <Container header={
      <Header variant="h2" description={<>{say.id} <Shown value={detectorId} /></>} actions={
        <AdminButton onClick={() => on ? setAsking(true) : change.mutate({ enable: true })} loading={change.isPending}>
          {on ? say.suspend : say.enable}
        </AdminButton>
      }>{say.detector}</Header>
    }>
      <SpaceBetween size="m">
        <KeyValuePairs columns={3} items={[
          { label: say.status, value: <StatusIndicator type={on ? "success" : "stopped"}>
            {on ? say.enabled : say.suspended}</StatusIndicator> },
          { label: say.created, value: <Time ms={milliseconds(detector.createdAt)} /> },
          { label: say.updated, value: <Time ms={milliseconds(detector.updatedAt)} /> },
        ]} />
        <FormField label={say.frequency}>
          <Select
            disabled={!admin} selectedOption={{ value: frequency, label: say.frequencies[frequency] }}
            options={FREQUENCIES.map((one) => ({ value: one, label: say.frequencies[one] }))}
            onChange={({ detail }) => {
              const chosen = FREQUENCIES.find((one) => one === detail.selectedOption.value);
              if (chosen !== undefined) change.mutate({ findingPublishingFrequency: chosen });
            }}
          />
        </FormField>
      </SpaceBetween>
      {asking && <Sure question={say.suspendSure} what={say.suspendWhat} verb={say.suspend} no={() => setAsking(false)} yes={() => {
        change.mutate({ enable: false });
        setAsking(false);
      }} />}
    </Container>
  );
}

function Features({ features, health }: {
  features: DetectorFeatureConfigurationResult[]; health: Health | undefined;
}) {
  const detectorId = useDetector();
  const { admin } = useDesk();
  const change = useChange(
    (api, feature: DetectorFeatureConfiguration) => api.call("UpdateDetector", { detectorId, features: [feature] }),
    () => say.saved);
  const rows = features.flatMap((one) => [
    { ...one, parent: undefined as DetectorFeatureConfigurationResult | undefined, additional: "" },
    ...(one.additionalConfiguration ?? []).map((more) => ({
      name: one.name, status: more.status, updatedAt: more.updatedAt, parent: one, additional: more.name ?? "" }) as never)]) as
    (DetectorFeatureConfigurationResult & { parent: DetectorFeatureConfigurationResult | undefined; additional: string })[];
  const stateOf = (one: (typeof rows)[number]) => planState(
    one.additional === "" ? one
      : { name: one.additional as never, ...(one.status === undefined ? {} : { status: one.status }) }, health);
  // What is not built does nothing, whatever the API keeps of it.
  const isOn = (one: (typeof rows)[number]) => one.status === "ENABLED" && stateOf(one) !== "notBuilt";
  return (
    <Listing
      rows={rows} label={say.features} header={<Header variant="h2">{say.features}</Header>} empty={<Empty title={text.none} />}
      columns={[
        { id: "name", header: say.feature, isRowHeader: true, cell: (one) =>
          one.additional === "" ? one.name : <span className="nested">{one.additional}</span> },
        { id: "state", header: say.status, minWidth: 190, cell: (one) => {
          const state = stateOf(one);
          return <StatusIndicator type={state === "on" ? "success" : state === "off" ? "stopped" : "info"}>
            {say.state[state]}</StatusIndicator>;
        } },
        { id: "changed", header: say.changed, cell: (one) => <Time ms={milliseconds(one.updatedAt)} short /> },
        { id: "switch", header: text.actions, cell: (one) => ALWAYS_ON.includes(one.name ?? "") ? say.always : (
          <Toggle
            checked={isOn(one)} disabled={!admin || change.isPending || stateOf(one) === "notBuilt"}
            ariaLabel={say.turnOn(one.additional || (one.name ?? ""))}
            onChange={({ detail }) => {
              const status = detail.checked ? "ENABLED" : "DISABLED";
              change.mutate({
                name: one.name as Exclude<DetectorFeatureConfiguration["name"], undefined>,
                ...(one.parent === undefined ? { status } : {
                  ...(one.parent.status === undefined ? {} : { status: one.parent.status }),
                  additionalConfiguration: [{ name: one.additional as never, status }] }),
              });
            }}
          >{isOn(one) ? say.state.on : say.state.off}</Toggle>) },
      ]}
    />
  );
}

function Samples() {
  const detectorId = useDetector();
  const { admin } = useDesk();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const catalogue = useAsk(["catalogue"], readCatalogue);
  const making = useChange((api) => api.call("CreateSampleFindings", {
    detectorId, ...(chosen.length === 0 ? {} : { findingTypes: [...chosen] }) }), () => say.samplesMade);
  return (
    <Container header={<Header variant="h2" description={say.samplesWhat}>{say.samples}</Header>}>
      <div className="filters">
        <div className="grow">
          <FormField label={say.samplesTypes} stretch>
            <Multiselect
              disabled={!admin} filteringType="auto" tokenLimit={4} expandToViewport
              selectedOptions={chosen.map((one) => ({ value: one, label: one }))}
              options={(catalogue.data ?? []).filter((one) => one.built).map((one) => ({ value: one.type, label: one.type }))}
              statusType={catalogue.isPending ? "loading" : "finished"} loadingText={text.loading}
              filteringAriaLabel={text.filterTable} placeholder={text.types.all}
              onChange={({ detail }) => setChosen(detail.selectedOptions.flatMap((one) => one.value ?? []).slice(0, 50))}
            />
          </FormField>
        </div>
        <AdminButton loading={making.isPending} onClick={() => making.mutate()}>{say.samplesMake}</AdminButton>
      </div>
    </Container>
  );
}

function Tags({ tags }: { tags: Record<string, string> }) {
  const detectorId = useDetector();
  const { region, session, admin } = useDesk();
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const partition = region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
  const resourceArn = `arn:${partition}:guardduty:${region}:${session.account}:detector/${detectorId}`;
  const add = useChange((api) => api.call("TagResource", { resourceArn, tags: { [key]: value } }), () => say.saved);
  const remove = useChange(
    (api, tag: string) => api.call("UntagResource", { resourceArn, tagKeys: [tag] }), () => say.saved);
  return (
    <Listing
      rows={Object.entries(tags)} label={say.tags} header={<Header variant="h2">{say.tags}</Header>} empty={<Empty title={say.noTags} />}
      extra={
        <>
          <FormField label={say.tagKey}><Input value={key} disabled={!admin} onChange={({ detail }) => setKey(detail.value)} /></FormField>
          <FormField label={say.tagValue}><Input value={value} disabled={!admin} onChange={({ detail }) => setValue(detail.value)} /></FormField>
          <AdminButton disabled={key === ""} loading={add.isPending} onClick={() => add.mutate(undefined, { onSuccess: () => {
            setKey("");
            setValue("");
          } })}>{say.addTag}</AdminButton>
        </>
      }
      columns={[
        { id: "key", header: say.tagKey, isRowHeader: true, cell: ([name]) => <Shown value={name} /> },
        { id: "value", header: say.tagValue, cell: ([, is]) => <Shown value={is} /> },
        { id: "actions", header: text.actions, cell: ([name]) => (
          <AdminButton variant="inline-link" ariaLabel={`${say.removeTag} ${name}`} onClick={() => remove.mutate(name)}>
            {say.removeTag}</AdminButton>) },
      ]}
    />
  );
}
