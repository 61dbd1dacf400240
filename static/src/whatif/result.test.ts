import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError } from "../shared/api";
import { NO_RESULT, receive, type Result } from "./result";
import type { Answer } from "./types";

const problem = {
  source: "a.yaml",
  document: 1,
  path: "spec",
  line: 3,
  severity: "error" as const,
  message: "expected a mapping",
};

function answer(problems: unknown[]): Answer {
  const summary = { added: 0, removed: 0, changed: 0, unchanged: 0 };
  return {
    diff: { version: 1, problems, notes: [], summary, changes: [], ways: [] },
    map: { nodes: [], edges: [], summary },
    base: { nodes: [], edges: [], summary },
  } as unknown as Answer;
}

const good: Result = receive(NO_RESULT, { state: "answered", answer: answer([]) });

test("a good answer is fresh, and stale while the next question is open", () => {
  assert.equal(good.phase, "fresh");
  assert.equal(good.stale, false);
  assert.equal(receive(good, { state: "asking" }).stale, true);
});

test("an answer to a text with errors keeps the last good one on the page", () => {
  const broken = receive(good, { state: "answered", answer: answer([problem]) });
  assert.equal(broken.phase, "broken");
  assert.equal(broken.answer, good.answer);
  assert.equal(broken.stale, true);
  assert.deepEqual(broken.problems, [problem]);
});

test("a first answer with errors is shown, as there is nothing better", () => {
  const partial = answer([problem]);
  const broken = receive(NO_RESULT, { state: "answered", answer: partial });
  assert.equal(broken.answer, partial);
  assert.equal(broken.stale, false);
});

test("no server, a refusal with problems and any other refusal are told apart", () => {
  const fail = (error: unknown) => receive(good, { state: "failed", error });
  assert.equal(fail(new ApiError(0, "No answer", "")).phase, "offline");
  assert.equal(fail(new ApiError(422, "Unreadable", "", "", [problem])).phase, "broken");
  assert.equal(fail(new ApiError(500, "Broken", "")).phase, "refused");
  assert.equal(fail(new TypeError("no field")).phase, "refused");
  assert.equal(fail(new ApiError(0, "No answer", "")).answer, good.answer);
});
