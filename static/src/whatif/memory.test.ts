import assert from "node:assert/strict";
import { test } from "node:test";

import { EMPTY_DRAFT, putFile } from "./draft";
import { parseDraft } from "./memory";

test("a stored draft is read back the same", () => {
  const draft = putFile(EMPTY_DRAFT, { name: "a.yaml", content: "kind: A" });
  assert.deepEqual(parseDraft(JSON.stringify(draft)), draft);
});

test("a stored text of another shape is the empty draft, not a broken page", () => {
  assert.deepEqual(parseDraft('{"files": 3, "deletions": {}}'), EMPTY_DRAFT);
  assert.deepEqual(parseDraft("null"), EMPTY_DRAFT);
});
