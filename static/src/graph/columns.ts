/** Which column each box stands in: sources left, destinations right, cycles opened calmly. */
import type { Item, Link } from "./layers";

/** A ring of at most this many boxes is drawn as a row; a larger one shares its column. */
const SMALL_RING = 3;

export function columnsOf(
  items: readonly Item[],
  links: readonly Link[],
  maxRows: number,
): Map<string, number> {
  const ids = items.map((item) => item.id).sort();
  const known = new Set(ids);
  const usable = links.filter(
    (link) => known.has(link.source) && known.has(link.target) && link.source !== link.target,
  );
  const forward = withoutCycles(ids, usable);
  const column = longestPaths(ids, forward);
  pullSources(column, forward);
  return splitTall(ids, column, forward, maxRows);
}

function withoutCycles(ids: readonly string[], links: readonly Link[]): Link[] {
  const ring = ringsOf(ids, links);
  const sizes = new Map<number, number>();
  for (const id of ids) sizes.set(ring.get(id)!, (sizes.get(ring.get(id)!) ?? 0) + 1);
  const balance = new Map(ids.map((id) => [id, 0]));
  for (const { source, target } of links) {
    balance.set(source, balance.get(source)! + 1);
    balance.set(target, balance.get(target)! - 1);
  }
  const order = [...ids].sort((a, b) => balance.get(b)! - balance.get(a)! || (a < b ? -1 : 1));
  const rank = new Map(order.map((id, index) => [id, index]));
  return links.filter(({ source, target }) => {
    if (ring.get(source) !== ring.get(target)) return true;
    if (sizes.get(ring.get(source)!)! > SMALL_RING) return false;
    return rank.get(source)! < rank.get(target)!;
  });
}

/** Numbers the strongly connected parts (Tarjan). */
function ringsOf(ids: readonly string[], links: readonly Link[]): Map<string, number> {
  const next = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const link of links) next.get(link.source)!.push(link.target);
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const ring = new Map<string, number>();
  const stack: string[] = [];
  let rings = 0;
  const visit = (id: string): void => {
    index.set(id, index.size);
    low.set(id, index.get(id)!);
    stack.push(id);
    for (const other of next.get(id)!) {
      if (!index.has(other)) visit(other);
      if (!ring.has(other)) low.set(id, Math.min(low.get(id)!, low.get(other)!));
    }
    if (low.get(id) !== index.get(id)) return;
    for (let member = ""; member !== id;) {
      member = stack.pop()!;
      ring.set(member, rings);
    }
    rings += 1;
  };
  for (const id of ids) if (!index.has(id)) visit(id);
  return ring;
}

function longestPaths(ids: readonly string[], links: readonly Link[]): Map<string, number> {
  const before = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const link of links) before.get(link.target)!.push(link.source);
  const column = new Map<string, number>();
  const depth = (id: string): number => {
    const done = column.get(id);
    if (done !== undefined) return done;
    column.set(id, 0);
    const value = Math.max(0, ...before.get(id)!.map((other) => depth(other) + 1));
    column.set(id, value);
    return value;
  };
  for (const id of ids) depth(id);
  return column;
}

/** A box that nothing leads to stands next to the first box it leads to. */
function pullSources(column: Map<string, number>, links: readonly Link[]): void {
  const entered = new Set(links.map((link) => link.target));
  const nearest = new Map<string, number>();
  for (const { source, target } of links) {
    if (entered.has(source)) continue;
    nearest.set(source, Math.min(nearest.get(source) ?? Infinity, column.get(target)! - 1));
  }
  for (const [id, value] of nearest) column.set(id, value);
}

function splitTall(
  ids: readonly string[],
  column: Map<string, number>,
  links: readonly Link[],
  maxRows: number,
): Map<string, number> {
  const leaving = new Map<string, number>();
  for (const link of links) leaving.set(link.source, (leaving.get(link.source) ?? 0) + 1);
  const result = new Map<string, number>();
  let offset = 0;
  const last = Math.max(-1, ...column.values());
  for (let index = 0; index <= last; index += 1) {
    const members = ids.filter((id) => column.get(id) === index);
    members.sort((a, b) => (leaving.get(a) ?? 0) - (leaving.get(b) ?? 0) || (a < b ? -1 : 1));
    const parts = Math.max(1, Math.ceil(members.length / maxRows));
    const size = Math.ceil(members.length / parts);
    members.forEach((id, place) => result.set(id, offset + Math.floor(place / size)));
    if (members.length > 0) offset += parts;
  }
  return result;
}
