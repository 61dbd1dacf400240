import assert from "node:assert/strict";
import { test } from "node:test";

import { hasErrors, lineSpan, marksOf } from "./diagnostics";

const problem = {
  source: "a.yaml",
  document: 1,
  path: "spec.ingress[0]",
  line: 3,
  severity: "error" as const,
  message: "expected a list, found text",
  object: "",
};
const note = {
  policy: "NetworkPolicy/a/b",
  path: "spec",
  source: "a.yaml",
  line: 2,
  text: "matches none",
};

test("a file gets its own problems and notes, in the order of its lines", () => {
  const marks = marksOf("a.yaml", [problem, { ...problem, source: "b.yaml" }], [note]);
  assert.deepEqual(marks, [
    { line: 2, severity: "warning", message: "matches none" },
    { line: 3, severity: "error", message: "spec.ingress[0]: expected a list, found text" },
  ]);
});

test("a problem without a line stands on the first one", () => {
  assert.equal(marksOf("a.yaml", [{ ...problem, line: 0, path: "" }], [])[0]?.line, 1);
});

test("the span of a line is its text without the margins, also past the end", () => {
  const text = "a: 1\n  b: 2  \n";
  assert.deepEqual(lineSpan(text, 2), { from: 7, to: 11 });
  assert.deepEqual(lineSpan(text, 99), { from: 14, to: 14 });
});

test("warnings alone are no errors", () => {
  assert.ok(!hasErrors([{ ...problem, severity: "warning" }]));
  assert.ok(hasErrors([problem]));
});
