import assert from "node:assert/strict";
import { test } from "node:test";
import { confirmedText, statusOf, type Known } from "./status";

const now = Date.parse("2026-01-01T12:00:00Z");
const cluster: Known = {
  status: "live",
  watched: true,
  watcher: true,
  confirmed_at: "2026-01-01T11:59:57Z",
  status_since: "2026-01-01T11:00:00Z",
};

test("a picture just confirmed is live", () => {
  assert.deepEqual(statusOf(cluster, now), { status: "live", word: "Live" });
  assert.equal(confirmedText(cluster, now), "confirmed 3 s ago");
});

test("a picture that nobody confirms any more is not called live", () => {
  const old = { ...cluster, confirmed_at: "2026-01-01T11:50:00Z" };
  assert.equal(statusOf(old, now).word, "Not confirmed");
  assert.equal(confirmedText(old, now), "last confirmed 10 minutes ago");
  assert.equal(statusOf({ ...cluster, watcher: false }, now).word, "Not watched now");
});

test("a paused cluster is paused, whatever was last seen", () => {
  assert.equal(statusOf({ ...cluster, watched: false, watcher: false }, now).word, "Paused");
});
