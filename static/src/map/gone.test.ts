import assert from "node:assert/strict";
import { test } from "node:test";
import type { MapNode, PolicyItem, WorkloadItem } from "../graph/types";
import { goneOf } from "./gone";

const known = {
  view: {
    nodes: [{ id: "shop/cart[Deployment]", change: "lost" } as MapNode],
    edges: [],
  },
  workloads: [{ workload: "shop/web[Deployment]", namespace: "shop" } as WorkloadItem],
  policies: [{ policy: "NetworkPolicy/shop/close" } as PolicyItem],
};

test("what is there is not gone, drawn or not", () => {
  const there = [
    "",
    "answer",
    "ns:shop",
    "in:0.0.0.0/0",
    "shop/web[Deployment]",
    "shop/web[Deployment]{tier=hot}",
    "policy:NetworkPolicy/shop/close",
    "in:0.0.0.0/0 -> shop/web[Deployment]",
  ];
  for (const selected of there) assert.deepEqual(goneOf(selected, known), [], selected);
});

test("what is gone is named, also where a mark on the map still shows it", () => {
  assert.deepEqual(goneOf("shop/cart[Deployment]", known), ["shop/cart"]);
  assert.deepEqual(goneOf("ns:ops", known), ["The namespace ops"]);
  assert.deepEqual(goneOf("policy:NetworkPolicy/shop/open", known), ["NetworkPolicy shop/open"]);
  assert.deepEqual(goneOf("shop/web[Deployment] -> shop/db[StatefulSet]", known), ["shop/db"]);
});
