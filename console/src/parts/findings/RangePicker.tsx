import DateRangePicker, { type DateRangePickerProps } from "@cloudscape-design/components/date-range-picker";

import { text } from "../../strings";
import { usePreferences } from "../../state/preferences";
import { SPAN } from "../../values/time";
import { RANGES, type Range, type RangeName } from "../../values/view";

const UNITS = { "1h": [1, "hour"], "24h": [24, "hour"], "7d": [7, "day"], "30d": [30, "day"], "90d": [90, "day"] } as const;
const NAMES = Object.keys(RANGES) as RangeName[];

/** All time, a time until now, or from and to. */
export function RangePicker({ range, change, label = text.findings.range.label, clearable = true }: {
  range: Range; change: (range: Range) => void; label?: string; clearable?: boolean;
}) {
  const { zone } = usePreferences().preferences;
  const value: DateRangePickerProps.Value | null =
    range.kind === "all" ? null
    : range.kind === "last"
      ? { type: "relative", key: range.name, amount: UNITS[range.name][0], unit: UNITS[range.name][1] }
      : { type: "absolute", startDate: new Date(range.from).toISOString(), endDate: new Date(range.to).toISOString() };
  return (
    <DateRangePicker
      value={value}
      onChange={({ detail }) => {
        const chosen = detail.value;
        if (chosen === null) change({ kind: "all" });
        else if (chosen.type === "absolute") {
          change({ kind: "between", from: Date.parse(chosen.startDate), to: Date.parse(chosen.endDate) });
        } else {
          const name = NAMES.find((one) => one === chosen.key);
          const span = chosen.amount * (chosen.unit === "hour" ? SPAN.HOUR : SPAN.DAY);
          const now = Date.now();
          change(name === undefined ? { kind: "between", from: now - span, to: now } : { kind: "last", name });
        }
      }}
      relativeOptions={NAMES.map((name) =>
        ({ key: name, type: "relative", amount: UNITS[name][0], unit: UNITS[name][1] }))}
      customRelativeRangeUnits={["hour", "day"]}
      isValidRange={(chosen) => {
        if (chosen?.type !== "absolute") return { valid: true };
        if (chosen.startDate === "" || chosen.endDate === "") return { valid: false, errorMessage: text.findings.range.both };
        return Date.parse(chosen.startDate) < Date.parse(chosen.endDate)
          ? { valid: true } : { valid: false, errorMessage: text.findings.range.backwards };
      }}
      i18nStrings={{
        formatRelativeRange: (one) => NAMES.includes(one.key as RangeName)
          ? text.findings.range.names[one.key as RangeName] : `${one.amount} ${one.unit}`,
      }}
      placeholder={text.findings.range.all}
      showClearButton={clearable}
      getTimeOffset={(date) => (zone === "utc" ? 0 : -date.getTimezoneOffset())}
      ariaLabel={label}
      absoluteFormat="long-localized"
      expandToViewport
    />
  );
}
