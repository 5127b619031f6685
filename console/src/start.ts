// What draws the first screen (main.tsx) takes a while to load and to begin. What it will ask is asked before, and the
// screen is loaded beside it: this is small, needs nothing of it, and waits for no style sheet.
import { makeApi } from "./api/client";
import { readFindingsAhead, readSessionAhead, type Session } from "./api/vedette";
import { loadAhead } from "./screens";
import { keptPreferences } from "./state/kept";
import { firstQuestion } from "./values/page";
import { readView } from "./values/view";

const { pathname, search } = window.location;

function askForFindings({ csrf, detectors }: Session): void {
  const [, region = "", screen, id] = pathname.split("/");
  const detectorId = detectors[region];
  if (screen !== "findings" || id !== undefined || detectorId === undefined) return;
  const question = firstQuestion(detectorId, readView(new URLSearchParams(search)), keptPreferences().pageSize);
  if (question !== null) readFindingsAhead(makeApi({ csrf, region }, () => undefined), question);
}

readSessionAhead(makeApi(null, () => undefined)).then(askForFindings, () => undefined);
loadAhead(pathname);
