/**
 * The places of a view that came out of another: what both have stays where it is, to the pixel, and
 * what is new finds room beside it. No drawing here.
 */
import {
  CARD,
  inside,
  inOrder,
  NAME_HEIGHT,
  NAME_MAX,
  NODE,
  textWidth,
  type Box,
  type Inside,
} from "./islands";
import { EXTERNAL_HEIGHT, externalWidth, finish, MARGIN, type Placement } from "./layout";
import {
  isIsland,
  type ExternalNode,
  type IslandNode,
  type MapView,
  type WorkloadNode,
} from "./types";

export interface Drawn {
  readonly view: MapView;
  readonly placement: Placement;
}

/** Between what is new and what was there. */
const GAP = 14;
const APART = 34;
/** Where a search for room looks next. */
const STEP = 12;
const TITLE = 54;
const SIDE = 20;
const FOOT = 16;

/** Can `after` be drawn into `before`? Not where it is cut into other pieces. */
export function canEvolve(before: MapView, after: MapView): boolean {
  const open = new Map(before.nodes.filter(isIsland).map((node) => [node.id, node.open]));
  const islands = after.nodes.filter(isIsland);
  const kept = islands.filter((node) => open.has(node.id));
  const added = islands.filter((node) => !open.has(node.id));
  return (
    (kept.length > 0 || before.nodes.length === 0) &&
    kept.every((node) => open.get(node.id) === node.open) &&
    added.every((node) => node.parent === null && node.kind === "namespace")
  );
}

/** `before` is what is drawn. What is gone keeps its room until the next time, should it come back. */
export function evolve(view: MapView, before: Drawn, portrait = false): Placement {
  const ghosts = new Set(before.view.nodes.map((node) => node.id));
  const here = new Set(view.nodes.map((node) => node.id));
  const boxes = new Map(
    [...before.placement.boxes].filter(([id]) => here.has(id) || ghosts.has(id)),
  );
  const fresh = view.nodes.filter((node) => !boxes.has(node.id));
  for (const node of fresh.filter(isIsland).sort(inOrder)) settle(node, view, boxes);
  for (const node of fresh) {
    if (node.kind === "workload" && !boxes.has(node.id)) moveIn(node, view, boxes);
    if (node.kind === "external") standOutside(node, view, boxes, portrait);
  }
  const kept = new Map(
    [...before.placement.routes].filter(([id]) => {
      const [source, target] = id.split(" -> ") as [string, string];
      return [source, target].every((end) => same(boxes.get(end), before.placement.boxes.get(end)));
    }),
  );
  return finish(view, boxes, portrait, new Map(), kept);
}

const same = (one: Box | undefined, other: Box | undefined): boolean =>
  one !== undefined &&
  other !== undefined &&
  one.x === other.x &&
  one.y === other.y &&
  one.w === other.w &&
  one.h === other.h;

/** A new island stands in a gap among the others, else below them; near the middle rather than not. */
function settle(island: IslandNode, view: MapView, boxes: Map<string, Box>): void {
  const plan: Inside = inside(island, view, []);
  const { w, h } = plan.size;
  const { left, right, top, bottom } = boundsOf(islandBoxes(view, boxes));
  const middle = (left + right) / 2;
  const taken = [...boxes.values()];
  const rows = islandBoxes(view, boxes).map((box) => box.y - box.h / 2);
  const gaps = [...new Set([...rows, top])]
    .sort((a, b) => a - b)
    .flatMap((row) => spots(left + w / 2, right - w / 2, row + h / 2))
    .filter((at) => at.y + h / 2 <= bottom && isFree({ ...at, w, h }, taken, APART / 2))
    .sort((a, b) => Math.abs(a.x - middle) - Math.abs(b.x - middle));
  const below = bottom + (rows.length > 0 ? APART : 0) + h / 2;
  const aside = spots(middle, Math.max(middle, right) + w, below).find((at) =>
    isFree({ ...at, w, h }, taken, APART / 2),
  );
  const centre = gaps[0] ?? aside ?? { x: right + APART + w, y: below };
  boxes.set(island.id, { ...centre, w, h });
  for (const [id, box] of plan.at) {
    boxes.set(id, { ...box, x: centre.x - w / 2 + box.x, y: centre.y - h / 2 + box.y });
  }
}

