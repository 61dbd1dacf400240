/** How a cluster reads policies: what its network plugin does, and what somebody said over that. */
import { ApiError, patchJson } from "./api";
import { el, fill, type Child } from "./dom";

/** One flag as the REST interface gives it; null is what is not known or not set. */
export interface FlagRow {
  readonly flag: string;
  readonly title: string;
  readonly meaning: string;
  readonly law: readonly string[];
  readonly plugin: boolean | null;
  readonly kept: boolean | null;
  readonly value: boolean | null;
  readonly by: "default" | "plugin" | "snapshot";
}

const DIALOG = "profile-dialog";
/** What a choice field says for a flag that nobody set. */
const AS_FOUND = "";

export const yesNo = (value: boolean | null): string =>
  value === null ? "not known" : value ? "yes" : "no";

/** The choices of a flag: to leave it as it was found out, yes, no. */
export function choicesOf({ plugin: does }: FlagRow, plugin: string): [string, string][] {
  const found = plugin ? `As ${plugin} does` : "As usual";
  return [
    [AS_FOUND, does === null ? "Not known" : `${found}: ${yesNo(does)}`],
    ["true", "Yes"],
    ["false", "No"],
  ];
}

/** What to ask for, given what was chosen by flag: only what is not kept so already. */
export function wishesOf(
  rows: readonly FlagRow[],
  chosen: ReadonlyMap<string, string>,
): Record<string, boolean | null> {
  const wishes: Record<string, boolean | null> = {};
  for (const { flag, kept } of rows) {
    const text = chosen.get(flag) ?? AS_FOUND;
    const wanted = text === AS_FOUND ? null : text === "true";
    if (wanted !== kept) wishes[flag] = wanted;
  }
  return wishes;
}

/** Opens the dialog, once the page knows what stands in it. */
export function openProfile(): void {
  document.querySelector<HTMLDialogElement>(`#${DIALOG}`)?.showModal();
}

/** Puts the dialog into the page; closed, until `openProfile`. */
export function addProfileDialog(snapshot: string, rows: readonly FlagRow[], plugin: string): void {
  const fields = new Map<string, HTMLSelectElement>();
  const failed = el("p", { class: "notice error", role: "alert", hidden: true });
  const save = el("button", { type: "submit", class: "button primary" }, "Save");
  const dialog = el("dialog", {
    id: DIALOG,
    class: "profile",
    "aria-labelledby": `${DIALOG}-title`,
    // What is typed here is not for the page behind.
    onkeydown: (event: KeyboardEvent) => event.stopPropagation(),
  });
  const close = (): void => dialog.close();
  const form = el(
    "form",
    { method: "dialog", onsubmit: (event: SubmitEvent) => void submit(event) },
    el(
      "div",
      { class: "profile-head" },
      el("h2", { id: `${DIALOG}-title` }, "How this cluster reads policies"),
      el("p", { class: "muted" }, introduction(plugin)),
    ),
    el(
      "ul",
      { class: "profile-rows" },
      rows.map((row) => rowOf(row, plugin, fields)),
    ),
    el(
      "div",
      { class: "profile-end" },
      failed,
      el("button", { type: "button", class: "button", onclick: close }, "Cancel"),
      save,
    ),
  );

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const chosen = new Map([...fields].map(([flag, field]) => [flag, field.value]));
    const wishes = wishesOf(rows, chosen);
    if (Object.keys(wishes).length === 0) return close();
    save.disabled = true;
    try {
      await patchJson(`/api/v1/snapshots/${snapshot}`, { profile: wishes });
      // Every answer on the page rests on what was just changed.
      location.reload();
    } catch (error) {
      save.disabled = false;
      failed.hidden = false;
      fill(failed, error instanceof ApiError ? `${error.title}. ${error.detail}` : String(error));
    }
  }

  // What was chosen and not saved is not there the next time.
  dialog.addEventListener("close", () => form.reset());
  fill(dialog, form);
  document.querySelector(`#${DIALOG}`)?.remove();
  document.body.append(dialog);
}

function introduction(plugin: string): string {
  const found = plugin
    ? `netviz found ${plugin} and reads them as it does.`
    : "netviz found no network plugin and reads them in the usual way.";
  return (
    `Network plugins differ in what the specification leaves open. ${found} Where yours does` +
    " otherwise, say so: all answers about this snapshot follow, and name what was set here."
  );
}

function rowOf(row: FlagRow, plugin: string, fields: Map<string, HTMLSelectElement>): Child {
  const id = `profile-${row.flag}`;
  const field = el(
    "select",
    { class: "field", id, "aria-describedby": `${id}-meaning` },
    choicesOf(row, plugin).map(([value, text]) =>
      el("option", { value, selected: value === chosenOf(row) }, text),
    ),
  );
  fields.set(row.flag, field);
  const source = `${row.flag} · ${row.law.join(", ")} of the semantics`;
  return el(
    "li",
    { class: row.kept === null ? "" : "set" },
    el("label", { for: id, title: source }, row.title),
    el("p", { class: "muted", id: `${id}-meaning` }, row.meaning),
    field,
  );
}

const chosenOf = ({ kept }: FlagRow): string => (kept === null ? AS_FOUND : String(kept));
