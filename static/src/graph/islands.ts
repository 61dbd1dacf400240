/** How large each island is, and where everything stands on it: workloads, or smaller islands. */
import { layered, type Door, type Item, type Layered, type Link, type Point } from "./layers";
import { shelves } from "./shelves";
import {
  isIsland,
  type GroupNode,
  type IslandNode,
  type MapView,
  type NamespaceNode,
  type WorkloadNode,
} from "./types";

export interface Box extends Point {
  w: number;
  h: number;
}

export const NODE = 44;
export const NAME_HEIGHT = 20;
export const CARD = { w: 196, h: 92 };
export const NAME_MAX = 156;
export const MESH_HEIGHT = 26;
const PAD = { top: 54, side: 26, bottom: 20 };
const INSIDE = { column: 80, row: 20, maxRows: 7, plain: 26, aspect: 1.9 };
export const BETWEEN = { column: 92, row: 34, maxRows: 4, plain: 34, aspect: 2.1 };
/** Cards of one group stand closer than islands on the sea. */
const WITHIN = { column: 60, row: 18, maxRows: 6, plain: 18, aspect: 1.9 };
const EMPTY_HEIGHT = 40;

export const textWidth = (text: string, perCharacter = 7): number => text.length * perCharacter;

export function meshText({ mesh }: NamespaceNode): string {
  if (!mesh) return "";
  return `⇄ each may reach each other${mesh === "All" ? "" : ` on ${mesh}`}`;
}

/** As people count: "ns-9" before "ns-10". */
const names = new Intl.Collator("en", { numeric: true });

export const inOrder = (a: IslandNode, b: IslandNode): number =>
  names.compare(a.label, b.label) || (a.label < b.label ? -1 : 1);

/** An island: `at` are the boxes on it, from its upper left corner. */
export interface Inside {
  size: { w: number; h: number };
  at: Map<string, Box>;
  bends: Map<string, Point[]>;
  doors: Map<string, Point[]>;
}

export function inside(island: IslandNode, view: MapView, doors: readonly Door[]): Inside {
  const none = (): Map<string, Point[]> => new Map();
  const plain = (size: { w: number; h: number }): Inside => ({
    size,
    at: new Map(),
    bends: none(),
    doors: none(),
  });
  if (island.workloads === 0 && !(island.kind === "group" && island.open)) {
    return plain({ w: textWidth(island.label, 8) + 84, h: EMPTY_HEIGHT });
  }
  if (!island.open) return plain(CARD);
  return island.kind === "group"
    ? insideGroup(island, view, doors)
    : insideSpace(island, view, doors);
}

function insideSpace(island: NamespaceNode, view: MapView, doors: readonly Door[]): Inside {
  const members = view.nodes.filter(
    (node): node is WorkloadNode => node.kind === "workload" && node.parent === island.id,
  );
  const items = members.map((node) => ({
    id: node.id,
    w: Math.max(76, Math.min(NAME_MAX, textWidth(node.label))),
    h: NODE + NAME_HEIGHT,
  }));
  const own = new Set(items.map((item) => item.id));
  const plan = arrange(
    items,
    view.edges.filter((edge) => own.has(edge.source) && own.has(edge.target)),
    INSIDE,
    doors.filter((door) => own.has(door.item)),
  );
  const titles = [textWidth(island.label, 9) + 150, textWidth(meshText(island), 6.6)];
  const { w, h, shift, shiftAll } = framed(plan, Math.max(...titles));
  return {
    size: { w, h: h + (island.mesh ? MESH_HEIGHT : 0) },
    // A square stands above the middle of its box: the name below it belongs to the box.
    at: new Map(
      [...plan.at].map(([id, point]) => {
        const { x, y } = shift(point);
        return [id, { x, y: y - NAME_HEIGHT / 2, w: NODE, h: NODE }];
      }),
    ),
    bends: shiftAll(plan.bends),
    doors: shiftAll(plan.doors),
  };
}

