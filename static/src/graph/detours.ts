/** Leads a line around the nodes that stand in its way: a line behind a node seems to end there. */
import type { Point } from "./layers";
import type { Route } from "./routes";

interface Box extends Point {
  w: number;
  h: number;
}

interface Area {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const GAP = 18;
/** Below a node stands its name. */
const BELOW = GAP + 20;
/** Nothing is gained by more tries: what is then still in the way stands too close. */
const TRIES = 6;

/** The way with bends past every block on it; `downwards` where it leads from top to bottom. */
export function detour(way: Route, blocks: readonly Box[], downwards = false): Route {
  if (way.kind === "arc") return way;
  const turn = downwards ? turned : (point: Point): Point => point;
  const areas = blocks.map((box) => areaOf(downwards ? turnedBox(box) : box));
  const [start, end] = [turn(way.start), turn(way.end)];
  const given = way.bends.map(turn);
  let bends = given;
  let passed: Area | null = null;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const hit = hits([start, ...bends, end], areas);
    if (hit.length === 0) break;
    passed = hit.reduce(union, passed ?? hit[0]!);
    bends = past(passed, given, [start, end], downwards ? GAP : BELOW).reduce((best, other) =>
      hits([start, ...other, end], areas).length < hits([start, ...best, end], areas).length
        ? other
        : best,
    );
  }
  return passed ? { ...way, bends: bends.map(turn) } : way;
}

const turned = ({ x, y }: Point): Point => ({ x: y, y: x });
const turnedBox = ({ x, y, w, h }: Box): Box => ({ x: y, y: x, w: h, h: w });

const areaOf = ({ x, y, w, h }: Box): Area => ({
  left: x - w / 2,
  right: x + w / 2,
  top: y - h / 2,
  bottom: y + h / 2,
});

const union = (a: Area, b: Area): Area => ({
  left: Math.min(a.left, b.left),
  right: Math.max(a.right, b.right),
  top: Math.min(a.top, b.top),
  bottom: Math.max(a.bottom, b.bottom),
});

/** The two ways around an area, the shorter one first. */
function past(
  area: Area,
  given: readonly Point[],
  [start, end]: [Point, Point],
  below: number,
): Point[][] {
  const left = Math.max(start.x + 6, area.left - GAP);
  const right = Math.min(end.x - 6, area.right + GAP);
  const before = given.filter(({ x }) => x < left);
  const after = given.filter(({ x }) => x > right);
  const level = (start.y + end.y) / 2;
  return [area.top - GAP, area.bottom + below]
    .sort((a, b) => Math.abs(a - level) - Math.abs(b - level))
    .map((y) => [...before, { x: left, y }, { x: right, y }, ...after]);
}

function hits(points: readonly Point[], areas: readonly Area[]): Area[] {
  return areas.filter((area) =>
    points.slice(1).some((point, index) => crosses(points[index]!, point, area)),
  );
}

/** Whether a straight piece meets an area. */
function crosses(from: Point, to: Point, area: Area): boolean {
  let [enter, leave] = [0, 1];
  for (const [a, b, low, high] of [
    [from.x, to.x, area.left, area.right],
    [from.y, to.y, area.top, area.bottom],
  ] as const) {
    if (a === b) {
      if (a < low || a > high) return false;
      continue;
    }
    const [first, last] = [(low - a) / (b - a), (high - a) / (b - a)];
    enter = Math.max(enter, Math.min(first, last));
    leave = Math.min(leave, Math.max(first, last));
  }
  return enter < leave;
}
