/** What pods and namespaces that do not exist yet could open: potential, apart from what flows. */
import type { Exposed, Exposure } from "../graph/types";
import { el } from "../shared/dom";
import { connectionsText } from "../shared/text";
import { folding, section } from "./parts";

/** A peer to come in words: `any new pod, anywhere`, `shop / pods with app=db`. */
export function comerText(peer: string): string {
  if (peer === "entire-cluster") return "any new pod, anywhere";
  const [where = "", pods = ""] =
    peer.split("]/[").length > 1 ? split(peer, "]/[") : split(peer, "/[");
  const place = where.startsWith("[") ? where.slice(1) : `namespace ${where}`;
  const what = pods.replace(/\]$/, "").replace(/^pod with \{(.*)\}$/, "pods with $1");
  const around = place
    .replace(/^all namespaces$/, "every namespace")
    .replace(/^namespace with \{(.*)\}$/, "namespaces with $1");
  return `${what} in ${around}`;
}

function split(text: string, at: string): [string, string] {
  const place = text.indexOf(at);
  return [text.slice(0, place), text.slice(place + at.length)];
}

/** Numbers, and names of ports whose numbers only the pods to come tell. */
export function potentialText(row: Exposed): string {
  if (row.named_ports.length === 0) return connectionsText(row.connections);
  const named = row.named_ports.map((port) => `port ${port.split("/")[0]!}`);
  const empty = row.connections !== "all" && Object.keys(row.connections).length === 0;
  return [...(empty ? [] : [connectionsText(row.connections)]), ...named].join(", ");
}

function rows(exposed: readonly Exposed[]): HTMLElement {
  return folding(
    exposed.map((row) =>
      el(
        "li",
        {},
        el("span", {}, comerText(row.peer)),
        el(
          "span",
          { class: `chip ${row.verdict === "allow" ? "" : row.verdict} mono ports` },
          row.verdict === "deny" ? "closed" : potentialText(row),
        ),
      ),
    ),
    "flows",
  );
}

export function potentialSection(exposure: Exposure): HTMLElement | null {
  const incoming = exposure.exposure.filter((row) => row.direction === "ingress");
  const outgoing = exposure.exposure.filter((row) => row.direction === "egress");
  if (incoming.length + outgoing.length === 0) return null;
  return section(
    "Potential, if such pods came",
    el(
      "p",
      { class: "muted" },
      "None of these is there today; no line on the map stands for them.",
    ),
    incoming.length > 0 ? [el("h4", {}, "Could connect to it"), rows(incoming)] : [],
    outgoing.length > 0 ? [el("h4", {}, "It could connect to"), rows(outgoing)] : [],
  );
}
