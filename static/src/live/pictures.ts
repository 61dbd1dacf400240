/** A page that shows one picture of a cluster after the other, in place: what it needs for that. */
import { part } from "../shared/dom";
import { failureText, getJson, withQuery } from "../shared/api";
import type { Diff } from "../whatif/types";
import { pathWith, turnLinks } from "./address";
import { Follower } from "./follow";
import { News, type NewsActions } from "./news";
import type { Shown } from "./state";
import type { LivePage, ObjectChanges } from "./types";

/** What the page does when it is told to. */
export interface Turning {
  /** Fetches what `turn` will draw, so that the page never stands empty in between. */
  readonly prepare: (snapshot: string) => Promise<unknown>;
  /** Draws another snapshot in the place of the present one; with what is new since, marked. */
  readonly turn: (snapshot: string, since: string | null) => Promise<void>;
  /** Takes the marks away. */
  readonly settle: () => void;
  /** Whether the flows are those that the policies intend. */
  readonly intended: () => boolean;
}

export class LivePictures {
  private readonly follower: Follower;
  private readonly news: News;
  private taking = false;

  constructor(
    live: LivePage,
    private shown: string,
    private readonly on: Turning,
    actions: NewsActions,
  ) {
    this.follower = new Follower(live, shown, {
      verb: "Show the newest picture; everything stays where it is",
      take: (newest, changes) => void this.take(newest, changes),
    });
    this.news = new News(part("news"), actions, () => {
      this.on.settle();
      document.querySelector<HTMLElement>("#main")?.focus({ preventScroll: true });
    });
  }

  start(): void {
    this.follower.start();
  }

  takenAt(snapshot: string): string | null {
    return this.follower.takenAt(snapshot);
  }

  /** The reader went to another picture by Back or Forward. */
  async goTo(snapshot: string): Promise<void> {
    this.news.hide();
    await this.show(snapshot, null);
  }

  private async take(newest: Shown, changes: ObjectChanges | null): Promise<void> {
    if (this.taking || newest.snapshot === this.shown) return;
    this.taking = true;
    const since = this.shown;
    try {
      await this.on.prepare(newest.snapshot);
    } catch (error) {
      this.news.fail("The newest picture", failureText(error));
      return;
    } finally {
      this.taking = false;
    }
    const path = pathWith(location.pathname, newest.snapshot);
    history.pushState(null, "", `${path}${location.search}`);
    const before = { snapshot: since, takenAt: this.takenAt(since) ?? newest.takenAt };
    this.news.begin(before, newest, changes);
    await Promise.all([this.show(newest.snapshot, since), this.tell(since, newest)]);
  }

  private async show(snapshot: string, since: string | null): Promise<void> {
    turnLinks(this.shown, snapshot);
    this.shown = snapshot;
    this.follower.showing(snapshot);
    await this.on.turn(snapshot, since);
  }

  private async tell(since: string, newest: Shown): Promise<void> {
    const query = { from: since, to: newest.snapshot, intended: this.on.intended() };
    try {
      const diff = await getJson<Diff>(withQuery("/api/v1/compare", query));
      if (this.shown !== newest.snapshot) return;
      this.news.show(diff);
      this.follower.say(`${this.news.headline}. ${this.news.summary}`);
    } catch (error) {
      if (this.shown === newest.snapshot) this.news.fail("The flows", failureText(error));
    }
  }
}
