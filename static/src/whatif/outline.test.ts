import assert from "node:assert/strict";
import { test } from "node:test";

import { outline, policyId } from "./outline";

test("each document of a file is named with its namespace and line", () => {
  const text = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: "deny-all" # comment
  namespace: production
spec:
  podSelector: {}
---
kind: NetworkPolicy
metadata:
  labels:
    name: not-this
  name: other
`;
  const entries = outline(text, "default");
  assert.deepEqual(entries.map(policyId), [
    "NetworkPolicy/production/deny-all",
    "NetworkPolicy/default/other",
  ]);
  assert.deepEqual(
    entries.map((entry) => entry.line),
    [2, 9],
  );
});

test("broken and unnamed text gives no entry", () => {
  assert.deepEqual(outline("kind: [\n  nope", "default"), []);
  assert.deepEqual(outline("", "default"), []);
});
