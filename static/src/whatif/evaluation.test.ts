import assert from "node:assert/strict";
import { test } from "node:test";

import { Evaluation, type Outcome } from "./evaluation";

/** An asker whose questions stay open until the test answers them. */
function openQuestions() {
  const asked: { question: string; signal: AbortSignal; answer: (text: string) => void }[] = [];
  const heard: Outcome<string>[] = [];
  const evaluation = new Evaluation<string, string>({
    ask: (question, signal) => new Promise((answer) => asked.push({ question, signal, answer })),
    listen: (outcome) => heard.push(outcome),
    rest: 5,
  });
  return { asked, heard, evaluation };
}

const settle = () => new Promise((done) => setImmediate(done));

test("typing asks once, with the last text", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { asked, evaluation } = openQuestions();
  evaluation.later("a");
  evaluation.later("ab");
  context.mock.timers.tick(5);
  assert.deepEqual(
    asked.map((each) => each.question),
    ["ab"],
  );
});

test("an answer to an older question is dropped and its request aborted", async () => {
  const { asked, heard, evaluation } = openQuestions();
  evaluation.now("old");
  evaluation.now("new");
  assert.ok(asked[0]?.signal.aborted);
  asked[1]?.answer("new answer");
  await settle();
  asked[0]?.answer("old answer");
  await settle();
  const answers = heard.filter((outcome) => outcome.state === "answered");
  assert.deepEqual(answers, [{ state: "answered", answer: "new answer" }]);
});

test("a failure is told unless the question was given up", async () => {
  const heard: Outcome<string>[] = [];
  const evaluation = new Evaluation<string, string>({
    ask: () => Promise.reject(new Error("lost")),
    listen: (outcome) => heard.push(outcome),
    rest: 5,
  });
  evaluation.now("one");
  evaluation.stop();
  await settle();
  assert.deepEqual(
    heard.map((outcome) => outcome.state),
    ["asking"],
  );
  evaluation.now("two");
  await settle();
  assert.equal(heard.at(-1)?.state, "failed");
});
