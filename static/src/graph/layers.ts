/**
 * Places boxes in columns so that links run from left to right, the same way every time.
 *
 * The classic layered drawing: order out the cycles, give each box a column, order the columns so
 * that few links cross, then move each box towards its neighbours. Links over several columns pass
 * through points that are reserved for them.
 */
import { columnsOf } from "./columns";

export interface Point {
  x: number;
  y: number;
}

export interface Item {
  id: string;
  w: number;
  h: number;
}

export interface Link {
  source: string;
  target: string;
}

export interface Gaps {
  /** Free width between two columns. */
  column: number;
  /** Free height between two boxes. */
  row: number;
  /** More boxes than this in one column are split into several. */
  maxRows: number;
}

export interface Layered {
  /** Centres; the top left corner of the whole is 0, 0. */
  at: Map<string, Point>;
  /** Points that a link over several columns passes, by `source target`. */
  bends: Map<string, Point[]>;
  w: number;
  h: number;
}

interface Cell extends Item {
  before: Cell[];
  after: Cell[];
  x: number;
  y: number;
}

const SWEEPS = 8;
const LANE = 16;

export const linkKey = (link: Link): string => `${link.source} ${link.target}`;

export function layered(items: readonly Item[], links: readonly Link[], gaps: Gaps): Layered {
  const columnOf = columnsOf(items, links, gaps.maxRows);
  const cells = new Map<string, Cell>();
  const columns: Cell[][] = [];
  const put = (cell: Cell, column: number): Cell => {
    (columns[column] ??= []).push(cell);
    return cell;
  };
  for (const item of items) {
    const cell = { ...item, before: [], after: [], x: 0, y: 0 };
    cells.set(item.id, put(cell, columnOf.get(item.id) ?? 0));
  }
  const lanes = addLanes(links, cells, columnOf, put);
  const filled = columns.filter((column) => column.length > 0);
  orderColumns(filled);
  const size = setCoordinates(filled, gaps);
  const point = ({ x, y }: Cell): Point => ({ x, y });
  return {
    at: new Map(items.map((item) => [item.id, point(cells.get(item.id)!)])),
    bends: new Map([...lanes].map(([key, lane]) => [key, lane.map(point)])),
    ...size,
  };
}

/** Joins the cells by links; a link over several columns gets an empty cell in each between. */
function addLanes(
  links: readonly Link[],
  cells: Map<string, Cell>,
  columnOf: Map<string, number>,
  put: (cell: Cell, column: number) => Cell,
): Map<string, Cell[]> {
  const lanes = new Map<string, Cell[]>();
  for (const link of links) {
    const [from, to] = [columnOf.get(link.source), columnOf.get(link.target)];
    if (from === undefined || to === undefined || from >= to || lanes.has(linkKey(link))) continue;
    let previous = cells.get(link.source)!;
    const lane: Cell[] = [];
    const join = (next: Cell): void => {
      previous.after.push(next);
      next.before.push(previous);
      previous = next;
    };
    for (let column = from + 1; column < to; column += 1) {
      const id = `${linkKey(link)} ${column}`;
      const cell = put({ id, w: 0, h: LANE, before: [], after: [], x: 0, y: 0 }, column);
      join(cell);
      lane.push(cell);
    }
    join(cells.get(link.target)!);
    lanes.set(linkKey(link), lane);
  }
  return lanes;
}

function orderColumns(columns: Cell[][]): void {
  for (const column of columns) column.sort((a, b) => (a.id < b.id ? -1 : 1));
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const forward = sweep % 2 === 0;
    const sequence = forward ? columns : [...columns].reverse();
    for (const column of columns) column.forEach((cell, index) => (cell.y = index));
    for (const column of sequence) {
      const wish = new Map(
        column.map((cell) => [cell, mean(forward ? cell.before : cell.after) ?? cell.y]),
      );
      column.sort((a, b) => wish.get(a)! - wish.get(b)! || a.y - b.y);
      column.forEach((cell, index) => (cell.y = index));
    }
  }
}

function mean(cells: readonly Cell[]): number | null {
  if (cells.length === 0) return null;
  return cells.reduce((sum, cell) => sum + cell.y, 0) / cells.length;
}

function setCoordinates(columns: Cell[][], gaps: Gaps): { w: number; h: number } {
  let right = 0;
  for (const column of columns) {
    const width = Math.max(...column.map((cell) => cell.w));
    for (const cell of column) cell.x = right + width / 2;
    right += width + gaps.column;
    settle(column, gaps.row, () => 0);
  }
  for (let pass = 0; pass < SWEEPS; pass += 1) {
    const forward = pass % 2 === 0;
    for (const column of forward ? columns : [...columns].reverse()) {
      settle(column, gaps.row, (cell) => mean([...cell.before, ...cell.after]) ?? cell.y);
    }
  }
  const all = columns.flat();
  const top = Math.min(...all.map((cell) => cell.y - cell.h / 2));
  const bottom = Math.max(...all.map((cell) => cell.y + cell.h / 2));
  for (const cell of all) cell.y = Math.round(cell.y - top);
  return { w: Math.max(0, right - gaps.column), h: bottom - top };
}

/**
 * Moves each cell as near to its wish as the order and the gaps allow.
 *
 * With the needed distances taken off, this is the least-squares fit of a rising sequence: pool
 * neighbours that would cross, and give the pool its mean.
 */
function settle(column: Cell[], gap: number, wish: (cell: Cell) => number): void {
  const offsets: number[] = [];
  column.forEach((cell, index) => {
    const above = column[index - 1];
    offsets.push(above ? offsets[index - 1]! + (above.h + cell.h) / 2 + gap : 0);
  });
  const pools: { total: number; count: number }[] = [];
  column.forEach((cell, index) => {
    pools.push({ total: wish(cell) - offsets[index]!, count: 1 });
    for (;;) {
      const [previous, last] = [pools.at(-2), pools.at(-1)!];
      if (!previous || previous.total / previous.count <= last.total / last.count) break;
      pools.pop();
      previous.total += last.total;
      previous.count += last.count;
    }
  });
  let index = 0;
  for (const pool of pools) {
    for (let left = pool.count; left > 0; left -= 1, index += 1) {
      column[index]!.y = pool.total / pool.count + offsets[index]!;
    }
  }
}
