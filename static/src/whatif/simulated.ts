/** The frame round the picture: what is shown, how fresh it is, what to do when it cannot be shown. */

import { el, fill, part } from "../shared/dom";
import { showBanner } from "../shared/honesty";
import { isBlank } from "./draft";
import { placeLink, type Reveal } from "./said";
import type { PageState, Store } from "./store";
import type { DiffSummary } from "./types";
import type { Show } from "./view_state";

export interface SimulatedActions {
  readonly retry: () => void;
  readonly reveal: Reveal;
}

export function mountSimulated(store: Store, actions: SimulatedActions): void {
  const only = part<HTMLInputElement>("only");
  only.addEventListener("change", () => store.view({ only: only.checked }));
  store.listen((state, before) => {
    if (before !== null && state.view === before.view && state.result === before.result) return;
    only.checked = state.view.only;
    only.disabled = state.view.show !== "changes";
    drawShow(store);
    drawNotes(state, actions.reveal);
    drawState(state, actions);
    part("simulated").classList.toggle("stale", state.result.stale);
    const enforcement = state.result.answer?.diff.enforcement;
    if (enforcement) {
      showBanner(enforcement, state.view.intended, (intended) => store.view({ intended }));
    }
  });
}

function drawShow(store: Store): void {
  const { view, result } = store.state;
  const counts = countsOf(result.answer?.diff.summary ?? null);
  const focused = document.activeElement?.getAttribute("data-show");
  const words: [Show, string][] = [
    ["before", "Before"],
    ["after", "After"],
    ["changes", "Changes"],
  ];
  fill(
    part("show"),
    words.map(([show, word]) =>
      el(
        "button",
        {
          type: "button",
          "data-show": show,
          "aria-pressed": view.show === show ? "true" : "false",
          title:
            show === "changes" ? "What the draft changes" : `Flows ${word.toLowerCase()} the draft`,
          onclick: () => store.view({ show }),
        },
        word,
        counts === null ? null : el("span", { class: "count" }, counts[show]),
      ),
    ),
  );
  if (focused) part("show").querySelector<HTMLElement>(`[data-show=${focused}]`)?.focus();
}

export function countsOf(summary: DiffSummary | null): Record<Show, number> | null {
  if (summary === null) return null;
  const { added, removed, changed, unchanged } = summary;
  return {
    before: removed + changed + unchanged,
    after: added + changed + unchanged,
    changes: added + removed + changed,
  };
}

/** What the draft cannot do, said before anybody wonders: a selector that finds nothing. */
function drawNotes(state: PageState, reveal: Reveal): void {
  const answer = state.result.answer;
  const notes = answer === null || isBlank(state.draft) ? [] : answer.diff.notes;
  fill(
    part("notes"),
    notes.map((note) =>
      el(
        "p",
        { class: "simulated-note" },
        el("b", {}, `${note.policy.split("/").slice(1).join("/")}: `),
        note.text,
        " ",
        placeLink(state.draft, note.source, note.line, reveal),
      ),
    ),
  );
}

function drawState(state: PageState, actions: SimulatedActions): void {
  const { result } = state;
  const cover = part("cover");
  const failed = result.phase === "offline" || result.phase === "refused";
  cover.hidden = result.answer !== null;
  if (result.answer === null)
    fill(cover, failed ? failure(result, actions) : skeleton(result.phase));
  const line = result.answer === null ? [] : stateLine(state, actions);
  const bar = part("state");
  bar.className = `simulated-state ${result.phase}`;
  bar.hidden = line.length === 0;
  fill(bar, line);
}

function skeleton(phase: string): HTMLElement {
  const text = phase === "broken" ? "The draft cannot be read yet" : "Working out the flows";
  return el("div", { class: "cover-card" }, el("div", { class: "skeleton" }), el("p", {}, text));
}

function failure(result: PageState["result"], actions: SimulatedActions): HTMLElement {
  return el(
    "div",
    { class: "cover-card notice error" },
    el("h2", {}, result.title),
    el("p", {}, result.detail),
    retryButton(actions),
  );
}

function retryButton(actions: SimulatedActions): HTMLElement {
  return el("button", { type: "button", class: "button", onclick: actions.retry }, "Try again");
}

function stateLine(state: PageState, actions: SimulatedActions): (HTMLElement | string)[] {
  const { result } = state;
  const shown = result.stale ? "Shown: the last result that could be read." : "";
  switch (result.phase) {
    case "waiting":
      return ["Working out the draft"];
    case "broken":
      return [brokenText(state), ...firstError(state, actions.reveal)];
    case "offline":
      return [
        `The server does not answer. Your draft is kept on this page. ${shown} `,
        retryButton(actions),
      ];
    case "refused":
      return [`${result.title}. ${result.detail} ${shown} `, retryButton(actions)];
    case "fresh":
      return freshLine(state);
  }
}

function brokenText(state: PageState): string {
  return state.result.stale
    ? "The draft has an error. Shown: the last result without one. "
    : "The draft has an error. Shown without the objects that cannot be read. ";
}

function firstError(state: PageState, reveal: Reveal): HTMLElement[] {
  const { problems } = state.result;
  const error = problems.find((problem) => problem.severity === "error") ?? problems[0];
  const place = error ? placeLink(state.draft, error.source, error.line, reveal) : null;
  return place === null ? [] : [place];
}

function freshLine(state: PageState): string[] {
  const diff = state.result.answer?.diff;
  if (isBlank(state.draft)) return ["Nothing is drafted yet: this is the snapshot as it is."];
  const counts = countsOf(diff?.summary ?? null);
  if (diff === undefined || counts === null || counts.changes > 0) return [];
  if (diff.ways.length > 0) return ["The draft changes no flow, but who comes in from outside."];
  if (diff.not_evaluated.length > 0) {
    return ["The draft changes nothing that netviz evaluates; what it leaves out may."];
  }
  const unenforced = diff.enforcement.enforced === "no" && !state.view.intended;
  const why = unenforced
    ? "this cluster enforces no policy."
    : diff.notes.length > 0
      ? "see the note above."
      : "what it allows was allowed before, and it closes nothing that was open.";
  return [`The draft changes nothing: ${why}`];
}
