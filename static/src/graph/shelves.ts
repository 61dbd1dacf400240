/** Boxes that nothing links, in rows: as many rows as make the whole as large as can be shown. */
import type { Item, Point } from "./layers";

export interface Rows {
  at: Map<string, Point>;
  w: number;
  h: number;
}

interface Row {
  items: Item[];
  w: number;
  h: number;
}

/** `aspect` is the width over the height of the place that the rows will be shown in. */
export function shelves(
  items: readonly Item[],
  gap: { column: number; row: number },
  aspect: number,
  atLeast = 0,
): Rows {
  const widest = Math.max(...items.map((item) => item.w));
  const uniform = items.every((item) => item.h === items[0]!.h);
  const cells = uniform ? items.map((item) => ({ ...item, w: widest })) : items;
  let best: Rows | null = null;
  let size = -1;
  for (let count = 1; count <= cells.length; count += 1) {
    const width = cells.slice(0, count).reduce((sum, { w }) => sum + w + gap.column, -gap.column);
    const rows = place(cells, Math.max(width, widest, atLeast), gap);
    const scale = Math.min(aspect / Math.max(rows.w, atLeast), 1 / rows.h);
    if (scale > size * 1.001) [best, size] = [rows, scale];
  }
  return best!;
}

function place(items: readonly Item[], width: number, gap: { column: number; row: number }): Rows {
  const rows: Row[] = [];
  for (const item of items) {
    const row = rows.at(-1);
    if (row && row.w + gap.column + item.w <= width + 1) {
      row.items.push(item);
      row.w += gap.column + item.w;
      row.h = Math.max(row.h, item.h);
    } else {
      rows.push({ items: [item], w: item.w, h: item.h });
    }
  }
  const at = new Map<string, Point>();
  let y = 0;
  for (const row of rows) {
    let x = 0;
    for (const item of row.items) {
      at.set(item.id, { x: x + item.w / 2, y: y + item.h / 2 });
      x += item.w + gap.column;
    }
    y += row.h + gap.row;
  }
  return { at, w: Math.max(...rows.map((row) => row.w)), h: y - gap.row };
}
