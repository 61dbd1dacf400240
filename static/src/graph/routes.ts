/** The way a line takes: out of its source to the right, through its points, into its destination. */
import type { Point } from "./layers";

interface Sized extends Point {
  w: number;
  h: number;
}

/** `bends` are points between the two ends; an arc has none and bows by `bow` pixels. */
export interface Route {
  kind: "line" | "arc";
  start: Point;
  end: Point;
  bends: Point[];
  bow: number;
  /** Centres of the two nodes: what Cytoscape measures bends from. */
  fromCentre: Point;
  toCentre: Point;
}

const STUB = 26;
const ARC_MIN = 34;
const ARC_SHARE = 0.22;

/**
 * `pair` says that a line back exists too, so the two must not lie on each other; `portrait` that
 * islands lead downwards.
 */
export function route(
  from: Sized,
  to: Sized,
  lanes: readonly Point[],
  pair: boolean,
  portrait = false,
): Route {
  if (portrait && to.y - from.y > (from.h + to.h) / 2 && !pair) return downwards(from, to, lanes);
  const start = { x: from.x + from.w / 2, y: from.y };
  const end = { x: to.x - to.w / 2, y: to.y };
  if (end.x - start.x < 2 * STUB) return arc(from, to);
  const lift = pair ? -6 : 0;
  const bends = [
    { x: start.x + STUB, y: start.y + lift },
    ...lanes,
    { x: end.x - STUB, y: end.y + lift },
  ];
  return { kind: "line", start, end, bends: rising(bends), bow: 0, ...middles(from, to) };
}

function downwards(from: Sized, to: Sized, lanes: readonly Point[]): Route {
  const start = { x: from.x, y: from.y + from.h / 2 };
  const end = { x: to.x, y: to.y - to.h / 2 };
  const passed = lanes.filter(({ y }) => y > start.y && y < end.y);
  // Cytoscape draws no line of pieces without a point between its ends.
  const middle = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
  const bends = passed.length > 0 ? passed : [middle];
  return { kind: "line", start, end, bends, bow: 0, ...middles(from, to) };
}

/** Keeps only points that go on to the right: a way that turns back is not worth its loop. */
function rising(points: Point[]): Point[] {
  const last = points.at(-1)!;
  const kept: Point[] = [];
  for (const point of points) {
    if (point !== last && (point.x >= last.x || point.x <= (kept.at(-1)?.x ?? -Infinity))) continue;
    kept.push(point);
  }
  return kept.filter((point, index) => !straight(kept[index - 1], point, kept[index + 1]));
}

const straight = (a: Point | undefined, b: Point, c: Point | undefined): boolean =>
  a !== undefined && c !== undefined && a.y === b.y && b.y === c.y;

function arc(from: Sized, to: Sized): Route {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const bow = Math.max(ARC_MIN, length * ARC_SHARE);
  const side = to.x < from.x ? -1 : 1;
  const control = controlOf(from, to, side * bow);
  const [start, end] = [rim(from, control), rim(to, control)];
  return { kind: "arc", start, end, bends: [], bow: side * bow, ...middles(from, to) };
}

/** The point that an arc bows towards. */
function controlOf(from: Point, to: Point, bow: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  return {
    x: (from.x + to.x) / 2 - ((to.y - from.y) / length) * bow,
    y: (from.y + to.y) / 2 + ((to.x - from.x) / length) * bow,
  };
}

/** Where the way from the middle of a box towards a point leaves the box. */
function rim(box: Sized, towards: Point): Point {
  const [dx, dy] = [towards.x - box.x, towards.y - box.y];
  const share = Math.min(1, box.w / 2 / Math.abs(dx), box.h / 2 / Math.abs(dy));
  return { x: box.x + dx * share, y: box.y + dy * share };
}

const middles = (from: Point, to: Point): Pick<Route, "fromCentre" | "toCentre"> => ({
  fromCentre: { x: from.x, y: from.y },
  toCentre: { x: to.x, y: to.y },
});

/** The line as straight pieces, near enough to measure along it. */
export function trace(way: Route): Point[] {
  if (way.kind === "line") return [way.start, ...way.bends, way.end];
  const { start, end, bow } = way;
  const control = controlOf(way.fromCentre, way.toCentre, bow);
  return Array.from({ length: 13 }, (_, step) => {
    const t = step / 12;
    const [a, b, c] = [(1 - t) ** 2, 2 * t * (1 - t), t ** 2];
    return {
      x: a * start.x + b * control.x + c * end.x,
      y: a * start.y + b * control.y + c * end.y,
    };
  });
}

/** Where each point lies between `start` and `end`: share of the way, and pixels to the side. */
export function relative(
  points: readonly Point[],
  start: Point,
  end: Point,
): { weights: number[]; distances: number[] } {
  const v = { x: end.x - start.x, y: end.y - start.y };
  const length = Math.hypot(v.x, v.y) || 1;
  const weights: number[] = [];
  const distances: number[] = [];
  for (const point of points) {
    const p = { x: point.x - start.x, y: point.y - start.y };
    weights.push((p.x * v.x + p.y * v.y) / length ** 2);
    distances.push((p.y * v.x - p.x * v.y) / length);
  }
  return { weights, distances };
}
