// The four kinds of lists of trusted and threatening addresses, which GuardDuty has operations each for.
import type { Api } from "./client";
import type { CreateIPSetRequest } from "./shapes";
import type { ListKind } from "./vedette";

interface Operations {
  create: (api: Api, asked: Omit<CreateIPSetRequest, "clientToken" | "tags" | "expectedBucketOwner">) => Promise<unknown>;
  activate: (api: Api, detectorId: string, id: string, activate: boolean) => Promise<unknown>;
  remove: (api: Api, detectorId: string, id: string) => Promise<unknown>;
}

export const LISTS: Record<ListKind, Operations> = {
  ipset: {
    create: (api, asked) => api.call("CreateIPSet", asked),
    activate: (api, detectorId, ipSetId, activate) => api.call("UpdateIPSet", { detectorId, ipSetId, activate }),
    remove: (api, detectorId, ipSetId) => api.call("DeleteIPSet", { detectorId, ipSetId }),
  },
  threatintelset: {
    create: (api, asked) => api.call("CreateThreatIntelSet", asked),
    activate: (api, detectorId, threatIntelSetId, activate) =>
      api.call("UpdateThreatIntelSet", { detectorId, threatIntelSetId, activate }),
    remove: (api, detectorId, threatIntelSetId) => api.call("DeleteThreatIntelSet", { detectorId, threatIntelSetId }),
  },
  trustedentityset: {
    create: (api, asked) => api.call("CreateTrustedEntitySet", asked),
    activate: (api, detectorId, trustedEntitySetId, activate) =>
      api.call("UpdateTrustedEntitySet", { detectorId, trustedEntitySetId, activate }),
    remove: (api, detectorId, trustedEntitySetId) =>
      api.call("DeleteTrustedEntitySet", { detectorId, trustedEntitySetId }),
  },
  threatentityset: {
    create: (api, asked) => api.call("CreateThreatEntitySet", asked),
    activate: (api, detectorId, threatEntitySetId, activate) =>
      api.call("UpdateThreatEntitySet", { detectorId, threatEntitySetId, activate }),
    remove: (api, detectorId, threatEntitySetId) =>
      api.call("DeleteThreatEntitySet", { detectorId, threatEntitySetId }),
  },
};
