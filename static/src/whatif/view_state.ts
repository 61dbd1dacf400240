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
  /** Namespaces drawn open where the map had to fold some; empty leaves it to the server. */
  readonly open: readonly string[];
  /** Where nothing enforces policies: show what they intend (else what really flows). */
  readonly intended: boolean;
}

export const ALL_KINDS: readonly ChangeKind[] = ["added", "removed", "changed"];

export const FIRST_VIEW: ViewState = {
  show: "changes",
  only: false,
  change: "",
  text: "",
  kinds: ALL_KINDS,
  open: [],
  intended: true,
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
    open: (params.get("open") ?? "").split(",").filter(Boolean),
    intended: params.get("intended") !== "0",
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
  put(params, "open", view.open.join(","), "");
  put(params, "intended", view.intended ? "" : "0", "");
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/** True when going from one view to the other is a step that Back should undo, not typing. */
export function isStep(before: ViewState, after: ViewState): boolean {
  const typing = { text: after.text, kinds: after.kinds };
  return writeView({ ...before, ...typing }, "") !== writeView(after, "");
}

function put(params: URLSearchParams, name: string, value: string, usual: string): void {
  if (value === usual) params.delete(name);
  else params.set(name, value);
}
