import assert from "node:assert/strict";
import { test } from "node:test";
import { countsOf } from "./counts";
import type { ResourceRow } from "./types";

const counts = { namespaces: 3, workloads: 1, pods: 1200, policies: 0 };
const policies: ResourceRow = {
  resource: "networkpolicies.networking.k8s.io",
  kind: "NetworkPolicy",
  state: "ok",
  list: true,
  watch: true,
  count: 0,
  message: "",
};

test("what there is of a cluster is counted", () => {
  assert.deepEqual(countsOf({ counts, resources: [policies] }), [
    "3 namespaces",
    "1 workload",
    "1,200 pods",
    "0 policies",
  ]);
  assert.deepEqual(countsOf({ counts: {}, resources: [] }), []);
});

test("policies that may not be read are not none", () => {
  const resources: ResourceRow[] = [{ ...policies, state: "forbidden" }];
  assert.deepEqual(countsOf({ counts, resources }, ["pods", "policies"]), [
    "1,200 pods",
    "policies not read",
  ]);
});
