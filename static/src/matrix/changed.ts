/** Which cells of a matrix are not as they were in an earlier picture. */
import type { ChangeKind } from "../whatif/types";
import { cellAt, cellSentence, isDoubtful, isOpen, pairId } from "./cells";
import type { MatrixCell, MatrixView } from "./types";

export interface CellChange {
  readonly kind: ChangeKind;
  /** What the cell said before; null where it was not there. */
  readonly was: string | null;
}

/**
 * The cells that differ, by the id of their pair. Between matrices that are folded otherwise only
 * what both have is compared.
 */
export function changedCells(before: MatrixView, after: MatrixView): Map<string, CellChange> {
  const changes = new Map<string, CellChange>();
  const rows = new Map(before.rows.map((id, index) => [id, index]));
  const columns = new Map(before.columns.map((id, index) => [id, index]));
  const alike = before.level === after.level;
  after.rows.forEach((row, i) => {
    after.columns.forEach((column, j) => {
      const [x, y] = [rows.get(row), columns.get(column)];
      const was = x === undefined || y === undefined ? null : cellAt(before, x, y);
      if (was === null && !alike) return;
      const change = changeOf(was, cellAt(after, i, j));
      if (change) changes.set(pairId(row, column), change);
    });
  });
  return changes;
}

const opens = (cell: MatrixCell): boolean => isOpen(cell) || isDoubtful(cell);

function changeOf(was: MatrixCell | null, is: MatrixCell): CellChange | null {
  if (was === null) return opens(is) ? { kind: "added", was: null } : null;
  const [before, after] = [was, is].map(looksOf);
  if (before === after) return null;
  const kind = !opens(was) ? "added" : !opens(is) ? "removed" : "changed";
  return { kind, was: cellSentence(was) };
}

/** What is open; why it is, and for how many, may differ without a flow that does. */
function looksOf({ verdict, connections, possibly }: MatrixCell): string {
  return JSON.stringify([verdict, connections, possibly?.connections]);
}

/** What became of a cell, after what it says now. */
export function saidOf(change: CellChange | undefined): string {
  if (!change) return "";
  return change.was === null ? ", new" : `, was ${change.was}`;
}
