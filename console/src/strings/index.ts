// Every English text of the console.
import { common } from "./common";
import { findings } from "./findings";
import { finding } from "./finding";
import { investigate } from "./investigate";
import { lanes } from "./lanes";
import { manage } from "./manage";
import { overview } from "./overview";
import { part } from "./part";
import { password, times, triage } from "./triage";

export const text = { ...common, findings, finding, investigate, lanes, ...manage, overview, part, password, times, triage };
