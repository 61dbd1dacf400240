/**
 * Asks the server what a draft changes: the rows, the picture, the picture without the draft, and
 * the workloads that its policies may select.
 */

import { postJson, withQuery } from "../shared/api";
import type { MapNode } from "../graph/types";
import { type Draft, isBlank, toRequest } from "./draft";
import { outline } from "./outline";
import type { PageState } from "./store";
import type { Answer, Diff, DiffMap } from "./types";

export interface Question {
  readonly snapshot: string;
  readonly draft: Draft;
  readonly open: readonly string[];
  readonly intended: boolean;
}

export function questionOf(state: PageState): Question {
  const { snapshot, draft, view } = state;
  return { snapshot, draft, open: view.open, intended: view.intended };
}

/** How a question differs from the one before it: typing may rest first, the rest is asked at once. */
export function difference(question: Question, before: Question): "none" | "typed" | "other" {
  if (JSON.stringify(content(question)) === JSON.stringify(content(before))) return "none";
  const { draft } = question;
  const typed =
    question.snapshot === before.snapshot &&
    question.open === before.open &&
    question.intended === before.intended &&
    draft.files.length === before.draft.files.length &&
    draft.deletions === before.draft.deletions;
  return typed && !isBlank(draft) ? "typed" : "other";
}

function content(question: Question): unknown {
  const { snapshot, draft, open, intended } = question;
  return { ...toRequest(draft), snapshot, open, intended };
}

/** The namespaces of drafted objects whose workloads the picture folds into one card. */
export function foldedSubjects(draft: Draft, nodes: readonly MapNode[]): string[] {
  const drafted = new Set(
    draft.files.flatMap((file) => outline(file.content, "default")).map((each) => each.namespace),
  );
  const spaces = nodes.filter((node) => node.kind === "namespace");
  const closed = spaces.filter((node) => !node.open && node.workloads > 0);
  const names = closed.map((node) => node.label);
  if (!nodes.some((node) => node.kind === "group"))
    return names.filter((name) => drafted.has(name));
  // Within a group any namespace may be.
  const open = new Set(spaces.filter((node) => node.open).map((node) => node.label));
  return [...drafted].filter((name) => name && !open.has(name)).sort();
}

export class Asker {
  readonly #budget: number | undefined;
  readonly #bases = new Map<string, DiffMap>();

  /** `budget` is how many nodes and lines are readable on this screen, if not as many as usual. */
  constructor(budget?: number) {
    this.#budget = budget;
  }

  async ask(question: Question, signal: AbortSignal): Promise<Answer> {
    const body = toRequest(question.draft);
    const { snapshot, intended, open } = question;
    const path = `/api/v1/snapshots/${encodeURIComponent(snapshot)}/whatif`;
    const level = open.length > 0 ? "namespace" : null;
    const view = { view: "map", budget: this.#budget, intended };
    const picture = withQuery(path, { ...view, level, open });
    const [diff, map, base] = await Promise.all([
      postJson<Diff>(withQuery(path, { intended }), body, signal),
      postJson<DiffMap>(picture, body, signal),
      isBlank(question.draft) ? null : this.#base(picture, signal),
    ]);
    const folded = foldedSubjects(question.draft, map.nodes);
    const inside =
      folded.length === 0
        ? map
        : await postJson<DiffMap>(
            withQuery(path, { ...view, level: "namespace", open: folded, namespace: folded }),
            body,
            signal,
          );
    return { snapshot, diff, map, base: base ?? map, subjects: inside.nodes };
  }

  /** A snapshot does not change, so its own picture is read once. */
  async #base(picture: string, signal: AbortSignal): Promise<DiffMap> {
    const known = this.#bases.get(picture);
    if (known) return known;
    const base = await postJson<DiffMap>(picture, { files: [], delete: [] }, signal);
    this.#bases.set(picture, base);
    return base;
  }
}
