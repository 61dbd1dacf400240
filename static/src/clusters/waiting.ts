/** Follows a cluster by its events until the first picture is there. */

import { ApiError, getJson } from "../shared/api";
import { el, fill, icon, part, withCode } from "../shared/dom";
import { amount, plural } from "../shared/text";
import { advice, confirmedText, statusChip, statusOf } from "./status";
import type { Cluster, ResourceRow } from "./types";

interface PageData {
  readonly api: string;
  readonly page: string;
  readonly cluster: Cluster;
  readonly after: number;
}

/** How many objects were read so far is no event: it is asked for while the page is looked at. */
const ASK_AGAIN = 1000;

export function mountWaiting({ api, page, cluster, after }: PageData): void {
  draw(cluster);
  const arrive = (): void => location.replace(page);
  const refresh = async (): Promise<void> => {
    try {
      const now = await getJson<Cluster>(api);
      if (now.picture !== null) arrive();
      else draw(now);
    } catch (error) {
      // The stream does not tell where the cluster was gone before it was opened.
      if (error instanceof ApiError && error.status === 404) gone();
      else part("sentence").textContent = "netviz does not answer. Trying again.";
    }
  };
  const gone = (): void => {
    events.close();
    clearInterval(asking);
    fill(part("state"), el("p", { class: "notice" }, "This cluster was removed."));
    part("sentence").textContent = "";
    part("rows").hidden = true;
  };
  const events = new EventSource(`${api}/events?after=${after}`);
  events.addEventListener("hello", (event) => {
    const now = JSON.parse(event.data) as Cluster;
    if (now.picture !== null) arrive();
    else draw(now);
  });
  events.addEventListener("picture", arrive);
  events.addEventListener("status", () => void refresh());
  events.addEventListener("gone", gone);
  const asking = setInterval(() => {
    if (!document.hidden) void refresh();
  }, ASK_AGAIN);
}

function draw(cluster: Cluster): void {
  const { status } = statusOf(cluster);
  sayOnce(part("sentence"), sentence(cluster));
  const said = advice(cluster);
  const failed = status === "lost" || status === "refused";
  fill(
    part("state"),
    el(
      "div",
      { class: failed ? "notice error" : "notice" },
      el(
        "p",
        { class: "cluster-head" },
        statusChip(cluster),
        el("span", { class: "muted small" }, confirmedText(cluster)),
      ),
      said ? el("p", {}, withCode(said)) : null,
    ),
  );
  part("rows").hidden = cluster.resources.length === 0;
  fill(part("rows"), cluster.resources.filter(({ state }) => state !== "absent").map(row));
}

/** A line that is read aloud changes only when what it says does. */
function sayOnce(line: HTMLElement, text: string): void {
  if (line.textContent !== text) line.textContent = text;
}

function sentence(cluster: Cluster): string {
  const { status } = statusOf(cluster);
  if (status === "paused") return "Watching is paused, and there is no picture yet.";
  if (!cluster.watcher) return "Nothing reads this cluster now, and there is no picture yet.";
  if (status === "refused") return "The server answers, and does not let netviz in.";
  if (cluster.status === "lost") return "The server cannot be reached now. netviz keeps trying.";
  const reading = cluster.resources.find(({ state }) => state === "waiting");
  if (reading === undefined) return "Connecting to the cluster. Its map opens by itself.";
  return `Reading ${words(reading.kind)}. The map opens by itself.`;
}

function row(resource: ResourceRow): HTMLElement {
  const { state, kind, count, message } = resource;
  const marks = {
    ok: "M3 8.5 6.5 12 13 4.5",
    waiting: "M8 2a6 6 0 1 0 0 12 6 6 0 0 0 0-12M8 5v3l2 1.5",
    forbidden: "M4 4l8 8M12 4l-8 8",
    error: "M8 3v6M8 12v.5",
    absent: "",
  };
  const texts = {
    ok: plural(count, oneWord(kind), words(kind)),
    waiting: `Reading ${words(kind)}${count > 0 ? `: ${amount(count)} so far` : ""}`,
    forbidden: `${words(kind, true)}: forbidden`,
    error: `${words(kind, true)}: failed`,
    absent: "",
  };
  return el(
    "li",
    { class: `reading ${state}` },
    icon(marks[state]),
    el(
      "span",
      {},
      texts[state],
      message ? el("span", { class: "muted reading-said" }, message) : null,
    ),
  );
}

const oneWord = (kind: string): string => kind.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();

/** "pods", "network policies": a kind as one says it. */
export function words(kind: string, capital = false): string {
  const spaced = oneWord(kind);
  const many =
    spaced.endsWith("y") && !spaced.endsWith("ay")
      ? `${spaced.slice(0, -1)}ies`
      : spaced.endsWith("s")
        ? `${spaced}es`
        : `${spaced}s`;
  return capital ? many.charAt(0).toUpperCase() + many.slice(1) : many;
}
