/** The one place that holds what the page shows; parts of the page listen and draw themselves. */

import type { PolicyItem } from "../graph/types";
import type { Moved } from "./base";
import { type Draft, EMPTY_DRAFT } from "./draft";
import { NO_RESULT, type Result } from "./result";
import type { Trial } from "./trial";
import { FIRST_VIEW, type ViewState } from "./view_state";

export interface KeptDraft {
  readonly id: string;
  readonly title: string;
  /** The draft as it was kept: a later edit makes the link show less than the page does. */
  readonly draft: Draft;
  /** What it was kept on. */
  readonly snapshot: string;
}

export interface PageState {
  /** What the draft is worked out on. */
  readonly snapshot: string;
  readonly draft: Draft;
  readonly view: ViewState;
  readonly result: Result;
  /** Policies of the snapshot; null until they are read. */
  readonly policies: readonly PolicyItem[] | null;
  readonly kept: KeptDraft | null;
  /** What has become of the cluster meanwhile, where that is worth a word. */
  readonly moved: Moved | null;
  readonly trial: Trial | null;
}

export type Listener = (state: PageState, before: PageState | null) => void;

export class Store {
  #state: PageState;
  readonly #listeners: Listener[] = [];

  constructor(snapshot: string) {
    this.#state = {
      snapshot,
      draft: EMPTY_DRAFT,
      view: FIRST_VIEW,
      result: NO_RESULT,
      policies: null,
      kept: null,
      moved: null,
      trial: null,
    };
  }

  get state(): PageState {
    return this.#state;
  }

  set(change: Partial<PageState>): void {
    const before = this.#state;
    this.#state = { ...before, ...change };
    for (const listener of this.#listeners) listener(this.#state, before);
  }

  view(change: Partial<ViewState>): void {
    this.set({ view: { ...this.#state.view, ...change } });
  }

  /** Listens to every change, and hears the present state at once. */
  listen(listener: Listener): void {
    this.#listeners.push(listener);
    listener(this.#state, null);
  }
}
