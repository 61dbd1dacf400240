import assert from "node:assert/strict";
import { test } from "node:test";

import type { Connections, EdgeChange, MapEdge } from "../graph/types";
import { partOf } from "./shown";
import type { DiffMap } from "./types";

const http: Connections = { TCP: [[80, 80]] };
const both: Connections = {
  TCP: [
    [80, 80],
    [443, 443],
  ],
};

function edge(id: string, change: EdgeChange, before: Connections, after: Connections): MapEdge {
  const shape = { id, source: "a", target: "b", verdict: "allow", reason: null, width: 1 } as const;
  return { ...shape, connections: after, text: `${id} text`, change, before, after };
}

const map: DiffMap = {
  nodes: [
    {
      id: "in:::/0",
      kind: "external",
      side: "left",
      label: "",
      parent: null,
      addresses: "",
      change: "new",
    },
  ],
  edges: [
    edge("added", "added", {}, http),
    edge("removed", "removed", http, {}),
    edge("changed", "changed", http, both),
    edge("same", "unchanged", http, http),
  ],
  summary: { added: 1, removed: 1, changed: 1, unchanged: 1 },
};

test("before and after show the flows of their side without a mark of change", () => {
  const before = partOf({ map, base: map }, "before", false);
  assert.deepEqual(
    before.edges.map((each) => [each.id, each.text, each.change]),
    [
      ["removed", "removed text", undefined],
      ["changed", "TCP 80", undefined],
      ["same", "same text", undefined],
    ],
  );
  const after = partOf({ map, base: map }, "after", true);
  assert.deepEqual(
    after.edges.map((each) => [each.id, each.text]),
    [
      ["added", "added text"],
      ["changed", "TCP 80,443"],
      ["same", "same text"],
    ],
  );
  assert.equal(after.nodes[0]?.change, undefined);
});

test("every toggle keeps every node, so that nothing moves", () => {
  for (const show of ["before", "after", "changes"] as const) {
    assert.equal(partOf({ map, base: map }, show, true).nodes.length, map.nodes.length);
  }
});

test("only-changed leaves out what stays, in the view of changes alone", () => {
  assert.equal(partOf({ map, base: map }, "changes", false), map);
  assert.deepEqual(
    partOf({ map, base: map }, "changes", true).edges.map((each) => each.id),
    ["added", "removed", "changed"],
  );
});

test("how certain a line is, is told as it was before the draft", () => {
  const now = { ...edge("line", "changed", http, http), verdict: "conditional" } as MapEdge;
  const drawn = { ...map, edges: [now] };
  const known = { ...map, edges: [{ ...now, verdict: "unknown", reason: "why" } as MapEdge] };
  const verdict = (base: DiffMap, show: "before" | "after") =>
    partOf({ map: drawn, base }, show, false).edges[0]!.verdict;
  assert.equal(verdict(known, "before"), "unknown");
  assert.equal(verdict({ ...map, edges: [] }, "before"), "allow");
  assert.equal(verdict(known, "after"), "conditional");
});

test("where nothing changes, nothing is dimmed", () => {
  const same = { ...map, edges: [edge("same", "unchanged", http, http)] };
  assert.equal(partOf({ map: same, base: same }, "changes", false).edges[0]!.change, undefined);
  assert.equal(partOf({ map, base: map }, "changes", false).edges[3]!.change, "unchanged");
  assert.deepEqual(partOf({ map: same, base: same }, "changes", true).edges, []);
});
