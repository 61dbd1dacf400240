import assert from "node:assert/strict";
import { test } from "node:test";
import { pathWith, snapshotIn } from "./address";

test("each page of a snapshot has the same page of another", () => {
  for (const rest of ["", "matrix", "whatif", "fix"]) {
    const path = `/snapshots/abc123/${rest}`;
    assert.equal(snapshotIn(path), "abc123");
    assert.equal(pathWith(path, "def456"), `/snapshots/def456/${rest}`);
  }
});

test("a page that is not a snapshot's stays what it is", () => {
  assert.equal(snapshotIn("/drafts/0001/"), null);
  assert.equal(pathWith("/drafts/0001/", "def456"), "/drafts/0001/");
});
