/** The map on the screen: shows a view, tells what was chosen, keeps places. */
import cytoscape, { type Core, type EventObject, type SingularElementArgument } from "cytoscape";
import { centreOn, fitWithin, NO_INSETS, setDistance, ZOOM, type Insets } from "./camera";
import { elementsOf } from "./elements";
import { finish, layOut, type Box, type Placement } from "./layout";
import { choose, highlight, neighbour, type Direction, type Pair } from "./marks";
import { foldMeshes } from "./mesh";
import { readPalette } from "./palette";
import { stylesheet } from "./styles";
import type { MapView } from "./types";

export type { Pair } from "./marks";

/** What a person chose: a node (namespace, workload, outside) or a line. */
export type Selection =
  { kind: "node"; id: string } | { kind: "edge"; id: string; source: string; target: string };

export interface CanvasOptions {
  onSelect: (selection: Selection | null) => void;
  /** A namespace was double-clicked (or a closed one clicked): open or close it. */
  onToggle?: (namespace: string) => void;
  insets?: () => Insets;
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
  neighbour(id: string | null, direction: Direction): string | null;
  has(id: string): boolean;
  png(): Blob;
  destroy(): void;
}

/** Width over height below which the map leads from top to bottom. */
const UPRIGHT = 0.75;

export function createCanvas(container: HTMLElement, options: CanvasOptions): MapCanvas {
  return new CytoscapeCanvas(container, options);
}

class CytoscapeCanvas implements MapCanvas {
  private readonly cy: Core;
  private readonly resized = new ResizeObserver(() => this.resize());
  private readonly repaint = (): void => this.draw();
  private view: MapView | null = null;
  private boxes = new Map<string, Box>();
  private portrait = false;
  private moved = false;
  private pair: Pair | null = null;
  private chosen: string | null = null;

  constructor(
    private readonly container: HTMLElement,
    private readonly options: CanvasOptions,
  ) {
    this.cy = cytoscape({
      container,
      style: stylesheet(readPalette()),
      minZoom: ZOOM.min,
      maxZoom: ZOOM.max,
      autoungrabify: true,
      boxSelectionEnabled: false,
      autounselectify: true,
    });
    this.cy.on("zoom", () => setDistance(this.cy));
    this.cy.on("scrollzoom pinchzoom dragpan", () => (this.moved = true));
    listen(this.cy, options);
    document.addEventListener("themechange", this.repaint);
    this.resized.observe(container);
    const sans = ["600 14px", "13px"].map((font) => `${font} "Source Sans 3 Variable"`);
    for (const font of [...sans, '11px "JetBrains Mono Variable"']) {
      // A font that does not arrive leaves the names in the system's own.
      document.fonts.load(font).then(
        () => this.cy.style().update(),
        () => undefined,
      );
    }
  }

  show(given: MapView, { keepPositions = false }: ShowOptions = {}): void {
    this.view = foldMeshes(given);
    const keep = keepPositions && this.view.nodes.every((node) => this.boxes.has(node.id));
    if (!keep) {
      this.portrait = this.container.clientWidth < UPRIGHT * this.container.clientHeight;
      this.boxes = new Map();
    }
    this.draw();
    if (!keep) this.look(true);
  }

  private draw(): void {
    if (!this.view) return;
    const palette = readPalette();
    const placement = this.place(this.view);
    this.boxes = placement.boxes;
    this.cy.style(stylesheet(palette));
    this.cy.batch(() => {
      this.cy.elements().remove();
      this.cy.add(elementsOf(this.view!, placement, palette));
      setDistance(this.cy);
    });
    choose(this.cy, this.chosen);
    highlight(this.cy, this.pair);
  }

  /** Old places where every node has one, else a new layout. */
  private place(view: MapView): Placement {
    const fresh = layOut(view, this.portrait);
    const moves = [...fresh.boxes].some(([id, box]) => {
      const old = this.boxes.get(id);
      return old !== undefined && (Math.abs(old.x - box.x) > 1 || Math.abs(old.y - box.y) > 1);
    });
    return moves ? finish(view, this.boxes, this.portrait) : fresh;
  }

  private resize(): void {
    this.cy.resize();
    if (!this.moved) this.look(true);
  }

  private look(atOnce: boolean): void {
    this.moved = false;
    fitWithin(this.cy, this.insets(), atOnce);
  }

  private insets(): Insets {
    return this.options.insets?.() ?? NO_INSETS;
  }

  highlight(pair: Pair | null): void {
    this.pair = pair;
    highlight(this.cy, pair);
  }

  select(id: string | null): void {
    this.chosen = id;
    choose(this.cy, id);
  }

  fit(): void {
    this.look(false);
  }

  settle(): void {
    if (!this.moved) this.look(false);
  }

  zoom(factor: number): void {
    this.moved = true;
    const { clientWidth, clientHeight } = this.container;
    const renderedPosition = { x: clientWidth / 2, y: clientHeight / 2 };
    this.cy.zoom({ level: this.cy.zoom() * factor, renderedPosition });
  }

  focus(id: string): void {
    const element = this.cy.getElementById(id);
    if (element.empty()) return;
    this.moved = true;
    centreOn(this.cy, element, this.insets());
  }

  neighbour(id: string | null, direction: Direction): string | null {
    return neighbour(this.cy, id, direction);
  }

  has(id: string): boolean {
    return this.cy.getElementById(id).nonempty();
  }

  png(): Blob {
    return this.cy.png({ output: "blob", full: true, scale: 2, bg: readPalette().sea });
  }

  destroy(): void {
    this.resized.disconnect();
    document.removeEventListener("themechange", this.repaint);
    this.cy.destroy();
  }
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
