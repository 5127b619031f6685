import { describe, expect, it } from "vitest";

import type { Sequence } from "../api/shapes";
import { graphOfSequence } from "./graph";
import { lanesByTactic, lanesByWhom, markOf, rowsOf, tacticPlace, tacticsOf, type Mark } from "./lanes";
import { marksOf } from "./signals";

const ip = (value: string) => ({ label: "IP address", value, kind: "ip" as const });
const mark = (id: string, from: number, to: number, some: Partial<Mark> = {}): Mark =>
  ({ id, title: id, from, to, moments: [], tactics: [], entities: [], ...some });

describe("lanes", () => {
  const recon = mark("recon", 0, 10, { tactics: ["Discovery"], entities: [ip("a"), ip("b")] });
  const theft = mark("theft", 20, 30, { tactics: ["Exfiltration", "Collection"], entities: [ip("b"), ip("b")] });
  const other = mark("other", 5, 6, { tactics: ["unheard of"], entities: [ip("c")] });
  const all = [theft, other, recon];
  it("are one for each tactic in the order of an attack, and one for what has none", () => {
    expect(lanesByTactic(all).map((lane) => [lane.tactic, lane.marks.map((one) => one.id)])).toEqual([
      ["Discovery", ["recon"]], ["Collection", ["theft"]], ["Exfiltration", ["theft"]], ["", ["other"]]]);
    expect(tacticsOf(all)).toEqual(["Discovery", "Collection", "Exfiltration"]);
    expect([tacticPlace("Reconnaissance"), tacticPlace("Impact"), tacticPlace("unheard of"), tacticPlace(undefined)])
      .toEqual([1, 14, 0, 0]);
  });
  it("are one for each that is named, those named most and first before others, once for each finding", () => {
    expect(lanesByWhom(all).map((lane) => [lane.whom?.value, lane.marks.map((one) => one.id)])).toEqual([
      ["b", ["theft", "recon"]], ["a", ["recon"]], ["c", ["other"]]]);
    expect(lanesByWhom(all, { kind: "ip", value: "b" }).map((lane) => lane.whom?.value)).toEqual(["a", "c"]);
    expect(lanesByWhom([])).toEqual([]);
  });
  it("have rows in which nothing lies upon another, as long as there is room", () => {
    const [one, two, three] = [mark("1", 0, 10), mark("2", 5, 15), mark("3", 12, 20)];
    const rows = rowsOf([three, two, one], 1, 5);
    expect([one, two, three].map((each) => rows.get(each))).toEqual([0, 1, 0]);
    const full = rowsOf([one, two, mark("4", 6, 7)], 1, 2);
    expect([...full.values()]).toEqual([0, 1, 1]);
  });
  it("leave out the account and the program, which findings have in common by chance", () => {
    const line = { id: "f", type: "t", title: "x", severity: 5, count: 2, firstSeen: 1, lastSeen: 9, archived: false,
      accountId: "111122223333", region: "eu-west-1" };
    const named = { id: "f", tactics: ["Impact"], entities: [
      { kind: "account" as const, value: "111122223333", role: "other" as const },
      { kind: "user-agent" as const, value: "curl", role: "other" as const },
      { kind: "bucket" as const, value: "data", role: "resource" as const }] };
    const times = { id: "f", count: 2, firstSeen: 1, lastSeen: 9, known: [1, 9], gap: null };
    expect(markOf(line, named, times, (kind) => `of ${kind}`)).toEqual({
      id: "f", title: "x", from: 1, to: 9, moments: [1, 9], tactics: ["Impact"],
      entities: [{ label: "of bucket", value: "data", kind: "bucket" }] });
    expect(markOf(line, undefined, undefined, String)).toMatchObject({ moments: [], tactics: [], entities: [] });
  });
});

describe("the graph of a sequence", () => {
  const ARN = "arn:aws:iam::111122223333:user/mallory";
  const signal = (name: string, some: object) => ({ uid: name, name, count: 2, firstSeenAt: 1, lastSeenAt: 2, ...some });
  const sequence = {
    uid: "s", description: "",
    actors: [{ id: "who", user: { name: "mallory", uid: ARN, type: "IAMUser" } }, { id: "run", process: { name: "sh" } },
      { id: "idle", user: { name: "idle", uid: "u", type: "IAMUser" } }],
    resources: [{ uid: "arn:aws:s3:::data", resourceType: "S3_BUCKET" }, { uid: "odd", resourceType: "EC2_VPC" }],
    endpoints: [{ id: "there", ip: "198.51.100.7" }],
    signals: [
      signal("read", { actorIds: ["who"], resourceUids: ["arn:aws:s3:::data", "unknown"], endpointIds: ["there"] }),
      signal("ran", { actorIds: ["run", "who"] }), signal("met", { endpointIds: ["there"], resourceUids: ["odd"] })],
  } as unknown as Sequence;
  it("has those who are in its steps, and can be walked where something is known of them", () => {
    const { nodes, edges, centre } = graphOfSequence(sequence);
    const name = (at: number) => nodes[at]?.value;
    expect(nodes.map(({ value, entity }) => [value, entity?.kind, entity?.value])).toEqual([
      ["mallory", "principal", ARN], ["data", "bucket", "data"], ["198.51.100.7", "ip", "198.51.100.7"],
      ["sh", undefined, undefined], ["odd", undefined, undefined]]);
    expect(edges.map(({ from, to, label, count }) => [name(from), label, name(to), count])).toEqual([
      ["198.51.100.7", "read", "mallory", 2], ["mallory", "read", "data", 2], ["198.51.100.7", "met", "odd", 2]]);
    expect(name(centre)).toBe("mallory");
  });
  it("of nobody is empty", () => {
    expect(graphOfSequence({ ...sequence, signals: [] })).toEqual({ nodes: [], edges: [], centre: 0 });
  });
});

describe("the steps of a sequence", () => {
  it("are by time, each with those who are in it, and its tactics", () => {
    const sequence = {
      uid: "s", description: "", actors: [{ id: "who", user: { name: "mallory", uid: "u", type: "IAMUser" } }],
      resources: [{ uid: "arn:aws:s3:::data", resourceType: "S3_BUCKET" }, { uid: "odd", resourceType: "EC2_VPC" }],
      endpoints: [{ id: "there", ip: "198.51.100.7" }],
      signals: [
        { uid: "2", name: "later", firstSeenAt: 20, lastSeenAt: 30, resourceUids: ["arn:aws:s3:::data", "odd", "unknown"] },
        { uid: "1", name: "first", firstSeenAt: 10, lastSeenAt: 10, actorIds: ["who"], endpointIds: ["there"],
          signalIndicators: [{ key: "ATTACK_TACTIC", values: ["Discovery"] }, { key: "TOR_IP", values: ["x"] }] },
      ],
    } as unknown as Sequence;
    expect(marksOf(sequence).map((one) => [one.title, one.from, one.to, one.tactics, one.entities.map(({ value, kind }) => [value, kind])]))
      .toEqual([
        ["first", 10_000, 10_000, ["Discovery"], [["mallory", null], ["198.51.100.7", "ip"]]],
        ["later", 20_000, 30_000, [], [["data", "bucket"], ["odd", null]]]]);
  });
});
