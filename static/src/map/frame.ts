/** The frame of every page of the panel, and the small parts that several pages end with. */
import type { PolicyItem, WorkloadNode } from "../graph/types";
import { ApiError } from "../shared/api";
import { el, icon, type Child } from "../shared/dom";
import { place, section, type Actions } from "./parts";

const CLOSE = "M4 4l8 8M12 4l-8 8";

export function frame(
  actions: Actions,
  title: string,
  subtitle: Child,
  ...children: (Child | Child[])[]
): HTMLElement {
  const close = el(
    "button",
    {
      type: "button",
      class: "button quiet icon panel-close",
      "aria-label": "Close the panel",
      onclick: () => actions.select(""),
    },
    icon(CLOSE),
  );
  return el(
    "div",
    { class: "panel-body" },
    el("header", {}, el("div", {}, el("h2", {}, title), subtitle), close),
    ...children,
  );
}

export function notes(policy: PolicyItem): Child {
  if (policy.notes.length === 0) return null;
  return el(
    "ul",
    { class: "notes" },
    policy.notes.map((note) => el("li", {}, note.text, " ", place(policy.source, note.line))),
  );
}

export function marks(node: WorkloadNode | undefined): Child {
  if (!node || node.marks.length === 0) return null;
  return el(
    "p",
    {},
    node.marks.map((mark) => el("span", { class: "chip" }, mark)),
  );
}

export function labels(map: Record<string, string>): Child {
  const entries = Object.entries(map);
  if (entries.length === 0) return null;
  return section(
    "Labels",
    el(
      "ul",
      { class: "labels" },
      entries.map(([key, value]) => el("li", { class: "chip mono" }, `${key}=${value}`)),
    ),
  );
}

export function skeleton(): HTMLElement {
  return el(
    "div",
    { class: "panel-skeleton", role: "status", "aria-label": "Loading" },
    [90, 70, 82, 60].map((width) => el("div", { class: `skeleton w${width}` })),
  );
}

export function failure(error: unknown): HTMLElement {
  const known = error instanceof ApiError;
  const problems = known ? error.problems : [];
  const further = problems.filter(({ message }) => message !== (error as ApiError).detail);
  return el(
    "div",
    { class: "notice error", role: "alert" },
    el("p", {}, el("strong", {}, known ? error.title : "The page failed to draw this")),
    el("p", {}, known ? error.detail : String(error)),
    further.length > 0
      ? el(
          "ul",
          {},
          further.map((problem) => el("li", {}, problem.message)),
        )
      : null,
  );
}
