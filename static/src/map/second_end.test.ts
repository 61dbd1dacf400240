import assert from "node:assert/strict";
import { test } from "node:test";
import type { MapView } from "../graph/types";
import { peerOf, secondEnd } from "./second_end";

const WEB = "shop/web[Deployment]";
const node = (each: object): MapView["nodes"][number] => each as MapView["nodes"][number];
const VIEW: MapView = {
  nodes: [
    node({ id: "ns:shop", kind: "namespace", label: "shop", open: true }),
    node({ id: "ns:bank", kind: "namespace", label: "bank", open: false }),
    node({ id: WEB, kind: "workload", label: "web" }),
    node({ id: "in:10.0.0.0/8", kind: "external", label: "ten", addresses: "10.0.0.0/8" }),
    node({
      id: "out:{ingress-controller}",
      kind: "external",
      label: "Ingress controller",
      addresses: "{ingress-controller}",
    }),
  ],
  edges: [{ id: "a -> b", source: "a", target: "b" } as MapView["edges"][number]],
};

test("a workload and an address outside can be asked about, drawn or found by name", () => {
  assert.deepEqual(secondEnd(WEB, "in:10.0.0.0/8", VIEW), { peer: "10.0.0.0/8" });
  assert.deepEqual(secondEnd("10.0.0.0/8", WEB, VIEW), { peer: WEB });
  assert.deepEqual(secondEnd(WEB, "bank/ledger[Pod]", VIEW), { peer: "bank/ledger[Pod]" });
});

test("the replicas of a workload may be asked about each other", () => {
  assert.deepEqual(secondEnd(WEB, WEB, VIEW), { peer: WEB });
});

test("a closed namespace is opened, an open one is no answer", () => {
  assert.deepEqual(secondEnd(WEB, "ns:bank", VIEW), { open: "bank" });
  assert.match(JSON.stringify(secondEnd(WEB, "ns:shop", VIEW)), /one of its workloads/);
});

test("what has no answer says what to choose instead", () => {
  for (const [from, id] of [
    [WEB, "a -> b"],
    [WEB, "out:{ingress-controller}"],
    ["8.8.8.8", "in:10.0.0.0/8"],
  ] as const) {
    assert.ok("instead" in secondEnd(from, id, VIEW), id);
  }
});

test("only workloads and the outside are peers", () => {
  assert.equal(peerOf(WEB, VIEW), WEB);
  assert.equal(peerOf("in:10.0.0.0/8", VIEW), "10.0.0.0/8");
  assert.equal(peerOf("ns:shop", VIEW), null);
  assert.equal(peerOf("policy:NetworkPolicy/shop/web", VIEW), null);
});
