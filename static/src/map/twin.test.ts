import assert from "node:assert/strict";
import { test } from "node:test";
import type { Flow } from "../graph/types";
import { markedFlows } from "./twin";

const flow = (destination: string, port = 80): Flow => ({
  source: "shop/web[Deployment]",
  destination,
  connections: { TCP: [[port, port]] },
  verdict: "allow",
  reason: null,
});

test("a table tells what is new, what differs and what is gone since an earlier picture", () => {
  const found = markedFlows(
    [flow("shop/cart[Pod]"), flow("shop/db[Pod]"), flow("shop/old[Pod]")],
    [flow("shop/cart[Pod]"), flow("shop/db[Pod]", 81), flow("shop/new[Pod]")],
  );
  assert.deepEqual(
    found.map(({ destination, change }) => [destination, change]),
    [
      ["shop/cart[Pod]", undefined],
      ["shop/db[Pod]", "changed"],
      ["shop/new[Pod]", "added"],
      ["shop/old[Pod]", "removed"],
    ],
  );
});
