/** The clusters that are kept, each with how its connection is and what one can do with it. */

import { deleteAt, getJson, patchJson } from "../shared/api";
import { el, fill, part, withCode } from "../shared/dom";
import { ago, exactTime } from "../shared/text";
import { countsOf } from "./counts";
import { openEdit } from "./edit";
import { errorText } from "./fields";
import { askToRemove } from "./remove";
import { advice, confirmedText, statusChip } from "./status";
import { type Cluster, clusterApi, type Page } from "./types";

/** One question for all of them: a browser keeps few streams open to one server. */
const ASK_AGAIN = 3000;

export async function mountList(): Promise<void> {
  const list = part("list");
  let shown = "";
  const refresh = async (): Promise<void> => {
    try {
      const { results } = await getJson<Page<Cluster>>("/api/v1/clusters?page_size=1000");
      part("failed").hidden = true;
      list.removeAttribute("aria-busy");
      const news = JSON.stringify(results);
      // Whoever is at a button stays at it.
      if (news !== shown) drawKeepingFocus(list, results, refresh);
      else retell(list, results);
      shown = news;
      if (results.length === 0) part<HTMLDetailsElement>("connect").open = true;
    } catch (error) {
      fail(error);
    }
  };
  await refresh();
  setInterval(() => {
    if (!document.hidden) void refresh();
  }, ASK_AGAIN);
}

function fail(error: unknown): void {
  part("failed").textContent = errorText(error);
  part("failed").hidden = false;
}

function drawKeepingFocus(
  list: HTMLElement,
  clusters: readonly Cluster[],
  refresh: () => Promise<void>,
): void {
  const at = document.activeElement?.getAttribute("data-at");
  fill(list, clusters.length === 0 ? nothing() : clusters.map((each) => card(each, refresh)));
  if (at) list.querySelector<HTMLElement>(`[data-at="${CSS.escape(at)}"]`)?.focus();
}

/** Time passes though nothing else does. */
function retell(list: HTMLElement, clusters: readonly Cluster[]): void {
  for (const each of clusters) {
    const line = list.querySelector(`[data-confirmed="${each.id}"]`);
    if (line) line.textContent = confirmedText(each);
    list.querySelector(`[data-cluster="${each.id}"] .status`)?.replaceWith(statusChip(each));
  }
}

const nothing = (): HTMLElement =>
  el("p", { class: "muted" }, "None yet. Connect one below; netviz only ever reads from it.");

function card(cluster: Cluster, refresh: () => Promise<void>): HTMLElement {
  const said = advice(cluster);
  return el(
    "article",
    { class: "card cluster", "data-cluster": cluster.id, "aria-labelledby": `name-${cluster.id}` },
    el(
      "div",
      { class: "cluster-head" },
      el("h2", { id: `name-${cluster.id}` }, cluster.name),
      statusChip(cluster),
      el("span", { class: "muted small", "data-confirmed": cluster.id }, confirmedText(cluster)),
    ),
    el("p", { class: "muted small where" }, whereText(cluster)),
    cluster.verify_tls
      ? null
      : el("p", { class: "small unverified" }, "The server's certificate is not verified."),
    said ? el("p", { class: "cluster-said" }, withCode(said)) : null,
    facts(cluster),
    actions(cluster, refresh),
  );
}

function whereText(cluster: Cluster): string {
  const only = cluster.namespaces.length > 0 ? ` · only ${cluster.namespaces.join(", ")}` : "";
  if (cluster.source === "in-cluster") return `The cluster netviz runs in${only}`;
  if (cluster.source === "token") return `${cluster.server}${only}`;
  return `Context ${cluster.context} of ${cluster.kubeconfig || "the usual kubeconfig"}${only}`;
}

function facts(cluster: Cluster): HTMLElement {
  const { picture } = cluster;
  return el(
    "p",
    { class: "cluster-facts" },
    countsOf(cluster).map((text) => el("span", {}, text)),
    picture
      ? el(
          "span",
          { title: exactTime(picture.taken_at) },
          `${cluster.picture_count > 1 ? "last change" : "first picture"} ${ago(picture.taken_at)}`,
        )
      : el("span", { class: "muted" }, "no picture yet"),
  );
}

function actions(cluster: Cluster, refresh: () => Promise<void>): HTMLElement {
  const about = el("span", { class: "visually-hidden" }, ` ${cluster.name}`);
  const button = (key: string, text: string, onclick: () => void): HTMLElement =>
    el(
      "button",
      { type: "button", class: "button", "data-at": `${key}-${cluster.id}`, onclick },
      text,
      about.cloneNode(true),
    );
  const link = (key: string, text: string, href: string, kind = ""): HTMLElement =>
    el(
      "a",
      { class: `button ${kind}`, "data-at": `${key}-${cluster.id}`, href },
      text,
      about.cloneNode(true),
    );
  const change = async (work: () => Promise<unknown>): Promise<void> => {
    await work().then(refresh, fail);
  };
  return el(
    "div",
    { class: "cluster-actions" },
    link("map", cluster.picture ? "Open map" : "Details", `/clusters/${cluster.id}`, "primary"),
    link("history", "History", `/clusters/${cluster.id}/history`),
    button(
      "pause",
      cluster.watched ? "Pause" : "Go on watching",
      () => void change(() => patchJson(clusterApi(cluster.id), { watched: !cluster.watched })),
    ),
    button("edit", "Edit", () => openEdit(cluster, refresh)),
    button("remove", "Remove", () =>
      askToRemove(cluster, () => change(() => deleteAt(clusterApi(cluster.id)))),
    ),
  );
}
