/** Asks before something goes that cannot be brought back. */

import { el } from "../shared/dom";
import { plural } from "../shared/text";
import type { Cluster } from "./types";

export function askToRemove(cluster: Cluster, remove: () => Promise<void>): void {
  confirmed(
    `Remove ${cluster.name}?`,
    `netviz forgets how to reach it, and its history of ${plural(cluster.picture_count, "picture")}. Nothing changes in the cluster itself.`,
    "Remove",
    remove,
  );
}

export function confirmed(
  title: string,
  text: string,
  word: string,
  work: () => Promise<void>,
): void {
  const id = "confirm-title";
  const dialog = el(
    "dialog",
    { class: "confirm", "aria-labelledby": id },
    el("h2", { id }, title),
    el("p", {}, text),
    el(
      "div",
      { class: "confirm-end" },
      el("button", { type: "button", class: "button", onclick: () => dialog.close() }, "Cancel"),
      el(
        "button",
        {
          type: "button",
          class: "button danger",
          onclick: () => {
            dialog.close();
            void work();
          },
        },
        word,
      ),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
