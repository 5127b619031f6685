import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import type { Finding } from "../api/shapes";
import { ENTITY_KINDS } from "../api/vedette";
import { commandOf, copiesOf, copiesOfFinding, listCommand } from "./copyAs";
import { lines } from "./layout";
import { sqlText, word } from "./quote";

const HOSTILE = [
  "it's", "'; touch hacked; '", "$(touch hacked)", "`touch hacked`", "a\ntouch hacked\n", "\\", "\\'", "a\\nb", "--help", "",
  "\u0003touch hacked\n", "\u001b[201~touch hacked\n", "\u202egnp.exe", "\u200b", "x\u007f", "\u{1f600} \u{e0041}", '"', "!!",
  "' OR 1=1 --", "'' || '", "U&'\\0041'",
];
const [SINCE, UNTIL] = [Date.UTC(2026, 2, 1), Date.UTC(2026, 2, 2)];

const HERE = { region: "eu-west-1", detectorId: "d", endpoint: "http://127.0.0.1:8470" };

/** What a real shell hands to a program; `folder` is where it would leave traces. */
function given(command: string, folder: string): string[] {
  const said = execFileSync("bash", ["-c", `aws() { printf '%s\\0' "$@"; }\n${command}`], { cwd: folder, encoding: "utf-8",
    env: { ...process.env, LC_ALL: "C.UTF-8" } });
  return said.split("\0").slice(0, -1);
}

/** A literal of SQL, read as its grammar says; throws where it ends before the text does. */
function read(literal: string): string {
  const found = /^(U&)?'((?:[^']|'')*)'$/su.exec(literal);
  if (found === null) throw new Error(`no literal: ${literal}`);
  const inside = (found[2] ?? "").replaceAll("''", "'");
  return found[1] === undefined ? inside : inside.replace(/\\(?:\\|\+([0-9A-F]{6})|([0-9A-F]{4}))/gu,
    (_, long?: string, short?: string) => long ?? short ? String.fromCodePoint(parseInt(long ?? short ?? "", 16)) : "\\");
}

describe("a value that an attacker chose", () => {
  it("is one word for a shell, whatever it is, and runs nothing", () => {
    const folder = mkdtempSync(join(tmpdir(), "vedette-quote-"));
    for (const value of HOSTILE) expect(given(`aws ${word(value)}`, folder), value).toEqual([value]);
    expect(readdirSync(folder)).toEqual([]);
  });
  it("is one literal of SQL", () => {
    for (const value of HOSTILE) expect(read(sqlText(value)), value).toBe(value);
  });
  it("brings nothing into a clipboard that a terminal obeys", () => {
    const one = { since: SINCE, until: UNTIL };
    for (const value of HOSTILE.filter((text) => text !== "")) {
      for (const kind of ENTITY_KINDS) {
        const copies = copiesOf({ kind, value, ...one }, "us-east-1");
        for (const text of [copies.cli, copies.cloudtrail, copies.flows]) {
          expect(/(?!\n)[\p{Cc}\p{Cf}]/u.test(text ?? ""), `${kind} ${value}`).toBe(false);
        }
      }
    }
  });
});

describe("an entity", () => {
  const copies = (kind: (typeof ENTITY_KINDS)[number], value: string) => copiesOf({ kind, value, since: SINCE, until: UNTIL }, "eu-west-1");
  it("is asked for where it is named, within the scope time", () => {
    const { cli, cloudtrail, flows } = copies("ip", "198.51.100.7");
    expect(cli).toBeNull();
    expect(cloudtrail).toContain("WHERE (sourceipaddress = '198.51.100.7')\n  AND eventtime >= '2026-03-01T00:00:00Z' " +
      "AND eventtime < '2026-03-02T00:00:00Z'");
    expect(flows).toContain("(srcaddr = '198.51.100.7' OR dstaddr = '198.51.100.7')\n  AND start >= 1772323200 AND start < 1772409600");
    expect(copies("access-key", "AKIA1").cli).toBe("aws cloudtrail lookup-events --region eu-west-1 --lookup-attributes " +
      `'[{"AttributeKey":"AccessKeyId","AttributeValue":"AKIA1"}]' --start-time 2026-03-01T00:00:00Z ` +
      "--end-time 2026-03-02T00:00:00Z");
    expect(copies("principal", "AROAX").cloudtrail).toContain("starts_with(useridentity.principalid, 'AROAX:')");
    expect(copies("domain", "example.com")).toEqual({ cli: null, cloudtrail: null, flows: null });
  });
});

