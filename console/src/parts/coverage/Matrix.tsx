import Checkbox from "@cloudscape-design/components/checkbox";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Pagination from "@cloudscape-design/components/pagination";
import Select from "@cloudscape-design/components/select";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { useSearchParams } from "react-router";

import { LOGS, readReceptions, type Reception, type ReceptionPlace } from "../../api/vedette";
import { useAsk, useDetector } from "../../state/asking";
import { useNow } from "../../state/now";
import { usePreferences } from "../../state/preferences";
import { text } from "../../strings";
import { count } from "../../values/number";
import { heardOf } from "../../values/reception";
import { SILENT } from "../../values/silent";
import { spanText } from "../../values/time";
import { Empty, Trouble } from "../Trouble";
import { LogPanel } from "./LogPanel";

const say = text.coverage.matrix;
const PAGE = 25;

/** Which log came from which account and Region, and when last: a page of them, a cell a log. */
export function Matrix() {
  const detectorId = useDetector();
  const { density } = usePreferences().preferences;
  const [params, setParams] = useSearchParams();
  const now = useNow();
  const account = (params.get("account") ?? "").replace(/\D/g, "").slice(0, 12);
  const region = params.get("region") ?? "";
  const silent = params.get("silent") !== null;
  const page = Math.max(1, Math.trunc(Number(params.get("page")) || 1));
  const asked = useAsk(["receptions", account, region, silent, page], (api, signal) => readReceptions(api, {
    detectorId, account, region, ...(silent ? { silentHours: SILENT / 3600 } : {}), offset: (page - 1) * PAGE, limit: PAGE,
  }, signal), { keep: true, every: 60_000 });
  const put = (name: string, value: string | null) => setParams((before) => {
    const next = new URLSearchParams(before);
    if (value === null || value === "") next.delete(name);
    else next.set(name, value);
    if (name !== "page" && name !== "log") next.delete("page");
    return next;
  }, { replace: true });
  const places = asked.data?.places ?? [];
  const total = asked.data?.total ?? 0;
  const header = (
    <Header variant="h2" description={say.what}
      counter={asked.data === undefined ? "" : text.findings.counted(count(total))}>{say.title}</Header>);
  if (asked.error !== null && asked.data === undefined) return <>{header}<Trouble error={asked.error} again={asked.refetch} /></>;
  const regions = [{ value: "", label: say.regions }, ...(asked.data?.regions ?? []).map((value) => ({ value }))];
  const [ofAccount, ofRegion, ofLog] = (params.get("log") ?? "").split("/");
  const chosen = places.find((one) => one.accountId === ofAccount && one.region === ofRegion);
  const log = chosen?.logs.find((one) => one.log === ofLog);
  return (
    <>
      <Table<ReceptionPlace>
        header={header} items={places} loading={asked.isPending} loadingText={text.loading} contentDensity={density}
        wrapLines stickyColumns={{ first: 2 }} trackBy={(one) => `${one.accountId}/${one.region}`} ariaLabels={{ tableLabel: say.title }}
        empty={<Empty title={say.none} what={say.noneWhat} />}
        filter={
          <div className="filters">
            <Input type="search" value={account} inputMode="numeric" ariaLabel={say.accountFilter} placeholder={say.accountFilter}
              clearAriaLabel={text.close} onChange={({ detail }) => put("account", detail.value)} />
            <Select ariaLabel={say.region} options={regions} expandToViewport
              selectedOption={regions.find((one) => one.value === region) ?? { value: region }}
              onChange={({ detail }) => put("region", detail.selectedOption.value ?? null)} />
            <Checkbox checked={silent} onChange={({ detail }) => put("silent", detail.checked ? "1" : null)}>{say.onlySilent}</Checkbox>
          </div>}
        pagination={total > PAGE && (
          <Pagination currentPageIndex={page} pagesCount={Math.ceil(total / PAGE)}
            onChange={({ detail }) => put("page", detail.currentPageIndex === 1 ? null : String(detail.currentPageIndex))}
            ariaLabels={{ nextPageLabel: text.findings.next, previousPageLabel: text.findings.previous,
              pageLabel: text.findings.page, paginationLabel: say.title }} />
        )}
        columnDefinitions={[
          { id: "account", header: say.account, isRowHeader: true, minWidth: 125, cell: (one) => one.accountId },
          { id: "region", header: say.region, minWidth: 110, cell: (one) => one.region || text.unknown },
          ...LOGS.map((name) => ({
            id: name, header: say.logs[name], minWidth: 84,
            cell: (one: ReceptionPlace) => {
              const reception = one.logs.find((each) => each.log === name);
              return reception !== undefined && <Cell place={one} log={reception} now={now}
                choose={() => put("log", `${one.accountId}/${one.region}/${name}`)} />;
            } })),
          { id: "blind", header: say.blind, minWidth: 70, cell: (one) => count(one.blind) },
        ]}
      />
      {chosen !== undefined && log !== undefined && (
        <LogPanel key={`${chosen.accountId}/${chosen.region}/${log.log}`} place={chosen} log={log}
          close={() => put("log", null)} />)}
    </>
  );
}

function Cell({ place, log, now, choose }: { place: ReceptionPlace; log: Reception; now: number; choose: () => void }) {
  const heard = heardOf(log, now);
  const shown = spanText(Math.max(0, now - (log.lastRecord ?? now)));
  const state = log.lastRecord === null ? say.never
    : heard === "silent" ? say.silent(shown) : say.age(shown);
  const gaps = log.gaps.filter((one) => one.since < (log.lastRecord ?? 0)).length;
  const beside = [...(gaps === 0 ? [] : [say.gaps(count(gaps))]), ...(log.plan === "on" ? [] : [say.plans[log.plan]])];
  return (
    <button type="button" className="log-cell" onClick={choose}
      aria-label={say.cell(say.logs[log.log], place.accountId, place.region, `${state} ${beside.join(", ")}`.trim())}>
      {log.lastRecord === null
        ? <span className="muted">{text.unknown}</span>
        : (
          <StatusIndicator type={heard === "silent" ? "warning" : log.plan === "on" ? "success" : "info"}>
            {shown}
          </StatusIndicator>
        )}
      {" "}
      {beside.length > 0 && <span className="muted">{beside.join(", ")}</span>}
    </button>
  );
}
