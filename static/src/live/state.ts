/**
 * What a page knows of the cluster it shows, and the words for it.
 *
 * Pure: events and moments in, sentences out. The first rule: no picture looks fresher than it is.
 * What was not confirmed for a while, what another picture has overtaken, and what the page cannot
 * know because nobody answers, is said in words.
 */
import { plural } from "../shared/text";
import type { ClusterAnswer, ClusterStatus, LivePage, StreamEvent } from "./types";

/** What is older is not called live any more: three times the pace at which the server confirms. */
export const FRESH_SECONDS = 30;

/**
 * A moment by two clocks. The steady one is not set back by anybody, the other goes on while the
 * machine sleeps; of two answers the less flattering one holds.
 */
export interface Moment {
  readonly steady: number;
  readonly wall: number;
}

export const secondsBetween = (from: Moment, to: Moment): number =>
  Math.max(0, to.steady - from.steady, to.wall - from.wall) / 1000;

export interface LiveState {
  readonly name: string;
  /** Whether netviz itself answers this page. */
  readonly link: "opening" | "open" | "down";
  /** When the link was lost. */
  readonly since: Moment | null;
  readonly status: ClusterStatus;
  readonly detail: string;
  readonly statusSince: string;
  /** How old the last confirmation was when it was told, in seconds, and when that was. */
  readonly confirmed: { readonly age: number; readonly told: Moment } | null;
  /** When anything was heard last. */
  readonly heard: Moment | null;
  readonly newest: Newest | null;
  readonly gone: boolean;
}

/** What the page shows. */
export interface Shown {
  readonly snapshot: string;
  readonly takenAt: string;
}

export interface Newest extends Shown {
  readonly number: number;
}

/**
 * - `fresh`: as the cluster is now
 * - `partial`: the same, of what may be read
 * - `waiting`: not known yet
 * - `old`: a newer picture is known, or nothing confirms this one
 * - `lost`: the cluster or netviz does not answer
 * - `still`: nobody watches any more, on purpose
 */
export type Look = "fresh" | "partial" | "waiting" | "old" | "lost" | "still";

export interface Words {
  readonly look: Look;
  /** The few words that are always in view. */
  readonly text: string;
  /** What more there is to say; may be empty. */
  readonly more: string;
}

export function begin(page: LivePage): LiveState {
  return {
    ...ofCluster(page.cluster),
    link: "opening",
    since: null,
    confirmed: null,
    heard: null,
    gone: false,
  };
}

export function receive(state: LiveState, event: StreamEvent, now: Moment): LiveState {
  if (event.kind === "down") {
    return { ...state, link: "down", since: state.link === "down" ? state.since : now };
  }
  if (event.kind === "opening") return { ...state, link: "opening", since: null };
  const heard: LiveState = { ...state, link: "open", since: null, heard: now };
  switch (event.kind) {
    case "hello":
      return {
        ...heard,
        ...ofCluster(event.data),
        confirmed: confirmation(event.data, now),
        gone: false,
      };
    case "picture":
      return { ...heard, newest: later(state.newest, event.data) };
    case "status":
      return isBefore(event.data.status_since, state.statusSince)
        ? heard
        : {
            ...heard,
            status: event.data.status,
            detail: event.data.detail,
            statusSince: event.data.status_since,
          };
    case "seen":
      return { ...heard, status: event.data.status, confirmed: confirmation(event.data, now) };
    case "gone":
      return { ...heard, gone: true };
  }
}

/** After a break the stream tells first how all is, and then what was missed on the way there. */
function later(
  known: Newest | null,
  { picture, snapshot, taken_at }: { picture: number; snapshot: string; taken_at: string },
): Newest {
  if (known !== null && known.number >= picture) return known;
  return { number: picture, snapshot, takenAt: taken_at };
}

const isBefore = (one: string, other: string): boolean => Date.parse(one) < Date.parse(other);

function ofCluster(
  cluster: ClusterAnswer,
): Omit<LiveState, "link" | "since" | "confirmed" | "heard" | "gone"> {
  const { name, status, detail, status_since, picture } = cluster;
  const newest = picture && {
    number: picture.id,
    snapshot: picture.snapshot,
    takenAt: picture.taken_at,
  };
  return { name, status, detail, statusSince: status_since, newest };
}

