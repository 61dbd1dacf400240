/**
 * Where everything on the map stands: islands, workloads, the outside, and the way of each line.
 *
 * Pure and deterministic: the same nodes and edges give the same picture, so nothing jumps when a
 * page is loaded again.
 */
import { isUncertain } from "../shared/text";
import { columnsOf } from "./columns";
import {
  arrange,
  BETWEEN,
  inOrder,
  inside,
  NAME_HEIGHT,
  NAME_MAX,
  NODE,
  textWidth,
  type Box,
  type Inside,
} from "./islands";
import { linkKey, type Door, type Layered, type Link, type Point } from "./layers";
import { detour } from "./detours";
import { placeLabels } from "./labels";
import { route, type Route } from "./routes";
import {
  isIsland,
  type ExternalNode,
  type IslandNode,
  type MapEdge,
  type MapNode,
  type MapView,
} from "./types";
import { unionOf } from "./union";

export interface Placement {
  /** Centre and size of every node, by id. */
  boxes: Map<string, Box>;
  routes: Map<string, Route>;
  /** How far along its line a label stands (in pixels); a line without room has none. */
  labels: Map<string, number>;
}

const BETWEEN_UPRIGHT = { column: 64, row: 28, maxRows: 2, plain: 28, aspect: 1.2 };
export const MARGIN = 64;
export const EXTERNAL_HEIGHT = 36;

/** In `portrait` (a phone held upright) namespaces lead from top to bottom. */
export function layOut(given: MapView, portrait = false): Placement {
  const view = { ...given, edges: shaping(given.edges) };
  const boxes = new Map<string, Box>();
  const parentOf = outermost(view);
  const islands = view.nodes
    .filter(isIsland)
    .filter((node) => parentOf.get(node.id) === node.id)
    .sort(systemLast);
  const links = crossLinks(view, parentOf);
  const doors = portrait ? [] : doorsOf(view, islands, links, parentOf);
  const insides = new Map(islands.map((island) => [island.id, inside(island, view, doors)]));
  const sizes = islands.map((island) => ({ id: island.id, ...insides.get(island.id)!.size }));
  const plan = portrait
    ? turned(arrange(sizes.map(turnedBox), links, BETWEEN_UPRIGHT))
    : arrange(sizes, links, BETWEEN);
  for (const island of islands) {
    const centre = plan.at.get(island.id)!;
    const { size, at } = insides.get(island.id)!;
    boxes.set(island.id, { ...centre, ...size });
    for (const [id, { x, y, w, h }] of at) {
      boxes.set(id, { x: centre.x - size.w / 2 + x, y: centre.y - size.h / 2 + y, w, h });
    }
  }
  placeOutside(view, boxes, plan, portrait);
  return finish(given, boxes, portrait, bendsOf(view, boxes, parentOf, insides, plan));
}

/** Each node, and the island on the sea that it is on. */
function outermost(view: MapView): Map<string, string> {
  const parents = new Map(view.nodes.map((node) => [node.id, node.parent]));
  const top = (id: string): string => {
    const parent = parents.get(id);
    return parent && parents.has(parent) ? top(parent) : id;
  };
  return new Map(view.nodes.map((node) => [node.id, top(node.id)]));
}

/** What is certain, and what a draft changes, gives the map its shape; the rest finds its way. */
function shaping(given: readonly MapEdge[]): MapEdge[] {
  const edges = given.filter(({ crowd }) => !crowd);
  const shaped = edges.filter(
    ({ verdict, change }) => !isUncertain(verdict) || (change && change !== "unchanged"),
  );
  return shaped.length > 0 ? shaped : edges;
}

/**
 * Places that hold for all of `views`, so that nothing moves from one to the next: a line that any
 * of them has counts, and a node that this one lacks leaves its room free. Labels are those of `view`.
 */
export function layOutAmong(view: MapView, views: readonly MapView[], portrait = false): Placement {
  const { boxes, routes } = layOut(unionOf([view, ...views]), portrait);
  return { boxes, routes, labels: labelsOf(view, boxes, routes) };
}

const turnedBox = <T extends { w: number; h: number }>(box: T): T => ({
  ...box,
  w: box.h,
  h: box.w,
});

