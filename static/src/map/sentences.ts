/** The one sentence that says what is selected, before any table. */
import type { Flow, NamespaceNode, WorkloadItem, WorkloadNode } from "../graph/types";
import { parsePeer, plural } from "../shared/text";

const isWorkload = (peer: string): boolean => parsePeer(peer).namespace !== null;

function reach(peers: readonly string[], all: boolean): string {
  if (all) return "everything";
  const workloads = peers.filter(isWorkload).length;
  const outside = peers.length - workloads;
  const parts: string[] = [];
  if (workloads > 0) parts.push(plural(workloads, "workload"));
  if (outside > 0) parts.push(outside === 1 ? "the outside" : plural(outside, "outside range"));
  return parts.join(" and ") || "nothing";
}

export function workloadSentence(
  node: Pick<WorkloadNode, "label" | "open_to_all" | "opens_to_all">,
  incoming: readonly Flow[],
  outgoing: readonly Flow[],
): string {
  const out = reach(
    outgoing.map((flow) => flow.destination),
    node.opens_to_all === "all",
  );
  const sources = incoming.map((flow) => flow.source);
  const into = reach(sources, node.open_to_all === "all");
  const verb = into === "nothing" ? "nothing may reach it" : `${into} may reach it`;
  return `${node.label} may open connections to ${out}; ${verb}.`;
}

export function isolationSentence(item: Pick<WorkloadItem, "isolation" | "policies">): string {
  const { ingress, egress } = item.isolation;
  if (!ingress && !egress) return "No policy selects it: it is open in both directions.";
  if (ingress && egress) return "Its incoming and its outgoing connections are isolated.";
  return ingress
    ? "Its incoming connections are isolated, its outgoing ones are open."
    : "Its outgoing connections are isolated, its incoming ones are open.";
}

const AMOUNT = { none: "none of them", some: "some of them", all: "all of them" } as const;

export function namespaceSentence(node: NamespaceNode): string {
  const size = `${plural(node.workloads, "workload")} in ${plural(node.pods, "pod")}`;
  const { ingress, egress } = node.isolation;
  if (ingress === "none" && egress === "none") {
    return `${node.label} has ${size}. No policy selects any of them: all are open to everything.`;
  }
  return (
    `${node.label} has ${size}. Incoming connections are isolated for ${AMOUNT[ingress]}, ` +
    `outgoing ones for ${AMOUNT[egress]}.`
  );
}
