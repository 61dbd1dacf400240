/** The number beside "Findings" in the header: what somebody should look at. */
import { getJson } from "./api";
import { el, fill } from "./dom";
import { plural } from "./text";

export interface FindingCounts {
  error: number;
  warning: number;
  info: number;
  suppressed: number;
  checks: number;
  /** Workloads that policies govern which are not evaluated. */
  not_judged: number;
}

/** Asks for the counts of a snapshot and shows them; a page is whole without them. */
export async function countFindings(api: string): Promise<void> {
  try {
    const page = await getJson<{ summary: FindingCounts }>(`${api}/findings?page_size=1`);
    showFindingsCount(page.summary);
  } catch {
    // The link stays without a number; what went wrong is said where it matters.
  }
}

export function showFindingsCount(counts: FindingCounts): void {
  const place = document.querySelector<HTMLElement>("[data-findings-count]");
  if (!place) return;
  const many = counts.error + counts.warning;
  place.hidden = many === 0;
  place.classList.toggle("bad", counts.error > 0);
  const words = [plural(counts.error, "error"), plural(counts.warning, "warning")].join(", ");
  place.title = words;
  fill(
    place,
    el("span", { "aria-hidden": "true" }, many > 999 ? "999+" : many),
    el("span", { class: "visually-hidden" }, `, ${words}`),
  );
}
