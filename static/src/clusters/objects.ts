/** Objects that differ, with a glyph and a word, and who wrote them where that is known. */

import { el } from "../shared/dom";
import { ago, plural } from "../shared/text";
import type { ObjectChange } from "./types";

const GLYPHS = { added: "+", removed: "−", changed: "~" } as const;
const WORDS = { added: "new", removed: "gone", changed: "changed" } as const;

/** "2 pods new, 1 gone". */
export function podsText({ pods_added, pods_removed }: ObjectChange): string {
  if (pods_added > 0 && pods_removed > 0)
    return `${plural(pods_added, "pod")} new, ${pods_removed} gone`;
  if (pods_added > 0) return `${plural(pods_added, "pod")} new`;
  return pods_removed > 0 ? `${plural(pods_removed, "pod")} gone` : "";
}

export function objectList(changes: readonly ObjectChange[], count: number): HTMLElement {
  const more = count - changes.length;
  return el(
    "ul",
    { class: "object-changes" },
    changes.map(objectItem),
    more > 0 ? el("li", { class: "muted" }, `and ${plural(more, "other object")}`) : null,
  );
}

function objectItem(change: ObjectChange): HTMLElement {
  const pods = podsText(change);
  const by = [change.manager ? `by ${change.manager}` : "", change.at ? ago(change.at) : ""]
    .filter(Boolean)
    .join(", ");
  return el(
    "li",
    {},
    el(
      "span",
      { class: `chip ${change.op}` },
      el("span", { class: "mono", "aria-hidden": "true" }, GLYPHS[change.op]),
      WORDS[change.op],
    ),
    el(
      "span",
      { class: "object-name" },
      el(
        "span",
        { class: "muted" },
        `${change.kind} ${change.namespace ? `${change.namespace}/` : ""}`,
      ),
      el("b", {}, change.name),
    ),
    pods === "" ? null : el("span", { class: "muted" }, pods),
    by === ""
      ? null
      : el(
          "span",
          { class: "muted small", title: change.at ? new Date(change.at).toLocaleString() : null },
          by,
        ),
  );
}
