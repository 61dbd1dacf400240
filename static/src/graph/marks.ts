/** Marks on what is drawn: chosen, asked about, and which node lies next in a direction. */
import type { Core, Position } from "cytoscape";

export type Direction = "left" | "right" | "up" | "down";

/** A pair to point at. A closed pair is drawn as a red line with a bar at the side that closes it. */
export interface Pair {
  source: string;
  target: string;
  closedAt?: "source" | "target" | "both" | null;
  /** Open only if something holds that is not known. */
  uncertain?: boolean;
  text?: string;
}

export function choose(cy: Core, id: string | null): void {
  cy.batch(() => {
    cy.$(".chosen").removeClass("chosen");
    cy.$("edge.near-chosen").removeClass("near near-chosen");
    if (id === null) return;
    const element = cy.getElementById(id);
    element.addClass("chosen");
    if (element.isNode()) element.connectedEdges().addClass("near near-chosen");
  });
}

/** Marks the node that the next key press would pick. */
export function aim(cy: Core, id: string | null): void {
  cy.batch(() => {
    cy.$(".aimed").removeClass("aimed");
    if (id !== null) cy.getElementById(id).addClass("aimed");
  });
}

export function highlight(cy: Core, pair: Pair | null): void {
  cy.batch(() => {
    cy.$("#asked").remove();
    cy.$(".pointed").removeClass("pointed");
    cy.edges().toggleClass("hushed", pair !== null);
    if (!pair) return;
    const ends = cy.getElementById(pair.source).union(cy.getElementById(pair.target));
    ends.addClass("pointed");
    if (ends.length < 2) return;
    const drawn = cy
      .edges()
      .filter((edge) => edge.source().id() === pair.source && edge.target().id() === pair.target);
    if (!pair.closedAt && drawn.nonempty()) {
      drawn.removeClass("hushed").addClass("pointed");
      return;
    }
    // Closed, or open but said by a badge: there is no line yet.
    const stops = pair.closedAt === "both" ? "stop-source stop-target" : `stop-${pair.closedAt}`;
    const { source, target, text = "" } = pair;
    const kind = pair.closedAt ? `closed ${stops}` : pair.uncertain ? "asked uncertain" : "asked";
    cy.add({
      group: "edges",
      data: { id: "asked", source, target, text, place: 0, size: 1 },
      classes: `${kind} ${inTheWay(cy, source, target) ? "around" : ""}`,
    });
  });
}

/** Does the straight way between two nodes lead across a third? */
function inTheWay(cy: Core, source: string, target: string): boolean {
  const ends = [source, target].map((id) => cy.getElementById(id));
  const [a, b] = ends.map((end) => end.position()) as [Position, Position];
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  let blocked = false;
  cy.nodes(".workload, .card, .external").forEach((node) => {
    if (node.id() === source || node.id() === target) return;
    const { x, y } = node.position();
    const along = ((x - a.x) * (b.x - a.x) + (y - a.y) * (b.y - a.y)) / length;
    const aside = Math.abs((x - a.x) * (b.y - a.y) - (y - a.y) * (b.x - a.x)) / length;
    if (along > 0 && along < length && aside < 30) blocked = true;
  });
  return blocked;
}

export function neighbour(cy: Core, id: string | null, direction: Direction): string | null {
  const nodes = cy.nodes(".workload, .card, .external");
  const from = id ? cy.getElementById(id) : cy.collection();
  if (from.empty()) return nodes.nonempty() ? nodes[0]!.id() : null;
  const { x, y } = from.position();
  let best: { id: string; cost: number } | null = null;
  nodes.forEach((node) => {
    const [dx, dy] = [node.position().x - x, node.position().y - y];
    const along = { left: -dx, right: dx, up: -dy, down: dy }[direction];
    const aside = direction === "left" || direction === "right" ? Math.abs(dy) : Math.abs(dx);
    if (along <= 1) return;
    const cost = along + 2 * aside;
    if (!best || cost < best.cost) best = { id: node.id(), cost };
  });
  return (best as { id: string } | null)?.id ?? id;
}
