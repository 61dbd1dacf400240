/** Takes manifests by picker, drag and drop or paste, and says what became of them. */
import type { Problem } from "../graph/types";
import { ApiError, postJson } from "../shared/api";
import { el, fill, part } from "../shared/dom";
import { problemList } from "../shared/honesty";
import { plural } from "../shared/text";
import { droppedFiles, type NamedFile } from "./dropped";

export interface Stored {
  id: string;
  title: string;
  summary: { namespaces: number; workloads: number; pods: number; policies: number };
  problems: Problem[];
}

export interface Addresses {
  api: string;
  /** Address of a map, with `SNAPSHOT` in place of the id. */
  map: string;
}

export const mapAddress = (addresses: Addresses, id: string): string =>
  addresses.map.replace("SNAPSHOT", encodeURIComponent(id));

export function listenToUpload(addresses: Addresses): void {
  const picker = part<HTMLInputElement>("picker");
  const drop = part("drop");
  picker.addEventListener("change", () => {
    const files = [...(picker.files ?? [])].map((file) => ({ name: file.name, file }));
    picker.value = "";
    void send(files, addresses);
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    const dropped = event.dataTransfer;
    if (dropped) void droppedFiles(dropped).then((files) => send(files, addresses));
  });
  part<HTMLFormElement>("upload").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = part<HTMLTextAreaElement>("paste-text");
    if (!text.value.trim()) {
      text.focus();
      return;
    }
    const file = new Blob([text.value], { type: "application/yaml" });
    void send([{ name: "pasted.yaml", file }], addresses);
  });
}

async function send(files: readonly NamedFile[], addresses: Addresses): Promise<void> {
  if (files.length === 0) return;
  const form = new FormData();
  for (const { name, file } of files) form.append("files", file, name);
  show(el("div", { class: "notice" }, el("p", {}, `Reading ${plural(files.length, "file")} …`)));
  try {
    const stored = await postJson<Stored>(`${addresses.api}/snapshots`, form);
    if (stored.problems.length === 0) location.assign(mapAddress(addresses, stored.id));
    else show(kept(stored, addresses));
  } catch (error) {
    show(refused(error));
  }
}

function show(content: HTMLElement): void {
  const box = part("result");
  box.hidden = false;
  fill(box, content);
  box.scrollIntoView({ block: "nearest" });
}

function kept(stored: Stored, addresses: Addresses): HTMLElement {
  const { workloads, policies } = stored.summary;
  const size = `${plural(workloads, "workload")} and ${plural(policies, "policy", "policies")}`;
  return el(
    "div",
    { class: "notice warning stack" },
    el("h2", {}, `${plural(stored.problems.length, "problem")}; ${size} were kept`),
    el("p", {}, "What could not be read is left out of the map. Everything else is there."),
    el(
      "p",
      {},
      el("a", { class: "button primary", href: mapAddress(addresses, stored.id) }, "Open the map"),
    ),
    problemList(stored.problems),
  );
}

function refused(error: unknown): HTMLElement {
  const known = error instanceof ApiError;
  const problems = known ? error.problems : [];
  return el(
    "div",
    { class: "notice error stack", role: "alert" },
    el("h2", {}, known ? error.title : "The upload failed"),
    el("p", {}, known ? error.detail : String(error)),
    problems.length > 0 ? problemList(problems) : null,
    el("p", { class: "muted" }, "Nothing was stored."),
  );
}