function boundsOf(boxes: readonly Box[]): Record<"left" | "right" | "top" | "bottom", number> {
  if (boxes.length === 0) return { left: 0, right: 0, top: 0, bottom: 0 };
  return {
    left: Math.min(...boxes.map(({ x, w }) => x - w / 2)),
    right: Math.max(...boxes.map(({ x, w }) => x + w / 2)),
    top: Math.min(...boxes.map(({ y, h }) => y - h / 2)),
    bottom: Math.max(...boxes.map(({ y, h }) => y + h / 2)),
  };
}

function spots(from: number, to: number, y: number): { x: number; y: number }[] {
  const many = Math.max(0, Math.floor((to - from) / STEP) + 1);
  return Array.from({ length: many }, (_, index) => ({ x: from + index * STEP, y }));
}

const islandBoxes = (view: MapView, boxes: Map<string, Box>): Box[] =>
  view.nodes.filter(isIsland).flatMap((node) => boxes.get(node.id) ?? []);

/** A new workload stands in a gap of its island, which grows only where there is none. */
function moveIn(node: WorkloadNode, view: MapView, boxes: Map<string, Box>): void {
  const island = boxes.get(node.parent);
  if (!island) return;
  const { w, h } = footprint(node);
  const here = new Set(view.nodes.map((each) => each.id));
  const mates = new Map(
    view.nodes.flatMap((each) =>
      each.kind === "workload" && each.parent === node.parent && boxes.has(each.id)
        ? [[each.id, each] as const]
        : [],
    ),
  );
  const taken = [...boxes].flatMap(([id, box]) => {
    const mate = mates.get(id);
    if (mate) return [{ ...box, ...footprint(mate), y: box.y + NAME_HEIGHT / 2 }];
    const ghost = !here.has(id) && box.w === NODE;
    return ghost
      ? [{ x: box.x, y: box.y + NAME_HEIGHT / 2, w: NAME_MAX, h: NODE + NAME_HEIGHT }]
      : [];
  });
  const [left, right] = [island.x - island.w / 2 + SIDE, island.x + island.w / 2 - SIDE];
  const [top, bottom] = [island.y - island.h / 2 + TITLE, island.y + island.h / 2 - FOOT];
  for (let y = top + h / 2; y + h / 2 <= bottom; y += STEP) {
    const spot = spots(left + w / 2, right - w / 2, y).find((at) =>
      isFree({ ...at, w, h }, taken, GAP),
    );
    if (spot) {
      boxes.set(node.id, { x: spot.x, y: spot.y - NAME_HEIGHT / 2, w: NODE, h: NODE });
      return;
    }
  }
  const grown = grow(node.parent, island, { w: w + GAP, h: h + GAP }, view, boxes);
  const sideways = grown.w > island.w;
  const x = sideways ? grown.x + grown.w / 2 - SIDE - w / 2 : left + w / 2;
  const y = sideways ? top + h / 2 : grown.y + grown.h / 2 - FOOT - h / 2;
  boxes.set(node.id, { x, y: y - NAME_HEIGHT / 2, w: NODE, h: NODE });
}

const footprint = ({ label }: WorkloadNode): { w: number; h: number } => ({
  w: Math.max(76, Math.min(NAME_MAX, textWidth(label))),
  h: NODE + NAME_HEIGHT,
});

/**
 * The island with more room, below or to the right: whichever way nothing is covered. Where
 * something stands both ways, what stands below makes room: an island on another says what is wrong.
 */
