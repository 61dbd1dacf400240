/** The snapshots that are kept, newest first. */
import type { Enforcement } from "../graph/types";
import { ApiError, getJson } from "../shared/api";
import { el, fill, part } from "../shared/dom";
import { ago } from "../shared/text";
import { mapAddress, type Addresses } from "./upload";

interface Item {
  id: string;
  title: string;
  created_at: string;
  summary: { namespaces: number; workloads: number; pods: number; policies: number };
  enforcement: Enforcement;
}

const ENFORCED = { yes: "enforced", no: "not enforced", unknown: "not known" } as const;
const CHIP = { yes: "allow", no: "open", unknown: "unknown" } as const;

export async function showRecent(addresses: Addresses): Promise<void> {
  const box = part("recent");
  try {
    const { results } = await getJson<{ results: Item[] }>(`${addresses.api}/snapshots?loaded=1`);
    fill(box, results.length === 0 ? nothing() : table(results, addresses));
  } catch (error) {
    const text = error instanceof ApiError ? `${error.title}. ${error.detail}` : String(error);
    fill(box, el("p", { class: "notice error", role: "alert" }, text));
  }
}

const nothing = (): HTMLElement =>
  el("p", { class: "muted" }, "Nothing yet. What you load stays on this machine and appears here.");

function table(items: readonly Item[], addresses: Addresses): HTMLElement {
  const head = ["Name", "Taken", "Workloads", "Policies", "Enforcement"];
  const rows = items.map((item) =>
    el(
      "tr",
      {},
      el("td", {}, el("a", { href: mapAddress(addresses, item.id) }, item.title)),
      el("td", { title: new Date(item.created_at).toLocaleString() }, ago(item.created_at)),
      el("td", {}, item.summary.workloads),
      el("td", {}, item.summary.policies),
      el(
        "td",
        {},
        el(
          "span",
          { class: `chip ${CHIP[item.enforcement.enforced]}`, title: item.enforcement.evidence },
          ENFORCED[item.enforcement.enforced],
        ),
      ),
    ),
  );
  return el(
    "div",
    { class: "card" },
    el(
      "table",
      { class: "data" },
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          head.map((text) => el("th", { scope: "col" }, text)),
        ),
      ),
      el("tbody", {}, rows),
    ),
  );
}
