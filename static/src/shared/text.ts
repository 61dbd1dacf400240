/** Words for what the API answers: connections, peers, times. */
import type { Connections, Verdict } from "../graph/types";

const SHOWN_PORTS = 2;

/** Every port in full: `TCP 80,8080-8090, UDP 53`. */
export function connectionsText(connections: Connections): string {
  if (connections === "all") return "All connections";
  const parts = Object.entries(connections).map(
    ([protocol, ranges]) => `${protocol} ${ranges.map(rangeText).join(",")}`,
  );
  return parts.length > 0 ? parts.join(", ") : "No connections";
}

/** What is open, with a question mark where that is not certain. */
export function openText(connections: Connections, verdict: Verdict): string {
  return `${isUncertain(verdict) ? "? " : ""}${connectionsText(connections)}`;
}

/** Short enough for a line: `TCP 80,443 +3`. */
export function connectionsShort(connections: Connections): string {
  if (connections === "all") return "all";
  const all = Object.entries(connections).flatMap(([protocol, ranges]) =>
    ranges.map((range) => ({ protocol, text: rangeText(range) })),
  );
  if (all.length === 0) return "none";
  const shown = all.slice(0, SHOWN_PORTS);
  const text = shown
    .map(({ protocol, text }, index) =>
      index > 0 && shown[index - 1]!.protocol === protocol ? `,${text}` : ` ${protocol} ${text}`,
    )
    .join("")
    .trim();
  return all.length > shown.length ? `${text} +${all.length - shown.length}` : text;
}

function rangeText([low, high]: [number, number]): string {
  if (low === 1 && high === 65535) return "all ports";
  return low === high ? String(low) : `${low}-${high}`;
}

export interface Peer {
  namespace: string | null;
  name: string;
  kind: string | null;
}

/**
 * `production/web[Deployment]`, `10.0.0.0/8` or `{ingress-controller}` taken apart. A variant of a
 * workload, `x/db[StatefulSet]{role=main}`, carries in its name what tells it from the others.
 */
export function parsePeer(text: string): Peer {
  const match = /^([^/[\]{}]+)\/([^[\]]+?)(?:\[([^\]]+)\])?(?:\{(.*)\})?$/.exec(text);
  if (!match || /^[\d.]+$|:/.test(match[1]!)) return { namespace: null, name: text, kind: null };
  const name = match[4] ? `${match[2]!} (${match[4]})` : match[2]!;
  return { namespace: match[1]!, name, kind: match[3] ?? null };
}

/** The short name that a reader says: `production/web`, `Internet (IPv4)`. */
export function peerName(text: string): string {
  const { namespace, name } = parsePeer(text);
  return namespace ? `${namespace}/${name}` : outsideName(name);
}

/** The same where it is typed as a question: a variant is known by its full name only. */
export const askName = (text: string): string => (text.endsWith("}") ? text : peerName(text));

/** What no block of a policy names is the Internet at large, however many ranges it is. */
function outsideName(addresses: string): string {
  if (addresses === "{ingress-controller}") return "Ingress controller";
  const v4 = addresses.startsWith("0.0.0.0");
  const v6 = /(^|,)::(-|\/0|,|$)/.test(addresses);
  if (v4 && v6) return "Internet";
  if (v4) return "Internet (IPv4)";
  return v6 ? "Internet (IPv6)" : addresses;
}

/** A peer that can be asked about: of many ranges, the first address stands for all. */
export function askable(peer: string): string {
  if (parsePeer(peer).namespace || !/[,-]/.test(peer)) return peer;
  return peer.split(/[,-]/)[0]!;
}

/** True where an answer depends on something that is not known. */
export const isUncertain = (verdict: Verdict): boolean =>
  verdict === "conditional" || verdict === "unknown";

export const VERDICT_WORD: Record<Verdict, string> = {
  allow: "open",
  deny: "closed",
  conditional: "depends",
  unknown: "not known",
};

/** `1,252`. Not by the browser: to make its first formatter of numbers takes longer than most pages. */
export const amount = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${amount(count)} ${count === 1 ? one : many}`;

/** "30 Nov 2026, 12:50:16" on the reader's clock. */
export const exactTime = (iso: string): string =>
  new Date(iso).toLocaleString("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });

const STEPS: [number, string][] = [
  [60, "second"],
  [3600, "minute"],
  [86400, "hour"],
  [Infinity, "day"],
];

/** `2 minutes ago`, from an ISO time. */
export function ago(iso: string, now: number = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000));
  if (!Number.isFinite(seconds)) return iso;
  if (seconds < 10) return "just now";
  let unit = 1;
  for (const [limit, word] of STEPS) {
    if (seconds < limit) return `${plural(Math.floor(seconds / unit), word)} ago`;
    unit = limit;
  }
  return iso;
}
