/** Talks to the REST API and turns every failure into one kind of error. */
import type { Problem, ProblemDocument } from "../graph/types";

/** What the server (or the lack of one) answered instead of a result. */
export class ApiError extends Error {
  override name = "ApiError";

  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly code: string = "",
    readonly problems: Problem[] = [],
  ) {
    super(detail || title);
  }
}

type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;

/** Adds the parameters that are set; a list becomes one comma-separated value. */
export function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === "" || value === false) continue;
    if (Array.isArray(value)) {
      if (value.length > 0) parameters.set(name, value.join(","));
    } else {
      parameters.set(name, value === true ? "1" : String(value));
    }
  }
  const text = parameters.toString();
  return text ? `${path}?${text}` : path;
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return request<T>(path, { signal: signal ?? null });
}

/** Sends JSON, or a form with files as it is. */
export async function postJson<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return send<T>("POST", path, body, signal);
}

/** Changes what the body names, and nothing else. */
export async function patchJson<T>(path: string, body: unknown): Promise<T> {
  return send<T>("PATCH", path, body);
}

/** Removes what is at the address. */
export async function deleteAt(path: string): Promise<void> {
  await request<unknown>(path, { method: "DELETE" });
}

async function send<T>(
  method: string,
  path: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const form = body instanceof FormData;
  const headers: Record<string, string> = form ? {} : { "Content-Type": "application/json" };
  const payload = form ? body : JSON.stringify(body);
  return request<T>(path, { method, headers, body: payload, signal: signal ?? null });
}

async function request<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      ...init,
      credentials: "same-origin",
      headers: { Accept: "application/json", ...init.headers },
    });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError(
      0,
      "The server does not answer",
      "Check that netviz is still running, then try again. Nothing was lost.",
      "offline",
    );
  }
  if (response.status === 204) return undefined as T;
  if (response.ok) return (await response.json()) as T;
  throw await failure(response);
}

/** The server's own titles are the names of status codes, which say nothing to most readers. */
const TITLES: Readonly<Record<number, string>> = {
  400: "This cannot be asked",
  404: "There is no such thing here",
  413: "This is too large",
  422: "This cannot be read",
  500: "netviz failed at this",
  503: "netviz is stopping",
};

async function failure(response: Response): Promise<ApiError> {
  const document_ = (await response.json().catch(() => ({}))) as Partial<ProblemDocument>;
  return new ApiError(
    response.status,
    TITLES[response.status] ?? `The server answered ${response.status}`,
    document_.detail ?? "",
    document_.code ?? "",
    document_.problems ?? [],
  );
}

/** What went wrong, as one line of text. */
export function failureText(error: unknown): string {
  if (!(error instanceof ApiError)) return String(error);
  return [`${error.title}.`, error.detail].filter(Boolean).join(" ");
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
