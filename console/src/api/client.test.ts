import { describe, expect, it, vi } from "vitest";

import { ApiFailure, makeApi, requestOf } from "./client";

function answering(status: number, body: string, headers: Record<string, string> = {}) {
  return vi.fn<(path: string, init: RequestInit) => Promise<Response>>(
    () => Promise.resolve(new Response(body, { status, headers })));
}

const CREDENTIALS = { csrf: "c", region: "eu-west-1" };
const ignored = () => undefined;

async function failureOf(asked: Promise<unknown>): Promise<ApiFailure> {
  try {
    await asked;
  } catch (error) {
    if (error instanceof ApiFailure) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

describe("a request", () => {
  it("goes where the service model says", () => {
    expect(requestOf("GetFindings", { detectorId: "d/1", findingIds: ["a"] })).toEqual({
      method: "POST", path: "/detector/d%2F1/findings/get", query: {}, body: { findingIds: ["a"] } });
    expect(requestOf("UntagResource", { resourceArn: "arn:x/y", tagKeys: ["a", "b"] })).toMatchObject({
      method: "DELETE", path: "/tags/arn%3Ax%2Fy", query: { tagKeys: ["a", "b"] }, body: undefined });
  });
  it("without a label is never sent: its path would be another's", () => {
    expect(() => requestOf("DeleteFilter", { detectorId: "d", filterName: "" })).toThrow();
  });
  it("carries the session's proof and the Region", async () => {
    const fetcher = answering(200, "{}");
    await makeApi(CREDENTIALS, ignored, fetcher).call("ListDetectors", { maxResults: 5 });
    const [path, init] = fetcher.mock.calls[0] ?? [];
    expect(path).toBe("/detector?maxResults=5");
    expect(init?.headers).toMatchObject({ "X-Vedette-CSRF": "c", "X-Vedette-Region": "eu-west-1" });
  });
});

describe("a refusal", () => {
  it("is told with the server's code and words", async () => {
    const fetcher = answering(400, '{"message":"no","__type":"Other"}', { "x-amzn-errortype": "BadRequestException:http" });
    const failure = await failureOf(makeApi(CREDENTIALS, ignored, fetcher).get("/x"));
    expect([failure.status, failure.code, failure.message]).toEqual([400, "BadRequestException", "no"]);
  });
  it("that is no JSON is one all the same", async () => {
    const failure = await failureOf(makeApi(CREDENTIALS, ignored, answering(502, "<html>")).get("/x"));
    expect([failure.status, failure.code]).toEqual([502, "HTTP 502"]);
  });
  it("of a session that has ended ends it; of a wrong password it does not", async () => {
    const ended = vi.fn();
    await failureOf(makeApi(CREDENTIALS, ended, answering(401, "{}")).get("/x"));
    expect(ended).toHaveBeenCalledOnce();
    await failureOf(makeApi(null, ended, answering(401, "{}")).post("/x", {}));
    expect(ended).toHaveBeenCalledOnce();
  });
  it("for what is not built can be told from others", async () => {
    const notBuilt = await failureOf(makeApi(CREDENTIALS, ignored, answering(
      400, '{"message":"The request is rejected because X is not enabled in this build."}')).get("/x"));
    expect(notBuilt.notBuilt).toBe(true);
    expect(new ApiFailure(404, "ResourceNotFoundException", "").notBuilt).toBe(false);
  });
  it("is no answer when the network is down, and nothing when nobody waits any more", async () => {
    const down = () => Promise.reject(new TypeError("Failed to fetch"));
    expect((await failureOf(makeApi(CREDENTIALS, ignored, down).get("/x"))).status).toBe(0);
    const gone = new AbortController();
    gone.abort();
    await expect(makeApi(CREDENTIALS, ignored, down).get("/x", {}, gone.signal)).rejects.toBeInstanceOf(TypeError);
  });
});
