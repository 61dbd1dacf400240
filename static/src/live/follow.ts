/** Follows a cluster from a page of one of its pictures: the strip, the stream, and the offer. */
import { ApiError, getJson, isAbort, withQuery } from "../shared/api";
import {
  begin,
  isEarlier,
  isSilent,
  receive,
  wordsOf,
  type LiveState,
  type Moment,
  type Shown,
} from "./state";
import { LiveStream } from "./stream";
import { Strip, type Offer } from "./strip";
import type { LivePage, ObjectChanges, StreamEvent } from "./types";

const TICK = 1000;

export interface FollowerOptions {
  /** What taking the offer does, said by the button. */
  readonly verb: string;
  /** The reader wants the newest picture, or the page takes it by itself. */
  readonly take: (newest: Shown, changes: ObjectChanges | null) => void;
  readonly takesItself?: () => boolean;
  /** A newer picture is offered. */
  readonly offered?: (newest: Shown, changes: ObjectChanges | null) => void;
}

const present = (): Moment => ({ steady: performance.now(), wall: Date.now() });

export class Follower {
  private state: LiveState;
  private shown: Shown;
  private offer: Offer = { kind: "none" };
  /** The pictures that `offer` is between. */
  private between = "";
  private asking: AbortController | null = null;
  private readonly strip: Strip;
  private readonly stream: LiveStream;
  private readonly known = new Map<string, string>();

  constructor(
    page: LivePage,
    snapshot: string,
    private readonly options: FollowerOptions,
  ) {
    this.state = begin(page);
    this.shown = { snapshot, takenAt: page.taken_at };
    this.known.set(snapshot, page.taken_at);
    const history = `/clusters/${page.cluster.id}/history`;
    this.strip = new Strip(page.cluster.name, history, () => this.take(), options.verb);
    this.stream = new LiveStream(page.events, page.after, (event) => this.heard(event));
  }

  start(): void {
    this.stream.start();
    window.setInterval(() => this.tick(), TICK);
    this.draw();
  }

  get newest(): Shown | null {
    return this.state.newest;
  }

  /** The page shows another picture now, by Back or by what was offered. */
  showing(snapshot: string): void {
    this.shown = { snapshot, takenAt: this.known.get(snapshot) ?? this.shown.takenAt };
    this.draw();
  }

  takenAt(snapshot: string): string | null {
    return this.known.get(snapshot) ?? null;
  }

  say(text: string): void {
    this.strip.say(text);
  }

  private take(): void {
    const { newest } = this.state;
    if (newest === null || this.offer.kind === "none") return;
    const changes = this.offer.kind === "changes" ? this.offer.changes : null;
    this.options.take(newest, changes);
  }

  private heard(event: StreamEvent): void {
    this.state = receive(this.state, event, present());
    const { newest } = this.state;
    if (newest) this.known.set(newest.snapshot, newest.takenAt);
    // What could not be asked while nobody answered is asked again once somebody does.
    if (event.kind === "hello" && this.offer.kind === "changes" && this.offer.changes === null) {
      this.between = "";
    }
    this.draw();
  }

  private tick(): void {
    if (document.hidden) return;
    if (isSilent(this.state, present())) {
      this.state = receive(this.state, { kind: "down" }, present());
      this.stream.renew();
    } else {
      this.stream.check();
    }
    this.strip.show(wordsOf(this.state, this.shown, present()));
  }

  private draw(): void {
    this.strip.show(wordsOf(this.state, this.shown, present()));
    const { newest } = this.state;
    if (newest === null || !isEarlier(this.state, this.shown)) {
      this.between = "";
      this.asking?.abort();
      this.put({ kind: "none" });
      return;
    }
    const between = `${this.shown.snapshot} ${newest.snapshot}`;
    if (between === this.between) return;
    this.between = between;
    void this.ask(newest);
  }

  /** Asks what differs; of several pictures in a row only the newest counts. */
  private async ask(newest: Shown): Promise<void> {
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    const query = { from: this.shown.snapshot, to: newest.snapshot };
    let offer: Offer;
    try {
      const path = withQuery("/api/v1/compare/objects", query);
      const changes = await getJson<ObjectChanges>(path, asking.signal);
      offer = changes.count === 0 ? { kind: "same" } : { kind: "changes", changes };
    } catch (error) {
      if (isAbort(error)) return;
      if (!(error instanceof ApiError)) throw error;
      offer = { kind: "changes", changes: null };
    }
    if (asking !== this.asking || asking.signal.aborted) return;
    const changes = offer.kind === "changes" ? offer.changes : null;
    if (this.options.takesItself?.()) {
      this.options.take(newest, changes);
    } else {
      this.put(offer);
      this.options.offered?.(newest, changes);
    }
  }

  private put(offer: Offer): void {
    if (offer === this.offer || (offer.kind === "none" && this.offer.kind === "none")) return;
    this.offer = offer;
    this.strip.offer(offer, Date.now());
  }
}
