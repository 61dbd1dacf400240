import assert from "node:assert/strict";
import { test } from "node:test";
import type { Flow } from "../graph/types";
import { isolationSentence, namespaceSentence, workloadSentence } from "./sentences";
import { sortFlows } from "./twin";

const flow = (source: string, destination: string): Flow => ({
  source,
  destination,
  connections: "all",
  verdict: "allow",
  reason: null,
});

const web = { label: "web", open_to_all: null, opens_to_all: null };

test("a workload is summed up in one sentence", () => {
  const outgoing = [flow("a/web[Pod]", "a/db[Pod]"), flow("a/web[Pod]", "10.0.0.0/8")];
  assert.equal(
    workloadSentence(web, [], outgoing),
    "web may open connections to 1 workload and the outside; nothing may reach it.",
  );
  assert.equal(
    workloadSentence({ ...web, open_to_all: "all", opens_to_all: "all" }, [], []),
    "web may open connections to everything; everything may reach it.",
  );
});

test("isolation is said for each direction", () => {
  const item = {
    isolation: { ingress: true, egress: false },
    policies: { ingress: [], egress: [] },
  };
  assert.match(isolationSentence(item), /^Its incoming connections are isolated/);
});

test("a namespace without policies is open, in words", () => {
  const node = {
    id: "ns:a",
    kind: "namespace",
    label: "a",
    parent: null,
    open: true,
    workloads: 2,
    pods: 3,
    isolation: { ingress: "none", egress: "none" },
  } as const;
  assert.match(namespaceSentence(node), /No policy selects any of them/);
});

test("rows sort by a column, both ways, numbers as numbers", () => {
  const rows = [flow("a/w10[Pod]", "a/x[Pod]"), flow("a/w9[Pod]", "a/y[Pod]")];
  assert.deepEqual(
    sortFlows(rows, "source").map((row) => row.source),
    ["a/w9[Pod]", "a/w10[Pod]"],
  );
  assert.equal(sortFlows(rows, "-destination")[0]!.destination, "a/y[Pod]");
});
