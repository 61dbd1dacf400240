/** The map on the screen: shows a view, tells what was chosen, keeps places. */
import cytoscape, {
  type Position,
  type Core,
  type EventObject,
  type SingularElementArgument,
} from "cytoscape";
import { elementsOf } from "./elements";
import { finish, layOut, type Box, type Placement } from "./layout";
import { foldMeshes } from "./mesh";
import { readPalette } from "./palette";
import { stylesheet } from "./styles";
import type { MapView } from "./types";

/** What a person chose: a node (namespace, workload, outside) or a line. */
export type Selection =
  { kind: "node"; id: string } | { kind: "edge"; id: string; source: string; target: string };

/** A pair to point at. A closed pair is drawn as a red line with a bar at the side that closes it. */
export interface Pair {
  source: string;
  target: string;
  closedAt?: "source" | "target" | "both" | null;
  text?: string;
}

export interface CanvasOptions {
  onSelect: (selection: Selection | null) => void;
  /** A namespace was double-clicked (or a closed one clicked): open or close it. */
  onToggle?: (namespace: string) => void;
  /** Pixels at each side that floating parts of the page cover. */
  insets?: () => { top: number; right: number; bottom: number; left: number };
}

export interface ShowOptions {
  /** Leave every node that was there where it is, and the view as it is. */
  keepPositions?: boolean;
}

export interface MapCanvas {
  show(view: MapView, options?: ShowOptions): void;
  /** Marks one pair loudly; `null` takes the mark away. */
  highlight(pair: Pair | null): void;
  /** Marks a node or line as chosen without telling `onSelect`. */
  select(id: string | null): void;
  fit(): void;
  /** Fits again after the free room changed, unless the reader has moved the map. */
  settle(): void;
  zoom(factor: number): void;
  /** Brings one element into the middle. */
  focus(id: string): void;
  /** The nearest node in a direction, for walking by arrow keys. */
  neighbour(id: string | null, direction: "left" | "right" | "up" | "down"): string | null;
  has(id: string): boolean;
  png(): Blob;
  destroy(): void;
}

const NO_INSETS = { top: 0, right: 0, bottom: 0, left: 0 };
const PADDING = 20;
/** Below these zooms the map is read from afar. */
const DISTANCE = { mid: 0.82, far: 0.58 };
const ZOOM = { min: 0.08, max: 2.5, fit: 1.15 };

export function createCanvas(container: HTMLElement, options: CanvasOptions): MapCanvas {
  const cy = cytoscape({
    container,
    style: stylesheet(readPalette()),
    minZoom: ZOOM.min,
    maxZoom: ZOOM.max,
    autoungrabify: true,
    boxSelectionEnabled: false,
    autounselectify: true,
  });
  const state: { view: MapView | null; boxes: Map<string, Box> } = {
    view: null,
    boxes: new Map(),
  };
  const draw = (placement: Placement): void => {
    if (!state.view) return;
    state.boxes = placement.boxes;
    cy.batch(() => {
      cy.elements().remove();
      cy.add(elementsOf(state.view!, placement, readPalette()));
      setDistance(cy);
    });
  };
  let moved = false;
  const fit = (calm = true): void => {
    moved = false;
    fitWithin(cy, options.insets?.() ?? NO_INSETS, calm);
  };
  cy.on("scrollzoom pinchzoom dragpan", () => (moved = true));
  const repaint = (): void => {
    const chosen = cy.$(".chosen").map((element) => element.id());
    cy.style(stylesheet(readPalette()));
    if (state.view) draw(finishOrLay(state.view, state.boxes));
    for (const id of chosen) cy.getElementById(id).addClass("chosen");
  };
  document.addEventListener("themechange", repaint);
  const fonts = ["600 14px", "13px"].map((font) => `${font} "Source Sans 3 Variable"`);
  for (const font of [...fonts, '11px "JetBrains Mono Variable"']) {
    void document.fonts.load(font).then(() => cy.style().update());
  }
  const resized = new ResizeObserver(() => {
    cy.resize();
    if (!moved) fit();
  });
  resized.observe(container);
  listen(cy, options);
  cy.on("zoom", () => setDistance(cy));

  return {
    show(given, { keepPositions = false } = {}) {
      const view = foldMeshes(given);
      const keep = keepPositions && view.nodes.every((node) => state.boxes.has(node.id));
      state.view = view;
      draw(keep ? finishOrLay(view, state.boxes) : layOut(view));
      if (!keep) fit();
    },
    highlight: (pair) => highlight(cy, pair),
    select: (id) => choose(cy, id),
    fit: () => fit(false),
    settle() {
      if (!moved) fit(false);
    },
    zoom(factor) {
      moved = true;
      const { width, height } = container.getBoundingClientRect();
      cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: width / 2, y: height / 2 } });
    },
    focus(id) {
      const element = cy.getElementById(id);
      if (element.empty()) return;
      moved = true;
      centreOn(cy, element, options.insets?.() ?? NO_INSETS);
    },
    neighbour: (id, direction) => neighbour(cy, id, direction),
    has: (id) => cy.getElementById(id).nonempty(),
    png: () => cy.png({ output: "blob", full: true, scale: 2, bg: readPalette().sea }),
    destroy() {
      resized.disconnect();
      document.removeEventListener("themechange", repaint);
      cy.destroy();
    },
  };
}

