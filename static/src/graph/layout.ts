/**
 * Where everything on the map stands: islands, workloads, the outside, and the way of each line.
 *
 * Pure and deterministic: the same nodes and edges give the same picture, so nothing jumps when a
 * page is loaded again.
 */
import { layered, linkKey, type Item, type Layered, type Link, type Point } from "./layers";
import { placeLabels } from "./labels";
import { route, type Route } from "./routes";
import type { ExternalNode, MapNode, MapView, NamespaceNode, WorkloadNode } from "./types";

export interface Box extends Point {
  w: number;
  h: number;
}

export interface Placement {
  /** Centre and size of every node, by id. */
  boxes: Map<string, Box>;
  routes: Map<string, Route>;
  /** How far along its line a label stands (in pixels); a line without room has none. */
  labels: Map<string, number>;
}

export const NODE = 44;
export const NAME_HEIGHT = 20;
export const CARD = { w: 196, h: 92 };
const NAME_MAX = 156;
const PAD = { top: 56, side: 28, bottom: 22 };
const PLAIN_GAP = 28;
const ROW_GAP = 26;
const MARGIN = 112;
const EXTERNAL_HEIGHT = 36;
const SHAPE = 1.7;

export const textWidth = (text: string, perCharacter = 7): number => text.length * perCharacter;

export function layOut(view: MapView): Placement {
  const boxes = new Map<string, Box>();
  const islands = view.nodes.filter((node) => node.kind === "namespace");
  const parentOf = new Map(view.nodes.map((node) => [node.id, node.parent ?? node.id]));
  const insides = new Map(islands.map((island) => [island.id, inside(island, view)]));
  const links = crossLinks(view, parentOf);
  const plan = arrange(
    islands.map((island) => ({ id: island.id, ...insides.get(island.id)!.size })),
    links,
    { column: 150, row: 44, maxRows: 4, plain: 44 },
  );
  for (const island of islands) {
    const centre = plan.at.get(island.id)!;
    const { size, at } = insides.get(island.id)!;
    boxes.set(island.id, { ...centre, ...size });
    for (const [id, point] of at) {
      const x = centre.x - size.w / 2 + point.x;
      const y = centre.y - size.h / 2 + point.y;
      boxes.set(id, { x, y, w: NODE, h: NODE });
    }
  }
  placeOutside(view, boxes, plan);
  return finish(view, boxes, bendsOf(view, boxes, parentOf, insides, plan));
}

/** Ways and labels for given places: what changes when only edges change. */
export function finish(
  view: MapView,
  boxes: Map<string, Box>,
  bends: Map<string, Point[]> = new Map(),
): Placement {
  const routes = new Map<string, Route>();
  const ordered = [...view.edges].sort((a, b) => (a.id < b.id ? -1 : 1));
  const pairs = new Set(ordered.map(linkKey));
  for (const edge of ordered) {
    const [from, to] = [boxes.get(edge.source), boxes.get(edge.target)];
    if (!from || !to) continue;
    const back = pairs.has(linkKey({ source: edge.target, target: edge.source }));
    routes.set(edge.id, route(from, to, bends.get(edge.id) ?? [], back));
  }
  return { boxes, routes, labels: placeLabels(ordered, routes, obstacles(view, boxes)) };
}

interface Inside {
  size: { w: number; h: number };
  at: Map<string, Point>;
  bends: Map<string, Point[]>;
}

function inside(island: NamespaceNode, view: MapView): Inside {
  if (!island.open) return { size: CARD, at: new Map(), bends: new Map() };
  const members = view.nodes.filter(
    (node): node is WorkloadNode => node.kind === "workload" && node.parent === island.id,
  );
  const items = members.map((node) => ({
    id: node.id,
    w: Math.max(72, Math.min(NAME_MAX, textWidth(node.label))),
    h: NODE + NAME_HEIGHT,
  }));
  const own = new Set(items.map((item) => item.id));
  const links = view.edges.filter((edge) => own.has(edge.source) && own.has(edge.target));
  const plan = arrange(items, links, { column: 84, row: ROW_GAP, maxRows: 7, plain: PLAIN_GAP });
  const w = Math.max(plan.w, textWidth(island.label, 8) + 130, 120) + 2 * PAD.side;
  const shift = (point: Point): Point => ({
    x: point.x + (w - plan.w) / 2,
    y: point.y + PAD.top - NAME_HEIGHT / 2,
  });
  return {
    size: { w, h: plan.h + PAD.top + PAD.bottom },
    at: new Map([...plan.at].map(([id, point]) => [id, shift(point)])),
    bends: new Map([...plan.bends].map(([key, lane]) => [key, lane.map(shift)])),
  };
}

interface Spacing {
  column: number;
  row: number;
  maxRows: number;
  plain: number;
}

/** Linked boxes in columns; boxes that nothing links stand below them, row by row. */
function arrange(items: readonly Item[], links: readonly Link[], space: Spacing): Layered {
  const linked = new Set(
    links.flatMap((link) => (link.source === link.target ? [] : [link.source, link.target])),
  );
  const joined = items.filter((item) => linked.has(item.id));
  const alone = items.filter((item) => !linked.has(item.id));
  const top = layered(joined, links, space);
  if (alone.length === 0) return top;
  const area = alone.reduce((sum, item) => sum + (item.w + space.plain) * (item.h + space.row), 0);
  const widest = Math.max(...alone.map((item) => item.w));
  const width = Math.max(joined.length > 0 ? top.w : 0, Math.sqrt(area * SHAPE), widest);
  const rows = shelves(alone, width, space);
  const w = Math.max(top.w, rows.w);
  const at = new Map<string, Point>();
  const bends = new Map<string, Point[]>();
  const move = (dx: number, dy: number) => (point: Point) => ({ x: point.x + dx, y: point.y + dy });
  const centre = move((w - top.w) / 2, 0);
  for (const [id, point] of top.at) at.set(id, centre(point));
  for (const [key, lane] of top.bends) bends.set(key, lane.map(centre));
  const gap = joined.length > 0 ? top.h + space.row : 0;
  const below = move((w - rows.w) / 2, gap);
  for (const [id, point] of rows.at) at.set(id, below(point));
  return { at, bends, w, h: gap + rows.h };
}

