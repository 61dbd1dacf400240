/** Finds room for the label of each line, so that no label covers a node or another label. */
import type { Point } from "./layers";
import { trace, type Route } from "./routes";
import type { MapEdge } from "./types";

interface Box extends Point {
  w: number;
  h: number;
}

const CHARACTER = 6.7;
const HEIGHT = 18;
const CLEAR = 14;
/** Shares of the way that are tried, the one nearest to the destination first. */
const SHARES = [0.7, 0.62, 0.54, 0.78, 0.46, 0.38, 0.3, 0.22];

/** Pixels from the start of the line to the middle of its label; no entry where none fits. */
export function placeLabels(
  edges: readonly MapEdge[],
  routes: Map<string, Route>,
  taken: readonly Box[],
): Map<string, number> {
  const placed: Box[] = [...taken];
  const result = new Map<string, number>();
  const important = [...edges].sort((a, b) => rank(a) - rank(b));
  for (const edge of important) {
    const way = routes.get(edge.id);
    if (!way || !edge.text || edge.quiet) continue;
    const points = trace(way);
    const total = lengthOf(points);
    const w = edge.text.length * CHARACTER + 10;
    for (const share of SHARES) {
      // A label keeps clear of the arrow and of the source's side.
      if (Math.min(share, 1 - share) * total < w / 2 + CLEAR) continue;
      const box = { ...pointAt(points, total * share), w, h: HEIGHT };
      if (placed.some((other) => overlaps(box, other))) continue;
      placed.push(box);
      result.set(edge.id, total * share);
      break;
    }
  }
  return result;
}

/** Changes speak before what stays, and what stays before what is dimmed. */
function rank(edge: MapEdge): number {
  return edge.change === "unchanged" ? 1 : 0;
}

function overlaps(a: Box, b: Box): boolean {
  return 2 * Math.abs(a.x - b.x) < a.w + b.w && 2 * Math.abs(a.y - b.y) < a.h + b.h;
}

export function lengthOf(points: readonly Point[]): number {
  let total = 0;
  for (let index = 1; index < points.length; index += 1) {
    total += gap(points[index - 1]!, points[index]!);
  }
  return total;
}

export function pointAt(points: readonly Point[], distance: number): Point {
  let left = distance;
  for (let index = 1; index < points.length; index += 1) {
    const [a, b] = [points[index - 1]!, points[index]!];
    const step = gap(a, b);
    if (left <= step && step > 0) {
      const t = left / step;
      return { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t };
    }
    left -= step;
  }
  return points.at(-1)!;
}

const gap = (a: Point, b: Point): number => Math.hypot(b.x - a.x, b.y - a.y);
