/**
 * Lines that depend on what the input does not say. Where many of the same kind meet at one
 * workload, a mark on it says so, and the lines are drawn when somebody asks for them.
 */
import { isUncertain } from "../shared/text";
import type { MapEdge, MapView } from "./types";

/** From so many lines on nobody follows a single one. */
const MANY = 6;

/** The view with such lines marked `quiet`, and `doubt` on the workload that they meet at. */
export function foldDoubts(view: MapView): MapView {
  const hubs = new Set(
    view.nodes.filter((node) => node.kind === "workload" && !node.change).map((node) => node.id),
  );
  const groups = new Map<string, { hub: string; edges: MapEdge[] }>();
  for (const edge of view.edges) {
    if (!isUncertain(edge.verdict) || (edge.change && edge.change !== "unchanged")) continue;
    for (const end of ["source", "target"] as const) {
      const hub = edge[end];
      if (!hubs.has(hub)) continue;
      const key = JSON.stringify([end, hub, edge.text, edge.reason]);
      const group = groups.get(key) ?? { hub, edges: [] };
      group.edges.push(edge);
      groups.set(key, group);
    }
  }
  const many = [...groups.values()].filter(({ edges }) => edges.length >= MANY);
  if (many.length === 0) return view;
  const quiet = new Set(many.flatMap(({ edges }) => edges.map((edge) => edge.id)));
  const marked = new Set(many.map(({ hub }) => hub));
  return {
    ...view,
    nodes: view.nodes.map((node) =>
      node.kind === "workload" && marked.has(node.id) ? { ...node, doubt: true } : node,
    ),
    edges: view.edges.map((edge) => (quiet.has(edge.id) ? { ...edge, quiet: true } : edge)),
  };
}
