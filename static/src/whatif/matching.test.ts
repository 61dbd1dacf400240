import assert from "node:assert/strict";
import { test } from "node:test";

import type { MapEdge, MapNode } from "../graph/types";
import { changesOf, edgeOf, outsideName, selectedBy } from "./matching";
import type { Change } from "./types";

const change: Change = {
  kind: "added",
  source: "10.0.0.0/8",
  destination: "shop/web[Deployment]",
  new_or_lost: [],
  before: {},
  after: { TCP: [[80, 80]] },
  verdict_before: "deny",
  verdict_after: "allow",
  reasons: [],
};

function edge(source: string, target: string, kind: MapEdge["change"]): MapEdge {
  return {
    id: `${source}>${target}`,
    source,
    target,
    connections: "all",
    text: "",
    verdict: "allow",
    reason: null,
    width: 1,
    ...(kind ? { change: kind } : {}),
  };
}

test("a range outside the cluster is found on either margin", () => {
  const drawn = edge("in:10.0.0.0/8", "shop/web[Deployment]", "added");
  assert.equal(edgeOf(change, [edge("in:::/0", "shop/web[Deployment]", "added"), drawn]), drawn);
  assert.deepEqual(changesOf(drawn, [change]), ["10.0.0.0/8>shop/web[Deployment]"]);
});

test("a closed namespace stands for its workloads, and the edge of the same kind is preferred", () => {
  const unchanged = edge("in:10.0.0.0/8", "ns:shop", "unchanged");
  const added = edge("in:10.0.0.0/8", "ns:shop", "added");
  assert.equal(edgeOf(change, [unchanged, added]), added);
  assert.equal(edgeOf(change, [edge("in:10.0.0.0/8", "ns:sho", "added")]), null);
});

test("a closed namespace stands for the variants of its workloads too", () => {
  const hot = { ...change, destination: "shop/web[ReplicaSet]{tier=hot}" };
  const line = edge("in:10.0.0.0/8", "ns:shop", "added");
  assert.equal(edgeOf(hot, [line]), line);
});

test("the variants of a workload count as one, their pods together", () => {
  const nodes = ["hot", "cold"].map((tier) => ({
    id: `shop/web[ReplicaSet]{tier=${tier}}`,
    kind: "workload",
    variant: `tier=${tier}`,
    policies: ["P"],
    pods: 2,
  })) as unknown as MapNode[];
  assert.deepEqual(selectedBy("P", nodes), { workloads: ["shop/web[ReplicaSet]"], pods: 4 });
});

test("a policy's workloads and their pods are counted from the picture", () => {
  const nodes = [
    { id: "shop/web[Deployment]", kind: "workload", policies: ["P"], pods: 3 },
    { id: "shop/db[StatefulSet]", kind: "workload", policies: [], pods: 1 },
    { id: "ns:shop", kind: "namespace" },
  ] as unknown as MapNode[];
  assert.deepEqual(selectedBy("P", nodes), { workloads: ["shop/web[Deployment]"], pods: 3 });
});

test("addresses are called what the picture calls them", () => {
  const node = { id: "in:0.0.0.0/0,::/0", kind: "external", label: "Internet" };
  const nodes = [node] as unknown as MapNode[];
  assert.equal(outsideName("0.0.0.0/0,::/0", nodes), "Internet");
  assert.equal(outsideName("10.0.0.0/8", nodes), null);
});
