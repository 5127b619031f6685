import { OPERATIONS, type Operations } from "./shapes";

/** What the server refused, in GuardDuty's own shape; `status` 0: it was not reached at all. */
export class ApiFailure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = "ApiFailure";
  }

  /** The server does not have this yet: an operation that is not enabled, or a path that it does not know. */
  get notBuilt(): boolean {
    return (
      this.code === "UnknownOperationException" ||
      (this.status === 404 && this.code !== "ResourceNotFoundException") ||
      /not enabled in this build|not built|not in this build/i.test(this.message)
    );
  }
}

export interface Credentials {
  csrf: string;
  region: string;
}

type Fetch = (path: string, init: RequestInit) => Promise<Response>;

type Query = Record<string, string | number | readonly string[] | undefined>;

/** The one way to ask the server: GuardDuty's operations and the documented endpoints below `/vedette/v1`. */
export interface Api {
  readonly region: string;
  call<Name extends keyof Operations>(
    name: Name,
    input: Operations[Name]["input"],
    signal?: AbortSignal,
  ): Promise<Operations[Name]["output"]>;
  get<Answer>(path: string, query?: Query, signal?: AbortSignal): Promise<Answer>;
  post<Answer>(path: string, body: object, signal?: AbortSignal): Promise<Answer>;
  remove(path: string): Promise<void>;
}

/**
 * @param credentials null: nobody has logged in yet.
 * @param ended is told when the server says that the session is over.
 */
export function makeApi(credentials: Credentials | null, ended: () => void, fetcher: Fetch = browserFetch): Api {
  async function send(
    method: string, path: string, query: Query, body: object | undefined, signal?: AbortSignal,
  ): Promise<unknown> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (credentials !== null) {
      headers["X-Vedette-CSRF"] = credentials.csrf;
      headers["X-Vedette-Region"] = credentials.region;
    }
    let response: Response;
    try {
      response = await fetcher(path + queryText(query), {
        method, headers, credentials: "same-origin", redirect: "error",
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw new ApiFailure(0, "Unreachable", "");
    }
    const answer = await readAnswer(response);
    if (response.ok) return answer;
    const failure = failureOf(response, answer);
    if (failure.status === 401 && credentials !== null) ended();
    throw failure;
  }

  return {
    region: credentials?.region ?? "",
    call: async (name, input, signal) => {
      const asked = requestOf(name, input);
      return (await send(asked.method, asked.path, asked.query, asked.body, signal)) as never;
    },
    get: async (path, query, signal) => (await send("GET", path, query ?? {}, undefined, signal)) as never,
    post: async (path, body, signal) => (await send("POST", path, {}, body, signal)) as never,
    remove: async (path) => {
      await send("DELETE", path, {}, undefined);
    },
  };
}

/** Where an operation's input goes: path, query and body, as the service model says. */
export function requestOf<Name extends keyof Operations>(
  name: Name, input: Operations[Name]["input"],
): { method: string; path: string; query: Query; body: object | undefined } {
  const [method, template, inQuery] = OPERATIONS[name];
  const rest: Record<string, unknown> = { ...input };
  const path = template.replace(/\{(\w+)\}/g, (_, member: string) => {
    const value = rest[member];
    // An empty label would name another operation.
    if (typeof value !== "string" || value === "") throw new Error(`${name} needs ${member}`);
    rest[member] = undefined;
    return encodeURIComponent(value);
  });
  const query: Query = {};
  for (const member of inQuery) {
    query[member] = rest[member] as Query[string];
    rest[member] = undefined;
  }
  return { method, path, query, body: method === "GET" || method === "DELETE" ? undefined : rest };
}

function queryText(query: Query): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of typeof value === "object" ? value : [value]) pairs.append(name, String(one));
  }
  const text = pairs.toString();
  return text === "" ? "" : `?${text}`;
}

async function readAnswer(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === "") return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function failureOf(response: Response, answer: unknown): ApiFailure {
  const said = typeof answer === "object" && answer !== null ? (answer as Record<string, unknown>) : {};
  const code = response.headers.get("x-amzn-errortype") ?? said["__type"];
  const message = said["message"];
  return new ApiFailure(
    response.status,
    typeof code === "string" ? (code.split(":")[0] ?? code) : `HTTP ${response.status}`,
    typeof message === "string" ? message : "",
  );
}

function browserFetch(path: string, init: RequestInit): Promise<Response> {
  return fetch(path, init);
}
