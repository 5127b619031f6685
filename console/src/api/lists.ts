// The four kinds of lists of trusted and threatening addresses, which GuardDuty has an operation each for.
import type { Api } from "./client";
import type { CreateIPSetRequest } from "./shapes";

export const KINDS = ["IPSet", "ThreatIntelSet", "TrustedEntitySet", "ThreatEntitySet"] as const;
export type ListKind = (typeof KINDS)[number];

export interface ListedSet {
  kind: ListKind;
  id: string;
  name: string;
  format: string;
  location: string;
  status: string;
  error?: string;
}

interface Operations {
  all: (api: Api, detectorId: string, signal?: AbortSignal) => Promise<ListedSet[]>;
  create: (api: Api, asked: Omit<CreateIPSetRequest, "clientToken" | "tags" | "expectedBucketOwner">) => Promise<unknown>;
  activate: (api: Api, detectorId: string, id: string, activate: boolean) => Promise<unknown>;
  remove: (api: Api, detectorId: string, id: string) => Promise<unknown>;
}

/** Six lists of a kind are the most there may be: one page holds them. */
const PAGE = 50;

interface Got {
  name: string;
  format: string;
  location: string;
  status: string;
  errorDetails?: string;
}

const listed = (kind: ListKind, id: string, got: Got): ListedSet => ({
  kind, id, name: got.name, format: got.format, location: got.location, status: got.status,
  ...(got.errorDetails === undefined ? {} : { error: got.errorDetails }),
});

export const LISTS: Record<ListKind, Operations> = {
  IPSet: {
    all: async (api, detectorId, signal) => {
      const { ipSetIds } = await api.call("ListIPSets", { detectorId, maxResults: PAGE }, signal);
      return Promise.all(ipSetIds.map(async (ipSetId) =>
        listed("IPSet", ipSetId, await api.call("GetIPSet", { detectorId, ipSetId }, signal))));
    },
    create: (api, asked) => api.call("CreateIPSet", asked),
    activate: (api, detectorId, ipSetId, activate) => api.call("UpdateIPSet", { detectorId, ipSetId, activate }),
    remove: (api, detectorId, ipSetId) => api.call("DeleteIPSet", { detectorId, ipSetId }),
  },
  ThreatIntelSet: {
    all: async (api, detectorId, signal) => {
      const { threatIntelSetIds } = await api.call("ListThreatIntelSets", { detectorId, maxResults: PAGE }, signal);
      return Promise.all(threatIntelSetIds.map(async (threatIntelSetId) => listed("ThreatIntelSet", threatIntelSetId,
        await api.call("GetThreatIntelSet", { detectorId, threatIntelSetId }, signal))));
    },
    create: (api, asked) => api.call("CreateThreatIntelSet", asked),
    activate: (api, detectorId, threatIntelSetId, activate) =>
      api.call("UpdateThreatIntelSet", { detectorId, threatIntelSetId, activate }),
    remove: (api, detectorId, threatIntelSetId) => api.call("DeleteThreatIntelSet", { detectorId, threatIntelSetId }),
  },
  TrustedEntitySet: {
    all: async (api, detectorId, signal) => {
      const { trustedEntitySetIds } = await api.call("ListTrustedEntitySets", { detectorId, maxResults: PAGE }, signal);
      return Promise.all(trustedEntitySetIds.map(async (trustedEntitySetId) => listed("TrustedEntitySet",
        trustedEntitySetId, await api.call("GetTrustedEntitySet", { detectorId, trustedEntitySetId }, signal))));
    },
    create: (api, asked) => api.call("CreateTrustedEntitySet", asked),
    activate: (api, detectorId, trustedEntitySetId, activate) =>
      api.call("UpdateTrustedEntitySet", { detectorId, trustedEntitySetId, activate }),
    remove: (api, detectorId, trustedEntitySetId) =>
      api.call("DeleteTrustedEntitySet", { detectorId, trustedEntitySetId }),
  },
  ThreatEntitySet: {
    all: async (api, detectorId, signal) => {
      const { threatEntitySetIds } = await api.call("ListThreatEntitySets", { detectorId, maxResults: PAGE }, signal);
      return Promise.all(threatEntitySetIds.map(async (threatEntitySetId) => listed("ThreatEntitySet", threatEntitySetId,
        await api.call("GetThreatEntitySet", { detectorId, threatEntitySetId }, signal))));
    },
    create: (api, asked) => api.call("CreateThreatEntitySet", asked),
    activate: (api, detectorId, threatEntitySetId, activate) =>
      api.call("UpdateThreatEntitySet", { detectorId, threatEntitySetId, activate }),
    remove: (api, detectorId, threatEntitySetId) =>
      api.call("DeleteThreatEntitySet", { detectorId, threatEntitySetId }),
  },
};
