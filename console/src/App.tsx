import { lazy, Suspense, useEffect, type ComponentType, type ReactNode } from "react";
import { Navigate, Route, Routes, useLocation, useParams } from "react-router";

import { Ahead } from "./parts/findings/Ahead";
import { Guard, Trouble } from "./parts/Trouble";
import { Waiting } from "./parts/Waiting";
import { LOADERS } from "./screens";
import { Shell } from "./Shell";
import { DeskProvider, useSessionState } from "./state/session";

const SCREENS = Object.entries(LOADERS).map(([path, load]) => [path, lazy<ComponentType>(load)] as const);
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
          {SCREENS.map(([path, Screen]) => (
            <Route key={path} path={path} element={
              <Guard key={path}>
                <Suspense fallback={<Waiting />}>{path === "findings" ? <Ahead><Screen /></Ahead> : <Screen />}</Suspense>
              </Guard>} />
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
