/** Turns a map and its placement into Cytoscape elements: data only, the looks are in styles.ts. */
import type { ElementDefinition } from "cytoscape";
import { islandMark, markImage, workloadImage } from "./badges";
import type { Palette } from "./palette";
import { MESH_HEIGHT, meshText, type Box } from "./islands";
import type { Placement } from "./layout";
import { connectionsShort, isUncertain, plural } from "../shared/text";
import { relative, type Route } from "./routes";
import {
  isIsland,
  islandName,
  type ExternalNode,
  type IslandNode,
  type MapEdge,
  type MapNode,
  type MapView,
  type NamespaceNode,
  type WorkloadNode,
} from "./types";

const SIGN = { added: "+ ", removed: "− ", changed: "~ ", unchanged: "" } as const;
const NODE_SIGN = { new: "+ ", lost: "− ", changed: "~ " } as const;

/** The name with the sign of what became of it: colour alone says nothing. */
const named = (node: MapNode): string =>
  `${node.change ? NODE_SIGN[node.change] : ""}${node.label}`;

export interface Elements {
  shown: ElementDefinition[];
  /** Lines too many to follow, by each of their ends. */
  aside: Map<string, MapEdge[]>;
}

export function elementsOf(view: MapView, placement: Placement, palette: Palette): Elements {
  const elements: ElementDefinition[] = [];
  for (const node of view.nodes) {
    const box = placement.boxes.get(node.id);
    if (!box) continue;
    const data = { id: node.id, w: box.w, h: box.h, ...dataOf(node, palette) };
    const classes = [classOf(node), node.change ?? ""].join(" ").trim();
    elements.push({ group: "nodes", data, classes, position: { x: box.x, y: box.y } });
    if (node.kind === "namespace" && node.mesh && node.open) elements.push(meshElement(node, box));
  }
  const lines = view.edges.filter((edge) => !edge.crowd);
  const aside = new Map<string, MapEdge[]>();
  for (const edge of view.edges) {
    if (!edge.crowd) continue;
    for (const end of [edge.source, edge.target]) {
      const known = aside.get(end);
      if (known) known.push(edge);
      else aside.set(end, [edge]);
    }
  }
  return { shown: [...elements, ...linesOf(lines, placement)], aside };
}

/** Those of the lines that have a way. */
export function linesOf(edges: readonly MapEdge[], placement: Placement): ElementDefinition[] {
  return edges.flatMap((edge) => {
    const way = placement.routes.get(edge.id);
    return way ? [edgeElement(edge, way, placement.labels.get(edge.id))] : [];
  });
}

/** The sentence at the foot of an island. */
function meshElement(node: NamespaceNode, box: Box): ElementDefinition {
  return {
    group: "nodes",
    data: { id: `mesh ${node.id}`, label: meshText(node), w: 1, h: 1 },
    classes: "mesh",
    position: { x: box.x, y: box.y + box.h / 2 - MESH_HEIGHT },
    selectable: false,
  };
}

function classOf(node: MapNode): string {
  if (isIsland(node)) {
    const kind = node.kind === "group" ? "island group" : "island";
    if (node.kind === "group" && node.open) return `${kind} open`;
    if (node.workloads === 0) return `${kind} empty`;
    return node.open ? kind : `${kind} card`;
  }
  return node.kind === "external" ? `external ${node.side}` : "workload";
}

function dataOf(node: MapNode, palette: Palette): Record<string, string | number> {
  if (isIsland(node)) return islandData(node, palette);
  return node.kind === "external" ? externalData(node, palette) : workloadData(node, palette);
}

/** "99 of 100 namespaces" where one of a group stands by itself. */
export function sizeOf(node: IslandNode): string {
  if (node.kind === "namespace") {
    return node.workloads === 0 ? "empty" : plural(node.workloads, "workload");
  }
  const share = node.namespaces === node.of ? "" : `${node.namespaces} of `;
  return `${share}${plural(node.of, "namespace")}\n${plural(node.workloads, "workload")}`;
}

function islandData(node: IslandNode, palette: Palette): Record<string, string> {
  const empty = node.workloads === 0 && node.kind === "namespace";
  const counts = sizeOf(node);
  const tint = palette.island(node.label);
  return {
    label: node.open || empty ? `${named(node)}  ·  ${counts.replace("\n", ", ")}` : named(node),
    name: named(node),
    toggles: islandName(node),
    counts: node.open ? "" : counts,
    fill: tint.fill,
    edge: tint.edge,
    image: markImage(islandMark(node, palette)),
  };
}

function workloadData(node: WorkloadNode, palette: Palette): Record<string, string> {
  const ground = palette.island(node.parent.replace(/^ns:/, "")).fill;
  return { label: named(node), image: workloadImage(node, palette), ground };
}

function externalData(node: ExternalNode, palette: Palette): Record<string, string> {
  return { label: named(node), fill: palette.surface };
}

/** The ports; once where only the certainty about them changed. */
function textOf({ text, change, before, after }: MapEdge): string {
  const same = change === "changed" && JSON.stringify(before) === JSON.stringify(after);
  return same && after ? connectionsShort(after) : text;
}

function edgeElement(edge: MapEdge, way: Route, place: number | undefined): ElementDefinition {
  const { weights, distances } = relative(way.bends, way.fromCentre, way.toCentre);
  const data = {
    id: edge.id,
    source: edge.source,
    target: edge.target,
    text: `${SIGN[edge.change ?? "unchanged"]}${isUncertain(edge.verdict) ? "? " : ""}${textOf(edge)}`,
    place: place ?? 0,
    size: edge.width,
    weights: weights.join(" "),
    distances: distances.join(" "),
    bow: way.bow,
  };
  const classes = [
    way.kind,
    edge.change ?? "",
    edge.verdict,
    place === undefined ? "no-room" : "",
    edge.quiet ? "quiet" : "",
    edge.crowd ? "crowd" : "",
  ].join(" ");
  return { group: "edges", data, classes };
}
