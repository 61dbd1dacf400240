import assert from "node:assert/strict";
import { test } from "node:test";
import { clockTime } from "../live/state";
import { movedSentence } from "./base";

const NOON = Date.parse("2026-11-30T12:00:00Z");
const at = (minutes: number) => ({
  snapshot: String(minutes),
  takenAt: new Date(NOON + minutes * 60_000).toISOString(),
});
const clock = (minutes: number): string => clockTime(NOON + minutes * 60_000, NOON);

test("what the draft rests on is said together with how much has changed", () => {
  const moved = { from: at(0), to: at(5), changes: { changes: [], count: 2 }, followed: true };
  assert.equal(
    movedSentence(moved, NOON),
    `The cluster has changed since ${clock(0)}: 2 changes. The draft was worked out again on the picture of ${clock(5)}.`,
  );
  assert.equal(
    movedSentence({ ...moved, followed: false, changes: { changes: [], count: 1 } }, NOON),
    `The cluster has changed since: 1 change. Shown is the draft on the picture of ${clock(0)}.`,
  );
});
