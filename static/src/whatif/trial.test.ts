import assert from "node:assert/strict";
import { test } from "node:test";
import { editFile, EMPTY_DRAFT, openFile, putFile } from "./draft";
import { problemsOf, trialOf, trialSentence, type Trial, type TrialResult } from "./trial";

const draft = putFile(EMPTY_DRAFT, { name: "a.yaml", content: "kind: A" });
const result = (given: Partial<TrialResult>): TrialResult => ({
  object: "NetworkPolicy/shop/close",
  source: "a.yaml",
  document: 1,
  line: 1,
  accepted: true,
  message: "",
  causes: [],
  ...given,
});
const deletion = result({ source: "", accepted: null, message: "Deletions are not tried." });
const trial = (...results: TrialResult[]): Trial => ({
  draft,
  phase: "answered",
  results,
  failure: "",
});

test("a refusal stands at the line of each of its causes, or at that of the object", () => {
  const causes = [
    { path: "spec.podSelector", line: 5, message: "Required value" },
    { path: "", line: null, message: "denied by a webhook" },
  ];
  const problems = problemsOf(
    trial(
      result({ accepted: false, causes }),
      result({}),
      result({ accepted: false, line: 9, message: "no right" }),
    ),
  );
  assert.deepEqual(
    problems.map(({ line, severity, message }) => [line, severity, message]),
    [
      [5, "error", "The server refuses it: spec.podSelector: Required value"],
      [1, "error", "The server refuses it: denied by a webhook"],
      [9, "error", "The server refuses it: no right"],
    ],
  );
});

test("one sentence says what the server said to all of it, and that nothing was applied", () => {
  const untried = result({ accepted: null, message: "The server does not answer." });
  const said = (...results: TrialResult[]): string => trialSentence(trial(...results));
  assert.equal(said(result({})), "The server would accept 1 object. Nothing was applied.");
  assert.equal(
    said(result({}), result({ accepted: false })),
    "The server refuses 1 of 2 objects. Nothing was applied.",
  );
  assert.equal(said(untried, untried), "The server did not try it. Nothing was applied.");
  assert.equal(
    said(result({}), untried),
    "The server would accept 1 object. 1 could not be tried. Nothing was applied.",
  );
  assert.equal(said(deletion), "There is no object to try: deletions are not tried.");
  assert.equal(
    trialSentence({ ...trial(), phase: "failed", failure: "There is no such thing here." }),
    "Not tried: There is no such thing here.",
  );
});

test("what was said to another text is not said any more", () => {
  const tried = trial(result({}));
  assert.equal(trialOf(tried, openFile(draft, 0)), tried);
  assert.equal(trialOf(tried, editFile(draft, 0, "kind: B")), null);
  assert.deepEqual(problemsOf(null), []);
});
