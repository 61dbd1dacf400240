import assert from "node:assert/strict";
import { test } from "node:test";
import { canEvolve, evolve, type Drawn } from "./evolve";
import { NAME_HEIGHT, type Box } from "./islands";
import { layOut } from "./layout";
import { canMark, marked } from "./marked";
import type { ExternalNode, MapEdge, MapNode, MapView, NamespaceNode, WorkloadNode } from "./types";

const namespace = (name: string, workloads = 3, open = true): NamespaceNode => ({
  id: `ns:${name}`,
  kind: "namespace",
  label: name,
  parent: null,
  open,
  workloads,
  pods: workloads,
  isolation: { ingress: "none", egress: "none" },
});

const workload = (space: string, name: string): WorkloadNode => ({
  id: `${space}/${name}[Deployment]`,
  kind: "workload",
  label: name,
  parent: `ns:${space}`,
  letters: "De",
  workload_kind: "Deployment",
  pods: 1,
  isolation: { ingress: false, egress: false },
  open_to_all: null,
  opens_to_all: null,
  outside_in: null,
  outside_out: null,
  self: null,
  policies: [],
  marks: [],
  variant: "",
});

const internet: ExternalNode = {
  id: "in:0.0.0.0/0",
  kind: "external",
  side: "left",
  label: "Internet",
  parent: null,
  addresses: "0.0.0.0/0",
};

const edge = (source: string, target: string, port = 80): MapEdge => ({
  id: `${source} -> ${target}`,
  source,
  target,
  connections: { TCP: [[port, port]] },
  text: `TCP ${port}`,
  verdict: "allow",
  reason: null,
  width: 1,
});

const id = (space: string, name: string): string => `${space}/${name}[Deployment]`;
const WEB = id("shop", "web");
const API = id("shop", "api");
const LOGS = id("ops", "logs");

function shop(more: MapNode[] = [], edges: MapEdge[] = []): MapView {
  const names = ["web", "api", "db"];
  const nodes = [
    namespace("shop"),
    namespace("ops", 1),
    ...names.map((name) => workload("shop", name)),
    workload("ops", "logs"),
    ...more,
  ];
  return {
    level: "workload",
    nodes,
    edges: [edge(WEB, API), edge(API, id("shop", "db")), edge(API, LOGS), ...edges],
  };
}

const draw = (view: MapView): Drawn => ({ view, placement: layOut(view) });

const footprint = (box: Box): Box => ({
  ...box,
  y: box.y + NAME_HEIGHT / 2,
  h: box.h + NAME_HEIGHT,
});

const overlap = (a: Box, b: Box): boolean =>
  Math.abs(a.x - b.x) < (a.w + b.w) / 2 && Math.abs(a.y - b.y) < (a.h + b.h) / 2;

const within = (inner: Box, outer: Box): boolean =>
  Math.abs(inner.x - outer.x) <= (outer.w - inner.w) / 2 &&
  Math.abs(inner.y - outer.y) <= (outer.h - inner.h) / 2;

test("what stays keeps its place and its way to the pixel, whatever comes", () => {
  const before = draw(shop());
  const more = ["cart", "mail", "pay", "search"].map((name) => workload("shop", name));
  const view = shop([...more, internet], [edge(internet.id, WEB), edge(WEB, id("shop", "cart"))]);
  const after = evolve(view, before);
  for (const node of before.view.nodes.filter(({ kind }) => kind === "workload")) {
    assert.deepEqual(after.boxes.get(node.id), before.placement.boxes.get(node.id), node.id);
  }
  for (const [key, way] of before.placement.routes) assert.deepEqual(after.routes.get(key), way);
  assert.equal(after.routes.size, view.edges.length);
});

test("however many workloads come, each stands on its island and none on another", () => {
  const more = Array.from({ length: 14 }, (_, number) => workload("shop", `worker-${number}`));
  const after = evolve(shop(more), draw(shop()));
  const boxes = [...shop(more).nodes]
    .filter(({ kind, parent }) => kind === "workload" && parent === "ns:shop")
    .map((node) => footprint(after.boxes.get(node.id)!));
  const island = after.boxes.get("ns:shop")!;
  boxes.forEach((box, index) => {
    assert.ok(within(box, island));
    for (const other of boxes.slice(index + 1)) assert.ok(!overlap(box, other));
  });
});

