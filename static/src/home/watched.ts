/** The clusters that are watched, on the start page; nothing where there is none. */

import { countsOf } from "../clusters/counts";
import { confirmedText, statusChip } from "../clusters/status";
import type { Cluster, Page } from "../clusters/types";
import { getJson } from "../shared/api";
import { el, fill, part } from "../shared/dom";

export async function showWatched(): Promise<void> {
  const { results } = await getJson<Page<Cluster>>("/api/v1/clusters").catch(() => ({
    results: [],
  }));
  part("watched").hidden = results.length === 0;
  fill(part("watched-list"), el("ul", { class: "card watched-list" }, results.map(item)));
}

function item(cluster: Cluster): HTMLElement {
  const seen = countsOf(cluster, ["pods", "policies"]).join(", ");
  return el(
    "li",
    {},
    el("a", { href: `/clusters/${cluster.id}` }, cluster.name),
    statusChip(cluster),
    el("span", { class: "muted small" }, confirmedText(cluster)),
    el("span", { class: "muted small" }, seen),
  );
}
