import assert from "node:assert/strict";
import { test } from "node:test";
import { NAME_HEIGHT, NODE, type Box } from "./islands";
import { layOut, layOutAmong } from "./layout";
import { columnsOf } from "./columns";
import { foldMeshes } from "./mesh";
import { lengthOf, pointAt } from "./labels";
import { relative, trace } from "./routes";
import type { MapEdge, MapNode, MapView, NamespaceNode, WorkloadNode } from "./types";

const namespace = (name: string, workloads: number): NamespaceNode => ({
  id: `ns:${name}`,
  kind: "namespace",
  label: name,
  parent: null,
  open: true,
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

const edge = (source: string, target: string, text = "TCP 80"): MapEdge => ({
  id: `${source} -> ${target}`,
  source,
  target,
  connections: "all",
  text,
  verdict: "allow",
  reason: null,
  width: 1,
});

const id = (space: string, name: string): string => `${space}/${name}[Deployment]`;

function shop(): MapView {
  const names = ["api", "cart", "db", "jobs", "mail", "pay", "search", "web"];
  const nodes: MapNode[] = [namespace("shop", 8), ...names.map((name) => workload("shop", name))];
  nodes.push(namespace("ops", 2), workload("ops", "logs"), workload("ops", "metrics"));
  const pairs = ["web>api", "api>cart", "api>pay", "api>search", "web>search", "cart>db", "pay>db"];
  const edges = pairs.map((pair) => {
    const [from, to] = pair.split(">") as [string, string];
    return edge(id("shop", from), id("shop", to));
  });
  edges.push(edge(id("ops", "metrics"), id("shop", "db")));
  return { nodes, edges };
}

const apart = (a: Box, b: Box, gap = 0): boolean =>
  Math.abs(a.x - b.x) >= (a.w + b.w) / 2 + gap || Math.abs(a.y - b.y) >= (a.h + b.h) / 2 + gap;

test("the same map gives the same places, whatever the order of its lines", () => {
  const [first, second] = [shop(), shop()];
  second.edges.reverse();
  assert.deepEqual([...layOut(first).boxes], [...layOut(second).boxes]);
});

test("no workload stands on another or on its name, and no island on another", () => {
  const view = shop();
  const { boxes } = layOut(view);
  for (const kind of ["workload", "namespace"] as const) {
    const ids = view.nodes.filter((node) => node.kind === kind).map((node) => node.id);
    for (const [index, one] of ids.entries()) {
      for (const other of ids.slice(index + 1)) {
        const gap = kind === "workload" ? NAME_HEIGHT : 0;
        assert.ok(apart(boxes.get(one)!, boxes.get(other)!, gap), `${one} and ${other}`);
      }
    }
  }
});

test("every workload stands inside its island", () => {
  const view = shop();
  const { boxes } = layOut(view);
  for (const node of view.nodes) {
    if (node.kind !== "workload") continue;
    const [box, island] = [boxes.get(node.id)!, boxes.get(node.parent)!];
    assert.ok(Math.abs(box.x - island.x) + NODE / 2 <= island.w / 2);
    assert.ok(Math.abs(box.y - island.y) + NODE / 2 <= island.h / 2);
  }
});

test("lines run from left to right, and a way past a column keeps clear of its workloads", () => {
  const view = shop();
  const { boxes, routes } = layOut(view);
  for (const { id: line, source, target } of view.edges) {
    assert.ok(boxes.get(source)!.x < boxes.get(target)!.x, line);
    const points = trace(routes.get(line)!);
    const total = lengthOf(points);
    for (let share = 0; share <= 1; share += 0.02) {
      const point = pointAt(points, total * share);
      for (const node of view.nodes) {
        if (node.kind !== "workload" || node.id === source || node.id === target) continue;
        const box = boxes.get(node.id)!;
        const inside = Math.abs(point.x - box.x) < NODE / 2 && Math.abs(point.y - box.y) < NODE / 2;
        assert.ok(!inside, `${line} leads across ${node.id}`);
      }
    }
  }
});

test("a ring of many shares a column instead of becoming a long row", () => {
  const names = ["a", "b", "c", "d", "e"];
  const items = names.map((name) => ({ id: name, w: 1, h: 1 }));
  const links = names.map((source, index) => ({ source, target: names[(index + 1) % 5]! }));
  const columns = columnsOf(items, links, 9);
  assert.deepEqual(new Set(columns.values()), new Set([0]));
});

test("lines that are not certain do not decide where anything stands", () => {
  const view = shop();
  const back = view.nodes
    .filter((node) => node.kind === "workload" && node.id !== id("shop", "web"))
    .map((node): MapEdge => ({ ...edge(node.id, id("shop", "web")), verdict: "unknown" }));
  const both = layOut({ ...view, edges: [...view.edges, ...back] });
  assert.deepEqual([...both.boxes], [...layOut(view).boxes]);
  for (const line of back) assert.ok(both.routes.has(line.id));
  const alone = layOut({ ...view, edges: back.slice(0, 1) });
  assert.ok(alone.boxes.get(back[0]!.source)!.x < alone.boxes.get(back[0]!.target)!.x);
});

test("views laid out among each other leave what they share where it is", () => {
  const all = shop();
  const open = { nodes: all.nodes, edges: [] };
  const gone = id("shop", "mail");
  const fewer = {
    nodes: all.nodes
      .filter((node) => node.id !== gone)
      .map((node) => (node.id === "ns:shop" ? namespace("shop", 7) : node)),
    edges: all.edges.slice(2),
  };
  const views = [open, fewer, all];
  const placed = views.map((view) => layOutAmong(view, views));
  for (const { boxes } of placed) assert.deepEqual([...boxes], [...placed[0]!.boxes]);
  assert.notDeepEqual([...layOut(open).boxes], [...layOut(all).boxes]);
});

test("a view among others finds room for the labels of its own lines only", () => {
  const view = shop();
  const some = { nodes: view.nodes, edges: view.edges.slice(0, 3) };
  const { labels, routes } = layOutAmong(some, [view]);
  assert.deepEqual(new Set(labels.keys()), new Set(some.edges.map((line) => line.id)));
  assert.equal(routes.size, view.edges.length);
});

test("an island that says in one view that all reach all has room for it in each", () => {
  const closed = { nodes: [namespace("team", 1), workload("team", "a")], edges: [] };
  const said = {
    ...closed,
    nodes: [{ ...namespace("team", 1), mesh: "TCP 80" }, closed.nodes[1]!],
  };
  const height = (view: MapView, views: MapView[]): number =>
    layOutAmong(view, views).boxes.get("ns:team")!.h;
  assert.equal(height(closed, [said]), height(said, []));
});

test("an arc is measured from rim to rim, so that its label stands beside the boxes", () => {
  const nodes = [namespace("a", 1), namespace("b", 1)].map((node) => ({ ...node, open: false }));
  const view = { nodes, edges: [edge("ns:a", "ns:b"), edge("ns:b", "ns:a", "TCP 443")] };
  const { boxes, routes, labels } = layOut(view);
  const back = routes.get("ns:b -> ns:a")!;
  assert.equal(back.kind, "arc");
  const label = { ...pointAt(trace(back), labels.get("ns:b -> ns:a")!), w: 50, h: 18 };
  for (const box of boxes.values()) {
    assert.ok(apart(label, box));
    for (const end of [back.start, back.end]) {
      const within =
        Math.abs(end.x - box.x) < box.w / 2 - 1 && Math.abs(end.y - box.y) < box.h / 2 - 1;
      assert.ok(!within);
    }
  }
});

test("points come back from their share of the way and their distance to it", () => {
  const { weights, distances } = relative([{ x: 50, y: 20 }], { x: 0, y: 0 }, { x: 100, y: 0 });
  assert.deepEqual([weights, distances], [[0.5], [20]]);
});

test("a namespace where all reach all alike is folded into a sentence, one line less is not", () => {
  const names = ["a", "b", "c"];
  const nodes = [namespace("team", 3), ...names.map((name) => workload("team", name))];
  const edges = names.flatMap((from) =>
    names.filter((to) => to !== from).map((to) => edge(id("team", from), id("team", to))),
  );
  const folded = foldMeshes({ nodes, edges });
  assert.equal(folded.edges.length, 0);
  assert.equal((folded.nodes[0] as NamespaceNode).mesh, "TCP 80");
  assert.equal(foldMeshes({ nodes, edges: edges.slice(1) }).edges.length, 5);
  const mixed = edges.with(0, { ...edges[0]!, text: "TCP 443" });
  assert.equal(foldMeshes({ nodes, edges: mixed }).edges.length, 6);
});