function shelves(items: readonly Item[], width: number, space: Spacing): Omit<Layered, "bends"> {
  const ordered = [...items].sort((a, b) => (a.id < b.id ? -1 : 1));
  const same = Math.max(...ordered.map((item) => item.w));
  const uniform = ordered.every((item) => item.h === ordered[0]!.h);
  const rows: { items: Item[]; w: number; h: number }[] = [];
  for (const item of ordered) {
    const w = uniform ? same : item.w;
    const row = rows.at(-1);
    if (row && row.w + space.plain + w <= width + 1) {
      row.items.push({ ...item, w });
      row.w += space.plain + w;
      row.h = Math.max(row.h, item.h);
    } else {
      rows.push({ items: [{ ...item, w }], w, h: item.h });
    }
  }
  const at = new Map<string, Point>();
  let y = 0;
  for (const row of rows) {
    let x = 0;
    for (const item of row.items) {
      at.set(item.id, { x: x + item.w / 2, y: y + row.h / 2 });
      x += item.w + space.plain;
    }
    y += row.h + space.row;
  }
  return { at, w: Math.max(...rows.map((row) => row.w)), h: y - space.row };
}

function crossLinks(view: MapView, parentOf: Map<string, string>): Link[] {
  const links = new Map<string, Link>();
  for (const edge of view.edges) {
    const source = parentOf.get(edge.source);
    const target = parentOf.get(edge.target);
    if (!source?.startsWith("ns:") || !target?.startsWith("ns:") || source === target) continue;
    links.set(linkKey({ source, target }), { source, target });
  }
  return [...links.values()];
}

/** The outside stands in the margins, at the height of what it is joined to. */
function placeOutside(
  view: MapView,
  boxes: Map<string, Box>,
  plan: { w: number; h: number },
): void {
  const outside = view.nodes.filter((node): node is ExternalNode => node.kind === "external");
  for (const side of ["left", "right"] as const) {
    const members = outside.filter((node) => node.side === side);
    if (members.length === 0) continue;
    const width = Math.max(...members.map(externalWidth));
    const x = side === "left" ? -MARGIN - width / 2 : plan.w + MARGIN + width / 2;
    const wishes = members
      .map((node) => ({ node, y: meanHeight(node, view, boxes) ?? plan.h / 2 }))
      .sort((a, b) => a.y - b.y || (a.node.id < b.node.id ? -1 : 1));
    let floor = -Infinity;
    for (const { node, y } of wishes) {
      const place = Math.max(y, floor);
      boxes.set(node.id, { x, y: place, w: externalWidth(node), h: EXTERNAL_HEIGHT });
      floor = place + EXTERNAL_HEIGHT + 20;
    }
  }
}

function meanHeight(node: MapNode, view: MapView, boxes: Map<string, Box>): number | null {
  const heights = view.edges
    .filter((edge) => edge.source === node.id || edge.target === node.id)
    .map((edge) => boxes.get(edge.source === node.id ? edge.target : edge.source)?.y)
    .filter((y) => y !== undefined);
  return heights.length > 0 ? heights.reduce((a, b) => a + b, 0) / heights.length : null;
}

const externalWidth = (node: ExternalNode): number =>
  Math.max(76, Math.min(190, textWidth(node.label, 7.4) + 28));

/** The points that each line passes, in the map's coordinates. */
function bendsOf(
  view: MapView,
  boxes: Map<string, Box>,
  parentOf: Map<string, string>,
  insides: Map<string, Inside>,
  plan: Layered,
): Map<string, Point[]> {
  const bends = new Map<string, Point[]>();
  for (const edge of view.edges) {
    const source = parentOf.get(edge.source) ?? "";
    const target = parentOf.get(edge.target) ?? "";
    const own = source === target ? insides.get(source) : undefined;
    if (own) {
      const box = boxes.get(source)!;
      const move = (point: Point): Point => ({
        x: box.x - box.w / 2 + point.x,
        y: box.y - box.h / 2 + point.y,
      });
      bends.set(edge.id, (own.bends.get(linkKey(edge)) ?? []).map(move));
    } else {
      bends.set(edge.id, plan.bends.get(linkKey({ source, target })) ?? []);
    }
  }
  return bends;
}

/** What a label must not cover. */
function obstacles(view: MapView, boxes: Map<string, Box>): Box[] {
  return view.nodes.flatMap((node) => {
    const box = boxes.get(node.id);
    if (!box) return [];
    if (node.kind === "namespace" && node.open) {
      const width = textWidth(node.label, 8) + 130;
      const left = box.x - box.w / 2 + 12 + width / 2;
      return [{ x: left, y: box.y - box.h / 2 + 20, w: width, h: 28 }];
    }
    if (node.kind !== "workload") return [box];
    const w = Math.max(NODE + 12, Math.min(NAME_MAX, textWidth(node.label)));
    return [{ x: box.x, y: box.y + NAME_HEIGHT / 2, w, h: NODE + NAME_HEIGHT + 8 }];
  });
}
