import assert from "node:assert/strict";
import { test } from "node:test";
import {
  begin,
  clockTime,
  clockTimes,
  confirmedAge,
  isEarlier,
  isSilent,
  receive,
  span,
  wordsOf,
  type LiveState,
  type Moment,
} from "./state";
import { pauseBefore } from "./stream";
import type { ClusterAnswer, LivePage } from "./types";

const NOON = Date.parse("2026-11-30T12:00:00Z");
const iso = (seconds: number): string => new Date(NOON + seconds * 1000).toISOString();
const at = (seconds: number): Moment => ({ steady: seconds * 1000, wall: NOON + seconds * 1000 });
const clock = (seconds: number): string => clockTime(NOON + seconds * 1000, NOON);

const CLUSTER: ClusterAnswer = {
  id: "c",
  name: "prod",
  status: "live",
  detail: "",
  status_since: iso(-600),
  confirmed_at: iso(-2),
  picture: { id: 7, snapshot: "new", taken_at: iso(-60) },
};
const PAGE: LivePage = {
  cluster: CLUSTER,
  events: "/api/v1/clusters/c/events",
  taken_at: iso(-60),
  newest: true,
  after: 3,
};
const SHOWN = { snapshot: "new", takenAt: iso(-60) };

const hello = (cluster: Partial<ClusterAnswer> = {}, now = 0): LiveState =>
  receive(begin(PAGE), { kind: "hello", data: { ...CLUSTER, ...cluster, now: iso(now) } }, at(now));

const picture = (state: LiveState, number: number, snapshot: string): LiveState =>
  receive(state, { kind: "picture", data: { picture: number, snapshot, taken_at: iso(5) } }, at(5));

test("before the stream says anything nothing is called live", () => {
  assert.deepEqual(wordsOf(begin(PAGE), SHOWN, at(0)), {
    look: "waiting",
    text: "Connecting",
    more: "",
  });
});

test("what was just confirmed is live, with the seconds since", () => {
  const words = wordsOf(hello(), SHOWN, at(3));
  assert.deepEqual([words.look, words.text], ["fresh", "Live, confirmed 5 s ago"]);
});

test("what may be read in part only is said to be in part", () => {
  const words = wordsOf(hello({ status: "partial", detail: "Pods are forbidden." }), SHOWN, at(0));
  assert.deepEqual(
    [words.look, words.text, words.more],
    ["partial", "Live in part, confirmed 2 s ago", "Pods are forbidden."],
  );
});

test("what nothing confirmed for half a minute is not called live, whatever the status", () => {
  const words = wordsOf(hello(), SHOWN, at(29));
  assert.equal(words.look, "old");
  assert.equal(words.text, `Not confirmed for 31 s, showing the picture of ${clock(-60)}`);
  const never = wordsOf(hello({ confirmed_at: null }), SHOWN, at(0));
  assert.deepEqual(
    [never.look, never.text],
    ["old", `Not confirmed yet, showing the picture of ${clock(-60)}`],
  );
});

test("the age of a confirmation needs no clock but the server's and how long ago it was told", () => {
  const state = hello();
  const wrong: Moment = { steady: 4000, wall: NOON - 3_600_000 };
  assert.equal(confirmedAge(state, wrong), 6);
  const slept: Moment = { steady: 1000, wall: NOON + 3_600_000 };
  assert.equal(confirmedAge(state, slept), 3602);
});

test("a connection that was lost says since when, and which picture is shown", () => {
  const state = receive(
    hello(),
    {
      kind: "status",
      data: { status: "lost", detail: "It refuses connections.", status_since: iso(10) },
    },
    at(10),
  );
  const words = wordsOf(state, SHOWN, at(12));
  assert.equal(words.look, "lost");
  assert.equal(
    words.text,
    `Connection to the cluster lost since ${clock(10)}, showing the picture of ${clock(-60)}`,
  );
  assert.equal(words.more, "It refuses connections.");
});

test("each way of not being watched has its own words", () => {
  const said = (status: ClusterAnswer["status"]): string =>
    wordsOf(hello({ status }), SHOWN, at(0)).text;
  assert.match(said("refused"), /^The cluster refuses netviz since /);
  assert.match(said("paused"), /^Not watched since /);
  assert.match(said("connecting"), /^Connecting to the cluster, showing the picture of /);
});

