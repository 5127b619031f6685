/** Tags of a suppression rule: who answers for it, and the day on which somebody wants to look at it again. */
export const OWNER_TAG = "owner";
export const REVIEW_TAG = "review-on";

/** The day has come. */
export function isOverdue(review: string | undefined, now: number): boolean {
  const day = review === undefined ? NaN : Date.parse(review);
  return Number.isFinite(day) && day <= now;
}
