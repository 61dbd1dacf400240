/** Which part of the union of before and after a toggle shows. */

import type { MapEdge, MapNode, MapView } from "../graph/types";
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
    return only ? { ...map, edges: map.edges.filter(isChange) } : map;
  }
  const earlier = new Map(show === "before" ? base.nodes.map((node) => [node.id, node]) : []);
  const nodes = map.nodes.map((node) => plain(asBefore(node, earlier.get(node.id))));
  const edges = map.edges.flatMap((edge) => sideOf(edge, show));
  return { ...map, nodes, edges };
}

function isChange(edge: MapEdge): boolean {
  return edge.change !== undefined && edge.change !== "unchanged";
}

/** The node with the badges it had before; an island stays open or closed as it is now. */
function asBefore(node: MapNode, earlier: MapNode | undefined): MapNode {
  if (earlier === undefined) return node;
  if (node.kind === "namespace" && earlier.kind === "namespace") {
    return { ...node, isolation: earlier.isolation };
  }
  return node.kind === "workload" ? earlier : node;
}

function plain(node: MapNode): MapNode {
  const { change: _change, ...rest } = node;
  return rest;
}

/** The edge as it is on one side, without any mark of change; none where it does not exist there. */
function sideOf(edge: MapEdge, side: "before" | "after"): MapEdge[] {
  const { change, before, after, ...rest } = edge;
  if (change === (side === "before" ? "added" : "removed")) return [];
  const connections = (side === "before" ? before : after) ?? edge.connections;
  const text = change === "changed" ? connectionsShort(connections) : edge.text;
  return [{ ...rest, connections, text }];
}
