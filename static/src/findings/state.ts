/** Which findings the reader looks at, as the address bar says it. */
import type { Severity } from "./types";

export interface ViewState {
  /** Only these; empty shows all. */
  readonly severity: Severity | "";
  readonly family: string;
  readonly namespace: string;
  readonly text: string;
}

export const START: ViewState = { severity: "", family: "", namespace: "", text: "" };

const SEVERITIES: readonly string[] = ["error", "warning", "info"];

export function parseState(search: string): ViewState {
  const query = new URLSearchParams(search);
  const severity = query.get("severity") ?? "";
  return {
    severity: SEVERITIES.includes(severity) ? (severity as Severity) : "",
    family: query.get("family") ?? "",
    namespace: query.get("namespace") ?? "",
    text: query.get("q") ?? "",
  };
}

const KNOWN: readonly string[] = ["severity", "family", "namespace", "q"];

/** What the address asks for and the page cannot show: it says so instead of passing it over. */
export function notUnderstood(search: string): string[] {
  const query = new URLSearchParams(search);
  const severity = query.get("severity") ?? "";
  const said = [...new Set(query.keys())]
    .filter((key) => !KNOWN.includes(key))
    .map((key) => `This page has no filter "${key}".`);
  if (severity && !SEVERITIES.includes(severity)) {
    said.unshift(`There is no severity "${severity}": they are ${SEVERITIES.join(", ")}.`);
  }
  return said;
}

export function formatState(state: ViewState): string {
  const query = new URLSearchParams();
  if (state.severity) query.set("severity", state.severity);
  if (state.family) query.set("family", state.family);
  if (state.namespace) query.set("namespace", state.namespace);
  if (state.text) query.set("q", state.text);
  const text = query.toString();
  return text ? `?${text}` : "";
}

export const isFiltered = (state: ViewState): boolean => formatState(state) !== "";
