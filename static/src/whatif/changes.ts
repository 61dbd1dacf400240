/** Finding and naming changes: keys, filters, counts and the words for them. */

import type { Connections, Verdict } from "../graph/types";
import { connectionsText, plural } from "../shared/text";
import type { Change, ChangeKind, DiffSummary, Reason } from "./types";
import type { ViewState } from "./view_state";

export const GLYPHS: Readonly<Record<ChangeKind, string>> = {
  added: "+",
  removed: "−",
  changed: "~",
};

export const KIND_WORDS: Readonly<Record<ChangeKind, string>> = {
  added: "opened",
  removed: "closed",
  changed: "changed",
};

/** One change of a pair; no two changes of a diff share it. */
export function changeKey(change: { source: string; destination: string }): string {
  return `${change.source}>${change.destination}`;
}

export function filterChanges(changes: readonly Change[], view: ViewState): Change[] {
  const words = view.text.toLowerCase().split(/\s+/).filter(Boolean);
  return changes.filter((change) => {
    if (!view.kinds.includes(change.kind)) return false;
    const text = searchText(change);
    return words.every((word) => text.includes(word));
  });
}

/** "1 flow opens and 2 flows close; 40 stay the same." */
export function summarySentence(summary: DiffSummary): string {
  const { added, removed, changed, unchanged } = summary;
  const parts = [
    added > 0 ? plural(added, "flow opens", "flows open") : "",
    removed > 0 ? plural(removed, "flow closes", "flows close") : "",
    changed > 0 ? plural(changed, "flow changes", "flows change") : "",
  ].filter((part) => part !== "");
  if (parts.length === 0) return "";
  const rest = unchanged === 0 ? "" : `; ${plural(unchanged, "stays", "stay")} the same`;
  return `${joinWords(parts)}${rest}.`;
}

/** "production/allow-web, ingress[0]": the rule that decided, or the policy where no rule did. */
export function ruleName(reason: Reason): string {
  const policy = (reason.policy ?? "").split("/").slice(1).join("/");
  if (policy === "") return "";
  return reason.rule === null ? policy : `${policy} · ${reason.rule}`;
}

export function placeName(reason: Reason): string {
  if (reason.source === null) return "";
  return reason.line === null || reason.line === 0
    ? reason.source
    : `${reason.source}:${reason.line}`;
}

/** What a pair may use, in a cell of the table. */
export function portWords(connections: Connections, verdict?: Verdict): string {
  if (verdict === "unknown") return "not known";
  if (connections !== "all" && Object.keys(connections).length === 0) return "closed";
  const words = connections === "all" ? "everything" : connectionsText(connections);
  return verdict === "conditional" ? `perhaps ${words}` : words;
}

function searchText(change: Change): string {
  const reasons = change.reasons.map((reason) => `${reason.policy ?? ""} ${reason.text}`);
  const ports = [portWords(change.before), portWords(change.after)];
  return [change.source, change.destination, ...ports, ...reasons].join(" ").toLowerCase();
}

function joinWords(parts: readonly string[]): string {
  return parts.length < 2
    ? parts.join("")
    : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}`;
}
