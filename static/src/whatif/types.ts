/** Shapes of the what-if answers of the REST interface. */

import type { Connections, Enforcement, MapNode, MapView, Problem, Verdict } from "../graph/types";

export type ChangeKind = "added" | "removed" | "changed";

export interface Reason {
  readonly side: "ingress" | "egress";
  readonly effect: string;
  readonly policy: string | null;
  readonly rule: string | null;
  readonly source: string | null;
  readonly line: number | null;
  readonly text: string;
}

export interface Change {
  readonly kind: ChangeKind;
  readonly source: string;
  readonly destination: string;
  readonly new_or_lost: readonly string[];
  readonly before: Connections;
  readonly after: Connections;
  readonly verdict_before: Verdict;
  readonly verdict_after: Verdict;
  readonly reasons: readonly Reason[];
}

/** Who may come in by a way. */
export interface WayCaller {
  readonly caller: string;
  readonly verdict: Verdict;
  readonly reason: string | null;
  readonly internet: boolean;
}

/** A way in by which others come in than before; nobody is an empty list. */
export interface WayChange {
  readonly change: ChangeKind;
  readonly object: string;
  readonly source: string;
  readonly line: number | null;
  readonly host: string | null;
  readonly path: string | null;
  readonly opened: string | null;
  readonly backend: string;
  readonly port: string;
  readonly before: readonly WayCaller[];
  readonly after: readonly WayCaller[];
}

export interface Note {
  readonly policy: string;
  readonly path: string;
  readonly source: string | null;
  readonly line: number | null;
  readonly text: string;
}

export interface DiffSummary {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly unchanged: number;
}

export interface Diff {
  readonly version: number;
  readonly enforcement: Enforcement;
  readonly not_evaluated: readonly unknown[];
  readonly problems: readonly Problem[];
  readonly notes: readonly Note[];
  readonly summary: DiffSummary;
  readonly changes: readonly Change[];
  readonly ways: readonly WayChange[];
}

export interface DiffMap extends MapView {
  readonly summary: DiffSummary;
}

/** What the page shows: the rows of the table and the picture of the same draft. */
export interface Answer {
  /** What the draft was worked out on. */
  readonly snapshot: string;
  readonly diff: Diff;
  readonly map: DiffMap;
  /** The map without the draft: how each node looks before. */
  readonly base: DiffMap;
  /** At least the workloads of every namespace that the draft has an object in, after the draft. */
  readonly subjects: readonly MapNode[];
}
