/** What a cell looks like and says, and what the panel may know of all cells: no drawing here. */
import type { MapEdge, MapNode, MapView } from "../graph/types";
import type { ViewState } from "../map/state";
import { connectionsText, parsePeer, plural } from "../shared/text";
import type { MatrixCell, MatrixView } from "./types";

export const isDoubtful = ({ verdict }: Pick<MatrixCell, "verdict">): boolean =>
  verdict === "conditional" || verdict === "unknown";

export const isOpen = ({ verdict }: Pick<MatrixCell, "verdict">): boolean =>
  verdict === "allow" || verdict === "partly";

/** Does the filter by certainty set the cell aside? What is set aside still is not closed. */
export function isAside(cell: MatrixCell, certainty: ViewState["certainty"]): boolean {
  if (certainty === "certain") return isDoubtful(cell);
  if (certainty === "uncertain") return isOpen(cell) && cell.possibly === null;
  return false;
}

/** The classes that draw a cell. */
export function cellClass(cell: MatrixCell, certainty: ViewState["certainty"]): string {
  if (isAside(cell, certainty)) return "cell aside";
  const names = ["cell", cell.verdict];
  if (isOpen(cell)) names.push(`w${cell.width}`);
  if (isOpen(cell) && cell.everyone) names.push("everyone");
  if (cell.possibly) names.push("more");
  return names.join(" ");
}

/** Short enough for a wide cell. */
export function cellText(cell: MatrixCell): string {
  if (!isOpen(cell) && !isDoubtful(cell)) return "";
  const some = cell.verdict === "partly" ? `${cell.opened}/${cell.pairs} ` : "";
  return `${some}${cell.text}`;
}

const lower = (text: string): string => text.replace(/^All c/, "all c");

/** What a cell says in words, after the names of its two ends. */
export function cellSentence(cell: MatrixCell): string {
  const what = lower(connectionsText(cell.connections));
  const parts: string[] = [];
  switch (cell.verdict) {
    case "none":
      return "nothing to ask";
    case "deny":
      return "closed";
    case "allow":
      parts.push(`open, ${what}`);
      break;
    case "partly":
      parts.push(`open for ${cell.opened} of ${plural(cell.pairs, "pair")}, ${what}`);
      break;
    case "conditional":
      parts.push(`depends, ${what}`);
      break;
    case "unknown":
      parts.push(`not known, ${what}`);
  }
  if (isOpen(cell) && cell.everyone) parts.push("as a side is open to everyone");
  if (cell.reason) parts.push(cell.reason);
  if (cell.possibly)
    parts.push(`perhaps also ${lower(connectionsText(cell.possibly.connections))}`);
  return parts.join("; ");
}

/** The id that the map would give a line between the two. */
export const pairId = (row: string, column: string): string => `${row} -> ${column}`;

/** A closed pair of which one can ask why: both ends are one peer, not a namespace. */
export const canAskWhy = (row: string, column: string): boolean =>
  ![row, column].some((id) => /^(ns|group):|\{ranges\}$/.test(id));

/** The matrix as the panel reads it: a line for whatever is open or may be. */
export function asGraph(matrix: MatrixView): MapView {
  const edges: MapEdge[] = [];
  matrix.rows.forEach((source, i) => {
    matrix.columns.forEach((target, j) => {
      const cell = cellAt(matrix, i, j);
      if (!isOpen(cell) && !isDoubtful(cell)) return;
      const { connections, text, reason, width } = cell;
      const verdict = isOpen(cell)
        ? "allow"
        : cell.verdict === "unknown"
          ? "unknown"
          : "conditional";
      const id = pairId(source, target);
      edges.push({
        id,
        source,
        target,
        connections,
        text,
        verdict,
        reason,
        width: width === 0 ? 1 : width,
      });
    });
  });
  const { level, budget, sentence, nodes, enforcement } = matrix;
  return { level, budget, sentence, nodes, edges, enforcement };
}

export const cellAt = (matrix: MatrixView, row: number, column: number): MatrixCell =>
  matrix.answers[matrix.cells[row]![column]!]!;

/** The namespace that a node lies in or is; empty for the outside. */
export function namespaceOf(node: MapNode): string {
  if (node.kind === "namespace") return node.label;
  return node.kind === "workload" ? (parsePeer(node.id).namespace ?? "") : "";
}

/** How much of what is asked is open, in one sentence. */
export function countSentence({ pairs }: MatrixView, port: string): string {
  const on = port ? ` on ${port}` : "";
  if (pairs.pairs === 0) return "";
  const perhaps =
    pairs.perhaps > 0
      ? `, and ${pairs.perhaps} ${pairs.perhaps === 1 ? "depends" : "depend"} on something not known`
      : "";
  if (pairs.opened === pairs.pairs) return `All ${plural(pairs.pairs, "pair")} are open${on}.`;
  if (pairs.opened === 0 && !perhaps) return `None of ${plural(pairs.pairs, "pair")} is open${on}.`;
  return `${pairs.opened} of ${plural(pairs.pairs, "pair")} are open${on}${perhaps}.`;
}
