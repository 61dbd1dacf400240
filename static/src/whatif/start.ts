/** Ways to begin a draft: a template, files from disk by picker or drop, an existing policy. */

import { el, fill, part } from "../shared/dom";
import { addFile, putFile } from "./draft";
import type { Store } from "./store";
import { type PolicyTemplate, TEMPLATES } from "./templates";

const READABLE = /\.(ya?ml|json)$/i;
/** Larger than any policy set met in practice; the server has the last word. */
const LARGEST_FILE = 4 * 1024 * 1024;

export function mountStart(store: Store): void {
  const menu = part<HTMLDetailsElement>("start-menu");
  fill(
    part("templates"),
    TEMPLATES.map((template) => templateButton(template, store, () => (menu.open = false))),
    blankButton(store, () => (menu.open = false)),
  );
  fill(
    part("blank"),
    el(
      "p",
      {},
      "What would a policy change? Start a draft; the map beside shows what opens and what closes.",
    ),
    TEMPLATES.map((template) => templateButton(template, store, () => undefined)),
    blankButton(store, () => undefined),
    el(
      "p",
      { class: "muted" },
      "Or drop YAML files anywhere on this page, or edit a policy from the list below.",
    ),
  );
  store.listen((state) => {
    part("blank").hidden = state.draft.files.length > 0;
    part("text").hidden = state.draft.files.length === 0;
  });
  const picker = part<HTMLInputElement>("picker");
  picker.addEventListener("change", () => {
    void take([...(picker.files ?? [])], store).then(() => (picker.value = ""));
  });
  listenForDrops(store);
}

function templateButton(template: PolicyTemplate, store: Store, after: () => void): HTMLElement {
  return el(
    "button",
    {
      type: "button",
      class: "template",
      "data-template": template.slug,
      onclick: () => {
        store.set({ draft: addFile(store.state.draft, template.build(likelyNamespace(store))) });
        after();
      },
    },
    el("b", {}, template.title),
    el("span", { class: "muted small" }, template.hint),
  );
}

function blankButton(store: Store, after: () => void): HTMLElement {
  return el(
    "button",
    {
      type: "button",
      class: "template",
      "data-template": "blank",
      onclick: () => {
        store.set({ draft: addFile(store.state.draft, { name: "policy.yaml", content: "" }) });
        after();
      },
    },
    el("b", {}, "Blank file"),
    el("span", { class: "muted small" }, "Type or paste YAML"),
  );
}

/** The namespace that a new policy most likely is for: the first with workloads, not the system's. */
function likelyNamespace(store: Store): string {
  const nodes = store.state.result.answer?.map.nodes ?? [];
  const names = nodes
    .filter((node) => node.kind === "namespace" && node.workloads > 0)
    .map((node) => node.label);
  return names.find((name) => !name.startsWith("kube-")) ?? names[0] ?? "default";
}

function listenForDrops(store: Store): void {
  const sign = part("drop");
  let depth = 0;
  const show = (change: number): void => {
    depth = Math.max(0, depth + change);
    sign.hidden = depth === 0;
  };
  const carriesFiles = (event: DragEvent): boolean =>
    event.dataTransfer?.types.includes("Files") ?? false;
  // Capturing, so that a drop on the editor opens the file rather than pasting its text.
  document.addEventListener("dragenter", (event) => carriesFiles(event) && show(1), true);
  document.addEventListener("dragleave", (event) => carriesFiles(event) && show(-1), true);
  document.addEventListener(
    "dragover",
    (event) => {
      if (carriesFiles(event)) event.preventDefault();
    },
    true,
  );
  document.addEventListener(
    "drop",
    (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      event.stopPropagation();
      show(-depth);
      void take([...(event.dataTransfer?.files ?? [])], store);
    },
    true,
  );
}

async function take(files: readonly File[], store: Store): Promise<void> {
  const readable = files.filter((file) => READABLE.test(file.name) && file.size <= LARGEST_FILE);
  const texts = await Promise.all(readable.map((file) => file.text()));
  const draft = readable.reduce(
    (sum, file, index) => putFile(sum, { name: file.name, content: texts[index] ?? "" }),
    store.state.draft,
  );
  const refused = files.filter((file) => !readable.includes(file)).map((file) => file.name);
  part("refused").textContent =
    refused.length === 0
      ? ""
      : `Not opened: ${refused.join(", ")}. A draft takes .yaml, .yml and .json files up to 4 MB.`;
  store.set({ draft });
}
