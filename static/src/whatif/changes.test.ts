import assert from "node:assert/strict";
import { test } from "node:test";

import {
  changeKey,
  filterChanges,
  placeName,
  portWords,
  ruleName,
  summarySentence,
} from "./changes";
import type { Change, Reason } from "./types";
import { FIRST_VIEW } from "./view_state";

const reason: Reason = {
  side: "ingress",
  effect: "allowed by",
  policy: "NetworkPolicy/production/allow-web",
  rule: "ingress[0]",
  source: "draft.yaml",
  line: 9,
  text: "production/allow-web opens TCP 80 to development.",
};

const added: Change = {
  kind: "added",
  source: "development/curl[Pod]",
  destination: "production/webserver[Deployment]",
  new_or_lost: [],
  before: {},
  after: { TCP: [[80, 80]] },
  verdict_before: "deny",
  verdict_after: "allow",
  reasons: [reason],
};
const removed: Change = { ...added, kind: "removed", source: "a/b[Pod]", reasons: [] };

test("every word of the filter must be found in the pair, its ports or its reasons", () => {
  const both = [added, removed];
  const found = (text: string) => filterChanges(both, { ...FIRST_VIEW, text }).map(changeKey);
  assert.deepEqual(found("curl WEB"), [changeKey(added)]);
  assert.deepEqual(found("allow-web"), [changeKey(added)]);
  assert.equal(found("tcp 80").length, 2);
  assert.deepEqual(found("nothing"), []);
});

test("a kind that is switched off is not listed", () => {
  const kept = filterChanges([added, removed], { ...FIRST_VIEW, kinds: ["removed"] });
  assert.deepEqual(kept, [removed]);
});

test("the summary counts in words", () => {
  assert.equal(
    summarySentence({ added: 1, removed: 2, changed: 0, unchanged: 5 }),
    "1 flow opens and 2 flows close; 5 stay the same.",
  );
  assert.equal(summarySentence({ added: 0, removed: 0, changed: 0, unchanged: 5 }), "");
});

test("a reason names its rule and its place", () => {
  assert.equal(ruleName(reason), "production/allow-web · ingress[0]");
  assert.equal(ruleName({ ...reason, rule: null }), "production/allow-web");
  assert.equal(ruleName({ ...reason, policy: null }), "");
  assert.equal(placeName(reason), "draft.yaml:9");
  assert.equal(placeName({ ...reason, source: null }), "");
});

test("ports are told in words, closed and unknown too", () => {
  assert.equal(portWords("all"), "everything");
  assert.equal(portWords({}), "closed");
  assert.equal(portWords({}, "unknown"), "not known");
  assert.equal(portWords({ TCP: [[80, 80]] }), "TCP 80");
  assert.equal(portWords("all", "conditional"), "perhaps everything");
});
