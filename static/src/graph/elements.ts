/** Turns a map and its placement into Cytoscape elements: data only, the looks are in styles.ts. */
import type { ElementDefinition } from "cytoscape";
import { markImage, namespaceMark, workloadImage } from "./badges";
import type { Palette } from "./palette";
import { MESH_HEIGHT, meshText, type Box, type Placement } from "./layout";
import { connectionsShort, isUncertain, plural } from "../shared/text";
import { relative, type Route } from "./routes";
import type { ExternalNode, MapEdge, MapNode, MapView, NamespaceNode, WorkloadNode } from "./types";

const SIGN = { added: "+ ", removed: "− ", changed: "~ ", unchanged: "" } as const;

export function elementsOf(
  view: MapView,
  placement: Placement,
  palette: Palette,
): ElementDefinition[] {
  const elements: ElementDefinition[] = [];
  for (const node of view.nodes) {
    const box = placement.boxes.get(node.id);
    if (!box) continue;
    const data = { id: node.id, w: box.w, h: box.h, ...dataOf(node, palette) };
    const classes = [classOf(node), node.change ?? ""].join(" ").trim();
    elements.push({ group: "nodes", data, classes, position: { x: box.x, y: box.y } });
    if (node.kind === "namespace" && node.mesh && node.open) elements.push(meshElement(node, box));
  }
  for (const edge of view.edges) {
    const way = placement.routes.get(edge.id);
    if (way) elements.push(edgeElement(edge, way, placement.labels.get(edge.id)));
  }
  return elements;
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
  if (node.kind === "namespace") {
    if (node.workloads === 0) return "island empty";
    return node.open ? "island" : "island card";
  }
  return node.kind === "external" ? `external ${node.side}` : "workload";
}

function dataOf(node: MapNode, palette: Palette): Record<string, string | number> {
  if (node.kind === "namespace") return namespaceData(node, palette);
  return node.kind === "external" ? externalData(node, palette) : workloadData(node, palette);
}

function namespaceData(node: NamespaceNode, palette: Palette): Record<string, string> {
  const empty = node.workloads === 0;
  const counts = empty ? "empty" : plural(node.workloads, "workload");
  const tint = palette.island(node.label);
  return {
    label: node.open || empty ? `${node.label}  ·  ${counts}` : node.label,
    name: node.label,
    counts: node.open ? "" : counts,
    fill: tint.fill,
    edge: tint.edge,
    image: markImage(namespaceMark(node, palette)),
  };
}

function workloadData(node: WorkloadNode, palette: Palette): Record<string, string> {
  const ground = palette.island(node.parent.replace(/^ns:/, "")).fill;
  return { label: node.label, image: workloadImage(node, palette), ground };
}

function externalData(node: ExternalNode, palette: Palette): Record<string, string> {
  return { label: node.label, fill: palette.surface };
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
  ].join(" ");
  return { group: "edges", data, classes };
}
