import assert from "node:assert/strict";
import { test } from "node:test";
import { formatState, hasFilters, needsMap, parseState, START } from "./state";

test("the start of a page needs no query", () => {
  assert.equal(formatState(START), "");
  assert.deepEqual(parseState(""), START);
});

test("a view survives the way through the address bar", () => {
  const state = {
    ...START,
    level: "workload" as const,
    open: ["a", "b"],
    namespaces: ["production"],
    port: "80/TCP",
    focus: "production/web[Deployment]",
    selected: "ns:production",
    ask: { from: "development/curl", to: "10.0.0.0/8", on: "80/TCP" },
    twin: "table" as const,
    sort: "-destination",
    intended: true,
  };
  assert.deepEqual(parseState(formatState(state)), state);
});

test("an unknown level is the automatic one", () => {
  assert.equal(parseState("?level=galaxy").level, "auto");
});

test("a selection or a question needs no new map, a filter does", () => {
  assert.equal(needsMap(START, { ...START, selected: "ns:a", twin: "table" }), false);
  assert.equal(needsMap(START, { ...START, port: "80/TCP" }), true);
  assert.equal(needsMap(START, { ...START, intended: true }), true);
});

test("level and open islands are no filters, a focus is", () => {
  assert.equal(hasFilters({ ...START, level: "namespace", open: ["a"] }), false);
  assert.equal(hasFilters({ ...START, focus: "a/b[Pod]" }), true);
});
