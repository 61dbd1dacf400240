/** Which edge of the picture stands for which rows of the table, and the other way round. */

import type { MapEdge, MapNode } from "../graph/types";
import { parsePeer } from "../shared/text";
import { changeKey } from "./changes";
import type { Change } from "./types";

/** The edge that draws a change; null when a badge stands for it instead of a line. */
export function edgeOf(change: Change, edges: readonly MapEdge[]): MapEdge | null {
  const fits = (edge: MapEdge): boolean =>
    stands(edge.source, change.source) && stands(edge.target, change.destination);
  return (
    edges.find((edge) => fits(edge) && edge.change === change.kind) ?? edges.find(fits) ?? null
  );
}

/** The keys of the changes that an edge draws: several when it joins closed namespaces. */
export function changesOf(edge: MapEdge, changes: readonly Change[]): string[] {
  return changes
    .filter(
      (change) => stands(edge.source, change.source) && stands(edge.target, change.destination),
    )
    .map(changeKey);
}

/** The workloads that a policy selects after the draft, and how many pods they have. */
export function selectedBy(
  policy: string,
  nodes: readonly MapNode[],
): { workloads: string[]; pods: number } {
  const workloads = new Set<string>();
  let pods = 0;
  for (const node of nodes) {
    if (node.kind !== "workload" || !node.policies.includes(policy)) continue;
    // The variants of a workload are one workload.
    workloads.add(node.variant ? node.id.slice(0, node.id.lastIndexOf("{")) : node.id);
    pods += node.pods;
  }
  return { workloads: [...workloads], pods };
}

/** What the picture calls a peer outside the cluster ("Internet"); null where it has no name. */
export function outsideName(peer: string, nodes: readonly MapNode[]): string | null {
  const node = nodes.find((each) => each.kind === "external" && stands(each.id, peer));
  return node !== undefined && node.label !== peer ? node.label : null;
}

function stands(id: string, peer: string): boolean {
  if (id === peer || id === `in:${peer}` || id === `out:${peer}`) return true;
  return id.startsWith("ns:") && parsePeer(peer).namespace === id.slice(3);
}
