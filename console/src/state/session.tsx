import { useQueryClient } from "@tanstack/react-query";
import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from "react";

import { ApiFailure, makeApi, type Api } from "../api/client";
import { readSession, type Session } from "../api/vedette";

type State =
  | { kind: "asking" }
  | { kind: "out"; ended: boolean }
  | { kind: "in"; session: Session }
  | { kind: "failed"; failure: ApiFailure };

interface Known {
  state: State;
  /** Somebody has logged in. */
  begin: (session: Session) => void;
  /** The session is over: by logging out, or (`ended`) by itself. */
  end: (ended: boolean) => void;
  ask: () => void;
}

const Context = createContext<Known | null>(null);

export function SessionProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<State>({ kind: "asking" });
  const queries = useQueryClient();
  const begin = useCallback((session: Session) => setState({ kind: "in", session }), []);
  const end = useCallback(
    (ended: boolean) => {
      setState({ kind: "out", ended });
      queries.clear();
    },
    [queries],
  );
  const ask = useCallback(() => {
    readSession(makeApi(null, () => undefined)).then(begin, (error: unknown) => {
      const failure = error instanceof ApiFailure ? error : new ApiFailure(0, "Unknown", String(error));
      setState(failure.status === 401 ? { kind: "out", ended: false } : { kind: "failed", failure });
    });
  }, [begin]);
  useEffect(ask, [ask]);
  const known = useMemo(() => ({ state, begin, end, ask }), [state, begin, end, ask]);
  return <Context value={known}>{children}</Context>;
}

export function useSessionState(): Known {
  const known = useContext(Context);
  if (known === null) throw new Error("outside the SessionProvider");
  return known;
}

/** What screens that need a session work with. */
export interface Desk {
  api: Api;
  session: Session;
  region: string;
  /** May change things. */
  admin: boolean;
  /** The address of a screen in this Region. */
  to: (screen: string) => string;
}

const DeskContext = createContext<Desk | null>(null);

export function DeskProvider({ session, region, children }: { session: Session; region: string; children: ReactNode }) {
  const { end } = useSessionState();
  const desk = useMemo<Desk>(
    () => ({
      api: makeApi({ csrf: session.csrf, region }, () => end(true)),
      session, region, admin: session.role === "admin",
      to: (screen) => `/${region}/${screen}`,
    }),
    [session, region, end],
  );
  return <DeskContext value={desk}>{children}</DeskContext>;
}

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (desk === null) throw new Error("outside the DeskProvider");
  return desk;
}
