// Questions that were asked before anything is drawn. Whoever would ask the same takes the answer, once and soon.
const SOON = 10_000;

const asked = new Map<string, Promise<unknown>>();

export function askAhead(question: string, answer: Promise<unknown>): void {
  asked.set(question, answer);
  // Who takes it tells what went wrong.
  answer.catch(() => undefined);
  setTimeout(() => asked.delete(question), SOON);
}

/** The answer, or its coming; undefined: nobody asked. */
export function askedAhead<Answer>(question: string): Promise<Answer> | undefined {
  const answer = asked.get(question);
  asked.delete(question);
  return answer as Promise<Answer> | undefined;
}
