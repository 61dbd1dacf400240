import assert from "node:assert/strict";
import { test } from "node:test";
import type { MapNode } from "../graph/types";
import { asGraph, canAskWhy, cellClass, cellSentence, cellText, countSentence } from "./cells";
import type { MatrixCell, MatrixView } from "./types";

const CLOSED: MatrixCell = {
  verdict: "deny",
  connections: {},
  text: "",
  width: 0,
  reason: null,
  possibly: null,
  everyone: false,
  pairs: 1,
  opened: 0,
  perhaps: 0,
};
const OPEN: MatrixCell = {
  ...CLOSED,
  verdict: "allow",
  connections: { TCP: [[80, 80]] },
  text: "TCP 80",
  width: 1,
  opened: 1,
};
const DOUBTFUL: MatrixCell = {
  ...OPEN,
  verdict: "conditional",
  reason: "only over IPv4",
  opened: 0,
  perhaps: 1,
};
const PARTLY: MatrixCell = { ...OPEN, verdict: "partly", pairs: 6, opened: 2 };
const MORE: MatrixCell = {
  ...OPEN,
  possibly: { connections: { TCP: [[443, 443]] }, verdict: "unknown", reason: "who knows" },
};
const EVERYONE: MatrixCell = { ...OPEN, connections: "all", text: "all", width: 3, everyone: true };
const NONE: MatrixCell = { ...CLOSED, verdict: "none", pairs: 0 };

const SENTENCES: [MatrixCell, string, string, string][] = [
  [CLOSED, "cell deny", "", "closed"],
  [NONE, "cell none", "", "nothing to ask"],
  [OPEN, "cell allow w1", "TCP 80", "open, TCP 80"],
  [DOUBTFUL, "cell conditional", "TCP 80", "depends, TCP 80; only over IPv4"],
  [PARTLY, "cell partly w1", "2/6 TCP 80", "open for 2 of 6 pairs, TCP 80"],
  [MORE, "cell allow w1 more", "TCP 80", "open, TCP 80; perhaps also TCP 443"],
  [
    EVERYONE,
    "cell allow w3 everyone",
    "all",
    "open, all connections; as a side is open to everyone",
  ],
];

for (const [cell, classes, text, sentence] of SENTENCES) {
  test(`a cell is drawn, labelled and said: ${sentence}`, () => {
    assert.equal(cellClass(cell, ""), classes);
    assert.equal(cellText(cell), text);
    assert.equal(cellSentence(cell), sentence);
  });
}

test("the filter by certainty sets a cell aside, and a closed cell stays closed", () => {
  assert.equal(cellClass(DOUBTFUL, "certain"), "cell aside");
  assert.equal(cellClass(OPEN, "uncertain"), "cell aside");
  assert.equal(cellClass(MORE, "uncertain"), "cell allow w1 more");
  assert.equal(cellClass(OPEN, "certain"), "cell allow w1");
  assert.equal(cellClass(CLOSED, "uncertain"), "cell deny");
});

const MATRIX: MatrixView = {
  level: "workload",
  budget: { limit: 10_000, elements: 4, reduced: false },
  sentence: "",
  cut: null,
  pairs: { pairs: 2, opened: 1, perhaps: 0 },
  enforcement: { cni: "", enforced: "unknown", evidence: "", intended: false },
  nodes: [] as MapNode[],
  rows: ["x/a[Pod]", "x/b[Pod]"],
  columns: ["x/a[Pod]", "x/b[Pod]"],
  answers: [NONE, OPEN, CLOSED],
  cells: [
    [0, 1],
    [2, 0],
  ],
};

test("the panel knows every open cell by the id that the map gives its line", () => {
  const { edges } = asGraph(MATRIX);
  assert.deepEqual(
    edges.map(({ id, verdict, width }) => [id, verdict, width]),
    [["x/a[Pod] -> x/b[Pod]", "allow", 1]],
  );
});

test("why a pair is closed is asked between two peers, not between namespaces", () => {
  assert.ok(canAskWhy("x/a[Pod]", "in:10.0.0.0/8"));
  assert.ok(!canAskWhy("ns:x", "y/b[Pod]"));
});

test("one sentence counts the pairs, on the port asked for", () => {
  const counted = (opened: number, perhaps: number): string =>
    countSentence({ ...MATRIX, pairs: { pairs: 4, opened, perhaps } }, "");
  assert.equal(counted(4, 0), "All 4 pairs are open.");
  assert.equal(counted(0, 0), "None of 4 pairs is open.");
  assert.equal(counted(1, 2), "1 of 4 pairs are open, and 2 depend on something not known.");
  assert.equal(countSentence(MATRIX, "80/TCP"), "1 of 2 pairs are open on 80/TCP.");
});
