/** The matrix as the REST API speaks it. */
import type { Connections, Enforcement, MapNode, Verdict } from "../graph/types";

export type CellVerdict = Verdict | "partly" | "none";

export interface MatrixPairs {
  pairs: number;
  opened: number;
  perhaps: number;
}

/** What a row may open to a column; with a port in the question the verdict is about that port. */
export interface MatrixCell extends MatrixPairs {
  verdict: CellVerdict;
  connections: Connections;
  text: string;
  width: 0 | 1 | 2 | 3;
  reason: string | null;
  possibly: { connections: Connections; verdict: Verdict; reason: string } | null;
  /** Whatever is open is so because a side is open to every pod. */
  everyone: boolean;
}

export interface MatrixView {
  level: "group" | "namespace" | "workload";
  budget: { limit: number; elements: number; reduced: boolean };
  sentence: string;
  cut: { rows: number; columns: number; sentence: string } | null;
  pairs: MatrixPairs;
  enforcement: Enforcement;
  nodes: MapNode[];
  /** Ids of nodes. */
  rows: string[];
  columns: string[];
  answers: MatrixCell[];
  /** For each row, the number of the answer in each column. */
  cells: number[][];
}
