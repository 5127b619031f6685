import { expect, it } from "vitest";

import { everyPage } from "./pages";

it("reads a list to its end, page by page", async () => {
  const asked: unknown[] = [];
  const rows = await everyPage((token) => {
    asked.push(token);
    const at = Number(token.nextToken ?? "0");
    return Promise.resolve({ rows: [at], nextToken: at < 3 ? String(at + 1) : "" });
  });
  expect(rows).toEqual([0, 1, 2, 3]);
  expect(asked).toEqual([{}, { nextToken: "1" }, { nextToken: "2" }, { nextToken: "3" }]);
  expect(await everyPage(() => Promise.resolve({ rows: ["only"], nextToken: undefined }))).toEqual(["only"]);
});

it("does not go on for ever with whoever always has one more page", async () => {
  expect(await everyPage(() => Promise.resolve({ rows: [1], nextToken: "again" }))).toHaveLength(500);
});