test("an island without room around it grows over no neighbour: what is below makes room", () => {
  const spaces = Array.from({ length: 9 }, (_, number) => `space-${number}`);
  const crowded = (more: MapNode[] = []): MapView => ({
    ...shop(),
    edges: [],
    nodes: [
      ...spaces.flatMap((name) => [namespace(name, 2), workload(name, "a"), workload(name, "b")]),
      ...more,
    ],
  });
  const more = spaces.flatMap((name) =>
    Array.from({ length: 6 }, (_, number) => workload(name, `more-${number}`)),
  );
  const after = evolve(crowded(more), draw(crowded()));
  const islands = spaces.map((name) => after.boxes.get(`ns:${name}`)!);
  islands.forEach((island, index) => {
    for (const other of islands.slice(index + 1)) assert.ok(!overlap(island, other));
  });
  for (const node of crowded(more).nodes.filter(({ kind }) => kind === "workload")) {
    assert.ok(within(after.boxes.get(node.id)!, after.boxes.get(node.parent!)!), node.id);
  }
});

test("an island that grows keeps its upper left corner", () => {
  const before = draw(shop());
  const more = Array.from({ length: 14 }, (_, number) => workload("ops", `agent-${number}`));
  const [was, is] = [before.placement, evolve(shop(more), before)].map(({ boxes }) =>
    boxes.get("ns:ops")!,
  ) as [Box, Box];
  assert.ok(is.w * is.h > was.w * was.h);
  assert.deepEqual([is.x - is.w / 2, is.y - is.h / 2], [was.x - was.w / 2, was.y - was.h / 2]);
});

test("a new island comes with its workloads and covers no other", () => {
  const added = [namespace("new", 2), workload("new", "a"), workload("new", "b")];
  const after = evolve(shop(added), draw(shop()));
  const fresh = after.boxes.get("ns:new")!;
  for (const name of ["shop", "ops"]) assert.ok(!overlap(fresh, after.boxes.get(`ns:${name}`)!));
  for (const name of ["a", "b"]) assert.ok(within(after.boxes.get(id("new", name))!, fresh));
});

test("what went comes back to where it was", () => {
  const before = draw(shop([workload("shop", "cart")]));
  const without = shop();
  const gone = { view: without, placement: evolve(without, before) };
  const back = evolve(before.view, gone);
  assert.deepEqual(
    back.boxes.get(id("shop", "cart")),
    before.placement.boxes.get(id("shop", "cart")),
  );
});

test("a map that is cut into other pieces is laid out anew", () => {
  const closed = shop();
  const folded = { ...closed, nodes: [namespace("shop", 3, false), namespace("ops", 1, false)] };
  assert.equal(canEvolve(closed, folded), false);
  assert.equal(canEvolve(closed, shop([namespace("new", 0)])), true);
  assert.equal(canMark(closed, folded), false);
  assert.equal(canMark(closed, { ...closed, cut: { sentence: "Some had no room." } }), false);
});

test("each node and line says what became of it, and what is gone is still there to see", () => {
  const isolated = { ...workload("shop", "web"), isolation: { ingress: true, egress: false } };
  const before = shop([workload("shop", "cart")], [edge(WEB, id("shop", "cart"))]);
  const later = shop([workload("shop", "mail")], [edge(WEB, id("shop", "mail"))]);
  const after: MapView = {
    ...later,
    nodes: later.nodes.map((node) => (node.id === WEB ? isolated : node)),
    edges: later.edges.map((each) => (each.target === API ? edge(WEB, API, 443) : each)),
  };
  const view = marked(before, after);
  const changes = new Map(view.nodes.map((node) => [node.id, node.change]));
  assert.deepEqual(
    ["cart", "mail", "web", "api"].map((name) => changes.get(id("shop", name))),
    ["lost", "new", "changed", undefined],
  );
  const lines = new Map(view.edges.map((each) => [each.id, each]));
  assert.equal(lines.get(`${WEB} -> ${id("shop", "cart")}`)?.change, "removed");
  assert.equal(lines.get(`${WEB} -> ${id("shop", "mail")}`)?.change, "added");
  assert.equal(lines.get(`${WEB} -> ${API}`)?.text, "TCP 80 → TCP 443");
  assert.equal(lines.get(`${API} -> ${LOGS}`)?.change, undefined);
});
