/** What a choice on the map means as the second end of a question: an answerable peer, or not. */
import { isIsland, islandName, type MapView } from "../graph/types";
import { parsePeer } from "../shared/text";

export type SecondEnd =
  | { readonly peer: string }
  /** A closed namespace: its workloads come into sight when it is opened. */
  | { readonly open: string }
  /** Why it cannot be asked about, and what can. */
  | { readonly instead: string };

/** The peer that a node stands for; null for a namespace, a line or what is not drawn. */
export function peerOf(id: string, view: MapView): string | null {
  const node = view.nodes.find((each) => each.id === id);
  if (node?.kind === "external") return node.addresses;
  return node?.kind === "workload" ? node.id : null;
}

/** `id`: of a node or line of the view, or a workload that the view does not draw. */
export function secondEnd(from: string, id: string, view: MapView): SecondEnd {
  if (view.edges.some((edge) => edge.id === id)) {
    return { instead: "This is a line. Choose a workload or an address outside." };
  }
  const island = view.nodes.filter(isIsland).find((each) => each.id === id);
  if (island && !island.open) return { open: islandName(island) };
  if (island?.kind === "group") {
    return { instead: `${island.label} is a group of namespaces. Choose a workload of one.` };
  }
  if (id.startsWith("ns:")) {
    return { instead: `${id.slice(3)} is a namespace. Choose one of its workloads.` };
  }
  const peer = peerOf(id, view) ?? id;
  if (peer === "{ingress-controller}") {
    return { instead: "The ingress controller brings connections in. Nothing is sent to it." };
  }
  const outside = (each: string): boolean => parsePeer(each).namespace === null;
  if (outside(from) && outside(peer)) {
    return { instead: "Both are outside, and policies govern pods. Choose a workload." };
  }
  return { peer };
}
