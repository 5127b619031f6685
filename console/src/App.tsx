import { lazy, Suspense, useEffect, type ReactNode } from "react";
import { Navigate, Route, Routes, useLocation, useParams } from "react-router";

import { Guard, Trouble } from "./parts/Trouble";
import { Waiting } from "./parts/Waiting";
import { Shell } from "./Shell";
import { DeskProvider, useSessionState } from "./state/session";

const SCREENS = {
  overview: lazy(() => import("./screens/Overview")),
  findings: lazy(() => import("./screens/Findings")),
  "findings/:id": lazy(() => import("./screens/Finding")),
  investigate: lazy(() => import("./screens/Investigate")),
  investigations: lazy(() => import("./screens/Investigations")),
  "investigations/:id": lazy(() => import("./screens/Investigation")),
  lists: lazy(() => import("./screens/Lists")),
  suppression: lazy(() => import("./screens/Suppression")),
  rules: lazy(() => import("./screens/Rules")),
  types: lazy(() => import("./screens/Types")),
  malware: lazy(() => import("./screens/Malware")),
  coverage: lazy(() => import("./screens/Coverage")),
  usage: lazy(() => import("./screens/Usage")),
  accounts: lazy(() => import("./screens/Accounts")),
  settings: lazy(() => import("./screens/Settings")),
  "dead-letters": lazy(() => import("./screens/DeadLetters")),
};
const Login = lazy(() => import("./screens/Login"));
const NotFound = lazy(() => import("./screens/NotFound"));

const KEPT_REGION = "vedette-region";

export function App() {
  return (
    <Suspense fallback={<Waiting />}>
      <Routes>
        <Route path="/login" element={<Login />} />
        <Route path="/" element={<LoggedIn><ToRegion /></LoggedIn>} />
        <Route path="/:region" element={<LoggedIn><InRegion /></LoggedIn>}>
          <Route index element={<Navigate to="overview" replace />} />
          {Object.entries(SCREENS).map(([path, Screen]) => (
            <Route key={path} path={path}
              element={<Guard key={path}><Suspense fallback={<Waiting />}><Screen /></Suspense></Guard>} />
          ))}
          <Route path="*" element={<NotFound />} />
        </Route>
        <Route path="*" element={<NotFound />} />
      </Routes>
    </Suspense>
  );
}

function LoggedIn({ children }: { children: ReactNode }) {
  const { state, ask } = useSessionState();
  const { pathname, search } = useLocation();
  if (state.kind === "asking") return <Waiting />;
  if (state.kind === "failed") return <main className="alone"><Trouble error={state.failure} again={ask} /></main>;
  if (state.kind === "out") {
    const query = new URLSearchParams({ to: pathname + search });
    if (state.ended) query.set("ended", "");
    return <Navigate to={`/login?${query.toString()}`} replace />;
  }
  return children;
}

function useSession() {
  const { state } = useSessionState();
  if (state.kind !== "in") throw new Error("nobody is logged in");
  return state.session;
}

function ToRegion() {
  const { regions } = useSession();
  const kept = localStorage.getItem(KEPT_REGION);
  const region = kept !== null && regions.includes(kept) ? kept : (regions[0] ?? "us-east-1");
  return <Navigate to={`/${region}/overview`} replace />;
}

function InRegion() {
  const session = useSession();
  const { region = "" } = useParams();
  const sound = /^[a-z]{2,4}(-[a-z]+)+-\d$/.test(region);
  useEffect(() => {
    if (sound) localStorage.setItem(KEPT_REGION, region);
  }, [region, sound]);
  if (!sound) return <NotFound />;
  return (
    <DeskProvider key={region} session={session} region={region}>
      <Shell />
    </DeskProvider>
  );
}
