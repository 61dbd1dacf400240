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

/** A place on the rim where lines from elsewhere come in (left) or go out (right). */
export interface Door {
  id: string;
  item: string;
  side: "left" | "right";
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
  /** Points from the rim to the item (left) or from the item to the rim (right), by door. */
  doors: Map<string, Point[]>;
  w: number;
  h: number;
}

interface Cell extends Item {
  /** Reserved for a line, not for a box. */
  lane: boolean;
  before: Cell[];
  after: Cell[];
  x: number;
  y: number;
}

const SWEEPS = 8;
const LANE = 12;
const LANE_GAP = 8;
const DOOR_GAP = 10;

export const linkKey = (link: Link): string => `${link.source} ${link.target}`;

/** `doors` reserve a free way between an item and the rim. */
export function layered(
  items: readonly Item[],
  links: readonly Link[],
  gaps: Gaps,
  doors: readonly Door[] = [],
): Layered {
  const columnOf = columnsOf(items, links, gaps.maxRows);
  const last = Math.max(0, ...columnOf.values());
  const cells = new Map<string, Cell>();
  const columns: Cell[][] = [];
  const put = (item: Item, lane: boolean, column: number): Cell => {
    const cell = { ...item, lane, before: [], after: [], x: 0, y: 0 };
    // One column is kept free on the left for doors.
    (columns[column + 1] ??= []).push(cell);
    return cell;
  };
  for (const item of items) {
    cells.set(item.id, put(item, false, columnOf.get(item.id) ?? 0));
  }
  const through = links.map((link) => ({ key: linkKey(link), ...link }));
  for (const { id, item, side } of doors) {
    const column = side === "left" ? -1 : last + 1;
    columnOf.set(id, column);
    cells.set(id, put({ id, w: 0, h: LANE }, true, column));
    through.push(
      side === "left"
        ? { key: id, source: id, target: item }
        : { key: id, source: item, target: id },
    );
  }
  const lanes = addLanes(through, cells, columnOf, put);
  const filled = columns.filter((column) => column.length > 0);
  orderColumns(filled);
  const size = setCoordinates(filled, gaps);
  const way = (lane: Cell[]): Point[] =>
    lane.flatMap(({ x, y, w }) => [
      { x: x - w / 2, y },
      { x: x + w / 2, y },
    ]);
  const ways = new Map([...lanes].map(([key, lane]) => [key, way(lane)]));
  const outer = ({ id, side }: Door): [string, Point[]] => {
    const { x, y } = cells.get(id)!;
    const inner = ways.get(id) ?? [];
    return [id, side === "left" ? [{ x, y }, ...inner] : [...inner, { x, y }]];
  };
  return {
    at: new Map(items.map(({ id }) => [id, { x: cells.get(id)!.x, y: cells.get(id)!.y }])),
    bends: ways,
    doors: new Map(doors.map(outer)),
    ...size,
  };
}

/** Joins the cells by links; a link over several columns gets an empty cell in each between. */
function addLanes(
  links: readonly (Link & { key: string })[],
  cells: Map<string, Cell>,
  columnOf: Map<string, number>,
  put: (item: Item, lane: boolean, column: number) => Cell,
): Map<string, Cell[]> {
  const lanes = new Map<string, Cell[]>();
  for (const link of links) {
    const [from, to] = [columnOf.get(link.source), columnOf.get(link.target)];
    if (from === undefined || to === undefined || from >= to || lanes.has(link.key)) continue;
    let previous = cells.get(link.source)!;
    const lane: Cell[] = [];
    const join = (next: Cell): void => {
      previous.after.push(next);
      next.before.push(previous);
      previous = next;
    };
    for (let column = from + 1; column < to; column += 1) {
      const cell = put({ id: `${link.key} ${column}`, w: 0, h: LANE }, true, column);
      join(cell);
      lane.push(cell);
    }
    join(cells.get(link.target)!);
    lanes.set(link.key, lane);
  }
  return lanes;
}

function orderColumns(columns: Cell[][]): void {
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
  let before = 0;
  for (const column of columns) {
    const width = Math.max(...column.map((cell) => cell.w));
    // A column of doors has no boxes and needs no room for labels.
    const doors = column.every((cell) => cell.lane);
    const gap = doors || before === 0 ? DOOR_GAP : gaps.column;
    if (column !== columns[0]) right += gap;
    for (const cell of column) {
      cell.x = right + width / 2;
      if (cell.lane) cell.w = width;
    }
    right += width;
    before = width;
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
  return { w: right, h: Math.max(0, bottom - top) };
}

/**
 * Moves each cell as near to its wish as the order and the gaps allow.
 *
 * With the needed distances taken off, this is the least-squares fit of a rising sequence: pool
 * neighbours that would cross, and give the pool its mean.
 */
function settle(column: Cell[], gap: number, wish: (cell: Cell) => number): void {
  const between = (a: Cell, b: Cell): number =>
    a.lane && b.lane ? LANE_GAP : a.lane || b.lane ? Math.min(gap, 2 * LANE_GAP) : gap;
  const offsets: number[] = [];
  column.forEach((cell, index) => {
    const above = column[index - 1];
    offsets.push(above ? offsets[index - 1]! + (above.h + cell.h) / 2 + between(above, cell) : 0);
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
