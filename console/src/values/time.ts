export type Zone = "utc" | "local";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const SPAN = { MINUTE, HOUR, DAY };

function parts(ms: number, zone: Zone) {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  return zone === "utc"
    ? [date.getUTCFullYear(), two(date.getUTCMonth() + 1), two(date.getUTCDate()), two(date.getUTCHours()),
       two(date.getUTCMinutes()), two(date.getUTCSeconds())] as const
    : [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate()), two(date.getHours()),
       two(date.getMinutes()), two(date.getSeconds())] as const;
}

function offset(ms: number): string {
  const minutes = -new Date(ms).getTimezoneOffset();
  const two = (value: number) => String(value).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(Math.trunc(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}

/** 2026-03-02 09:14:07 UTC, or with the offset of this machine's zone. */
export function absolute(ms: number, zone: Zone): string {
  const [year, month, day, hour, minute, second] = parts(ms, zone);
  return `${year}-${month}-${day} ${hour}:${minute}:${second} ${zone === "utc" ? "UTC" : offset(ms)}`;
}

/** For the axis of a chart that spans so long: the day, or the hour and minute. */
export function axisLabel(ms: number, zone: Zone, span: number): string {
  const [, month, day, hour, minute] = parts(ms, zone);
  if (span > 7 * DAY) return `${month}-${day}`;
  return span >= DAY ? `${month}-${day} ${hour}:${minute}` : `${hour}:${minute}`;
}

/** 4 min ago, in 2 h, 3 d ago. */
export function relative(ms: number, now: number): string {
  const span = Math.abs(now - ms);
  const text = spanText(span);
  if (span < MINUTE) return "just now";
  return ms > now ? `in ${text}` : `${text} ago`;
}

/** 45 s, 12 min, 3 h, 5 d. */
export function spanText(span: number): string {
  if (span < MINUTE) return `${Math.round(span / 1000)} s`;
  if (span < HOUR) return `${Math.round(span / MINUTE)} min`;
  if (span < 2 * DAY) return `${Math.round(span / HOUR)} h`;
  return `${Math.round(span / DAY)} d`;
}

/** Milliseconds of a time as the service writes it: ISO text, or seconds since the epoch. */
export function milliseconds(time: string | number | undefined): number | null {
  if (time === undefined || time === "") return null;
  const ms = typeof time === "number" ? time * 1000 : Date.parse(time);
  return Number.isFinite(ms) ? ms : null;
}
