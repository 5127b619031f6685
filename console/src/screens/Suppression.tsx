import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import type { GetFilterResponse } from "../api/shapes";
import { AdminButton } from "../parts/AdminButton";
import { Listing } from "../parts/Listing";
import { PreviewBox } from "../parts/PreviewBox";
import { RouterLink } from "../parts/RouterLink";
import { Shown } from "../parts/Shown";
import { Sure } from "../parts/Sure";
import { Time } from "../parts/Time";
import { Empty } from "../parts/Trouble";
import { useChange } from "../parts/useChange";
import { usePreview } from "../parts/usePreview";
import { useTitle } from "../parts/useTitle";
import { useDetector } from "../state/asking";
import { useFilters } from "../state/filters";
import { useNow } from "../state/now";
import { useDesk } from "../state/session";
import { text } from "../strings";
import { chipsOf, chipText } from "../values/criteria";
import { count } from "../values/number";
import { isOverdue, OWNER_TAG, REVIEW_TAG } from "../values/rules";
import { milliseconds } from "../values/time";
import { PLAIN, writeView } from "../values/view";

const say = text.suppression;

export default function Suppression() {
  useTitle(say.title);
  const filters = useFilters();
  const { to } = useDesk();
  const rules = filters.data?.filter((one) => one.action === "ARCHIVE");
  const saved = filters.data?.filter((one) => one.action !== "ARCHIVE");
  return (
    <SpaceBetween size="l">
      <FilterTable rows={rules} filters={filters} rule title={say.title}
        header={<Header variant="h1" description={say.what} counter={rules === undefined ? "" : `(${count(rules.length)})`}>
          {say.title}</Header>}
        empty={<Empty title={say.none} what={say.noneWhat}>
          <RouterLink href={to("findings")}>{say.toFindings}</RouterLink></Empty>} />
      <FilterTable rows={saved} filters={filters} rule={false} title={say.saved}
        header={<Header variant="h2" description={say.savedWhat} counter={saved === undefined ? "" : `(${count(saved.length)})`}>
          {say.saved}</Header>}
        empty={<Empty title={say.noFilters} what={say.noFiltersWhat} />} />
    </SpaceBetween>
  );
}

function FilterTable({ rows, filters, rule, title, header, empty }: {
  rows: GetFilterResponse[] | undefined; filters: ReturnType<typeof useFilters>; rule: boolean; title: string;
  header: React.ReactNode; empty: React.ReactNode;
}) {
  const detectorId = useDetector();
  const { to } = useDesk();
  const now = useNow();
  const [removing, setRemoving] = useState<string | null>(null);
  const [looking, setLooking] = useState<GetFilterResponse | null>(null);
  const remove = useChange(
    (api, filterName: string) => api.call("DeleteFilter", { detectorId, filterName }), (name) => say.removed(name));
  return (
    <>
      <Listing
        rows={rows} error={filters.error} again={filters.refetch} label={title} header={header} empty={empty}
        columns={[
          { id: "name", header: say.name, sortingField: "name", isRowHeader: true, cell: (one) => <Shown value={one.name} /> },
          { id: "criteria", header: say.criteria, minWidth: 260, cell: (one) => {
            const { chips, unsaid } = chipsOf(one.findingCriteria);
            return (
              <div className="chips">
                {chips.map((chip) => <code key={chipText(chip)}><Shown value={chipText(chip)} first={160} /></code>)}
                {unsaid.map((attribute) => <code key={attribute}>{attribute}~</code>)}
              </div>
            );
          } },
          { id: "note", header: say.note, minWidth: 140, cell: (one) => <Shown value={one.description ?? ""} /> },
          ...(rule ? [
            { id: "owner", header: say.owner, cell: (one: GetFilterResponse) => <Shown value={one.tags?.[OWNER_TAG] ?? ""} /> },
            { id: "review", header: say.review, cell: (one: GetFilterResponse) => {
              const review = one.tags?.[REVIEW_TAG];
              return <><Shown value={review ?? ""} /> {isOverdue(review, now) && <Badge color="red">{say.overdue}</Badge>}</>;
            } },
            { id: "hits", header: say.hits, cell: (one: GetFilterResponse) => <Hits filter={one} /> },
          ] : []),
          { id: "rank", header: say.rank, sortingField: "rank", cell: (one) => one.rank ?? text.unknown },
          { id: "changed", header: say.changed, cell: (one) => <Time ms={milliseconds(one.updatedAt)} short /> },
          { id: "actions", header: text.actions, minWidth: 170, cell: (one) => (
            <SpaceBetween direction="horizontal" size="xs">
              <RouterLink href={to(`findings?${writeView({
                ...PLAIN, show: "all", chips: chipsOf(one.findingCriteria).chips }).toString()}`)}>{say.show}</RouterLink>
              {rule && <AdminButton variant="inline-link" onClick={() => setLooking(one)} ariaLabel={`${say.preview} ${one.name}`}>
                {say.preview}</AdminButton>}
              <AdminButton variant="inline-link" onClick={() => setRemoving(one.name)} ariaLabel={`${say.remove} ${one.name}`}>
                {say.remove}</AdminButton>
            </SpaceBetween>
          ) },
        ]}
      />
      {removing !== null && (
        <Sure question={say.removeSure(removing)} no={() => setRemoving(null)} yes={() => {
          remove.mutate(removing);
          setRemoving(null);
        }} />
      )}
      {looking !== null && <Looking filter={looking} close={() => setLooking(null)} />}
    </>
  );
}

function Hits({ filter }: { filter: GetFilterResponse }) {
  const preview = usePreview(filter.findingCriteria, true);
  if (preview.data === undefined) return <>{text.unknown}</>;
  return <Box variant="span">{count(preview.data.matched)}</Box>;
}

function Looking({ filter, close }: { filter: GetFilterResponse; close: () => void }) {
  const preview = usePreview(filter.findingCriteria, true);
  return <Modal visible size="large" onDismiss={close} header={filter.name}><PreviewBox preview={preview} /></Modal>;
}
