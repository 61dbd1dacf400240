/** Which part of the union of before and after a toggle shows. */

import { isIsland, type MapEdge, type MapNode, type MapView } from "../graph/types";
import { connectionsShort } from "../shared/text";
import type { Answer } from "./types";
import type { Show } from "./view_state";

/** All nodes stay, so that nothing moves; edges are those of the side, or those that differ. */
export function partOf(
  { map, base }: Pick<Answer, "map" | "base">,
  show: Show,
  only: boolean,
): MapView {
  if (show === "changes") {
    if (only) return { ...map, edges: map.edges.filter(isChange) };
    // Lines that stay are dimmed to let changes stand out: with no change, there is nothing to dim.
    return map.edges.some(isChange) ? map : { ...map, edges: map.edges.map(withoutMark) };
  }
  const earlier = new Map(show === "before" ? base.nodes.map((node) => [node.id, node]) : []);
  const nodes = map.nodes.map((node) => plain(asBefore(node, earlier.get(node.id))));
  const lines = new Map(base.edges.map((edge) => [edge.id, edge]));
  const edges = map.edges.flatMap((edge) => sideOf(edge, show, lines.get(edge.id)));
  return { ...map, nodes, edges };
}

const withoutMark = ({ change: _change, ...edge }: MapEdge): MapEdge => edge;

function isChange(edge: MapEdge): boolean {
  return edge.change !== undefined && edge.change !== "unchanged";
}

/** The node with the badges it had before; an island stays open or closed as it is now. */
function asBefore(node: MapNode, earlier: MapNode | undefined): MapNode {
  if (earlier === undefined) return node;
  if (isIsland(node) && isIsland(earlier)) {
    return { ...node, isolation: earlier.isolation };
  }
  return node.kind === "workload" ? earlier : node;
}

function plain(node: MapNode): MapNode {
  const { change: _change, ...rest } = node;
  return rest;
}

/** The edge as it is on one side, without any mark of change; none where it does not exist there. */
function sideOf(edge: MapEdge, side: "before" | "after", earlier?: MapEdge): MapEdge[] {
  const { change, before, after, ...rest } = edge;
  if (change === (side === "before" ? "added" : "removed")) return [];
  const connections = (side === "before" ? before : after) ?? edge.connections;
  const text = change === "changed" ? connectionsShort(connections) : edge.text;
  if (side === "after" || change === "unchanged") return [{ ...rest, connections, text }];
  // What had no line before was open by a badge, and badges stand for what is certain.
  const { verdict, reason } = earlier ?? { verdict: "allow", reason: null };
  return [{ ...rest, connections, text, verdict, reason }];
}
