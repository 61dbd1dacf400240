/** An unkept draft survives a reload and a look at another page, in this browser tab only. */

import { type Draft, EMPTY_DRAFT, openFile } from "./draft";

const KEY = "netviz-draft:";

export function rememberDraft(name: string, draft: Draft): void {
  try {
    sessionStorage.setItem(KEY + name, JSON.stringify(draft));
  } catch {
    // A full or forbidden store costs the convenience, not the draft on the page.
  }
}

/** The draft remembered under a name; null where there is none. */
export function recallDraft(name: string): Draft | null {
  try {
    const text = sessionStorage.getItem(KEY + name);
    return text === null ? null : parseDraft(text);
  } catch {
    return null;
  }
}

/** The draft of a stored text; the empty one where the text is of another shape. */
export function parseDraft(text: string): Draft {
  const stored = JSON.parse(text) as Partial<Draft> | null;
  const files = (Array.isArray(stored?.files) ? stored.files : []).filter(
    (file) => typeof file?.name === "string" && typeof file.content === "string",
  );
  const deletions = Array.isArray(stored?.deletions) ? stored.deletions.map(String) : [];
  const draft: Draft = { ...EMPTY_DRAFT, files, deletions };
  return openFile({ ...draft, active: files.length - 1 }, stored?.active ?? 0);
}
