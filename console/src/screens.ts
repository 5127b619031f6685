/** The screens by their addresses in a Region, each a file that is loaded when it is gone to. */
export const LOADERS = {
  overview: () => import("./screens/Overview"),
  findings: () => import("./screens/Findings"),
  "findings/:id": () => import("./screens/Finding"),
  search: () => import("./screens/Search"),
  investigate: () => import("./screens/Investigate"),
  investigations: () => import("./screens/Investigations"),
  "investigations/:id": () => import("./screens/Investigation"),
  lists: () => import("./screens/Lists"),
  suppression: () => import("./screens/Suppression"),
  rules: () => import("./screens/Rules"),
  types: () => import("./screens/Types"),
  malware: () => import("./screens/Malware"),
  coverage: () => import("./screens/Coverage"),
  usage: () => import("./screens/Usage"),
  accounts: () => import("./screens/Accounts"),
  settings: () => import("./screens/Settings"),
  access: () => import("./screens/Access"),
  "dead-letters": () => import("./screens/DeadLetters"),
};

/** Begin to load the screen that the address names: it is needed as soon as the session is known. */
export function loadAhead(pathname: string): void {
  const [, , screen = "", id] = pathname.split("/");
  const path = id === undefined ? screen : `${screen}/:id`;
  // Whoever shows the screen tells what went wrong.
  if (path in LOADERS) LOADERS[path as keyof typeof LOADERS]().catch(() => undefined);
}
