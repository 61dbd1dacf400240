import assert from "node:assert/strict";
import { test } from "node:test";
import { detour } from "./detours";
import { route, trace } from "./routes";

const box = (x: number, y: number, size = 50): { x: number; y: number; w: number; h: number } => ({
  x,
  y,
  w: size,
  h: size,
});

/** Whether any piece of the way comes into the box; the pieces are sampled densely. */
function meets(
  points: readonly { x: number; y: number }[],
  { x, y, w, h }: ReturnType<typeof box>,
) {
  return points.slice(1).some((to, index) => {
    const from = points[index]!;
    return Array.from({ length: 101 }, (_, step) => step / 100).some((t) => {
      const [px, py] = [from.x + (to.x - from.x) * t, from.y + (to.y - from.y) * t];
      return Math.abs(px - x) < w / 2 && Math.abs(py - y) < h / 2;
    });
  });
}

test("a line past nodes in its row bends around all of them", () => {
  const [from, to] = [box(0, 0), box(600, 0)];
  const between = [box(200, 0), box(400, 0)];
  const straight = route(from, to, [], false);
  assert.ok(between.every((node) => meets(trace(straight), node)));
  const bent = detour(straight, between);
  assert.ok(between.every((node) => !meets(trace(bent), node)));
});

test("the detour does not lead into another node", () => {
  const between = [box(300, 0), box(300, -60), box(300, 70)];
  const bent = detour(route(box(0, 0), box(600, 0), [], false), between);
  assert.ok(between.every((node) => !meets(trace(bent), node)));
});

test("a free line stays as it is", () => {
  const free = route(box(0, 0), box(600, 0), [], false);
  assert.equal(detour(free, [box(300, 200)]), free);
});

test("a line downwards bends to the side", () => {
  const between = [box(0, 300)];
  const bent = detour(route(box(0, 0), box(0, 600), [], false, true), between, true);
  assert.ok(between.every((node) => !meets(trace(bent), node)));
});