/** The namespaces of a group, or its smaller groups, and what is on them. */
function insideGroup(group: GroupNode, view: MapView, doors: readonly Door[]): Inside {
  const members = view.nodes
    .filter(isIsland)
    .filter((node) => node.parent === group.id)
    .sort(inOrder);
  const insides = new Map(members.map((each) => [each.id, inside(each, view, doors)]));
  const items = members.map(({ id }) => ({ id, ...insides.get(id)!.size }));
  const own = new Set(items.map((item) => item.id));
  const links = view.edges.filter((edge) => own.has(edge.source) && own.has(edge.target));
  const plan = arrange(items, links, WITHIN);
  const { w, h, shift, shiftAll } = framed(plan, textWidth(group.label, 9) + 200);
  const found: Inside = {
    size: { w, h },
    at: new Map(),
    bends: shiftAll(plan.bends),
    doors: new Map(),
  };
  for (const [id, each] of insides) {
    const { x, y } = shift(plan.at.get(id)!);
    const { size } = each;
    found.at.set(id, { x, y, ...size });
    const [left, top] = [x - size.w / 2, y - size.h / 2];
    const move = (point: Point): Point => ({ x: point.x + left, y: point.y + top });
    for (const [name, box] of each.at) found.at.set(name, { ...box, ...move(box) });
    for (const [key, way] of each.bends) found.bends.set(key, way.map(move));
    for (const [key, way] of each.doors) found.doors.set(key, way.map(move));
  }
  return found;
}

/** Room for a title above, and space around. */
function framed(plan: Layered, title: number) {
  const w = Math.max(plan.w, title) + 2 * PAD.side;
  const shift = ({ x, y }: Point): Point => ({ x: x + (w - plan.w) / 2, y: y + PAD.top });
  const shiftAll = (ways: Map<string, Point[]>): Map<string, Point[]> =>
    new Map([...ways].map(([key, way]) => [key, way.map(shift)]));
  return { w, h: plan.h + PAD.top + PAD.bottom, shift, shiftAll };
}

export interface Spacing {
  column: number;
  row: number;
  maxRows: number;
  plain: number;
  aspect: number;
}

/** Linked boxes in columns; boxes that nothing links stand below them, row by row. */
export function arrange(
  items: readonly Item[],
  links: readonly Link[],
  space: Spacing,
  doors: readonly Door[] = [],
): Layered {
  const linked = new Set(
    links.flatMap((link) => (link.source === link.target ? [] : [link.source, link.target])),
  );
  // With a single door-less group there is nothing to keep a way free for.
  for (const door of doors) if (linked.size > 0 || items.length > 1) linked.add(door.item);
  const joined = items.filter((item) => linked.has(item.id));
  const alone = items.filter((item) => !linked.has(item.id));
  const top = layered(
    joined,
    links,
    space,
    doors.filter((door) => linked.has(door.item)),
  );
  if (alone.length === 0) return top;
  const gap = { column: space.plain, row: space.row };
  const rows = shelves(alone, gap, space.aspect, joined.length > 0 ? top.w : 0);
  const w = Math.max(top.w, rows.w);
  const start = joined.length > 0 ? top.h + space.row : 0;
  const move =
    (dx: number, dy: number) =>
    ({ x, y }: Point): Point => ({ x: x + dx, y: y + dy });
  const centre = move((w - top.w) / 2, 0);
  const below = move((w - rows.w) / 2, start);
  const moved = (ways: Map<string, Point[]>): Map<string, Point[]> =>
    new Map([...ways].map(([key, way]) => [key, way.map(centre)]));
  const at = new Map([...top.at].map(([id, point]) => [id, centre(point)]));
  for (const [id, point] of rows.at) at.set(id, below(point));
  return { at, bends: moved(top.bends), doors: moved(top.doors), w, h: start + rows.h };
}
