/** How the connection to a cluster is, in words, with a mark that needs no colour. */

import { el, icon } from "../shared/dom";
import { clockTime } from "../live/state";
import { ago } from "../shared/text";
import type { Cluster, Status } from "./types";

/** A picture that nobody has confirmed for this long is not called live any more. */
export const FRESH_SECONDS = 60;

const WORDS: Readonly<Record<Status, string>> = {
  connecting: "Connecting",
  live: "Live",
  partial: "Live, in part",
  lost: "Connection lost",
  refused: "Refused",
  paused: "Paused",
};

const MARKS: Readonly<Record<Status, string>> = {
  connecting: "M8 2a6 6 0 0 1 6 6M8 14a6 6 0 0 1-6-6",
  live: "M3 8.5 6.5 12 13 4.5",
  partial: "M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12",
  lost: "M4 4l8 8M12 4l-8 8",
  refused: "M8 2a6 6 0 1 0 0 12 6 6 0 0 0 0-12M4 8h8",
  paused: "M5.5 3v10M10.5 3v10",
};

const TONES: Readonly<Record<Status, string>> = {
  connecting: "",
  live: "allow",
  partial: "open",
  lost: "deny",
  refused: "deny",
  paused: "",
};

export type Known = Pick<
  Cluster,
  "status" | "watched" | "watcher" | "confirmed_at" | "status_since"
>;

/** What is so, and not only what was last written down: a watcher that died writes nothing. */
export function statusOf(
  cluster: Known,
  now: number = Date.now(),
): { status: Status; word: string } {
  const { status, confirmed_at } = cluster;
  if (!cluster.watched || status === "paused") return { status: "paused", word: WORDS.paused };
  if (!cluster.watcher) return { status: "lost", word: "Not watched now" };
  if (status === "lost" && confirmed_at === null) return { status, word: "Not reached yet" };
  if (status !== "live" && status !== "partial") return { status, word: WORDS[status] };
  const age = confirmed_at === null ? Infinity : (now - Date.parse(confirmed_at)) / 1000;
  return age > FRESH_SECONDS
    ? { status: "lost", word: "Not confirmed" }
    : { status, word: WORDS[status] };
}

export function statusChip(cluster: Known): HTMLElement {
  const { status, word } = statusOf(cluster);
  return el(
    "span",
    { class: `chip status ${TONES[status]}`, "data-status": status },
    icon(MARKS[status]),
    word,
  );
}

/** `confirmed 3 seconds ago`, or since when it is not. */
export function confirmedText(cluster: Known, now: number = Date.now()): string {
  const { status } = statusOf(cluster, now);
  const confirmed =
    cluster.confirmed_at === null ? "" : `confirmed ${since(cluster.confirmed_at, now)}`;
  if (status === "live" || status === "partial") return confirmed;
  if (status === "connecting") return confirmed || `since ${clockTime(cluster.status_since, now)}`;
  return confirmed === "" ? `since ${clockTime(cluster.status_since, now)}` : `last ${confirmed}`;
}

/** Here every second counts. */
function since(iso: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000));
  return seconds < 60 ? `${seconds} s ago` : ago(iso, now);
}

/** What to do where the state itself does not say. */
export function advice(cluster: Cluster): string {
  if (cluster.watched && !cluster.watcher) {
    return "No process watches it. Start netviz with `manage.py serve`, or `manage.py watch` beside it.";
  }
  return cluster.detail;
}
