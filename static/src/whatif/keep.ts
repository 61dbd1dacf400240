/** Keeping the draft under a link, and the lines that a person runs to apply it by hand. */

import { ApiError, postJson } from "../shared/api";
import { el, fill, part } from "../shared/dom";
import { type Draft, isBlank, toRequest } from "./draft";
import { kubectlLines } from "./kubectl";
import { outline } from "./outline";
import type { PageState, Store } from "./store";

export function mountKeep(store: Store): void {
  const button = part<HTMLButtonElement>("keep");
  button.addEventListener("click", () => void keep(store, button));
  store.listen((state, before) => {
    const { draft, kept, snapshot } = state;
    if (before?.draft === draft && before.kept === kept && before.snapshot === snapshot) return;
    button.disabled = isBlank(draft) || (kept?.draft === draft && kept.snapshot === snapshot);
    part("kept-title").textContent = state.kept?.title ?? "";
    fill(part("kept"), keptLine(state));
    fill(part("kubectl-lines"), kubectlPanel(state.draft));
  });
}

async function keep(store: Store, button: HTMLButtonElement): Promise<void> {
  const { draft, snapshot } = store.state;
  const title = titleOf(draft);
  button.disabled = true;
  try {
    const body = { title, ...toRequest(draft) };
    const { id } = await postJson<{ id: string }>(`/api/v1/snapshots/${snapshot}/drafts`, body);
    store.set({ kept: { id, title, draft, snapshot } });
  } catch (error) {
    const text = error instanceof ApiError ? `${error.title}. ${error.detail}` : String(error);
    fill(part("kept"), el("p", { class: "kept-error" }, `Not kept: ${text}`));
    button.disabled = false;
  }
}

/** A name that says what the draft does: its policies, or what it deletes. */
export function titleOf(draft: Draft): string {
  const names = draft.files.flatMap((file) => outline(file.content, "default"));
  const parts = [
    ...names.map((entry) => entry.name),
    ...draft.deletions.map((policy) => `without ${policy.split("/").at(-1) ?? policy}`),
  ];
  const shown = parts.slice(0, 3).join(", ");
  return parts.length > 3 ? `${shown} and ${parts.length - 3} more` : shown || "Draft";
}

function keptLine(state: PageState): HTMLElement | null {
  if (state.kept === null) return null;
  const path = `/drafts/${state.kept.id}/`;
  const { kept, draft, snapshot } = state;
  const when =
    kept.draft !== draft
      ? "Kept before your last edit: "
      : kept.snapshot !== snapshot
        ? "Kept on an earlier picture: "
        : "Kept: ";
  return el(
    "p",
    {},
    when,
    el("a", { href: path, "data-part": "kept-link" }, path),
    " ",
    copyButton(new URL(path, location.href).href, "Copy link"),
  );
}

function kubectlPanel(draft: Draft): HTMLElement[] {
  if (isBlank(draft)) {
    return [el("p", { class: "muted" }, "The lines appear with the first file of the draft.")];
  }
  return [
    el(
      "p",
      {},
      "netviz never applies anything. To do it yourself, let the API server check first:",
    ),
    block(kubectlLines(draft, { dryRun: true })),
    el("p", {}, "Then, to change the cluster:"),
    block(kubectlLines(draft, { dryRun: false })),
  ];
}

function block(lines: readonly string[]): HTMLElement {
  const text = lines.join("\n");
  return el(
    "div",
    { class: "shell-lines" },
    el("pre", { tabindex: 0 }, text),
    copyButton(text, "Copy"),
  );
}

function copyButton(text: string, label: string): HTMLElement {
  const button = el("button", { type: "button", class: "link-button small" }, label);
  button.addEventListener("click", () => {
    void navigator.clipboard.writeText(text).then(
      () => (button.textContent = "Copied"),
      () => (button.textContent = "Select the text to copy it"),
    );
  });
  return button;
}
