import type { PropertyFilterProps } from "@cloudscape-design/components/property-filter";
import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useMemo, useRef, useState } from "react";
import { useSearchParams } from "react-router";

import { readColumns, searchRecords } from "../api/vedette";
import { RangePicker } from "../parts/findings/RangePicker";
import { isTyping } from "../parts/keys";
import { RouterLink } from "../parts/RouterLink";
import { HuntBar, type Known } from "../parts/search/HuntBar";
import { PAGE, Results } from "../parts/search/Results";
import { Saved } from "../parts/search/Saved";
import { Silent } from "../parts/Silent";
import { Trouble } from "../parts/Trouble";
import { useTitle } from "../parts/useTitle";
import { ScopeContext } from "../parts/Value";
import { Waiting } from "../parts/Waiting";
import { useAsk } from "../state/asking";
import { useDesk } from "../state/session";
import { text } from "../strings";
import { search as say } from "../strings/search";
import { inLog, LOGS, questionOf, readHunt, writeHunt, type Hunt } from "../values/hunt";
import { SPAN } from "../values/time";
import { spanOf } from "../values/view";

const LONGEST = 366 * SPAN.DAY;

const EXAMPLES: readonly (readonly [keyof typeof say.examples, string])[] = [
  ["denied", "log=cloudtrail&c=error_code:Denied"], ["root", "log=cloudtrail&c=principal_type=Root"],
  ["console", "log=cloudtrail&c=event_name=ConsoleLogin"], ["rejected", "log=vpc-flow&c=action=REJECT"],
  ["ssh", "log=vpc-flow&c=dstport=22&c=srcaddr!^10."], ["unknown", "log=dns&c=rcode=NXDOMAIN"],
  ["exec", "log=eks-audit&c=subresource=exec"], ["database", "log=rds&c=did=failed"],
];

/** The hunt: records of all logs that meet what is asked, over time and one by one. */
export default function Search() {
  useTitle(say.title);
  const { to } = useDesk();
  const [params, setParams] = useSearchParams();
  const hunt = useMemo(() => readHunt(params), [params]);
  const query = writeHunt(hunt).toString();
  const [now, setNow] = useState(() => Date.now());
  const bar = useRef<PropertyFilterProps.Ref>(null);
  const change = (more: Partial<Hunt>) => setParams(writeHunt({ ...hunt, ...more }));
  const begun = hunt.log !== null || hunt.asked.length > 0 || hunt.texts.length > 0;
  const question = useMemo(() => questionOf(hunt, now), [hunt, now]);
  const columns = useAsk(["columns"], readColumns);
  const asked = useAsk(["search", question], (api, signal) => searchRecords(api, question, PAGE, "", signal),
    { enabled: begun });
  const found = begun ? asked.data : undefined;
  const all = hunt.log === null ? [] : columns.data?.[hunt.log] ?? [];
  const known = useMemo((): Known[] => Object.entries(found?.facets ?? {}).flatMap(([name, values]) =>
    (values ?? []).map((one) => ({ name, ...one }))), [found]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "/" || isTyping(event)) return;
      event.preventDefault();
      bar.current?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  const options = [{ value: "", label: say.all }, ...LOGS.map((one) => ({ value: one, label: say.logs[one] }))];
  const span = spanOf(hunt.range, now);
  return (
    <ScopeContext value={span ?? {}}>
      <SpaceBetween size="m">
        <Header variant="h1" description={say.what} actions={
          <Button iconName="refresh" ariaLabel={text.refresh} onClick={() => setNow(Date.now())} />}>{say.title}</Header>
        <Silent />
        <div className="filters">
          <FormField label={say.log}>
            <Select ariaLabel={say.log} expandToViewport options={options}
              selectedOption={options.find((one) => one.value === (hunt.log ?? "")) ?? null}
              onChange={({ detail }) => {
                const log = LOGS.find((one) => one === detail.selectedOption.value) ?? null;
                change(inLog(hunt, log, log === null ? [] : columns.data?.[log] ?? []));
              }} />
          </FormField>
          <FormField label={say.time}>
            <RangePicker range={hunt.range} label={say.time} clearable={false} change={(range) => {
              setNow(Date.now());
              change({ range: range.kind === "between" && range.to - range.from > LONGEST
                ? { ...range, from: range.to - LONGEST } : range });
            }} />
          </FormField>
          <Saved query={begun ? query : ""} open={(kept) => {
            setNow(Date.now());
            setParams(new URLSearchParams(kept));
          }} />
        </div>
        <FormField label={say.query} description={hunt.log === null ? say.queryHelpAll : say.queryHelp} stretch>
          <HuntBar key={hunt.log} hunt={hunt} change={change} columns={all} known={known} bar={bar} />
        </FormField>
        {columns.error !== null && <Trouble error={columns.error} again={columns.refetch} />}
        {!begun
          ? (
            <Container header={<Header variant="h2">{say.start}</Header>}>
              <SpaceBetween size="s">
                <div>{say.startWhat}</div>
                <ul className="examples">
                  {EXAMPLES.map(([name, search]) => (
                    <li key={name}><RouterLink href={to(`search?${writeHunt({
                      ...readHunt(new URLSearchParams(search)), range: hunt.range }).toString()}`)}>{say.examples[name]}</RouterLink></li>
                  ))}
                </ul>
              </SpaceBetween>
            </Container>
          )
          : found === undefined
            ? asked.error === null
              ? <Waiting here what={say.looking} />
              : <Trouble error={asked.error} again={asked.refetch} />
            : !found.historyOn
              ? <Alert type="info" header={say.off}>{say.offWhat}</Alert>
              : <Results key={JSON.stringify(question)} found={found} question={question} hunt={hunt} change={change}
                columns={all} />}
      </SpaceBetween>
    </ScopeContext>
  );
}
