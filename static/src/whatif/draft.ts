/** A draft as the page holds it: files in tabs and policies marked for deletion, as immutable values. */

export interface DraftFile {
  readonly name: string;
  readonly content: string;
}

export interface Draft {
  readonly files: readonly DraftFile[];
  /** Index of the file in the editor; -1 when no file is open. */
  readonly active: number;
  /** Policies to delete, as `Kind/namespace/name`, sorted. */
  readonly deletions: readonly string[];
}

export const EMPTY_DRAFT: Draft = { files: [], active: -1, deletions: [] };

/** True when the draft asks for nothing: no text and no deletion. */
export function isBlank(draft: Draft): boolean {
  return draft.deletions.length === 0 && draft.files.every((file) => file.content.trim() === "");
}

/** Opens a file in a tab; a file of the same name is replaced, as `kubectl apply` would read it. */
export function putFile(draft: Draft, file: DraftFile): Draft {
  const at = draft.files.findIndex((other) => other.name === file.name);
  if (at === -1) {
    return { ...draft, files: [...draft.files, file], active: draft.files.length };
  }
  return { ...draft, files: draft.files.with(at, file), active: at };
}

/** Opens a file under its own name, or under the next free one where that name is taken. */
export function addFile(draft: Draft, file: DraftFile): Draft {
  const name = freeName(draft, file.name);
  return { ...draft, files: [...draft.files, { ...file, name }], active: draft.files.length };
}

export function editFile(draft: Draft, index: number, content: string): Draft {
  const file = draft.files[index];
  if (file === undefined || file.content === content) return draft;
  return { ...draft, files: draft.files.with(index, { ...file, content }) };
}

/** Gives a file another name; refused (the same draft) when the name is empty or taken. */
export function renameFile(draft: Draft, index: number, name: string): Draft {
  const file = draft.files[index];
  const wanted = name.trim();
  const taken = draft.files.some((other, at) => at !== index && other.name === wanted);
  if (file === undefined || wanted === "" || taken) return draft;
  return { ...draft, files: draft.files.with(index, { ...file, name: wanted }) };
}

export function closeFile(draft: Draft, index: number): Draft {
  const files = draft.files.filter((_, at) => at !== index);
  const active = index < draft.active ? draft.active - 1 : draft.active;
  return { ...draft, files, active: Math.min(active, files.length - 1) };
}

export function openFile(draft: Draft, index: number): Draft {
  return index in draft.files ? { ...draft, active: index } : draft;
}

export function markDeletion(draft: Draft, policy: string, marked: boolean): Draft {
  const rest = draft.deletions.filter((other) => other !== policy);
  return { ...draft, deletions: marked ? [...rest, policy].sort() : rest };
}

/** The body that `POST …/whatif` and `POST …/drafts` take; files without text are left out. */
export function toRequest(draft: Draft): { files: DraftFile[]; delete: string[] } {
  const files = draft.files.filter((file) => file.content.trim() !== "");
  return {
    files: files.map(({ name, content }) => ({ name, content })),
    delete: [...draft.deletions],
  };
}

function freeName(draft: Draft, name: string): string {
  const taken = new Set(draft.files.map((file) => file.name));
  if (!taken.has(name)) return name;
  const [stem, ending] = splitName(name);
  let number = 2;
  while (taken.has(`${stem}-${number}${ending}`)) number += 1;
  return `${stem}-${number}${ending}`;
}

function splitName(name: string): [string, string] {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
}
