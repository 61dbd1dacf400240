import assert from "node:assert/strict";
import { test } from "node:test";

import { FIRST_VIEW, isStep, readView, writeView } from "./view_state";

test("a view written to the address is read back the same", () => {
  const view = {
    show: "after" as const,
    only: true,
    change: "a/b[Pod]>c/d[Deployment]",
    text: "web 80",
    kinds: ["added" as const, "removed" as const],
    open: ["production", "shop"],
    intended: false,
  };
  assert.deepEqual(readView(writeView(view, "")), view);
});

test("the first view leaves the address bare and other parameters stay", () => {
  assert.equal(writeView(FIRST_VIEW, ""), "");
  assert.equal(writeView(FIRST_VIEW, "?show=after&other=1"), "?other=1");
});

test("nonsense in the address falls back to the first view", () => {
  assert.deepEqual(readView("?show=sideways&kinds=none"), FIRST_VIEW);
});

test("a toggle is a step back can undo, typing in the filter is not", () => {
  assert.ok(isStep(FIRST_VIEW, { ...FIRST_VIEW, show: "before" }));
  assert.ok(!isStep(FIRST_VIEW, { ...FIRST_VIEW, text: "w" }));
});