describe("a finding", () => {
  const found = {
    id: "f", arn: "a", accountId: "111122223333", region: "eu-west-1", type: "t", severity: 5, schemaVersion: "2.0",
    createdAt: "2026-03-01T00:00:00Z", updatedAt: "2026-03-01T00:00:00Z",
    resource: { accessKeyDetails: { accessKeyId: "AKIA1" } },
    service: { detectorId: "d", eventFirstSeen: "2026-03-01T00:00:00.000Z", eventLastSeen: "2026-03-01T00:00:05.000Z",
      action: { awsApiCallAction: { api: "ListUsers", serviceName: "iam.amazonaws.com",
        remoteIpDetails: { ipAddressV4: "198.51.100.7" } } } },
  } as Finding;
  it("is asked for by its call, its key and its address, from its first record to its last", () => {
    const { cli, cloudtrail, flows } = copiesOfFinding(found, HERE.endpoint);
    expect(cli).toBe("aws guardduty get-findings --region eu-west-1 --endpoint-url http://127.0.0.1:8470 --detector-id d " +
      "--finding-ids f");
    expect(cloudtrail).toContain(`WHERE eventsource = 'iam.amazonaws.com'
  AND eventname = 'ListUsers'
  AND useridentity.accesskeyid = 'AKIA1'
  AND sourceipaddress = '198.51.100.7'
  AND eventtime >= '2026-03-01T00:00:00Z' AND eventtime < '2026-03-01T00:00:06Z'`);
    expect(flows).toBeNull();
  });
});

describe("a list of findings", () => {
  const folder = mkdtempSync(join(tmpdir(), "vedette-list-"));
  const asked = (command: string, option: string) => {
    const words = given(command, folder);
    return JSON.parse(words[words.indexOf(option) + 1] ?? "null") as unknown;
  };
  it("is asked for at this server, in its order, by names as the AWS CLI has them", () => {
    const command = listCommand({ criterion: { severity: { greaterThanOrEqual: 7 }, type: { notEquals: ["a", "b"] } } }, HERE,
      { attribute: "updatedAt", descending: true });
    expect(given(command, folder).slice(0, 8)).toEqual([
      "guardduty", "list-findings", "--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:8470", "--detector-id", "d"]);
    expect(asked(command, "--finding-criteria")).toEqual({
      Criterion: { severity: { GreaterThanOrEqual: 7 }, type: { NotEquals: ["a", "b"] } } });
    expect(asked(command, "--sort-criteria")).toEqual({ AttributeName: "updatedAt", OrderBy: "DESC" });
    expect(listCommand({ criterion: {} }, HERE)).not.toContain("criteria");
  });
  it("that have a value is asked for by the value, whatever it is", () => {
    for (const value of HOSTILE) {
      const command = commandOf({ value, attribute: "title", entity: null }, {}, HERE) ?? "";
      expect(asked(command, "--finding-criteria"), value).toEqual({ Criterion: { title: { Equals: [value] } } });
      expect(/(?!\n)[\p{Cc}\p{Cf}]/u.test(command), value).toBe(false);
    }
    expect(readdirSync(folder)).toEqual([]);
    expect(commandOf({ value: "AKIA1", attribute: null, entity: "access-key" }, { since: SINCE, until: UNTIL }, HERE))
      .toContain("aws cloudtrail lookup-events --region eu-west-1");
    expect(commandOf({ value: "AKIA1", attribute: null, entity: "access-key" }, {}, HERE)).toBeNull();
    expect(commandOf({ value: "x", attribute: null, entity: null }, { since: SINCE, until: UNTIL }, HERE)).toBeNull();
  });
});

describe("edges of a graph", () => {
  it("are one line where they are between the same two", () => {
    expect(lines([{ from: 0, to: 1, label: "cloudtrail", count: 2 }, { from: 1, to: 0, label: "findings", count: 1 },
      { from: 0, to: 2, label: "dns", count: 4 }])).toEqual([
      { from: 0, to: 1, label: "cloudtrail, findings", count: 3 }, { from: 0, to: 2, label: "dns", count: 4 }]);
  });
});
