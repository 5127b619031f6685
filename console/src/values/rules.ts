/** Tags of a suppression rule: who answers for it, and the day on which somebody wants to look at it again. */
export const OWNER_TAG = "owner";
export const REVIEW_TAG = "review-on";

/** The day has come. */
export function isOverdue(review: string | undefined, now: number): boolean {
  const day = review === undefined ? NaN : Date.parse(review);
  return Number.isFinite(day) && day <= now;
}

/** A day that there is, as YYYY-MM-DD. */
export function isDay(text: string): boolean {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : NaN;
  // Browsers take the 31st of February for the 3rd of March.
  return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text);
}
