/** The picture that a draft is worked out on: where the cluster moves on, the draft moves with it. */
import { Follower } from "../live/follow";
import { pathWith, snapshotIn, turnLinks } from "../live/address";
import { clockTimes, type Shown } from "../live/state";
import { objectItem } from "../live/strip";
import type { LivePage, ObjectChanges } from "../live/types";
import { countWords } from "../live/words";
import { ApiError, getJson, withQuery } from "../shared/api";
import { el, fill, icon, part, type Child } from "../shared/dom";
import type { Store } from "./store";

/** How the cluster has moved on since the draft was begun, or since the reader was told last. */
export interface Moved {
  readonly from: Shown;
  readonly to: Shown;
  /** Null where the server could not say. */
  readonly changes: ObjectChanges | null;
  /** Is the draft worked out on the newest picture? Else that is offered. */
  readonly followed: boolean;
}

/** "The cluster has changed since 11:02: 2 changes. …" */
export function movedSentence({ from, to, changes, followed }: Moved, now: number): string {
  const [before, after] = clockTimes(from.takenAt, to.takenAt, now);
  const count = changes === null ? "" : `: ${countWords(changes.count)}`;
  return followed
    ? `The cluster has changed since ${before}${count}. The draft was worked out again on the picture of ${after}.`
    : `The cluster has changed since${count}. Shown is the draft on the picture of ${before}.`;
}

export class LiveBase {
  private readonly follower: Follower;
  /** What the next note counts from. */
  private told: Shown;
  private following: boolean;

  constructor(
    private readonly store: Store,
    live: LivePage,
  ) {
    const { snapshot } = store.state;
    this.told = { snapshot, takenAt: live.taken_at };
    // Who opens an old picture, or a draft that was kept on one, wants to see that first.
    this.following = live.newest;
    this.follower = new Follower(live, snapshot, {
      verb: "Work the draft out on the newest picture",
      take: (newest) => {
        this.following = true;
        void this.move(newest);
      },
      takesItself: () => this.following,
      offered: (newest, changes) => this.tell(newest, changes, false),
    });
    store.listen(({ moved, snapshot: at }, before) => {
      if (before === null || moved !== before.moved || at !== before.snapshot) this.draw();
    });
  }

  start(): void {
    this.follower.start();
  }

  takenAt(snapshot: string): string | null {
    return this.follower.takenAt(snapshot);
  }

  private async move(newest: Shown): Promise<void> {
    const { snapshot } = this.store.state;
    if (snapshot === newest.snapshot) return;
    turnLinks(snapshot, newest.snapshot);
    if (snapshotIn(location.pathname) !== null) {
      const path = pathWith(location.pathname, newest.snapshot);
      history.replaceState(null, "", `${path}${location.search}`);
    }
    this.store.set({ snapshot: newest.snapshot });
    this.follower.showing(newest.snapshot);
    let changes: ObjectChanges | null = null;
    try {
      const query = { from: this.told.snapshot, to: newest.snapshot };
      changes = await getJson<ObjectChanges>(withQuery("/api/v1/compare/objects", query));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
    if (this.store.state.snapshot === newest.snapshot) this.tell(newest, changes, true);
  }

  private tell(to: Shown, changes: ObjectChanges | null, followed: boolean): void {
    const moved = changes?.count === 0 ? null : { from: this.told, to, changes, followed };
    this.store.set({ moved });
    if (moved) this.follower.say(movedSentence(moved, Date.now()));
  }

  private draw(): void {
    const { moved } = this.store.state;
    const box = part("moved");
    box.hidden = moved === null;
    if (moved === null) return;
    const now = Date.now();
    const { changes, followed } = moved;
    const list: Child =
      changes === null
        ? null
        : el(
            "details",
            {},
            el("summary", {}, "Which"),
            el(
              "ul",
              { class: "live-list" },
              changes.changes.slice(0, LISTED).map((change) => objectItem(change, now)),
            ),
          );
    fill(
      box,
      el("p", {}, movedSentence(moved, now)),
      followed ? this.dismissButton() : this.moveButton(moved.to),
      list,
    );
  }

  private moveButton(newest: Shown): HTMLElement {
    const onclick = (): void => {
      this.following = true;
      void this.move(newest);
    };
    return el("button", { type: "button", class: "button", onclick }, "Use the newest picture");
  }

  private dismissButton(): HTMLElement {
    const onclick = (): void => {
      const { moved } = this.store.state;
      if (moved) this.told = moved.to;
      this.store.set({ moved: null });
    };
    const label = "Dismiss what is said of the cluster";
    return el(
      "button",
      { type: "button", class: "button quiet icon", "aria-label": label, onclick },
      icon("M4 4l8 8M12 4l-8 8"),
    );
  }
}

/** More lines than this nobody reads in a note. */
const LISTED = 12;
