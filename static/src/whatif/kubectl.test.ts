import assert from "node:assert/strict";
import { test } from "node:test";

import { EMPTY_DRAFT, markDeletion, putFile } from "./draft";
import { kubectlLines } from "./kubectl";

test("files are applied first and marked policies deleted after", () => {
  const draft = markDeletion(
    putFile(EMPTY_DRAFT, { name: "web.yaml", content: "x" }),
    "NetworkPolicy/production/old",
    true,
  );
  assert.deepEqual(kubectlLines(draft, { dryRun: true }), [
    "kubectl apply --dry-run=server -f web.yaml",
    "kubectl delete --dry-run=server -n production networkpolicy/old",
  ]);
  assert.equal(kubectlLines(draft, { dryRun: false })[0], "kubectl apply -f web.yaml");
});

test("a cluster-wide policy is deleted without a namespace", () => {
  const draft = { ...EMPTY_DRAFT, deletions: ["AdminNetworkPolicy/deny-all"] };
  assert.deepEqual(kubectlLines(draft, { dryRun: false }), [
    "kubectl delete adminnetworkpolicy/deny-all",
  ]);
});

test("a file name that the shell would read as more than a word is quoted", () => {
  const draft = putFile(EMPTY_DRAFT, { name: "it's; rm -rf.yaml", content: "x" });
  assert.deepEqual(kubectlLines(draft, { dryRun: false }), [
    "kubectl apply -f 'it'\\''s; rm -rf.yaml'",
  ]);
  const dash = putFile(EMPTY_DRAFT, { name: "-o.yaml", content: "x" });
  assert.deepEqual(kubectlLines(dash, { dryRun: false }), ["kubectl apply -f './-o.yaml'"]);
});

test("files without text give no line", () => {
  assert.deepEqual(
    kubectlLines(putFile(EMPTY_DRAFT, { name: "a.yaml", content: "" }), { dryRun: true }),
    [],
  );
});
