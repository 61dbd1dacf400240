import assert from "node:assert/strict";
import { test } from "node:test";
import { podsText } from "./objects";
import { meaning } from "./retention";
import { inOrder } from "./timeline";
import type { ObjectChange, Picture } from "./types";
import { words } from "./waiting";

const change: ObjectChange = {
  ...{ op: "changed", kind: "Deployment", namespace: "shop", name: "web" },
  ...{ pods_added: 0, pods_removed: 0, manager: null, at: null },
};

test("kinds are said as people say them", () => {
  assert.equal(words("Pod"), "pods");
  assert.equal(words("NetworkPolicy", true), "Network policies");
  assert.equal(words("Ingress"), "ingresses");
  assert.equal(words("Gateway"), "gateways");
});

test("pods are counted by what became of them", () => {
  assert.equal(podsText(change), "");
  assert.equal(podsText({ ...change, pods_added: 2, pods_removed: 1 }), "2 pods new, 1 gone");
  assert.equal(podsText({ ...change, pods_removed: 1 }), "1 pod gone");
});

test("the older of two pictures comes first, however they were chosen", () => {
  const picture = (id: number): Picture => ({
    ...{ id, snapshot: String(id), taken_at: "", changes: [], change_count: 0 },
  });
  assert.deepEqual(
    inOrder([picture(9), picture(4)]).map(({ id }) => id),
    [4, 9],
  );
});

test("a limit that is no number is not explained", () => {
  assert.match(meaning(7, 500), /older than 7 days go, .* newest 500/);
  assert.equal(meaning(NaN, 500), "Give two whole numbers.");
});
