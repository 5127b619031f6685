import AppLayout from "@cloudscape-design/components/app-layout";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Flashbar, { type FlashbarProps } from "@cloudscape-design/components/flashbar";
import Modal from "@cloudscape-design/components/modal";
import SideNavigation from "@cloudscape-design/components/side-navigation";
import SplitPanel from "@cloudscape-design/components/split-panel";
import TopNavigation, { type TopNavigationProps } from "@cloudscape-design/components/top-navigation";
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { Outlet, useLocation, useNavigate } from "react-router";

import { logout } from "./api/vedette";
import { isTyping, searchOnScreen } from "./parts/keys";
import { NeedsDetector } from "./parts/NeedsDetector";
import { useUnreachable } from "./state/asking";
import { usePreferences } from "./state/preferences";
import { useDesk, useSessionState } from "./state/session";
import { ShellContext, type NoteAction, type PanelFrame } from "./state/shell";
import { text } from "./strings";

const BELOW_HEADER = "#top";

export function Shell() {
  const [panel, setPanel] = useState<PanelFrame | null>(null);
  const [slot, setSlot] = useState<HTMLElement | null>(null);
  const [notes, setNotes] = useState<FlashbarProps.MessageDefinition[]>([]);
  const [navigationOpen, setNavigationOpen] = useState(() => window.matchMedia("(min-width: 1100px)").matches);
  const [helping, setHelping] = useState(false);
  const [panelSize, setPanelSize] = useState<number | undefined>(() => Math.round(window.innerWidth * 0.42));
  const unreachable = useUnreachable();
  const numbers = useRef(0);
  const { preferences, prefer } = usePreferences();

  const notify = useCallback((kind: FlashbarProps.Type, content: ReactNode, action?: NoteAction) => {
    const id = String(numbers.current++);
    const away = () => setNotes((before) => before.filter((note) => note.id !== id));
    setNotes((before) => [
      ...before.slice(-3),
      { id, type: kind, content, dismissible: true, dismissLabel: text.close, onDismiss: away,
        ...(kind === "error" ? { ariaRole: "alert" as const } : { ariaRole: "status" as const }),
        ...(action === undefined ? {} : { action: <Button onClick={() => {
          away();
          action.run();
        }}>{action.text}</Button> }) },
    ]);
    if (kind !== "error" && action === undefined) setTimeout(away, 6000);
  }, []);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTyping(event)) return;
      if (event.key === "?") setHelping(true);
      else if (event.key === "/") searchOnScreen()?.focus();
      else if (event.key === "Escape" && panel !== null) panel.close();
      else return;
      event.preventDefault();
    };
    // A screen's own keys are heard before, on the document.
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [panel]);

  const shell = useMemo(() => ({ notify, setPanel, slot }), [notify, slot]);
  const items = unreachable
    ? [...notes, { id: "unreachable", type: "warning" as const, header: text.trouble.unreachable,
      content: text.trouble.unreachableWhat }]
    : notes;

  return (
    <ShellContext value={shell}>
      <div id="top"><Top help={() => setHelping(true)} /></div>
      <AppLayout
        headerSelector={BELOW_HEADER}
        ariaLabels={{ navigation: text.nav.label, navigationClose: text.nav.close, navigationToggle: text.nav.open,
          notifications: text.actions }}
        navigation={<Navigation />}
        navigationOpen={navigationOpen}
        navigationWidth={230}
        onNavigationChange={({ detail }) => setNavigationOpen(detail.open)}
        toolsHide
        notifications={items.length > 0 ? <Flashbar items={items} /> : undefined}
        splitPanelOpen={panel !== null}
        splitPanelPreferences={{ position: preferences.panel }}
        onSplitPanelPreferencesChange={({ detail }) => {
          setPanelSize(undefined);
          prefer({ panel: detail.position });
        }}
        {...(panelSize === undefined ? {} : { splitPanelSize: panelSize })}
        onSplitPanelResize={({ detail }) => setPanelSize(detail.size)}
        onSplitPanelToggle={({ detail }) => {
          if (!detail.open) panel?.close();
        }}
        splitPanel={panel === null ? undefined : (
          <SplitPanel header={panel.label} headerActions={panel.header} closeBehavior="hide">
            <div ref={setSlot} />
          </SplitPanel>
        )}
        content={<NeedsDetector><Outlet /></NeedsDetector>}
      />
      <Modal visible={helping} onDismiss={() => setHelping(false)} header={text.help.title}>
        <dl className="keys">
          {text.help.rows.map(([keys, what]) => (
            <div key={keys}><dt><kbd>{keys}</kbd></dt><dd>{what}</dd></div>
          ))}
        </dl>
        <Box variant="p" color="text-body-secondary">{text.help.docs}</Box>
      </Modal>
    </ShellContext>
  );
}

