/** Objects that differ, with a glyph and a word, and who wrote them where that is known. */

import { el } from "../shared/dom";
import { ago, exactTime, plural } from "../shared/text";
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

/** So many objects are read at a glance; the others unfold. */
const SHOWN = 8;

export function objectList(changes: readonly ObjectChange[], count: number): HTMLElement {
  const folded = changes.length > SHOWN + 1 ? changes.slice(SHOWN) : [];
  const unlisted = count - changes.length;
  return el(
    "div",
    { class: "object-changes" },
    el("ul", {}, changes.slice(0, changes.length - folded.length).map(objectItem)),
    folded.length > 0
      ? el(
          "details",
          {},
          el("summary", {}, `and ${plural(folded.length, "other object")}`),
          el("ul", {}, folded.map(objectItem)),
        )
      : null,
    unlisted > 0 ? el("p", { class: "muted" }, `and ${unlisted} more that are not listed`) : null,
  );
}

function objectItem(change: ObjectChange): HTMLElement {
  const { op, kind, namespace, name, manager, at } = change;
  const pods = podsText(change);
  const by = [manager ? `by ${manager}` : "", at ? ago(at) : ""].filter(Boolean).join(", ");
  return el(
    "li",
    {},
    el(
      "span",
      { class: `chip ${op}` },
      el("span", { class: "mono", "aria-hidden": "true" }, GLYPHS[op]),
      WORDS[op],
    ),
    el(
      "span",
      { class: "object-name" },
      el("span", { class: "muted" }, `${kind} ${namespace ? `${namespace}/` : ""}`),
      el("b", {}, name),
      pods === "" ? null : el("span", { class: "muted" }, ` ${pods}`),
      by === ""
        ? null
        : el("span", { class: "muted small", title: at ? exactTime(at) : null }, ` ${by}`),
    ),
  );
}
