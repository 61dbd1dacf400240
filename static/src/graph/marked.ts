/** Two views of the same as one: what only the later has, what only the earlier had, what differs. */
import { connectionsShort } from "../shared/text";
import { isIsland, type MapEdge, type MapNode, type MapView, type NodeChange } from "./types";

/** Can the two be compared line by line? Not where they are cut into other pieces. */
export function canMark(before: MapView, after: MapView): boolean {
  const open = new Map(before.nodes.filter(isIsland).map((node) => [node.id, node.open]));
  return (
    before.level === after.level &&
    !before.cut &&
    !after.cut &&
    after.nodes.filter(isIsland).every((node) => (open.get(node.id) ?? node.open) === node.open)
  );
}

/** The later view with a mark on whatever is not as it was; what is gone is in it as well. */
export function marked(before: MapView, after: MapView): MapView {
  const was = new Map(before.nodes.map((node) => [node.id, node]));
  const is = new Set(after.nodes.map((node) => node.id));
  const lines = new Map(before.edges.map((edge) => [edge.id, edge]));
  const drawn = new Set(after.edges.map((edge) => edge.id));
  const lost = before.nodes.filter((node) => !is.has(node.id));
  const there = new Set([...is, ...lost.map((node) => node.id)]);
  const gone = before.edges.filter(
    (edge) => !drawn.has(edge.id) && there.has(edge.source) && there.has(edge.target),
  );
  return {
    ...after,
    nodes: [
      ...after.nodes.map((node) => withMark(node, changeOf(was.get(node.id), node))),
      ...lost.map((node) => withMark(node, "lost")),
    ],
    edges: [
      ...after.edges.map((edge) => compared(lines.get(edge.id), edge)),
      ...gone.map((edge) => ({ ...edge, change: "removed" as const })),
    ],
  };
}

const withMark = <T extends MapNode>(node: T, change: NodeChange): T =>
  change === null ? node : { ...node, change };

function changeOf(before: MapNode | undefined, after: MapNode): NodeChange {
  if (before === undefined) return "new";
  return lookOf(before) === lookOf(after) ? null : "changed";
}

/** What is drawn of a node besides its name. What an open island stands for is on it. */
function lookOf(node: MapNode): string {
  switch (node.kind) {
    case "external":
      return node.addresses;
    case "workload": {
      const { pods, isolation, open_to_all, opens_to_all, not_known, policies, entry } = node;
      const { outside_in, outside_out, self } = node;
      const own = { pods, isolation, open_to_all, opens_to_all, not_known, policies, entry };
      return JSON.stringify({ ...own, outside_in, outside_out, self });
    }
    default: {
      if (node.open) return "";
      const { workloads, pods, isolation, not_known } = node;
      return JSON.stringify({ workloads, pods, isolation, not_known });
    }
  }
}

function compared(before: MapEdge | undefined, after: MapEdge): MapEdge {
  if (before === undefined) return { ...after, change: "added" };
  const ports = [before, after].map((edge) => JSON.stringify(edge.connections));
  if (ports[0] === ports[1] && before.verdict === after.verdict) return after;
  const text =
    ports[0] === ports[1]
      ? after.text
      : `${connectionsShort(before.connections)} → ${connectionsShort(after.connections)}`;
  return {
    ...after,
    change: "changed",
    before: before.connections,
    after: after.connections,
    text,
  };
}
