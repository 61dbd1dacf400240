import assert from "node:assert/strict";
import { test } from "node:test";

import { addFile, editFile, EMPTY_DRAFT, markDeletion, openFile, putFile } from "./draft";
import { difference, type Question } from "./question";

const draft = putFile(EMPTY_DRAFT, { name: "a.yaml", content: "kind: A" });
const question: Question = { draft, open: [], intended: true };

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
});

test("an empty new tab asks nothing, an emptied draft asks at once", () => {
  const blank = addFile(draft, { name: "b.yaml", content: "" });
  assert.equal(difference({ ...question, draft: blank }, question), "none");
  assert.equal(difference({ ...question, draft: editFile(draft, 0, "") }, question), "other");
});
