export interface Place {
  x: number;
  y: number;
}

const RING = 150;
const FIRST = 10;

/** Edges between the same two, as one line: what they say together, and how often. */
export function lines(
  edges: readonly { from: number; to: number; label: string; count: number }[],
): { from: number; to: number; label: string; count: number }[] {
  const found = new Map<string, { from: number; to: number; label: string; count: number }>();
  for (const { from, to, label, count } of edges) {
    const pair = `${Math.min(from, to)} ${Math.max(from, to)}`;
    const there = found.get(pair);
    if (there === undefined) found.set(pair, { from, to, label, count });
    else found.set(pair, { ...there, label: `${there.label}, ${label}`, count: there.count + count });
  }
  return [...found.values()];
}

/** Where the nodes of a graph stand: the one at `centre` in the middle, the others around it in rings, those that are
 * closest to it first and those of a kind beside each other. The same graph stands always in the same way. */
export function layout(
  nodes: readonly { kind: string; value: string }[], edges: readonly { from: number; to: number; count: number }[],
  centre: number,
): Place[] {
  const strength = nodes.map(() => 0);
  for (const { from, to, count } of edges) {
    const other = from === centre ? to : to === centre ? from : null;
    if (other !== null) strength[other] = (strength[other] ?? 0) + count;
  }
  const others = nodes.map((_, at) => at).filter((at) => at !== centre);
  others.sort((one, other) => (strength[other] ?? 0) - (strength[one] ?? 0) || one - other);
  const places: Place[] = nodes.map(() => ({ x: 0, y: 0 }));
  let ring = 1;
  for (let from = 0; from < others.length; ring += 1) {
    const some = others.slice(from, from + FIRST * ring);
    from += some.length;
    some.sort((one, other) => {
      const [a, b] = [nodes[one], nodes[other]];
      return (a?.kind ?? "").localeCompare(b?.kind ?? "") || (a?.value ?? "").localeCompare(b?.value ?? "");
    });
    some.forEach((node, at) => {
      const angle = (2 * Math.PI * at) / some.length - Math.PI / 2 + (ring % 2 === 0 ? Math.PI / some.length : 0);
      places[node] = { x: 2 * ring * RING * Math.cos(angle), y: ring * RING * Math.sin(angle) };
    });
  }
  return places;
}
