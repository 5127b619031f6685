// Entities, and what is between them.
import type { Sequence } from "../api/shapes";
import type { EntityKind, Profile } from "../api/vedette";
import { text } from "../strings";
import { guessKind } from "./entity";
import { whomsOf } from "./signals";

export interface Graph {
  nodes: {
    /** What it is called above its name. */
    label: string;
    value: string;
    /** What it is looked into as; null: nothing that is known of by itself. */
    entity: { kind: EntityKind; value: string } | null;
  }[];
  /** From and to are places among the nodes. */
  edges: { from: number; to: number; label: string; count: number }[];
  /** The node in the middle. */
  centre: number;
}

/** What stands around an entity. */
export function graphOfProfile({ kind, value, graph }: Pick<Profile, "kind" | "value" | "graph">): Graph {
  return {
    nodes: graph.nodes.map((one) => ({ label: text.kind[one.kind], value: one.value, entity: one })),
    edges: graph.edges,
    centre: Math.max(0, graph.nodes.findIndex((one) => one.kind === kind && one.value === value)),
  };
}

/** Who did what with what in the steps of a sequence, and from where; whoever is in most steps is in the middle. */
export function graphOfSequence(sequence: Sequence): Graph {
  const known = whomsOf(sequence);
  const users = new Map((sequence.actors ?? []).flatMap(({ id, user }) => (user === undefined ? [] : [[id, user.uid] as const])));
  const nodes: Graph["nodes"] = [];
  const places = new Map<string, number>();
  const steps: number[] = [];
  const placesOf = (ids: readonly string[] = []) => ids.flatMap((id) => {
    const whom = known.get(id);
    if (whom === undefined) return [];
    const there = places.get(id) ?? nodes.length;
    if (there === nodes.length) {
      nodes.push({ label: whom.label, value: whom.value,
        entity: whom.kind === null ? entityOf(users.get(id)) : { kind: whom.kind, value: whom.value } });
      places.set(id, there);
    }
    steps[there] = (steps[there] ?? 0) + 1;
    return [there];
  });
  const edges = sequence.signals.flatMap((signal) => {
    const [actors, resources, endpoints] = [signal.actorIds, signal.resourceUids, signal.endpointIds].map(placesOf);
    const between = (some: readonly number[] = [], others: readonly number[] = []) => some.flatMap((from) =>
      others.map((to) => ({ from, to, label: signal.name, count: signal.count })));
    // Where nobody is named who acted, the address did.
    return actors?.length === 0 ? between(endpoints, resources) : [...between(endpoints, actors), ...between(actors, resources)];
  });
  return { nodes, edges, centre: Math.max(0, steps.indexOf(Math.max(...steps))) };
}

/** Who a user is, where the user's id tells that. */
function entityOf(uid: string | undefined): Graph["nodes"][number]["entity"] {
  if (uid === undefined) return null;
  const kind = guessKind(uid);
  return kind === "principal" || kind === "role-session" ? { kind, value: uid } : null;
}
