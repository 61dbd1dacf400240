import assert from "node:assert/strict";
import { test } from "node:test";
import type { ObjectChange } from "./types";
import { aloud, countWords, objectFacts, objectName } from "./words";

const change = (given: Partial<ObjectChange>): ObjectChange => ({
  op: "changed",
  kind: "NetworkPolicy",
  namespace: "shop",
  name: "close",
  pods_added: 0,
  pods_removed: 0,
  manager: null,
  at: null,
  ...given,
});

test("one change is not one changes", () => {
  assert.deepEqual([countWords(1), countWords(1200)], ["1 change", "1,200 changes"]);
});

test("an object is named by its kind and place, one of the whole cluster by its kind alone", () => {
  assert.equal(objectName(change({})), "NetworkPolicy shop/close");
  assert.equal(
    objectName(change({ kind: "Namespace", namespace: "", name: "shop" })),
    "Namespace shop",
  );
});

test("what became of it is followed by its pods and by who did it", () => {
  assert.equal(
    objectFacts(change({ op: "added", manager: "kubectl-apply" }), 0),
    "new, by kubectl-apply",
  );
  const pods = change({ kind: "Deployment", pods_added: 2, pods_removed: 1 });
  assert.equal(objectFacts(pods, 0), "changed, 2 pods more, 1 pod fewer");
  assert.equal(objectFacts(change({ op: "removed" }), 0), "gone");
});

test("aloud, the first few are named and the rest counted", () => {
  const changes = [change({}), change({ op: "added", name: "b" })];
  assert.equal(
    aloud({ changes, count: 2 }),
    "NetworkPolicy shop/close changed, NetworkPolicy shop/b new",
  );
  const many = Array.from({ length: 5 }, (_, number) => change({ name: `p${number}` }));
  assert.match(aloud({ changes: many, count: 9 }), /shop\/p2 changed, 6 more$/);
});
