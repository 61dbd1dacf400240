/**
 * Lines that depend on what the input does not say. Where many of the same kind meet at one
 * workload, a mark on it says so, and the lines are drawn when somebody asks for them.
 */
import { isUncertain } from "../shared/text";
import type { MapEdge, MapNode, MapView } from "./types";

/** From so many lines on nobody follows a single one. */
const MANY = 6;
/** Where a policy that is not evaluated is the reason, the lines are what the reader looks for. */
const MANY_UNDER_A_POLICY = 16;

/** Does a policy that is not evaluated leave a direction of this workload unknown? */
const isHidden = (node: MapNode): boolean =>
  node.kind === "workload" &&
  (node.not_known?.ingress.length ?? 0) + (node.not_known?.egress.length ?? 0) > 0;

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
  const hidden = new Set(view.nodes.filter(isHidden).map((node) => node.id));
  const many = [...groups.values()].filter(
    ({ hub, edges }) => edges.length >= (hidden.has(hub) ? MANY_UNDER_A_POLICY : MANY),
  );
  if (many.length === 0 && hidden.size === 0) return view;
  const quiet = new Set(many.flatMap(({ edges }) => edges.map((edge) => edge.id)));
  const marked = new Set([...hidden, ...many.map(({ hub }) => hub)]);
  return {
    ...view,
    nodes: view.nodes.map((node) =>
      node.kind === "workload" && marked.has(node.id) ? { ...node, doubt: true } : node,
    ),
    edges: view.edges.map((edge) => (quiet.has(edge.id) ? { ...edge, quiet: true } : edge)),
  };
}
