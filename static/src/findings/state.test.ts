import assert from "node:assert/strict";
import { test } from "node:test";
import { formatState, isFiltered, notUnderstood, parseState, START } from "./state";

test("a view and its address say the same", () => {
  const view = { severity: "error", family: "DNS", namespace: "shop", text: "L-12 web" } as const;
  assert.deepEqual(parseState(formatState(view)), view);
  assert.equal(formatState(START), "");
});

test("an unknown severity is none", () => {
  assert.deepEqual(parseState("?severity=terrible"), START);
  assert.equal(isFiltered(parseState("?severity=info")), true);
});

test("what the page does not know is said", () => {
  assert.deepEqual(notUnderstood("?severity=info&q=web"), []);
  assert.deepEqual(notUnderstood("?severity=terrible&id=L-02&page=9"), [
    'There is no severity "terrible": they are error, warning, info.',
    'This page has no filter "id".',
    'This page has no filter "page".',
  ]);
});
