import { QueryCache, QueryClient, useQuery, useQueryClient, keepPreviousData } from "@tanstack/react-query";
import { createContext, useContext, useSyncExternalStore } from "react";

import { ApiFailure, type Api } from "../api/client";
import { useDesk } from "./session";

let unreachable = false;
const watchers = new Set<() => void>();

function heard(is: boolean): void {
  if (is === unreachable) return;
  unreachable = is;
  watchers.forEach((tell) => tell());
}

/** The last question did not reach the server. */
export function useUnreachable(): boolean {
  return useSyncExternalStore((tell) => {
    watchers.add(tell);
    return () => watchers.delete(tell);
  }, () => unreachable);
}

export function makeQueries(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => heard(error instanceof ApiFailure && error.status === 0),
      onSuccess: () => heard(false),
    }),
    defaultOptions: {
      queries: {
        networkMode: "always",
        staleTime: 10_000,
        refetchOnWindowFocus: false,
        // Too many at once are fewer in a moment.
        retry: (failures, error) => error instanceof ApiFailure && failures < 2 &&
          (error.status === 0 || error.status === 429 || error.status >= 500),
        retryDelay: (failures) => 500 * 2 ** failures,
      },
      mutations: { networkMode: "always" },
    },
  });
}

interface Manner<Answer> {
  enabled?: boolean;
  /** Milliseconds. */
  every?: number;
  /** Show the last answer while a changed question is asked. */
  keep?: boolean;
  /** What was the answer not long ago: shown until there is a newer one. */
  known?: Answer | undefined;
}

/** Ask the server; `key` names the question and all it depends on but the Region. */
export function useAsk<Answer>(
  key: readonly unknown[], ask: (api: Api, signal: AbortSignal) => Promise<Answer>, manner: Manner<Answer> = {},
) {
  const { api, region } = useDesk();
  return useQuery<Answer>({
    queryKey: [region, ...key],
    queryFn: ({ signal }) => ask(api, signal),
    enabled: manner.enabled ?? true,
    ...(manner.every === undefined ? {} : { refetchInterval: manner.every }),
    ...(manner.known === undefined ? {} : { initialData: manner.known, initialDataUpdatedAt: 0 }),
    ...(manner.keep === true ? { placeholderData: keepPreviousData } : {}),
  });
}

/** Ask, while it is rendered, what a screen will ask that is yet to be loaded and drawn. */
export function useAskAhead<Answer>(
  question: { key: readonly unknown[]; ask: (api: Api, signal: AbortSignal) => Promise<Answer> } | null,
) {
  const { api, region } = useDesk();
  const queries = useQueryClient();
  if (question === null) return;
  const queryKey = [region, ...question.key];
  if (queries.getQueryState(queryKey) === undefined) {
    // Whoever asks the same later tells what went wrong.
    queries.query({ queryKey, queryFn: ({ signal }) => question.ask(api, signal) }).catch(() => undefined);
  }
}

/** The Region's detector, which every screen below the shell can count on. */
export const DetectorContext = createContext<string | null>(null);

export function useDetector(): string {
  const id = useContext(DetectorContext);
  if (id === null) throw new Error("no detector here");
  return id;
}
