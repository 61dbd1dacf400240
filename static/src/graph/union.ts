/** Several views as one: what any of them has. */
import type { MapEdge, MapNode, MapView } from "./types";

/**
 * Every node and line once, each as large as in any of the views, in an order that does not depend
 * on the order of the views.
 */
export function unionOf(views: readonly MapView[]): MapView {
  const nodes = new Map<string, MapNode>();
  const edges = new Map<string, MapEdge>();
  for (const view of views) {
    for (const node of view.nodes) nodes.set(node.id, larger(nodes.get(node.id), node));
    for (const edge of view.edges) edges.set(edge.id, edge);
  }
  return { nodes: sorted(nodes), edges: sorted(edges) };
}

function larger(one: MapNode | undefined, other: MapNode): MapNode {
  if (one?.kind !== "namespace" || other.kind !== "namespace") return other;
  const mesh = [one.mesh, other.mesh].filter((text) => text !== undefined).sort(longestFirst)[0];
  return {
    ...other,
    open: one.open || other.open,
    workloads: Math.max(one.workloads, other.workloads),
    ...(mesh === undefined ? {} : { mesh }),
  };
}

const longestFirst = (a: string, b: string): number => b.length - a.length || (a < b ? -1 : 1);

const sorted = <T extends { id: string }>(items: Map<string, T>): T[] =>
  [...items.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
