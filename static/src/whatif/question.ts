/** Asks the server what a draft changes: the rows, the picture, and the picture without the draft. */

import { postJson, withQuery } from "../shared/api";
import { type Draft, isBlank, toRequest } from "./draft";
import type { PageState } from "./store";
import type { Answer, Diff, DiffMap } from "./types";

export interface Question {
  readonly draft: Draft;
  readonly open: readonly string[];
  readonly intended: boolean;
}

export function questionOf(state: PageState): Question {
  return { draft: state.draft, open: state.view.open, intended: state.view.intended };
}

/** How a question differs from the one before it: typing may rest first, the rest is asked at once. */
export function difference(question: Question, before: Question): "none" | "typed" | "other" {
  if (JSON.stringify(content(question)) === JSON.stringify(content(before))) return "none";
  const { draft } = question;
  const typed =
    question.open === before.open &&
    question.intended === before.intended &&
    draft.files.length === before.draft.files.length &&
    draft.deletions === before.draft.deletions;
  return typed && !isBlank(draft) ? "typed" : "other";
}

function content(question: Question): unknown {
  return { ...toRequest(question.draft), open: question.open, intended: question.intended };
}

export class Asker {
  readonly #path: string;
  readonly #bases = new Map<string, DiffMap>();

  constructor(snapshot: string) {
    this.#path = `/api/v1/snapshots/${encodeURIComponent(snapshot)}/whatif`;
  }

  async ask(question: Question, signal: AbortSignal): Promise<Answer> {
    const body = toRequest(question.draft);
    const { intended, open } = question;
    const level = open.length > 0 ? "namespace" : null;
    const picture = withQuery(this.#path, { view: "map", level, open, intended });
    const [diff, map, base] = await Promise.all([
      postJson<Diff>(withQuery(this.#path, { intended }), body, signal),
      postJson<DiffMap>(picture, body, signal),
      isBlank(question.draft) ? null : this.#base(picture, signal),
    ]);
    return { diff, map, base: base ?? map };
  }

  /** The snapshot does not change while the page is open, so its own picture is read once. */
  async #base(picture: string, signal: AbortSignal): Promise<DiffMap> {
    const known = this.#bases.get(picture);
    if (known) return known;
    const base = await postJson<DiffMap>(picture, { files: [], delete: [] }, signal);
    this.#bases.set(picture, base);
    return base;
  }
}
