import assert from "node:assert/strict";
import { test } from "node:test";

import { addFile, editFile, EMPTY_DRAFT, markDeletion, openFile, putFile } from "./draft";
import type { MapNode } from "../graph/types";
import { difference, foldedSubjects, type Question } from "./question";

const draft = putFile(EMPTY_DRAFT, { name: "a.yaml", content: "kind: A" });
const question: Question = { snapshot: "first", draft, open: [], intended: true };

test("typing is told from other changes, and what changes no text is no new question", () => {
  const typed = { ...question, draft: editFile(draft, 0, "kind: AB") };
  assert.equal(difference(typed, question), "typed");
  assert.equal(difference({ ...question, draft: openFile(draft, 0) }, question), "none");
  assert.equal(
    difference({ ...question, draft: markDeletion(draft, "N/a/b", true) }, question),
    "other",
  );
  const added = addFile(draft, { name: "b.yaml", content: "kind: B" });
  assert.equal(difference({ ...question, draft: added }, question), "other");
  assert.equal(difference({ ...question, intended: false }, question), "other");
  assert.equal(difference({ ...question, snapshot: "second" }, question), "other");
});

test("only namespaces that are folded and have a drafted object are looked into", () => {
  const island = (label: string, open: boolean, workloads = 1): MapNode =>
    ({ id: `ns:${label}`, kind: "namespace", label, open, workloads }) as MapNode;
  const content = ["open", "folded", "empty"]
    .map((name) => `kind: NetworkPolicy\nmetadata:\n  name: a\n  namespace: ${name}\n`)
    .join("---\n");
  const drafted = putFile(EMPTY_DRAFT, { name: "a.yaml", content });
  const nodes = [
    island("open", true),
    island("folded", false),
    island("other", false),
    island("empty", false, 0),
  ];
  assert.deepEqual(foldedSubjects(drafted, nodes), ["folded"]);
});

test("an empty new tab asks nothing, an emptied draft asks at once", () => {
  const blank = addFile(draft, { name: "b.yaml", content: "" });
  assert.equal(difference({ ...question, draft: blank }, question), "none");
  assert.equal(difference({ ...question, draft: editFile(draft, 0, "") }, question), "other");
});