function confirmation(
  { confirmed_at, now }: { confirmed_at: string | null; now: string },
  told: Moment,
): LiveState["confirmed"] {
  if (confirmed_at === null) return null;
  return { age: Math.max(0, (Date.parse(now) - Date.parse(confirmed_at)) / 1000), told };
}

/** How long ago the cluster last said that it is as shown; null where it never did. */
export function confirmedAge({ confirmed }: LiveState, now: Moment): number | null {
  return confirmed === null ? null : confirmed.age + secondsBetween(confirmed.told, now);
}

/** The stream is open as far as the browser knows, and yet nothing comes. */
export function isSilent({ link, heard }: LiveState, now: Moment): boolean {
  return link === "open" && heard !== null && secondsBetween(heard, now) > FRESH_SECONDS;
}

export const isEarlier = ({ newest }: LiveState, { snapshot }: Shown): boolean =>
  newest !== null && newest.snapshot !== snapshot;

const BAD: Partial<Record<ClusterStatus, string>> = {
  lost: "Connection to the cluster lost",
  refused: "The cluster refuses netviz",
  connecting: "Connecting to the cluster",
  paused: "Not watched",
};

const LOOKS: Partial<Record<ClusterStatus, Look>> = {
  lost: "lost",
  refused: "lost",
  connecting: "waiting",
  paused: "still",
};

export function wordsOf(state: LiveState, shown: Shown, now: Moment): Words {
  const picture = `showing the picture of ${clockTime(shown.takenAt, now.wall)}`;
  if (state.gone) {
    return {
      look: "still",
      text: `Removed from netviz, ${picture}`,
      more: "Somebody removed this cluster, with its history. What this page shows may be gone once you leave it.",
    };
  }
  if (state.link === "opening") return { look: "waiting", text: "Connecting", more: "" };
  if (state.link === "down") {
    const since = state.since === null ? "" : ` since ${clockTime(state.since.wall, now.wall)}`;
    return {
      look: "lost",
      text: `netviz does not answer${since}, reconnecting`,
      more: `${capital(picture)}. What the cluster does meanwhile is not known.`,
    };
  }
  const bad = BAD[state.status];
  if (bad !== undefined) {
    const since = ` since ${clockTime(state.statusSince, now.wall)}`;
    const asIs = state.status === "connecting" ? "" : since;
    return {
      look: LOOKS[state.status]!,
      text: `${bad}${asIs}, ${picture}`,
      more: state.detail,
    };
  }
  return watched(state, shown, now);
}

/** The words where somebody watches and the cluster answers, or did so last. */
function watched(state: LiveState, shown: Shown, now: Moment): Words {
  const age = confirmedAge(state, now);
  const confirmed = age === null ? "never confirmed" : `confirmed ${span(age)} ago`;
  if (age === null || age > FRESH_SECONDS) {
    const stale = age === null ? "Not confirmed yet" : `Not confirmed for ${span(age)}`;
    const text = `${stale}, showing the picture of ${clockTime(shown.takenAt, now.wall)}`;
    return { look: "old", text, more: state.detail };
  }
  if (isEarlier(state, shown)) {
    const text = `Earlier picture, of ${clockTime(shown.takenAt, now.wall)}`;
    return { look: "old", text, more: `The cluster is watched, ${confirmed}.` };
  }
  return state.status === "partial"
    ? { look: "partial", text: `Live in part, ${confirmed}`, more: state.detail }
    : { look: "fresh", text: `Live, ${confirmed}`, more: state.detail };
}

/** "12 s", "4 min", "3 h", "2 days": how long something takes or took. */
export function span(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole < 100) return `${whole} s`;
  if (whole < 6000) return `${Math.floor(whole / 60)} min`;
  const hours = Math.floor(whole / 3600);
  return hours < 48 ? `${hours} h` : plural(Math.floor(hours / 24), "day");
}

/** Two of these on the reader's clock; where the minute is the same, with the seconds. */
export function clockTimes(one: string, other: string, now: number): [string, string] {
  const [first, second] = [clockTime(one, now), clockTime(other, now)];
  if (first !== second) return [first, second];
  return [clockTime(one, now, true), clockTime(other, now, true)];
}

/** "14:05" on the reader's clock, with the day where that is not today. */
export function clockTime(when: string | number, now: number, seconds = false): string {
  const [time, today] = [new Date(when), new Date(now)];
  const clock = time.toLocaleTimeString("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds && { second: "2-digit" }),
  });
  if (time.toDateString() === today.toDateString()) return clock;
  const day = time.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  return `${day}, ${clock}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
