import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import CollectionPreferences from "@cloudscape-design/components/collection-preferences";
import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Modal from "@cloudscape-design/components/modal";
import Pagination from "@cloudscape-design/components/pagination";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import type { PropertyFilterProps } from "@cloudscape-design/components/property-filter";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";

import type { Finding } from "../api/shapes";
import { FilterBar } from "../parts/findings/FilterBar";
import { FacetColumns } from "../parts/findings/Facets";
import { GROUPS, groupName, Groups } from "../parts/findings/Groups";
import { RangePicker } from "../parts/findings/RangePicker";
import { SaveFilter } from "../parts/findings/SaveFilter";
import { COLUMNS, columnsOf, DEFAULT_COLUMNS } from "../parts/findings/columns";
import { asCsv, cellsOf, MOST_READ, moveAll, readAll } from "../parts/findings/bulk";
import { useTriageOf, type Triaged } from "../parts/findings/useTriageOf";
import { useBars, useBeside, useNewer, usePage, useTotal } from "../parts/findings/useFindings";
import { Histogram } from "../parts/Histogram";
import { isTyping } from "../parts/keys";
import { RouterLink } from "../parts/RouterLink";
import { Silent } from "../parts/Silent";
import { Empty, Trouble } from "../parts/Trouble";
import { FilterContext, ScopeContext } from "../parts/Value";
import { useTitle } from "../parts/useTitle";
import { useDetector } from "../state/asking";
import { useFilters } from "../state/filters";
import { useNow } from "../state/now";
import { usePreferences } from "../state/preferences";
import { useDesk } from "../state/session";
import { useShell } from "../state/shell";
import { text } from "../strings";
import { copyText } from "../values/copy";
import { listCommand } from "../values/copyAs";
import { chipsOf, criteriaOf, sameChip, type Chip } from "../values/criteria";
import { firstSeen, lastSeen } from "../values/finding";
import { count } from "../values/number";
import { save } from "../values/table";
import { relative } from "../values/time";
import { visibleText } from "../values/visible";
import { changed, criteriaOfView, PLAIN, readView, writeView, type Show, type View } from "../values/view";

const FindingPanel = lazy(() => import("../parts/finding/FindingPanel"));

const TriageMany = lazy(() => import("../parts/findings/TriageMany"));

const PAGE_SIZES = [10, 25, 50];

interface Work {
  done: number;
  all: number;
}

