/** Draws the union of before and after once and shows parts of it; nodes keep their places. */

import cytoscape, {
  type BoundingBox12,
  type BoundingBoxWH,
  type Core,
  type EventObject,
  type SingularElementArgument,
} from "cytoscape";

import { elementsOf } from "../graph/elements";
import type { Placement } from "../graph/layout";
import { readPalette } from "../graph/palette";
import type { MapView } from "../graph/types";
import { pictureStyles } from "./picture_styles";
import { Places } from "./places";

export interface Insets {
  readonly top: number;
  readonly bottom: number;
}

export interface PictureOptions {
  /** A line or node was chosen; null for the empty sea. */
  readonly picked: (id: string | null) => void;
  /** An open island was double-clicked: close it. */
  readonly folded: (namespace: string) => void;
  /** Pixels that floating parts of the page cover. */
  readonly insets: () => Insets;
}

const PADDING = 20;
/** Below these zooms the picture is read from afar. */
const DISTANCE = { mid: 0.82, far: 0.58 };
const ZOOM = { min: 0.08, max: 2.5, fit: 1.15 };
const CALM = 180;
const FONTS = [
  '600 14px "Source Sans 3 Variable"',
  '13px "Source Sans 3 Variable"',
  '11px "JetBrains Mono Variable"',
];

export class Picture {
  readonly #cy: Core;
  readonly #options: PictureOptions;
  readonly #places = new Places();
  #placement: Placement | null = null;
  #shown: MapView | null = null;
  #chosen: string | null = null;
  /** Of everything at its place, also while nodes are on their way there. */
  #extent: BoundingBox12 & BoundingBoxWH = { x1: 0, y1: 0, x2: 0, y2: 0, w: 0, h: 0 };
  #untouched = true;

  constructor(container: HTMLElement, options: PictureOptions) {
    this.#options = options;
    this.#cy = cytoscape({
      container,
      style: pictureStyles(readPalette()),
      minZoom: ZOOM.min,
      maxZoom: ZOOM.max,
      autoungrabify: true,
      autounselectify: true,
      boxSelectionEnabled: false,
    });
    this.#listen();
    new ResizeObserver(() => {
      this.#cy.resize();
      this.settle();
    }).observe(container);
    document.addEventListener("themechange", () => {
      this.#cy.style(pictureStyles(readPalette()));
      this.#draw();
    });
    for (const font of FONTS) void document.fonts.load(font).then(() => this.#cy.style().update());
  }

  /** Shows a part of a union; what both have stands where it stood. */
  show(union: MapView, shown: MapView): void {
    const { placement, moved } = this.#places.of(union);
    const before = moved ? this.#positions() : new Map();
    this.#placement = placement;
    this.#shown = shown;
    this.#draw();
    if (!moved) return;
    this.fit(before.size === 0);
    this.#slide(before);
  }

  choose(id: string | null): void {
    this.#chosen = id;
    this.#cy.batch(() => {
      this.#cy.$(".chosen").removeClass("chosen");
      if (id !== null) this.#cy.getElementById(id).addClass("chosen");
    });
  }

  zoom(factor: number): void {
    this.#untouched = false;
    const renderedPosition = { x: this.#cy.width() / 2, y: this.#cy.height() / 2 };
    this.#cy.zoom({ level: this.#cy.zoom() * factor, renderedPosition });
  }

  fit(still = false): void {
    this.#untouched = true;
    const box = this.#extent;
    const { top, bottom } = this.#options.insets();
    const width = this.#cy.width() - 2 * PADDING;
    const height = this.#cy.height() - top - bottom - 2 * PADDING;
    if (!(box.w > 0) || width <= 0 || height <= 0) return;
    const zoom = Math.min(ZOOM.fit, width / box.w, height / box.h);
    const pan = {
      x: PADDING + (width - box.w * zoom) / 2 - box.x1 * zoom,
      y: top + PADDING + (height - box.h * zoom) / 2 - box.y1 * zoom,
    };
    this.#cy.stop();
    if (still || isStill()) this.#cy.viewport({ zoom, pan });
    else this.#cy.animate({ zoom, pan }, { duration: CALM, easing: "ease-out" });
  }

  /** Fits again after the free room changed, unless the reader has moved the picture. */
  settle(): void {
    if (this.#untouched) this.fit(true);
  }

  #draw(): void {
    const [view, placement] = [this.#shown, this.#placement];
    if (view === null || placement === null) return;
    this.#cy.batch(() => {
      this.#cy.elements().remove();
      this.#cy.add(elementsOf(view, placement, readPalette()));
    });
    this.#extent = this.#cy.elements().boundingBox({ includeOverlays: false });
    this.#setDistance();
    this.choose(this.#chosen);
  }

  #positions(): Map<string, { x: number; y: number }> {
    return new Map(this.#cy.nodes().map((node) => [node.id(), { ...node.position() }]));
  }

  /** Shows where each node went, so that the eye can follow; the lines come when all have arrived. */
  #slide(before: ReadonlyMap<string, { x: number; y: number }>): void {
    if (before.size === 0 || isStill()) return;
    const edges = this.#cy.edges().addClass("waiting");
    this.#cy.nodes().forEach((node) => {
      const to = { ...node.position() };
      node.position(before.get(node.id()) ?? to);
      node.animate({ position: to }, { duration: CALM, easing: "ease-out" });
    });
    setTimeout(() => edges.removeClass("waiting"), CALM);
  }

  #setDistance(): void {
    const zoom = this.#cy.zoom();
    const distance = zoom < DISTANCE.far ? "far" : zoom < DISTANCE.mid ? "mid" : "close";
    this.#cy.batch(() => {
      const others = this.#cy.elements().not(`.${distance}`);
      others.removeClass("close mid far").addClass(distance);
    });
  }

  #listen(): void {
    const cy = this.#cy;
    cy.on("zoom", () => this.#setDistance());
    cy.on("scrollzoom pinchzoom dragpan", () => (this.#untouched = false));
    cy.on("onetap", ({ target }: EventObject) => {
      this.#options.picked(target === cy ? null : String(target.id()));
    });
    cy.on("dbltap", "node.island", ({ target }: EventObject) => {
      this.#options.folded(String(target.data("name")));
    });
    cy.on("mouseover", "node.workload, node.external, node.card, edge", ({ target }) => {
      cy.container()?.style.setProperty("cursor", "pointer");
      this.#lift(target as SingularElementArgument);
    });
    cy.on("mouseout", "node, edge", () => {
      cy.container()?.style.removeProperty("cursor");
      cy.batch(() => cy.elements().removeClass("faded near"));
    });
  }

  /** The neighbourhood of what the pointer is on; the rest steps back. */
  #lift(element: SingularElementArgument): void {
    const around = element.isNode()
      ? element.closedNeighborhood()
      : element.union(element.connectedNodes());
    this.#cy.batch(() => {
      this.#cy.elements().not(around).not(".island").addClass("faded");
      around.edges().addClass("near");
    });
  }
}

function isStill(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
