import assert from "node:assert/strict";
import { test } from "node:test";

import type { MapEdge, MapNode, MapView } from "../graph/types";
import { Places } from "./places";

function workload(name: string): MapNode {
  return {
    id: `shop/${name}[Deployment]`,
    kind: "workload",
    label: name,
    parent: "ns:shop",
    letters: "De",
    workload_kind: "Deployment",
    pods: 1,
    isolation: { ingress: true, egress: true },
    open_to_all: null,
    opens_to_all: null,
    outside_in: null,
    outside_out: null,
    self: null,
    policies: [],
    marks: [],
    variant: "",
  };
}

const island: MapNode = {
  id: "ns:shop",
  kind: "namespace",
  label: "shop",
  parent: null,
  open: true,
  workloads: 3,
  pods: 3,
  isolation: { ingress: "all", egress: "all" },
};

function edge(from: string, to: string, text = "TCP 80"): MapEdge {
  const [source, target] = [`shop/${from}[Deployment]`, `shop/${to}[Deployment]`];
  const id = `${source} -> ${target}`;
  return { id, source, target, connections: "all", text, verdict: "allow", reason: null, width: 1 };
}

const nodes = [island, workload("a"), workload("b"), workload("c")];
const chain: MapView = { nodes, edges: [edge("a", "b"), edge("b", "c")] };

test("fewer lines, or the same with other ports, leave every node where it is", () => {
  const places = new Places();
  const first = places.of(chain).placement;
  const less = places.of({ nodes, edges: [edge("b", "c", "TCP 80,443")] });
  assert.equal(less.moved, false);
  assert.equal(less.placement, first);
});

test("a line that nothing had before is laid out, and going back moves nothing", () => {
  const places = new Places();
  places.of(chain);
  const more = places.of({ nodes, edges: [...chain.edges, edge("a", "c")] });
  assert.equal(more.moved, true);
  assert.equal(places.of(chain).placement, more.placement);
});

test("a picture for a phone held upright is another, and stays as long as it is upright", () => {
  const places = new Places();
  const other = { ...island, id: "ns:ops", label: "ops", open: false } as MapNode;
  const line = { ...edge("a", "b"), id: "x", target: "ns:ops" };
  const two = { nodes: [...nodes, other], edges: [...chain.edges, line] };
  const wide = places.of(two).placement;
  const upright = places.of(two, true);
  assert.equal(upright.moved, true);
  assert.ok(wide.boxes.get("ns:ops")!.x > wide.boxes.get("ns:shop")!.x);
  assert.ok(upright.placement.boxes.get("ns:ops")!.y > upright.placement.boxes.get("ns:shop")!.y);
  assert.equal(places.of(two, true).moved, false);
});

test("an island that closes needs another place", () => {
  const places = new Places();
  places.of(chain);
  const closed = places.of({ nodes: [{ ...island, open: false } as MapNode], edges: [] });
  assert.equal(closed.moved, true);
  assert.deepEqual([...closed.placement.boxes.keys()], ["ns:shop"]);
});