test("where netviz itself does not answer the page says since when, and never how fresh it was", () => {
  let state = receive(hello(), { kind: "down" }, at(20));
  state = receive(state, { kind: "down" }, at(25));
  const words = wordsOf(state, SHOWN, at(26));
  assert.equal(words.look, "lost");
  assert.equal(words.text, `netviz does not answer since ${clock(20)}, reconnecting`);
  assert.match(words.more, /Showing the picture of/);
  const back = receive(
    state,
    { kind: "hello", data: { ...CLUSTER, confirmed_at: iso(29), now: iso(30) } },
    at(30),
  );
  assert.equal(wordsOf(back, SHOWN, at(30)).text, "Live, confirmed 1 s ago");
});

test("an open stream that says nothing for half a minute is silent", () => {
  assert.equal(isSilent(hello(), at(30)), false);
  assert.equal(isSilent(hello(), at(31)), true);
  assert.equal(isSilent(receive(hello(), { kind: "down" }, at(1)), at(99)), false);
});

test("a page that was out of sight for long is not live before it heard so again", () => {
  const state = receive(hello(), { kind: "opening" }, at(500));
  assert.equal(wordsOf(state, SHOWN, at(500)).text, "Connecting");
  assert.equal(isSilent(state, at(500)), false);
});

test("a picture that another has overtaken is called earlier, however live the cluster is", () => {
  const state = picture(hello(), 8, "newer");
  assert.equal(isEarlier(state, SHOWN), true);
  const words = wordsOf(state, SHOWN, at(6));
  assert.deepEqual([words.look, words.text], ["old", `Earlier picture, of ${clock(-60)}`]);
  assert.match(words.more, /is watched, confirmed 8 s ago/);
});

test("of several pictures the last counts, and one that goes back to the first is no news", () => {
  const there = picture(picture(hello(), 8, "second"), 9, "third");
  assert.equal(there.newest?.snapshot, "third");
  assert.equal(isEarlier(picture(there, 10, "new"), SHOWN), false);
});

test("what was missed is told after how all is now, and takes nothing back", () => {
  const state = hello({ picture: { id: 9, snapshot: "ninth", taken_at: iso(0) } });
  assert.equal(picture(state, 8, "eighth").newest?.snapshot, "ninth");
  const old = { status: "lost", detail: "", status_since: iso(-900) } as const;
  assert.equal(receive(state, { kind: "status", data: old }, at(1)).status, "live");
});

test("a cluster that was removed is not live any more, and its picture stays", () => {
  const words = wordsOf(receive(hello(), { kind: "gone" }, at(1)), SHOWN, at(1));
  assert.equal(words.look, "still");
  assert.match(words.text, /^Removed from netviz, showing the picture of/);
  assert.match(words.more, /with its history/);
});

test("spans are said in the largest unit that is not coarse", () => {
  assert.deepEqual([0.4, 99, 100, 5999, 6000, 172_799, 172_800].map(span), [
    "0 s",
    "99 s",
    "1 min",
    "99 min",
    "1 h",
    "47 h",
    "2 days",
  ]);
});

test("two times of the same minute are told apart by their seconds", () => {
  const [one, other] = clockTimes(iso(0), iso(20), NOON);
  assert.match(one, /:\d\d:\d\d$/);
  assert.notEqual(one, other);
  assert.deepEqual(clockTimes(iso(0), iso(90), NOON), [clock(0), clock(90)]);
});

test("a time of another day names the day", () => {
  assert.match(clockTime(NOON - 3 * 86_400_000, NOON), /^27 Nov, \d\d:\d\d$/);
});

test("pauses between attempts grow and stay below half a minute", () => {
  const pauses = [0, 1, 2, 3, 9, 500].map((attempt) => pauseBefore(attempt, 1));
  assert.deepEqual(pauses, [1000, 2000, 4000, 8000, 30_000, 30_000]);
  assert.equal(pauseBefore(0, 0), 500);
});
