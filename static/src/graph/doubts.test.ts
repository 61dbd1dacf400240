import assert from "node:assert/strict";
import { test } from "node:test";
import { foldDoubts } from "./doubts";
import type { MapEdge, MapNode, MapView } from "./types";

const names = ["a", "b", "c", "d", "e", "f"];
const workload = (name: string): MapNode => ({ id: name, kind: "workload" }) as MapNode;
const edge = (source: string, target: string, verdict: MapEdge["verdict"]): MapEdge =>
  ({ id: `${source}>${target}`, source, target, text: "TCP 80", reason: "r", verdict }) as MapEdge;

const meeting = (verdict: MapEdge["verdict"]): MapView => ({
  nodes: [...names, "hub"].map(workload),
  edges: names.map((name) => edge(name, "hub", verdict)),
});
const quiet = (view: MapView): number => view.edges.filter((line) => line.quiet).length;
const marked = (view: MapView): string[] =>
  view.nodes.filter((node) => node.kind === "workload" && node.doubt).map((node) => node.id);

test("many uncertain lines of one kind are a mark on the workload where they meet", () => {
  const folded = foldDoubts(meeting("unknown"));
  assert.equal(quiet(folded), 6);
  assert.deepEqual(marked(folded), ["hub"]);
  assert.equal(folded.edges.length, 6);
});

test("certain lines, a few uncertain ones, and those of different kinds are drawn", () => {
  const certain = meeting("allow");
  assert.equal(foldDoubts(certain), certain);
  const few = { ...meeting("unknown"), edges: meeting("unknown").edges.slice(1) };
  assert.equal(foldDoubts(few), few);
  const mixed = meeting("unknown");
  mixed.edges[0] = { ...mixed.edges[0]!, text: "TCP 443" };
  assert.equal(foldDoubts(mixed), mixed);
});

test("what a draft changes is drawn, however many there are", () => {
  const view = meeting("conditional");
  const changed = {
    ...view,
    edges: view.edges.map((line) => ({ ...line, change: "added" }) as MapEdge),
  };
  assert.equal(foldDoubts(changed), changed);
});

test("a workload under a policy that is not evaluated is marked, and more lines are drawn", () => {
  const view = meeting("unknown");
  const hub = view.nodes.at(-1)!;
  Object.assign(hub, { not_known: { ingress: ["CiliumNetworkPolicy/x/hub"], egress: [] } });
  const folded = foldDoubts(view);
  assert.equal(quiet(folded), 0);
  assert.deepEqual(marked(folded), ["hub"]);
});
