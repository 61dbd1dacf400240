/** More lines than anybody can follow: they are drawn for the node that is pointed at. */
import type { MapEdge, MapView } from "./types";

/** The node that stands for all addresses that policies name. */
export const RANGES = "{ranges}";

/** Between what sums up many, and on the whole. */
const CLOSED = 120;
const ALL = 400;

/** The view with such lines marked `quiet`. What a draft changes is always drawn. */
export function foldCrowds(view: MapView): MapView {
  const closed = new Set(
    view.nodes.flatMap((node) => ("open" in node && !node.open ? [node.id] : [])),
  );
  const stays = (edge: MapEdge): boolean => !edge.change || edge.change === "unchanged";
  for (const node of view.nodes) {
    if (node.kind === "external" && node.addresses === RANGES) closed.add(node.id);
  }
  const between = (edge: MapEdge): boolean => closed.has(edge.source) && closed.has(edge.target);
  const drawn = view.edges.filter((edge) => !edge.quiet && stays(edge));
  const crowd = drawn.filter(between);
  const folded = drawn.length > ALL ? drawn : crowd.length > CLOSED ? drawn.filter(between) : [];
  if (folded.length === 0) return view;
  const quiet = new Set(folded.map((edge) => edge.id));
  return {
    ...view,
    edges: view.edges.map((edge) =>
      quiet.has(edge.id) ? { ...edge, quiet: true, crowd: true } : edge,
    ),
  };
}
