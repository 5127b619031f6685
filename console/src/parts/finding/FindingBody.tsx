import Tabs from "@cloudscape-design/components/tabs";

import type { Finding } from "../../api/shapes";
import { text } from "../../strings";
import { firstSeen, lastSeen } from "../../values/finding";
import { SPAN } from "../../values/time";
import { useTab } from "../useTab";
import { ScopeContext } from "../Value";
import { Activity } from "./Activity";
import { Details } from "./Details";
import { Evidence } from "./Evidence";
import { Json } from "./Json";
import { Related } from "./Related";
import { Triage } from "./Triage";
import { What } from "./What";

const TABS = ["what", "evidence", "details", "related", "activity", "json"] as const;

/** All there is to say of a finding; the same in the panel and on its page. */
export function FindingBody({ finding }: { finding: Finding }) {
  const [tab, setTab] = useTab(TABS);
  const scope = {
    since: Math.floor((firstSeen(finding) - SPAN.HOUR) / SPAN.HOUR) * SPAN.HOUR,
    until: Math.ceil((lastSeen(finding) + SPAN.HOUR) / SPAN.HOUR) * SPAN.HOUR,
  };
  const tabs = text.finding.tabs;
  return (
    <ScopeContext value={scope}>
      <Triage finding={finding} />
      <Tabs
        activeTabId={tab} onChange={({ detail }) => setTab(detail.activeTabId)}
        tabs={[
          { id: "what", label: tabs.what, content: tab === "what" && <What finding={finding} /> },
          { id: "evidence", label: tabs.evidence, content: tab === "evidence" && <Evidence finding={finding} /> },
          { id: "details", label: tabs.details, content: tab === "details" && <Details finding={finding} /> },
          { id: "related", label: tabs.related, content: tab === "related" && <Related finding={finding} /> },
          { id: "activity", label: text.triage.tab, content: tab === "activity" && <Activity finding={finding} /> },
          { id: "json", label: tabs.json, content: tab === "json" && <Json finding={finding} /> },
        ]}
      />
    </ScopeContext>
  );
}