export default function Findings() {
  useTitle(text.findings.title);
  const [params, setParams] = useSearchParams();
  const view = useMemo(() => readView(params), [params]);
  const change = useCallback(
    (change: Partial<View>, replace = false) =>
      setParams((before) => writeView(changed(readView(before), change)), { replace }),
    [setParams],
  );
  const [now, setNow] = useState(() => Date.now());
  const criteria = useMemo(() => criteriaOfView(view, now), [view, now]);
  const { preferences, prefer } = usePreferences();
  const { api, region, admin, to } = useDesk();
  const detectorId = useDetector();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { notify } = useShell();

  const page = usePage(criteria, view, preferences.pageSize, (page) => change({ page }));
  // The findings themselves come first: what is asked at once, the server answers at once, and each later.
  const after = page.data !== undefined || page.error !== null;
  const total = useTotal(criteria, after);
  const bars = useBars(criteria, view, now, after);
  const newer = useNewer(criteria, view, now, after);
  const filters = useFilters(after);
  const clock = useNow();
  const [selected, setSelected] = useState<Finding[]>([]);
  const [at, setAt] = useState<string | null>(view.open);
  const [saving, setSaving] = useState(false);
  const [counting, setCounting] = useState(false);
  const [triaging, setTriaging] = useState<readonly Triaged[] | null>(null);
  const triage = useTriageOf();
  const [work, setWork] = useState<Work | null>(null);
  const stopped = useRef(false);
  const bar = useRef<PropertyFilterProps.Ref>(null);

  const refresh = useCallback(async () => {
    setNow(Date.now());
    setSelected([]);
    await queries.invalidateQueries({ queryKey: [region] });
  }, [queries, region]);

  const addChip = useCallback((chip: Chip) => {
    change({ chips: [...view.chips.filter((one) => !sameChip(one, chip)), chip] });
  }, [change, view.chips]);

  const findings = useMemo(() => page.findings ?? [], [page.findings]);
  const open = useCallback((finding: Finding) => {
    setAt(finding.id);
    change({ open: finding.id }, true);
  }, [change]);
  const span = useMemo(() => ({
    since: Math.min(...findings.map(firstSeen)), until: Math.max(...findings.map(lastSeen)),
  }), [findings]);
  const beside = useBeside(findings);
  const columns = useMemo(() => columnsOf({ open, at, span, beside }), [open, at, span, beside]);

  const move = useCallback(async (which: readonly Finding[], archive: boolean) => {
    const ids = which.filter((one) => (one.service?.archived === true) !== archive).map((one) => one.id);
    if (ids.length === 0) return;
    try {
      await api.call(archive ? "ArchiveFindings" : "UnarchiveFindings", { detectorId, findingIds: ids });
      notify("success", archive ? text.findings.archived(count(ids.length)) : text.findings.unarchived(count(ids.length)));
    } catch (error) {
      notify("error", error instanceof Error ? error.message : String(error));
    }
    setSelected([]);
    await queries.invalidateQueries({ queryKey: [region] });
  }, [api, detectorId, notify, queries, region]);

  const workOnAll = async (job: "archive" | "unarchive" | "triage" | "csv" | "json") => {
    stopped.current = false;
    setWork({ done: 0, all: total.data ?? 0 });
    const isStopped = () => stopped.current;
    const progress = (done: number) => {
      setWork({ done, all: Math.max(total.data ?? 0, done) });
      return isStopped();
    };
    try {
      if (job === "archive" || job === "unarchive") {
        const done = await moveAll(api, detectorId, criteria, job === "archive", progress);
        notify("success",
          job === "archive" ? text.findings.archived(count(done)) : text.findings.unarchived(count(done)));
        await refresh();
      } else {
        const read = <Row,>(shape: (some: readonly Finding[]) => Promise<readonly Row[]>) =>
          readAll(api, detectorId, criteria, view.sort, shape, progress);
        let whole: boolean;
        if (job === "triage") {
          const all = await read((some) => Promise.resolve(some.map(({ id, title, type }): Triaged => (
            { id, type, ...(title === undefined ? {} : { title }) }))));
          if (!isStopped()) setTriaging(all.rows);
          whole = all.whole;
        } else if (job === "csv") {
          const all = await read((some) => cellsOf(api, detectorId, some));
          save("findings.csv", "text/csv;charset=utf-8", ["\ufeff", asCsv(all.rows)]);
          whole = all.whole;
        } else {
          const all = await read((some) => Promise.resolve(some));
          save("findings.json", "application/json", [JSON.stringify(all.rows, null, 1)]);
          whole = all.whole;
        }
        if (!whole && !isStopped()) notify("warning", text.findings.limit(count(MOST_READ)));
      }
    } catch (error) {
      notify("error", error instanceof Error ? error.message : String(error));
    }
    setWork(null);
  };

  const copy = async (which: "copyCli" | "copyLink") => {
    await copyText(which === "copyLink" ? window.location.href
      : listCommand(criteria, { region, detectorId, endpoint: window.location.origin }, view.sort));
    notify("success", text.finding.copied(text.findings[which]));
  };

  const place = findings.findIndex((one) => one.id === at);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isTyping(event)) return;
      const here = findings[place];
      const step = (by: number) => {
        const next = findings[Math.max(0, Math.min(findings.length - 1, place + by))];
        if (next === undefined) return;
        setAt(next.id);
        if (view.open !== null) change({ open: next.id }, true);
        document.querySelector(`[data-finding="${CSS.escape(next.id)}"]`)?.scrollIntoView({ block: "nearest" });
      };
      const arrows = view.open !== null || here !== undefined;
      if (event.key === "j" || (event.key === "ArrowDown" && arrows)) step(1);
      else if (event.key === "k" || (event.key === "ArrowUp" && arrows)) step(-1);
      else if (event.key === "o" && here !== undefined) open(here);
      else if (event.key === "Enter" && here !== undefined && event.target === document.body) open(here);
      else if (event.key === "f" && here !== undefined) void navigate(to(`findings/${here.id}`));
      else if (event.key === "Escape") change({ open: null }, true);
      else if (event.key === "x" && here !== undefined) {
        setSelected((before) => before.some((one) => one.id === here.id)
          ? before.filter((one) => one.id !== here.id) : [...before, here]);
      } else if (event.key === "e" && admin) {
        const which = selected.length > 0 ? selected : here === undefined ? [] : [here];
        if (selected.length === 0) step(place + 1 < findings.length ? 1 : -1);
        void move(which, view.show !== "archived");
      } else if (event.key === "t" && (selected.length > 0 || here !== undefined)) {
        setTriaging(selected.length > 0 ? selected : here === undefined ? null : [here]);
      } else if (event.key === "/") bar.current?.focus();
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [findings, place, view.open, view.show, change, open, selected, move, navigate, to, admin]);

  const reason = admin ? {} : { disabledReason: text.adminOnly };
  const filtered = view.chips.length > 0 || view.page !== null || view.range.kind !== "all" || view.show !== "current";
  const saved = (filters.data ?? []).filter((one) => one.action === "NOOP");
  const shown = preferences.columns ?? DEFAULT_COLUMNS;

  return (
    <FilterContext value={addChip}>
      <ScopeContext value={{}}>
        <SpaceBetween size="m">
          <Header
            variant="h1"
            counter={total.data === undefined ? "" : text.findings.counted(count(total.data))}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                {newer > 0
                  ? (
                    <Button iconName="refresh" variant="primary" onClick={() => {
                      if (view.page !== null) change({ page: null });
                      void refresh();
                    }}>
                      {text.findings.newer(count(newer))}
                    </Button>
                  )
                  : <Button iconName="refresh" ariaLabel={text.refresh} onClick={() => void refresh()} />}
                <ButtonDropdown
                  items={[
                    { id: "csv", text: text.findings.exportCsv }, { id: "json", text: text.findings.exportJson },
                    { text: text.findings.copyAs, items: [
                      { id: "copyCli", text: text.findings.copyCli }, { id: "copyLink", text: text.findings.copyLink }] },
                  ]}
                  onItemClick={({ detail: { id } }) => {
                    if (id === "copyCli" || id === "copyLink") void copy(id);
                    else void workOnAll(id as "csv" | "json");
                  }}
                >{text.findings.export}</ButtonDropdown>
                <ButtonDropdown
                  items={[
                    { id: "triage", text: text.findings.triageAll(count(total.data ?? 0)), disabled: (total.data ?? 0) === 0 },
                    { id: "unarchive", text: text.findings.unarchive, disabled: !admin || selected.length === 0, ...reason },
                    { id: "archiveAll", text: text.findings.archiveAll(count(total.data ?? 0)), ...reason,
                      disabled: !admin || view.show === "archived" || (total.data ?? 0) === 0 },
                    { id: "unarchiveAll", text: text.findings.unarchiveAll(count(total.data ?? 0)), ...reason,
                      disabled: !admin || view.show === "current" || (total.data ?? 0) === 0 },
                  ]}
                  onItemClick={({ detail: { id } }) => {
                    if (id === "unarchive") void move(selected, false);
                    else void workOnAll(id === "triage" ? id : id === "archiveAll" ? "archive" : "unarchive");
                  }}
                >{text.actions}</ButtonDropdown>
                <Button disabled={selected.length === 0} onClick={() => setTriaging(selected)}>
                  {text.triage.many.button}
                </Button>
                <Button disabled={!admin || selected.length === 0} onClick={() => void move(selected, true)}
                  {...(admin ? {} : { disabledReason: text.adminOnly })}>{text.findings.archive}</Button>
              </SpaceBetween>
            }
          >{text.findings.title}</Header>

          <Silent enabled={after} />
          <div className="filters">
            <div className="grow">
              <FormField label={text.findings.filter} description={text.findings.filterHelp} stretch>
                <FilterBar chips={view.chips} change={(chips) => change({ chips })} bar={bar} />
              </FormField>
            </div>
            <FormField label={text.findings.range.label}>
              <RangePicker range={view.range} change={(range) => {
                setNow(Date.now());
                change({ range });
              }} />
            </FormField>
          </div>
          <div className="filters">
            <FormField label={<span id="which-findings">{text.findings.show.label}</span>}>
              <SegmentedControl
                selectedId={view.show} ariaLabelledby="which-findings"
                onChange={({ detail }) => change({ show: detail.selectedId as Show })}
                options={(["current", "archived", "all"] as const).map((id) => ({ id, text: text.findings.show[id] }))}
              />
            </FormField>
            <FormField label={text.findings.saved.label}>
              <SpaceBetween direction="horizontal" size="xs">
                <Select
                  selectedOption={null} placeholder={text.findings.saved.choose} empty={text.findings.saved.none}
                  ariaLabel={text.findings.saved.label} expandToViewport
                  statusType={filters.isPending ? "loading" : "finished"} loadingText={text.loading}
                  options={saved.map((one) => ({ value: one.name, label: one.name,
                    ...(one.description === undefined ? {} : { description: visibleText(one.description) }) }))}
                  onChange={({ detail }) => {
                    const chosen = saved.find((one) => one.name === detail.selectedOption.value);
                    if (chosen === undefined) return;
                    const { chips, unsaid } = chipsOf(chosen.findingCriteria);
                    if (unsaid.length > 0) notify("warning", text.findings.saved.patterns(unsaid.join(", ")));
                    change({ chips });
                  }}
                />
                <Button disabled={!admin || view.chips.length === 0} onClick={() => setSaving(true)}
                  {...(admin ? {} : { disabledReason: text.adminOnly })}>{text.findings.saved.save}</Button>
              </SpaceBetween>
            </FormField>
            <FormField label={text.findings.group.label}>
              <Select
                selectedOption={{ value: view.group ?? "",
                  label: view.group === null ? text.findings.group.none : groupName(view.group) }}
                options={[{ value: "", label: text.findings.group.none },
                  ...GROUPS.map((one) => ({ value: one, label: groupName(one) }))]}
                onChange={({ detail }) => {
                  const value = detail.selectedOption.value ?? "";
                  change({ group: value === "" ? null : value });
                }}
                ariaLabel={text.findings.group.label} expandToViewport
              />
            </FormField>
          </div>

          {bars.error === null
            ? (bars.data?.length ?? 0) > 0 && (
              <Histogram buckets={bars.data ?? []} narrow={(from, until) => change({
                range: { kind: "between", from, to: until } })} />
            )
            : <Trouble error={bars.error} again={bars.refetch} />}
          <ExpandableSection headerText={text.findings.facets.title} variant="footer" expanded={counting}
            onChange={({ detail }) => setCounting(detail.expanded)}>
            {counting && <FacetColumns criteria={criteria} add={addChip} />}
          </ExpandableSection>

          {page.error !== null && <Trouble error={page.error} again={page.refetch} />}
          {view.group !== null
            ? <Groups attribute={view.group} criteria={criteria} leave={addChip} enter={(chip) => change({
              chips: [...view.chips.filter((one) => !sameChip(one, chip)), chip], group: null })} />
            : (page.error === null || page.findings !== undefined) && (
              <Table
                variant="container" stickyHeader resizableColumns wrapLines={false}
                contentDensity={preferences.density}
                items={findings} trackBy="id"
                columnDefinitions={columns}
                columnDisplay={COLUMNS.map((id) => ({ id, visible: shown.includes(id) }))}
                loading={page.isPending} loadingText={text.loading}
                selectionType="multi" selectedItems={selected}
                onSelectionChange={({ detail }) => setSelected(detail.selectedItems)}
                sortingColumn={{ sortingField: view.sort.attribute }}
                sortingDescending={view.sort.descending}
                onSortingChange={({ detail }) => change({ sort: {
                  attribute: detail.sortingColumn.sortingField ?? PLAIN.sort.attribute,
                  descending: detail.isDescending ?? false } })}
                ariaLabels={{
                  tableLabel: text.findings.table, selectionGroupLabel: text.findings.select.label,
                  allItemsSelectionLabel: () => text.findings.select.all,
                  itemSelectionLabel: (_, one) => text.findings.select.one(visibleText(one.title ?? one.id)),
                }}
                filter={
                  <Box color="text-body-secondary">
                    {page.isPlaceholderData ? <StatusIndicator type="loading">{text.loading}</StatusIndicator>
                      : place >= 0 ? text.findings.position(place + 1, findings.length)
                      : text.findings.asOf(relative(now, clock))}
                    {selected.length > 0 && ` ${text.findings.selected(count(selected.length))}`}
                  </Box>
                }
                pagination={
                  <Pagination
                    currentPageIndex={page.place + 1} pagesCount={page.known + (page.more && page.place + 1 === page.known ? 1 : 0)}
                    openEnd={page.more}
                    onChange={({ detail }) => {
                      setSelected([]);
                      page.go(detail.currentPageIndex - 1).catch((error: unknown) =>
                        notify("error", error instanceof Error ? error.message : String(error)));
                    }}
                    ariaLabels={{ nextPageLabel: text.findings.next, previousPageLabel: text.findings.previous,
                      pageLabel: text.findings.page, paginationLabel: text.findings.pages }}
                  />
                }
                preferences={
                  <CollectionPreferences
                    title={text.findings.preferences} confirmLabel={text.save} cancelLabel={text.cancel}
                    preferences={{ pageSize: preferences.pageSize, visibleContent: shown }}
                    pageSizePreference={{ title: text.findings.pageSize, options: PAGE_SIZES.map((size) =>
                      ({ value: size, label: text.findings.pageSizeOption(size) })) }}
                    visibleContentPreference={{ title: text.findings.columnsShown, options: [
                      { label: text.findings.table, options: COLUMNS.map((id) => ({
                        id, label: text.findings.columns[id], editable: id !== "title" })) }] }}
                    onConfirm={({ detail }) => {
                      const pageSize = detail.pageSize ?? preferences.pageSize;
                      if (pageSize !== preferences.pageSize) change({ page: null }, true);
                      prefer({ pageSize, columns: [...(detail.visibleContent ?? shown)] });
                    }}
                  />
                }
                empty={filtered
                  ? (
                    <Empty title={text.findings.noMatch} what={text.findings.noMatchWhat}>
                      <Button onClick={() => change({ ...PLAIN })}>{text.findings.clear}</Button>
                    </Empty>
                  )
                  : (
                    <Empty title={text.findings.noneYet} what={text.findings.noneYetWhat}>
                      <RouterLink href={to("settings")}>{text.findings.samples}</RouterLink>
                    </Empty>
                  )}
              />
            )}
        </SpaceBetween>
        {view.open !== null && (
          <Suspense fallback={null}>
            <FindingPanel id={view.open} close={() => change({ open: null }, true)} />
          </Suspense>
        )}
        {triaging !== null && (
          <Suspense fallback={null}>
            <TriageMany findings={triaging} close={() => setTriaging(null)} change={(wanted) => {
              void triage(triaging, wanted);
              setSelected([]);
            }} />
          </Suspense>
        )}
        {saving && <SaveFilter criteria={criteriaOf(view.chips)} close={() => setSaving(false)} />}
        {work !== null && (
          <Modal visible header={text.findings.workTitle} onDismiss={() => {
            stopped.current = true;
          }} footer={<Box float="right"><Button onClick={() => {
            stopped.current = true;
          }}>{text.findings.stop}</Button></Box>}>
            <ProgressBar value={work.all === 0 ? 0 : Math.min(100, (100 * work.done) / work.all)}
              additionalInfo={text.findings.working(count(work.done), count(work.all))} />
          </Modal>
        )}
      </ScopeContext>
    </FilterContext>
  );
}
