/** The row of files: open, rename, close. */

import { el, fill, part } from "../shared/dom";
import { closeFile, type Draft, openFile, renameFile } from "./draft";
import type { Store } from "./store";

export interface TabActions {
  readonly renamed: (before: string, after: string) => void;
  readonly closed: (name: string) => void;
}

export function mountTabs(store: Store, actions: TabActions): void {
  const list = part("tabs");
  store.listen((state, before) => {
    if (before !== null && sameTabs(state.draft, before.draft)) return;
    const focused = list.contains(document.activeElement);
    list.hidden = state.draft.files.length === 0;
    fill(
      list,
      state.draft.files.map((_, index) => tab(store, index, actions)),
    );
    if (focused) list.querySelector<HTMLElement>("[aria-current=true]")?.focus();
  });
}

function sameTabs(one: Draft, other: Draft): boolean {
  return (
    one.active === other.active &&
    one.files.length === other.files.length &&
    one.files.every((file, index) => file.name === other.files[index]?.name)
  );
}

function tab(store: Store, index: number, actions: TabActions): HTMLElement {
  const { draft } = store.state;
  const name = draft.files[index]?.name ?? "";
  const active = index === draft.active;
  const open = el(
    "button",
    {
      type: "button",
      class: "file-name",
      "aria-current": active ? "true" : null,
      title: active ? `${name}: click to rename` : name,
      onclick: () => {
        if (active) rename(item, store, index, actions);
        else store.set({ draft: openFile(store.state.draft, index) });
      },
    },
    name,
  );
  const close = el(
    "button",
    {
      type: "button",
      class: "file-close",
      "aria-label": `Close ${name}`,
      onclick: () => {
        actions.closed(name);
        store.set({ draft: closeFile(store.state.draft, index) });
      },
    },
    "×",
  );
  const item = el("li", { class: active ? "file-tab active" : "file-tab" }, open, close);
  return item;
}

function rename(item: HTMLElement, store: Store, index: number, actions: TabActions): void {
  const name = store.state.draft.files[index]?.name ?? "";
  const field = el("input", { class: "field", value: name, "aria-label": `New name of ${name}` });
  let done = false;
  const finish = (wanted: string): void => {
    if (done) return;
    done = true;
    const draft = renameFile(store.state.draft, index, wanted);
    const given = draft.files[index]?.name ?? name;
    if (given !== name) actions.renamed(name, given);
    item.replaceWith(tab(store, index, actions));
    store.set({ draft });
  };
  field.addEventListener("blur", () => finish(field.value));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") finish(field.value);
    if (event.key === "Escape") finish(name);
  });
  fill(item, field);
  field.focus();
  field.setSelectionRange(0, name.replace(/\.\w+$/, "").length);
}
