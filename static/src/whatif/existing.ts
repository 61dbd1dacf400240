/** The snapshot's own policies: open one to edit it, or mark it for deletion. */

import type { PolicyItem } from "../graph/types";
import { el, fill, part } from "../shared/dom";
import { plural } from "../shared/text";
import { markDeletion, putFile } from "./draft";
import { outline, policyId } from "./outline";
import type { PageState, Store } from "./store";

export function mountExisting(store: Store): void {
  const search = part<HTMLInputElement>("existing-search");
  const draw = (state: PageState): void => {
    const policies = state.policies ?? [];
    const marked = state.draft.deletions.length;
    const left = marked === 0 ? "" : ` · ${plural(marked, "deletion")} drafted`;
    part("existing-title").textContent = `Policies in the snapshot (${policies.length})${left}`;
    search.hidden = policies.length < 8;
    const edited = new Set(
      state.draft.files.flatMap((file) => outline(file.content, "default").map(policyId)),
    );
    const words = search.value.toLowerCase();
    const found = policies.filter((policy) => policy.policy.toLowerCase().includes(words));
    fill(
      part("existing-list"),
      found.length > 0
        ? found.map((policy) => row(policy, store, edited.has(policy.policy)))
        : el("li", { class: "muted" }, nothing(state, words)),
    );
  };
  search.addEventListener("input", () => draw(store.state));
  store.listen((state, before) => {
    const same =
      before !== null && state.policies === before.policies && state.draft === before.draft;
    if (!same) draw(state);
  });
}

function nothing(state: PageState, words: string): string {
  if (state.policies === null) return "Reading the policies";
  if (words !== "") return `No policy has ${words} in its name.`;
  return "The snapshot has no policy: everything may talk to everything.";
}

function row(policy: PolicyItem, store: Store, edited: boolean): HTMLElement {
  const deleted = store.state.draft.deletions.includes(policy.policy);
  const box = el("input", {
    type: "checkbox",
    "data-policy": policy.policy,
    onchange: () => {
      const draft = markDeletion(store.state.draft, policy.policy, box.checked);
      store.set({ draft });
      const again = `[data-policy="${CSS.escape(policy.policy)}"]`;
      part("existing-list").querySelector<HTMLElement>(again)?.focus();
    },
  });
  box.checked = deleted;
  const name = [policy.namespace, policy.name].filter(Boolean).join("/");
  const edit = el(
    "button",
    {
      type: "button",
      class: "link-button",
      "aria-label": edited ? `In the draft: ${name}` : `Edit ${name}`,
      onclick: () => store.set({ draft: putFile(store.state.draft, fileOf(policy)) }),
    },
    edited ? "In the draft" : "Edit",
  );
  return el(
    "li",
    { class: deleted ? "existing-policy deleted" : "existing-policy" },
    el("span", { class: "existing-name" }, name),
    el("span", { class: "muted small" }, describe(policy)),
    edit,
    el("label", { class: "check" }, box, deleted ? "− Deleted" : "Delete"),
  );
}

function describe(policy: PolicyItem): string {
  const types = policy.types.join(" and ").toLowerCase();
  const found = policy.selects.length;
  return `${types}, ${found === 0 ? "selects nothing" : plural(found, "workload")}`;
}

function fileOf(policy: PolicyItem): { name: string; content: string } {
  const place = policy.namespace === "" ? policy.kind.toLowerCase() : policy.namespace;
  return { name: `${place}-${policy.name}.yaml`, content: policy.yaml };
}