function setDistance(cy: Core): void {
  const zoom = cy.zoom();
  const distance = zoom < DISTANCE.far ? "far" : zoom < DISTANCE.mid ? "mid" : "";
  if (
    cy.scratch("distance") === distance &&
    cy
      .nodes()
      .first()
      .hasClass(distance || "near")
  )
    return;
  cy.scratch("distance", distance);
  cy.batch(() => {
    cy.nodes().removeClass("near mid far");
    cy.nodes().addClass(distance || "near");
  });
}

/** Old places where every node has one, else a new layout. */
function finishOrLay(view: MapView, boxes: Map<string, Box>): Placement {
  const fresh = layOut(view);
  const same = [...fresh.boxes].every(([id, box]) => {
    const old = boxes.get(id);
    return old && Math.abs(old.x - box.x) < 1 && Math.abs(old.y - box.y) < 1;
  });
  return same ? fresh : finish(view, boxes);
}

function listen(cy: Core, options: CanvasOptions): void {
  cy.on("tap", (event: EventObject) => {
    if (event.target === cy) options.onSelect(null);
  });
  cy.on("onetap", "node", ({ target }: EventObject) => {
    options.onSelect({ kind: "node", id: target.id() as string });
  });
  cy.on("dbltap", "node.island", ({ target }: EventObject) => {
    options.onToggle?.((target.id() as string).slice("ns:".length));
  });
  cy.on("tap", "edge", ({ target }: EventObject) => {
    const { id, source, target: end } = target.data() as Record<"id" | "source" | "target", string>;
    options.onSelect({ kind: "edge", id, source, target: end });
  });
  cy.on("mouseover", "node.workload, node.external, node.card, edge", ({ target }: EventObject) => {
    cy.container()?.style.setProperty("cursor", "pointer");
    const around = (target as SingularElementArgument).isNode()
      ? target.closedNeighborhood()
      : target.union(target.connectedNodes());
    cy.batch(() => {
      cy.elements().not(around).not(".island").addClass("faded");
      around.edges().addClass("near");
    });
  });
  cy.on("mouseout", "node, edge", () => {
    cy.container()?.style.removeProperty("cursor");
    cy.batch(() => cy.elements().removeClass("faded near"));
  });
}

function choose(cy: Core, id: string | null): void {
  cy.batch(() => {
    cy.$(".chosen").removeClass("chosen");
    cy.$("edge.near-chosen").removeClass("near near-chosen");
    if (id === null) return;
    const element = cy.getElementById(id);
    element.addClass("chosen");
    if (element.isNode()) element.connectedEdges().addClass("near near-chosen");
  });
}

function highlight(cy: Core, pair: Pair | null): void {
  cy.batch(() => {
    cy.$("#asked").remove();
    cy.$(".pointed").removeClass("pointed chosen");
    if (!pair) return;
    const ends = cy.getElementById(pair.source).union(cy.getElementById(pair.target));
    ends.addClass("pointed chosen");
    if (ends.length < 2) return;
    const drawn = cy
      .edges()
      .filter((edge) => edge.source().id() === pair.source && edge.target().id() === pair.target);
    if (!pair.closedAt && drawn.nonempty()) {
      drawn.addClass("pointed chosen");
      return;
    }
    // Closed, or open but said by a badge: there is no line yet.
    const stops = pair.closedAt === "both" ? "stop-source stop-target" : `stop-${pair.closedAt}`;
    const { source, target, text = "" } = pair;
    cy.add({
      group: "edges",
      data: { id: "asked", source, target, text, place: 0, size: 1 },
      classes: `${pair.closedAt ? `closed ${stops}` : "asked"} ${inTheWay(cy, source, target) ? "around" : ""}`,
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

type Insets = typeof NO_INSETS;

function fitWithin(cy: Core, insets: Insets, calm: boolean): void {
  const box = cy.elements().boundingBox({ includeOverlays: false });
  if (!Number.isFinite(box.w) || box.w === 0) return;
  const width = cy.width() - insets.left - insets.right - 2 * PADDING;
  const height = cy.height() - insets.top - insets.bottom - 2 * PADDING;
  if (width <= 0 || height <= 0) return;
  const level = Math.min(ZOOM.fit, width / box.w, height / box.h);
  look(
    cy,
    level,
    {
      x: insets.left + PADDING + (width - box.w * level) / 2 - box.x1 * level,
      y: insets.top + PADDING + (height - box.h * level) / 2 - box.y1 * level,
    },
    calm,
  );
}

function look(cy: Core, zoom: number, pan: { x: number; y: number }, calm: boolean): void {
  cy.stop();
  const still = calm || window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (still) cy.viewport({ zoom, pan });
  else cy.animate({ zoom, pan }, { duration: 180, easing: "ease-out" });
}

function centreOn(cy: Core, element: SingularElementArgument, insets: Insets): void {
  const box = element.boundingBox({});
  const middle = { x: (box.x1 + box.x2) / 2, y: (box.y1 + box.y2) / 2 };
  const level = Math.max(cy.zoom(), 0.9);
  const width = cy.width() - insets.left - insets.right;
  const height = cy.height() - insets.top - insets.bottom;
  const pan = {
    x: insets.left + width / 2 - middle.x * level,
    y: insets.top + height / 2 - middle.y * level,
  };
  look(cy, level, pan, false);
}

function neighbour(
  cy: Core,
  id: string | null,
  direction: "left" | "right" | "up" | "down",
): string | null {
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