/** The same plan with columns as rows. */
function turned(plan: Layered): Layered {
  const turn = ({ x, y }: Point): Point => ({ x: y, y: x });
  const turnAll = (ways: Map<string, Point[]>): Map<string, Point[]> =>
    new Map([...ways].map(([key, way]) => [key, way.map(turn)]));
  return {
    ...turnedBox(plan),
    at: new Map([...plan.at].map(([id, point]) => [id, turn(point)])),
    bends: turnAll(plan.bends),
    doors: turnAll(plan.doors),
  };
}

/** By name, but what belongs to the cluster itself stands after what runs on it, empty ones last. */
function systemLast(a: IslandNode, b: IslandNode): number {
  const late = ({ label, workloads }: IslandNode): number =>
    workloads === 0 ? 2 : Number(/^(kube-|.*-system$)/.test(label));
  return late(a) - late(b) || inOrder(a, b);
}

/** Ways and labels for given places: what changes when only edges change. Ways in `kept` stay. */
export function finish(
  view: MapView,
  boxes: Map<string, Box>,
  portrait = false,
  bends: Map<string, Point[]> = new Map(),
  kept: Map<string, Route> = new Map(),
): Placement {
  const routes = new Map<string, Route>();
  const ordered = [...view.edges].sort(byId);
  const bodies = view.nodes.flatMap((node) => {
    const box = isIsland(node) && node.open ? undefined : boxes.get(node.id);
    return box ? [{ id: node.id, ...box }] : [];
  });
  const pairs = new Set(ordered.map(linkKey));
  for (const edge of ordered) {
    const [from, to] = [boxes.get(edge.source), boxes.get(edge.target)];
    if (!from || !to) continue;
    const old = kept.get(edge.id);
    if (old) {
      routes.set(edge.id, old);
      continue;
    }
    const back = pairs.has(linkKey({ source: edge.target, target: edge.source }));
    const way = route(from, to, bends.get(edge.id) ?? [], back, portrait);
    // A line that is drawn for a moment only needs no way of its own.
    if (edge.crowd) {
      routes.set(edge.id, way);
      continue;
    }
    const others = bodies.filter(({ id }) => id !== edge.source && id !== edge.target);
    const downwards = portrait && way.start.x === from.x;
    routes.set(edge.id, detour(way, others, downwards));
  }
  return { boxes, routes, labels: labelsOf(view, boxes, routes) };
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);

function labelsOf(
  view: MapView,
  boxes: Map<string, Box>,
  routes: Map<string, Route>,
): Map<string, number> {
  const labelled = view.edges.filter(({ quiet, text }) => !quiet && text);
  if (labelled.length === 0) return new Map();
  return placeLabels(labelled.sort(byId), routes, obstacles(view, boxes));
}

export const entry = (id: string): string => `entry ${id}`;
export const exit = (id: string): string => `exit ${id}`;

/** A workload that is joined to another island or the outside needs a free way to the rim. */
function doorsOf(
  view: MapView,
  islands: readonly IslandNode[],
  links: readonly Link[],
  parentOf: Map<string, string>,
): Door[] {
  const sizes = islands.map(({ id }) => ({ id, w: 0, h: 0 }));
  const columnOf = columnsOf(sizes, links, BETWEEN.maxRows);
  const column = (id: string, side: number): number => columnOf.get(parentOf.get(id) ?? "") ?? side;
  const doors = new Map<string, Door>();
  for (const { source, target } of view.edges) {
    if (parentOf.get(source) === parentOf.get(target)) continue;
    if (column(source, -Infinity) >= column(target, Infinity)) continue;
    doors.set(exit(source), { id: exit(source), item: source, side: "right" });
    doors.set(entry(target), { id: entry(target), item: target, side: "left" });
  }
  return [...doors.values()];
}

function crossLinks(view: MapView, parentOf: Map<string, string>): Link[] {
  const links = new Map<string, Link>();
  const islands = new Set(view.nodes.filter(isIsland).map(({ id }) => id));
  for (const edge of view.edges) {
    const source = parentOf.get(edge.source);
    const target = parentOf.get(edge.target);
    if (!source || !target || !islands.has(source) || !islands.has(target) || source === target)
      continue;
    links.set(linkKey({ source, target }), { source, target });
  }
  return [...links.values()];
}

