/** What the person looks at, as the query string: a copied link shows the same thing. */

import type { ChangeKind } from "./types";

export type Show = "before" | "after" | "changes";

export interface ViewState {
  readonly show: Show;
  /** Hide what the draft leaves as it is. */
  readonly only: boolean;
  /** The selected change, as `source>destination`; empty when none is. */
  readonly change: string;
  readonly text: string;
  readonly kinds: readonly ChangeKind[];
}

export const ALL_KINDS: readonly ChangeKind[] = ["added", "removed", "changed"];

export const FIRST_VIEW: ViewState = {
  show: "changes",
  only: false,
  change: "",
  text: "",
  kinds: ALL_KINDS,
};

export function readView(query: string): ViewState {
  const params = new URLSearchParams(query);
  const show = params.get("show");
  const asked = (params.get("kinds") ?? "").split(",");
  const kinds = ALL_KINDS.filter((kind) => asked.includes(kind));
  return {
    show: show === "before" || show === "after" ? show : "changes",
    only: params.get("only") === "1",
    change: params.get("change") ?? "",
    text: params.get("q") ?? "",
    kinds: kinds.length > 0 ? kinds : ALL_KINDS,
  };
}

/** The query string for a view, `query` being the present one: parameters of others are kept. */
export function writeView(view: ViewState, query: string): string {
  const params = new URLSearchParams(query);
  put(params, "show", view.show, FIRST_VIEW.show);
  put(params, "only", view.only ? "1" : "", "");
  put(params, "change", view.change, "");
  put(params, "q", view.text, "");
  put(params, "kinds", view.kinds.join(","), ALL_KINDS.join(","));
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/** True when going from one view to the other is a step that Back should undo, not typing. */
export function isStep(before: ViewState, after: ViewState): boolean {
  return before.show !== after.show || before.only !== after.only || before.change !== after.change;
}

function put(params: URLSearchParams, name: string, value: string, usual: string): void {
  if (value === usual) params.delete(name);
  else params.set(name, value);
}
