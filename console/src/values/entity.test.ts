import { describe, expect, it } from "vitest";

import { guessKind, isHash, recordKind } from "./entity";

describe("what a value of a record can be looked into as", () => {
  it("is what its column names, but for names of services among addresses", () => {
    expect(recordKind("ip", "198.51.100.7")).toBe("ip");
    expect(recordKind("ip", "s3.amazonaws.com")).toBeNull();
    expect(recordKind("domain", "example.com")).toBe("domain");
    expect(recordKind(null, "example.com")).toBeNull();
    expect(recordKind(null, "arn:aws:sts::111122223333:assumed-role/a/b")).toBe("role-session");
    expect(recordKind(null, "arn:aws:iam::111122223333:user/a")).toBe("principal");
    expect(recordKind(null, "arn:aws:s3:::data")).toBeNull();
  });
  it("is a session where a role's id has one's name behind it", () => {
    expect(["AROAEXAMPLEEXAMPLE01:deploy", "AROAEXAMPLEEXAMPLE01"].map(guessKind)).toEqual(["role-session", "principal"]);
  });
  it("is nothing where it is the hash of a file", () => {
    expect([isHash("A".repeat(64)), isHash(` ${"0".repeat(40)} `), isHash("0".repeat(32)), isHash("g".repeat(40))])
      .toEqual([true, true, false, false]);
  });
});
