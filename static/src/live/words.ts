/** What is not as it was, in words: the label of the offer, and a line for each object. */
import { plural } from "../shared/text";
import { clockTime } from "./state";
import type { ObjectChange, ObjectChanges } from "./types";

export const GLYPHS: Readonly<Record<ObjectChange["op"], string>> = {
  added: "+",
  removed: "−",
  changed: "~",
};

const OPS: Readonly<Record<ObjectChange["op"], string>> = {
  added: "new",
  removed: "gone",
  changed: "changed",
};

export const countWords = (count: number): string => plural(count, "change");

/** "NetworkPolicy shop/close" */
export function objectName({ kind, namespace, name }: ObjectChange): string {
  return `${kind} ${namespace ? `${namespace}/` : ""}${name}`;
}

/** What else is known of a change: how, whose pods, by whom and when. */
export function objectFacts(change: ObjectChange, now: number): string {
  const { pods_added: added, pods_removed: removed, manager, at } = change;
  const pods = [
    added > 0 ? `${plural(added, "pod")} more` : "",
    removed > 0 ? `${plural(removed, "pod")} fewer` : "",
  ].filter(Boolean);
  const by = manager ? `by ${manager}` : "";
  const when = at ? `at ${clockTime(at, now)}` : "";
  return [OPS[change.op], ...pods, [by, when].filter(Boolean).join(" ")].filter(Boolean).join(", ");
}

/** The first few by name, the rest by number: what is said aloud. */
export function aloud({ changes, count }: ObjectChanges): string {
  const named = changes.slice(0, 3).map((each) => `${objectName(each)} ${OPS[each.op]}`);
  const more = count - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}