/** The outside stands in the margins, beside what it is joined to. */
function placeOutside(
  view: MapView,
  boxes: Map<string, Box>,
  plan: { w: number; h: number },
  portrait: boolean,
): void {
  const outside = view.nodes.filter((node): node is ExternalNode => node.kind === "external");
  const axis = portrait ? "x" : "y";
  const [along, across] = portrait ? [plan.w, plan.h] : [plan.h, plan.w];
  for (const side of ["left", "right"] as const) {
    const members = outside.filter((node) => node.side === side);
    const depth = portrait ? EXTERNAL_HEIGHT : Math.max(0, ...members.map(externalWidth));
    const edge = MARGIN + depth / 2;
    const fixed = side === "left" ? -edge : across + edge;
    const wishes = members
      .map((node) => ({ node, wish: meanPlace(node, view, boxes, axis) ?? along / 2 }))
      .sort((a, b) => a.wish - b.wish || (a.node.id < b.node.id ? -1 : 1));
    let floor = -Infinity;
    for (const { node, wish } of wishes) {
      const size = { w: externalWidth(node), h: EXTERNAL_HEIGHT };
      const length = portrait ? size.w : size.h;
      const place = Math.max(wish, floor + length / 2);
      boxes.set(node.id, {
        ...(portrait ? { x: place, y: fixed } : { x: fixed, y: place }),
        ...size,
      });
      floor = place + length / 2 + 20;
    }
  }
}

function meanPlace(
  node: MapNode,
  view: MapView,
  boxes: Map<string, Box>,
  axis: "x" | "y",
): number | null {
  const places = view.edges
    .filter((edge) => edge.source === node.id || edge.target === node.id)
    .map((edge) => boxes.get(edge.source === node.id ? edge.target : edge.source)?.[axis])
    .filter((place) => place !== undefined);
  return places.length > 0 ? places.reduce((a, b) => a + b, 0) / places.length : null;
}

export const externalWidth = (node: ExternalNode): number =>
  Math.max(76, Math.min(190, textWidth(node.label, 7.4) + 28));

/** The points that each line passes, in the map's coordinates. */
function bendsOf(
  view: MapView,
  boxes: Map<string, Box>,
  parentOf: Map<string, string>,
  insides: Map<string, Inside>,
  plan: Layered,
): Map<string, Point[]> {
  const within = (island: string, way: readonly Point[] | undefined): Point[] => {
    const box = boxes.get(island);
    if (!box || !way) return [];
    return way.map(({ x, y }) => ({ x: box.x - box.w / 2 + x, y: box.y - box.h / 2 + y }));
  };
  const bends = new Map<string, Point[]>();
  for (const edge of view.edges) {
    const source = parentOf.get(edge.source) ?? "";
    const target = parentOf.get(edge.target) ?? "";
    const [from, to] = [insides.get(source), insides.get(target)];
    if (source === target) {
      bends.set(edge.id, within(source, from?.bends.get(linkKey(edge))));
      continue;
    }
    bends.set(edge.id, [
      ...within(source, from?.doors.get(exit(edge.source))),
      ...(plan.bends.get(linkKey({ source, target })) ?? []),
      ...within(target, to?.doors.get(entry(edge.target))),
    ]);
  }
  return bends;
}

/** What a label must not cover. */
function obstacles(view: MapView, boxes: Map<string, Box>): Box[] {
  return view.nodes.flatMap((node) => {
    const box = boxes.get(node.id);
    if (!box) return [];
    if (isIsland(node) && node.open) {
      const width = textWidth(node.label, 8) + 130;
      const left = box.x - box.w / 2 + 12 + width / 2;
      return [{ x: left, y: box.y - box.h / 2 + 20, w: width, h: 28 }];
    }
    if (node.kind !== "workload") return [box];
    const w = Math.max(NODE + 12, Math.min(NAME_MAX, textWidth(node.label)));
    return [{ x: box.x, y: box.y + NAME_HEIGHT / 2, w, h: NODE + NAME_HEIGHT + 8 }];
  });
}
