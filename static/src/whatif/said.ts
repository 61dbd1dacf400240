/** What the server says about the draft's text: selected pods, errors and notes, each with its line. */

import type { Problem } from "../graph/types";
import { el, fill, part } from "../shared/dom";
import { plural } from "../shared/text";
import type { Draft } from "./draft";
import { selectedBy } from "./matching";
import { outline, type OutlineEntry, policyId } from "./outline";
import type { PageState, Store } from "./store";
import { problemsOf, trialOf } from "./trial";

/** Opens a file at a line; false when the draft has no such file. */
export type Reveal = (file: string, line: number) => boolean;

export function mountSaid(store: Store, reveal: Reveal): void {
  const box = part("said");
  store.listen((state, before) => {
    const { draft, result, trial } = state;
    const same = draft === before?.draft && result === before.result && trial === before.trial;
    if (same) return;
    const problems = [...result.problems, ...problemsOf(trialOf(trial, draft))];
    fill(box, problemList(problems, reveal), selections(state));
  });
}

/** `file:line` as a link into the editor where the file is open there, else as text. */
export function placeLink(
  draft: Draft,
  source: string | null,
  line: number | null,
  reveal: Reveal,
): HTMLElement | null {
  if (!source) return null;
  const text = line ? `${source}:${line}` : source;
  if (!draft.files.some((file) => file.name === source)) {
    return el("span", { class: "place" }, text);
  }
  return el(
    "button",
    { type: "button", class: "link-button place", onclick: () => reveal(source, line ?? 1) },
    text,
  );
}

function problemList(problems: readonly Problem[], reveal: Reveal): HTMLElement | null {
  if (problems.length === 0) return null;
  return el(
    "ul",
    { class: "said-problems", "data-part": "problems" },
    problems.map((problem) => problemItem(problem, reveal)),
  );
}

function problemItem(problem: Problem, reveal: Reveal): HTMLElement {
  const line = problem.line ?? 0;
  return el(
    "li",
    { class: `said-problem ${problem.severity}` },
    el("span", { class: "severity" }, problem.severity === "error" ? "Error" : "Warning"),
    " ",
    el(
      "button",
      {
        type: "button",
        class: "link-button place",
        onclick: () => reveal(problem.source, line || 1),
      },
      line ? `${problem.source}:${line}` : problem.source,
    ),
    " ",
    problem.path ? el("code", {}, problem.path) : null,
    problem.path ? ": " : null,
    problem.message,
  );
}

/** One line per policy of the open file: what its selector finds. */
function selections(state: PageState): HTMLElement | null {
  const file = state.draft.files[state.draft.active];
  const nodes = state.result.answer?.subjects;
  if (file === undefined || nodes === undefined || state.result.stale) return null;
  const policies = outline(file.content, "default").filter(isPolicy);
  const lines = policies.map((entry) => {
    const { workloads, pods } = selectedBy(policyId(entry), nodes);
    const none = workloads.length === 0;
    return el(
      "li",
      { class: none ? "selects none" : "selects", title: workloads.join("\n") || null },
      el("b", {}, `${entry.namespace}/${entry.name}`),
      none
        ? " selects no pod of the snapshot"
        : ` selects ${plural(workloads.length, "workload")}, ${plural(pods, "pod")}`,
    );
  });
  return lines.length === 0 ? null : el("ul", { class: "said-selects" }, lines);
}

/** Policies select pods; Namespaces, Deployments and what else a draft may hold do not. */
function isPolicy(entry: OutlineEntry): boolean {
  return entry.kind.endsWith("Policy");
}
