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
