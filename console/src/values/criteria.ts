import type { Condition, FindingCriteria } from "../api/shapes";

export const OPERATORS = ["!=", ">=", "<=", "=", ">", "<"] as const;
export type Operator = (typeof OPERATORS)[number];

/** One chip of the filter bar. Chips of one attribute with "=" are alternatives, all else must hold together. */
export interface Chip {
  attribute: string;
  operator: Operator;
  value: string;
}

const COMPARISONS: Partial<Record<Operator, "greaterThan" | "greaterThanOrEqual" | "lessThan" | "lessThanOrEqual">> = {
  ">": "greaterThan", ">=": "greaterThanOrEqual", "<": "lessThan", "<=": "lessThanOrEqual",
};

/** The number a comparison compares with: a number as it stands, a time as milliseconds; null: neither. */
export function comparable(value: string): number | null {
  const text = value.trim();
  if (text === "") return null;
  const number = Number(text);
  if (Number.isFinite(number)) return number;
  const time = Date.parse(text);
  return Number.isFinite(time) ? time : null;
}

/** GuardDuty can be asked this: comparisons need a number or a time, and times a time. */
export function isSound({ attribute, operator, value }: Chip): boolean {
  return attribute !== "" && ((COMPARISONS[operator] === undefined && !isTime(attribute)) || comparable(value) !== null);
}

/** Attributes that are times: they are asked for by their milliseconds. */
export function isTime(attribute: string): boolean {
  return /(?:At|Time|FirstSeen|LastSeen)$/.test(attribute);
}

/** The chips as GuardDuty's criteria; those that cannot be asked are left out. */
export function criteriaOf(chips: readonly Chip[]): FindingCriteria {
  const criterion: Record<string, Condition> = {};
  for (const chip of chips) {
    if (!isSound(chip)) continue;
    const condition = (criterion[chip.attribute] ??= {});
    const comparison = COMPARISONS[chip.operator];
    const value = isTime(chip.attribute) ? String(Math.trunc(comparable(chip.value) ?? 0)) : chip.value;
    if (comparison !== undefined) condition[comparison] = Math.trunc(comparable(chip.value) ?? 0);
    else if (chip.operator === "=") condition.equals = [...new Set([...(condition.equals ?? []), value])];
    else condition.notEquals = [...new Set([...(condition.notEquals ?? []), value])];
  }
  return { criterion };
}

/** Both must hold. Where both compare one attribute in the same way, `more` is what counts. */
export function both(criteria: FindingCriteria, more: FindingCriteria): FindingCriteria {
  const criterion: Record<string, Condition> = { ...criteria.criterion };
  for (const [attribute, condition] of Object.entries(more.criterion ?? {})) {
    criterion[attribute] = { ...criterion[attribute], ...condition };
  }
  return { criterion };
}

/** Criteria as chips, and the attributes whose conditions no chip can say (patterns). */
export function chipsOf(criteria: FindingCriteria): { chips: Chip[]; unsaid: string[] } {
  const chips: Chip[] = [];
  const unsaid: string[] = [];
  for (const [attribute, condition] of Object.entries(criteria.criterion ?? {})) {
    const add = (operator: Operator, value: string | number | undefined) => {
      if (value !== undefined) chips.push({ attribute, operator, value: String(value) });
    };
    for (const value of condition.equals ?? condition.eq ?? []) add("=", value);
    for (const value of condition.notEquals ?? condition.neq ?? []) add("!=", value);
    add(">", condition.greaterThan ?? condition.gt);
    add(">=", condition.greaterThanOrEqual ?? condition.gte);
    add("<", condition.lessThan ?? condition.lt);
    add("<=", condition.lessThanOrEqual ?? condition.lte);
    if (condition.matches !== undefined || condition.notMatches !== undefined) unsaid.push(attribute);
  }
  return { chips, unsaid };
}

/** severity>=7 */
export function chipText(chip: Chip): string {
  return `${chip.attribute}${chip.operator}${chip.value}`;
}

/** What `chipText` wrote; null: it is none. */
export function parseChip(text: string): Chip | null {
  const found = /^([\w.]+)(!=|>=|<=|=|>|<)(.*)$/s.exec(text);
  if (found === null) return null;
  const [, attribute, operator, value] = found;
  return { attribute: attribute ?? "", operator: operator as Operator, value: value ?? "" };
}

export function sameChip(one: Chip, other: Chip): boolean {
  return chipText(one) === chipText(other);
}
