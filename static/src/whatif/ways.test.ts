import assert from "node:assert/strict";
import { test } from "node:test";
import type { WayCaller, WayChange } from "./types";
import { callersText, waysSummary } from "./ways";

const caller = (name: string, verdict: WayCaller["verdict"] = "allow"): WayCaller => ({
  caller: name,
  verdict,
  reason: null,
  internet: true,
});

test("who comes in is said with what is not certain", () => {
  assert.equal(callersText([]), "nobody");
  assert.equal(callersText([caller("{ingress-controller}")]), "the ingress controller");
  assert.equal(
    callersText([caller("203.0.113.7"), caller("anywhere outside", "conditional")]),
    "203.0.113.7, anywhere outside (perhaps)",
  );
});

test("ways are counted by what becomes of them", () => {
  const ways = ["added", "removed", "removed"].map((change) => ({ change }) as WayChange);
  assert.equal(waysSummary(ways), "1 way in opens and 2 ways in close.");
  assert.equal(waysSummary([]), "");
});