function Navigation() {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const { to } = useDesk();
  const link = (screen: string, label: string) => ({ type: "link" as const, text: label, href: to(screen) });
  const active = pathname.split("/").slice(0, 3).join("/");
  return (
    <SideNavigation
      activeHref={active}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(event.detail.href);
      }}
      items={[
        link("overview", text.nav.overview),
        link("findings", text.nav.findings),
        link("investigate", text.nav.investigate),
        link("search", text.nav.search),
        link("investigations", text.nav.investigations),
        { type: "divider" },
        link("suppression", text.nav.suppression),
        link("lists", text.nav.lists),
        link("rules", text.nav.rules),
        link("types", text.nav.types),
        { type: "divider" },
        link("coverage", text.nav.coverage),
        link("malware", text.nav.malware),
        link("usage", text.nav.usage),
        link("dead-letters", text.nav.deadLetters),
        { type: "divider" },
        link("accounts", text.nav.accounts),
        link("settings", text.nav.settings),
        link("access", text.nav.access),
      ]}
    />
  );
}

function Top({ help }: { help: () => void }) {
  const { session, region, api } = useDesk();
  const { end } = useSessionState();
  const { preferences, prefer } = usePreferences();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const screen = pathname.split("/")[2] ?? "overview";
  const regions = [...new Set([...session.regions, region])].sort();

  const chosen = (is: boolean) => (is ? { iconName: "check" as const } : {});
  const utilities: TopNavigationProps.Utility[] = [
    {
      type: "menu-dropdown", text: text.top.region(region),
      items: regions.map((one) => ({ id: one, text: one, ...chosen(one === region) })),
      onItemClick: ({ detail }) => void navigate(`/${detail.id}/${screen}`),
    },
    {
      type: "menu-dropdown", iconName: "settings", ariaLabel: text.top.look, title: text.top.look,
      items: [
        { id: "appearance", text: text.top.appearance, items: [
          { id: "light", text: text.top.light, ...chosen(preferences.mode === "light") },
          { id: "dark", text: text.top.dark, ...chosen(preferences.mode === "dark") }] },
        { id: "density", text: text.top.density, items: [
          { id: "comfortable", text: text.top.comfortable, ...chosen(preferences.density === "comfortable") },
          { id: "compact", text: text.top.compact, ...chosen(preferences.density === "compact") }] },
        { id: "time", text: text.top.time, items: [
          { id: "utc", text: text.top.utc, ...chosen(preferences.zone === "utc") },
          { id: "local", text: text.top.local, ...chosen(preferences.zone === "local") }] },
      ],
      onItemClick: ({ detail: { id } }) => {
        if (id === "light" || id === "dark") prefer({ mode: id });
        if (id === "comfortable" || id === "compact") prefer({ density: id });
        if (id === "utc" || id === "local") prefer({ zone: id });
      },
    },
    { type: "button", iconName: "status-info", ariaLabel: text.top.help, title: text.top.help, onClick: help },
    {
      type: "menu-dropdown", iconName: "user-profile", text: session.user,
      description: text.top.account(session.account), ariaLabel: text.top.user(session.user, session.role),
      items: [
        { id: "version", text: text.top.version(session.version), disabled: true },
        { id: "logout", text: text.top.logout },
      ],
      onItemClick: ({ detail }) => {
        if (detail.id !== "logout") return;
        void logout(api).catch(() => undefined).finally(() => {
          end(false);
          void navigate("/login", { replace: true });
        });
      },
    },
  ];
  return (
    <TopNavigation
      identity={{ href: `/${region}/overview`, title: text.product, onFollow: (event) => {
        event.preventDefault();
        void navigate(`/${region}/overview`);
      } }}
      utilities={utilities}
      i18nStrings={{ overflowMenuTriggerText: text.top.overflow.more, overflowMenuTitleText: text.top.overflow.more,
        overflowMenuBackIconAriaLabel: text.top.overflow.back,
        overflowMenuDismissIconAriaLabel: text.top.overflow.close }}
    />
  );
}