function grow(
  id: string,
  island: Box,
  room: { w: number; h: number },
  view: MapView,
  boxes: Map<string, Box>,
): Box {
  const beside = view.nodes.flatMap((node): [string, Box][] => {
    const box = boxes.get(node.id);
    // What it stands on itself is no neighbour.
    const other = box && node.id !== id && node.parent === null && isFree(island, [box], 0);
    return other ? [[node.id, box]] : [];
  });
  const others = beside.map(([, box]) => box);
  const least = { w: CARD.w, h: TITLE + FOOT };
  const down = enlarged(island, Math.max(least.w, island.w), Math.max(least.h, island.h) + room.h);
  const aside = enlarged(island, island.w + room.w, Math.max(island.h, TITLE + FOOT + room.h));
  const grown = isFree(down, others, 0) || !isFree(aside, others, 0) ? down : aside;
  if (!isFree(grown, others, 0)) makeRoom(island, grown.h - island.h, beside, boxes);
  boxes.set(id, grown);
  return grown;
}

/** All that stands below `island` goes down as far; among itself and to what stays it keeps apart. */
function makeRoom(
  island: Box,
  by: number,
  beside: readonly [string, Box][],
  boxes: Map<string, Box>,
): void {
  const edge = island.y + island.h / 2;
  const below = beside.filter(([, box]) => box.y - box.h / 2 >= edge);
  const moved = new Map(
    below.flatMap(([id, box]) => [
      [id, box] as const,
      ...[...boxes].filter(([, each]) => holds(box, each)),
    ]),
  );
  for (const [id, box] of moved) boxes.set(id, { ...box, y: box.y + by });
}

const holds = (island: Box, box: Box): boolean =>
  Math.abs(box.x - island.x) <= island.w / 2 && Math.abs(box.y - island.y) <= island.h / 2;

/** Larger, with the same upper left corner. */
const enlarged = (box: Box, w: number, h: number): Box => ({
  x: box.x - box.w / 2 + w / 2,
  y: box.y - box.h / 2 + h / 2,
  w,
  h,
});

/** What is outside stands in the margin of its side, below those that stand there. */
function standOutside(
  node: ExternalNode,
  view: MapView,
  boxes: Map<string, Box>,
  portrait: boolean,
): void {
  const w = externalWidth(node);
  const others = view.nodes.flatMap((each) =>
    each.kind === "external" && each.side === node.side ? (boxes.get(each.id) ?? []) : [],
  );
  if (others.length > 0) {
    const last = others.reduce((a, b) => ((portrait ? b.x > a.x : b.y > a.y) ? b : a));
    const at = portrait
      ? { x: last.x + last.w / 2 + SIDE + w / 2, y: last.y }
      : { x: last.x, y: last.y + EXTERNAL_HEIGHT + SIDE };
    boxes.set(node.id, { ...at, w, h: EXTERNAL_HEIGHT });
    return;
  }
  const islands = islandBoxes(view, boxes);
  const edges = (axis: "x" | "y", size: "w" | "h"): [number, number] => [
    Math.min(0, ...islands.map((box) => box[axis] - box[size] / 2)),
    Math.max(0, ...islands.map((box) => box[axis] + box[size] / 2)),
  ];
  const [across, along] = portrait
    ? [edges("y", "h"), edges("x", "w")]
    : [edges("x", "w"), edges("y", "h")];
  const depth = MARGIN + (portrait ? EXTERNAL_HEIGHT : w) / 2;
  const fixed = node.side === "left" ? across[0] - depth : across[1] + depth;
  const middle = (along[0] + along[1]) / 2;
  const at = portrait ? { x: middle, y: fixed } : { x: fixed, y: middle };
  boxes.set(node.id, { ...at, w, h: EXTERNAL_HEIGHT });
}

function isFree(box: Box, taken: readonly Box[], gap: number): boolean {
  return taken.every(
    (other) =>
      Math.abs(other.x - box.x) >= (other.w + box.w) / 2 + gap ||
      Math.abs(other.y - box.y) >= (other.h + box.h) / 2 + gap,
  );
}
