/**
 * The stream of events of one cluster, kept open through everything: the browser's own retries,
 * longer and longer pauses once it gives up, and a fresh start where an open stream falls silent.
 */
import { ApiError, getJson } from "../shared/api";
import type { StreamEvent } from "./types";

const NAMES = ["hello", "picture", "status", "seen", "gone"] as const;
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30_000;
/** A page that nobody sees gives its connection back: a browser has six of them for one host. */
const HIDDEN = 30_000;
/** An attempt that brought nothing for so long is given up for another. */
const STUCK = 30_000;

/** How long to wait before the next attempt; chance keeps many pages from coming back at once. */
export function pauseBefore(attempt: number, chance: number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(attempt, 10)) * (0.5 + chance / 2);
}

export class LiveStream {
  private source: EventSource | null = null;
  private attempt = 0;
  private timer = 0;
  private hiding = 0;
  private over = false;
  private tried = 0;
  private silent = true;

  /** `after` is the number of the last event that is known. */
  constructor(
    private readonly address: string,
    private after: number,
    private readonly listen: (event: StreamEvent) => void,
  ) {}

  start(): void {
    this.open();
    addEventListener("online", () => this.renew());
    // A page that comes back out of the browser's store has lost its stream.
    addEventListener("pageshow", (event) => event.persisted && this.resume());
    addEventListener("pagehide", () => this.close());
    document.addEventListener("visibilitychange", () => {
      window.clearTimeout(this.hiding);
      if (document.hidden) this.hiding = window.setTimeout(() => this.close(), HIDDEN);
      else if (this.source === null) this.resume();
    });
  }

  private resume(): void {
    if (!this.over) this.listen({ kind: "opening" });
    this.renew();
  }

  /** Gives up what is open and opens it anew, at once. */
  renew(): void {
    this.attempt = 0;
    this.open();
  }

  /** Gives up an attempt that leads nowhere. */
  check(): void {
    if (this.source && this.silent && performance.now() - this.tried > STUCK) this.open();
  }

  private open(): void {
    this.close();
    if (this.over) return;
    this.tried = performance.now();
    this.silent = true;
    const source = new EventSource(`${this.address}?after=${this.after}`);
    this.source = source;
    for (const name of NAMES) {
      source.addEventListener(name, (event: MessageEvent<string>) => this.take(name, event));
    }
    source.addEventListener("error", () => this.failed(source));
  }

  private take(kind: (typeof NAMES)[number], event: MessageEvent<string>): void {
    this.attempt = 0;
    this.silent = false;
    if (event.lastEventId) this.after = Number(event.lastEventId);
    if (kind === "gone") this.end();
    else this.listen({ kind, data: JSON.parse(event.data) } as StreamEvent);
  }

  /** The browser tries again by itself, unless the answer was no stream at all. */
  private failed(source: EventSource): void {
    if (source !== this.source) return;
    this.listen({ kind: "down" });
    if (source.readyState !== EventSource.CLOSED) return;
    this.close();
    const pause = pauseBefore(this.attempt++, Math.random());
    this.timer = window.setTimeout(() => this.open(), pause);
    void this.learnWhy();
  }

  /** A stream says nothing of why it cannot be opened; that the cluster is gone is worth knowing. */
  private async learnWhy(): Promise<void> {
    try {
      await getJson(this.address.replace(/\/events$/, ""));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) this.end();
    }
  }

  private end(): void {
    this.over = true;
    this.close();
    this.listen({ kind: "gone" });
  }

  private close(): void {
    window.clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }
}
