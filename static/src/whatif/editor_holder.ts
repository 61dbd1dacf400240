/** Keeps the editor and the draft the same; loads the editor with the first file and not before. */

import { part } from "../shared/dom";
import { marksOf } from "./diagnostics";
import { editFile, openFile } from "./draft";
import type { DraftEditor } from "./editor";
import type { Store } from "./store";
import { problemsOf, trialOf } from "./trial";

export class EditorHolder {
  readonly #store: Store;
  #editor: DraftEditor | null = null;
  #loading = false;
  #shown = "";

  constructor(store: Store) {
    this.#store = store;
    store.listen((state, before) => {
      if (state.draft.active === -1) {
        this.#shown = "";
        return;
      }
      if (this.#editor === null) {
        if (!this.#loading) void this.#load();
        return;
      }
      this.#follow();
      if (state.result !== before?.result || state.trial !== before.trial) this.#mark();
    });
  }

  readonly reveal = (file: string, line: number): boolean => {
    const { draft } = this.#store.state;
    const at = draft.files.findIndex((each) => each.name === file);
    if (at === -1) return false;
    this.#store.set({ draft: openFile(draft, at) });
    this.#editor?.reveal(line);
    return true;
  };

  readonly renamed = (_before: string, after: string): void => {
    this.#editor?.rename(after);
    this.#shown = after;
  };

  readonly closed = (name: string): void => {
    this.#editor?.forget(name);
    if (this.#shown === name) this.#shown = "";
  };

  async #load(): Promise<void> {
    this.#loading = true;
    const { DraftEditor } = await import("./editor");
    const style = document.querySelector<HTMLStyleElement>("style[nonce]");
    this.#editor = new DraftEditor(part("editor"), {
      nonce: style?.nonce ?? "",
      label: "Policy file, YAML",
      changed: (file, content) => {
        const { draft } = this.#store.state;
        const at = draft.files.findIndex((each) => each.name === file);
        this.#store.set({ draft: editFile(draft, at, content) });
      },
    });
    this.#follow();
    this.#mark();
  }

  /** Shows the open file, unless the editor shows that very text already. */
  #follow(): void {
    const { files, active } = this.#store.state.draft;
    const file = files[active];
    if (file === undefined) return;
    if (file.name === this.#shown && this.#editor?.text === file.content) return;
    this.#shown = file.name;
    this.#editor?.show(file);
    this.#mark();
  }

  #mark(): void {
    const { result, draft, trial } = this.#store.state;
    const problems = [...result.problems, ...problemsOf(trialOf(trial, draft))];
    const notes = result.stale ? [] : (result.answer?.diff.notes ?? []);
    const name = draft.files[draft.active]?.name ?? "";
    if (result.phase !== "waiting") this.#editor?.mark(marksOf(name, problems, notes));
  }
}
