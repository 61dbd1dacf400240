/** What the server says of a cluster that is watched, as the pages of its pictures read it. */

export type ClusterStatus = "connecting" | "live" | "partial" | "lost" | "refused" | "paused";

/** Of what the server says of a cluster, the part that these pages show. */
export interface ClusterAnswer {
  readonly id: string;
  readonly name: string;
  readonly status: ClusterStatus;
  /** One sentence: what is wrong, and what to do about it. */
  readonly detail: string;
  readonly status_since: string;
  readonly confirmed_at: string | null;
  /** The newest picture. */
  readonly picture: PictureAnswer | null;
}

export interface PictureAnswer {
  /** Later pictures have higher numbers. */
  readonly id: number;
  readonly snapshot: string;
  readonly taken_at: string;
}

/** What the server puts into a page that shows a picture of a cluster. */
export interface LivePage {
  readonly cluster: ClusterAnswer;
  /** Address of the stream of events. */
  readonly events: string;
  /** When the picture on the page was taken. */
  readonly taken_at: string;
  /** True where no newer picture was known as the page was made. */
  readonly newest: boolean;
  /** Number of the last event that the page knows of. */
  readonly after: number;
}

/** The server's own clock goes with each answer, so that the age of a picture needs no other. */
interface Told {
  readonly now: string;
}

export type StreamEvent =
  | { readonly kind: "hello"; readonly data: ClusterAnswer & Told }
  | {
      readonly kind: "picture";
      readonly data: Pick<PictureAnswer, "snapshot" | "taken_at"> & { readonly picture: number };
    }
  | {
      readonly kind: "status";
      readonly data: Pick<ClusterAnswer, "status" | "detail" | "status_since">;
    }
  | {
      readonly kind: "seen";
      readonly data: Pick<ClusterAnswer, "confirmed_at" | "status"> & Told;
    }
  | { readonly kind: "gone" }
  /** The page turns to the stream again after it had let go of it. */
  | { readonly kind: "opening" }
  | { readonly kind: "down" };

/** One object that is not as it was. */
export interface ObjectChange {
  readonly op: "added" | "changed" | "removed";
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly pods_added: number;
  readonly pods_removed: number;
  readonly manager: string | null;
  readonly at: string | null;
}

export interface ObjectChanges {
  readonly changes: readonly ObjectChange[];
  /** May be more than are listed. */
  readonly count: number;
}
