import assert from "node:assert/strict";
import { test } from "node:test";

import {
  addFile,
  closeFile,
  editFile,
  EMPTY_DRAFT,
  isBlank,
  markDeletion,
  openFile,
  putFile,
  renameFile,
  toRequest,
} from "./draft";

const A = { name: "a.yaml", content: "kind: A" };
const B = { name: "b.yaml", content: "kind: B" };
const two = putFile(putFile(EMPTY_DRAFT, A), B);

test("a file put under a taken name replaces that file and is opened", () => {
  const draft = putFile(two, { name: "a.yaml", content: "new" });
  assert.deepEqual(
    draft.files.map((file) => file.content),
    ["new", "kind: B"],
  );
  assert.equal(draft.active, 0);
});

test("a file added under a taken name gets the next free one", () => {
  const draft = addFile(addFile(two, A), A);
  assert.deepEqual(
    draft.files.map((file) => file.name),
    ["a.yaml", "b.yaml", "a-2.yaml", "a-3.yaml"],
  );
});

test("closing a tab left of the open one keeps the same file open", () => {
  assert.equal(closeFile(two, 0).active, 0);
  assert.equal(closeFile(two, 1).active, 0);
  assert.equal(closeFile(closeFile(two, 0), 0).active, -1);
});

test("a file cannot take the name of another, nor an empty one", () => {
  assert.equal(renameFile(two, 0, "b.yaml"), two);
  assert.equal(renameFile(two, 0, "  "), two);
  assert.equal(renameFile(two, 0, "c.yaml").files[0]?.name, "c.yaml");
});

test("editing to the same text is no change", () => {
  assert.equal(editFile(two, 0, "kind: A"), two);
  assert.equal(editFile(two, 9, "x"), two);
});

test("opening a tab that is not there changes nothing", () => {
  assert.equal(openFile(two, 5), two);
  assert.equal(openFile(two, 0).active, 0);
});

test("deletions are kept sorted and once each", () => {
  const marked = ["N/b/x", "N/a/x", "N/b/x"].reduce(
    (draft, policy) => markDeletion(draft, policy, true),
    EMPTY_DRAFT,
  );
  assert.deepEqual(marked.deletions, ["N/a/x", "N/b/x"]);
  assert.deepEqual(markDeletion(marked, "N/a/x", false).deletions, ["N/b/x"]);
});

test("a draft of blank files asks for nothing, a deletion alone asks for something", () => {
  const blank = putFile(EMPTY_DRAFT, { name: "a.yaml", content: " \n" });
  assert.ok(isBlank(blank));
  assert.ok(!isBlank(markDeletion(blank, "N/a/x", true)));
  assert.deepEqual(toRequest(blank), { files: [], delete: [] });
});
