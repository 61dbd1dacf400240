/**
 * Namespaces where every workload may reach every other in the same way: one sentence says it, in
 * place of a line for each pair.
 */
import type { MapEdge, MapView } from "./types";

const SMALLEST = 3;

/** The view with such lines left out and `mesh` set on their island. */
export function foldMeshes(view: MapView): MapView {
  const members = new Map<string, string[]>();
  for (const node of view.nodes) {
    if (node.kind !== "workload") continue;
    members.set(node.parent, [...(members.get(node.parent) ?? []), node.id]);
  }
  const parentOf = new Map(view.nodes.map((node) => [node.id, node.parent]));
  const inside = new Map<string, MapEdge[]>();
  for (const edge of view.edges) {
    const parent = parentOf.get(edge.source);
    if (!parent || parent !== parentOf.get(edge.target)) continue;
    inside.set(parent, [...(inside.get(parent) ?? []), edge]);
  }
  const folded = new Map<string, string>();
  for (const [island, ids] of members) {
    const edges = inside.get(island) ?? [];
    if (ids.length >= SMALLEST && isMesh(ids.length, edges)) folded.set(island, edges[0]!.text);
  }
  if (folded.size === 0) return view;
  return {
    ...view,
    nodes: view.nodes.map((node) => {
      const text = folded.get(node.id);
      return text && node.kind === "namespace" ? { ...node, mesh: text } : node;
    }),
    edges: view.edges.filter((edge) => {
      const parent = parentOf.get(edge.source);
      return !parent || parent !== parentOf.get(edge.target) || !folded.has(parent);
    }),
  };
}

function isMesh(count: number, edges: readonly MapEdge[]): boolean {
  if (edges.length !== count * (count - 1)) return false;
  const first = edges[0]!;
  return edges.every(
    (edge) =>
      edge.text === first.text &&
      edge.verdict === "allow" &&
      (edge.change === undefined || edge.change === "unchanged"),
  );
}
