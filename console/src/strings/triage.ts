/** Where the work on a finding stands, what was done with it, when it was seen; and one's own password. */
export const triage = {
  label: "Triage",
  status: "Status",
  statuses: { OPEN: "Open", UNDER_REVIEW: "Under review", RESOLVED: "Resolved" },
  repeats: "Resolving does not stop repeats: they raise the count, and the status stays.",
  assignee: "Assignee",
  nobody: "Nobody",
  me: (name: string) => `${name} (you)`,
  changed: "Triage changed",
  comments: (count: string) => `${count} comment${count === "1" ? "" : "s"}`,
  comment: "Comment",
  commentHelp: "Everybody who sees the finding reads it. It cannot be changed afterwards.",
  tooLong: (most: string) => `At most ${most} characters`,
  add: "Add comment",
  added: "Comment added",
  tab: "Activity",
  activity: "What was done with the finding, newest first",
  none: "Nobody did anything with it yet",
  noneWhat: "Status, assignee, comments, feedback and the archive are told here: who, and when.",
  more: "Show more",
  forgotten: (count: string) => `${count} earlier steps are not kept here: the server's audit log has them.`,
  suppressed: (rule: string) => `The suppression rule ${rule} archived it when it was new.`,
  did: {
    STATUS: (status: string) => `set the status to \u201c${status}\u201d`,
    ASSIGNEE: (assignee: string) => `gave it to ${assignee}`,
    COMMENT: () => "commented",
    ARCHIVED: () => "archived it",
    UNARCHIVED: () => "took it out of the archive",
    FEEDBACK: (judged: string) => `judged it: ${judged}`,
  },
  key: (id: string) => `access key ${id}`,
  ofAccount: (account: string) => `account ${account}`,
};

export const times = {
  title: "Repeats over time",
  known: (known: string, count: string) =>
    `Seen ${count} times. Log records are kept of it: the times of ${known} are known.`,
  knownOnce: (known: string) => `Seen once. The times of ${known} log records behind it are known.`,
  gap: "Only the first 25 and the last 25 are kept: what lies between them is not known here.",
  nothing: (count: string) => `Seen ${count} times. No log record is kept of it: only when it was first and last.`,
  column: (known: string, count: string) => `Seen ${count} times, the times of ${known} log records known`,
};

export const password = {
  title: "Your password",
  what: "All your other sessions end, and login links that were not used.",
  old: "Current password",
  new: "New password",
  newHelp: "At least 12 characters",
  again: "New password again",
  differs: "It is another one than above.",
  short: "It has fewer than 12 characters.",
  change: "Change password",
  changed: "Your password is changed. Your other sessions have ended.",
};
