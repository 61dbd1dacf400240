/** What every picture of a network shares: draw, look at a part of it, point at something, choose it. */
import cytoscape, {
  type Core,
  type ElementDefinition,
  type EventObject,
  type Position,
  type SingularElementArgument,
  type StylesheetJson,
} from "cytoscape";
import {
  centreOn,
  classesOf,
  distanceOf,
  fitWithin,
  setDistance,
  ZOOM,
  type Extent,
  type Insets,
} from "./camera";
import { SMALL } from "./budget";
import { elementsOf, linesOf } from "./elements";
import type { Placement } from "./layout";
import { readPalette, typesLoaded, type Palette } from "./palette";
import type { MapEdge, MapView } from "./types";

export interface SurfaceOptions {
  /**
   * A node (namespace, workload, outside) or line was chosen; null for the empty sea. `joined`: with
   * Shift, Ctrl or Cmd held, which joins it to what was chosen before.
   */
  onSelect: (id: string | null, joined: boolean) => void;
  /** A namespace, or a group of them, was double-clicked: open or close it. */
  onToggle: (island: string) => void;
  /** Pixels that floating parts of the page cover. */
  insets: () => Insets;
}

/** Width over height below which a picture leads from top to bottom. */
const UPRIGHT = 0.85;
const LARGE = 250;

export abstract class Surface {
  private made: Core | null = null;
  protected drawn: { view: MapView; placement: Placement } | null = null;
  /** Of everything at its place, also while nodes are on their way there. */
  private extent: Extent = { x1: 0, y1: 0, w: 0, h: 0 };
  private touched = false;
  /** The types that words are drawn in. */
  private types = "";
  /** Lines too many to follow are not even elements until somebody asks for those of a node. */
  private aside = new Map<string, MapEdge[]>();

  constructor(
    private readonly container: HTMLElement,
    private readonly options: SurfaceOptions,
    private readonly styles: (palette: Palette, view: MapView | null) => StylesheetJson,
  ) {
    document.addEventListener("themechange", () => this.redraw());
    new ResizeObserver(() => {
      if (!this.drawn) return;
      this.cy.resize();
      this.settle(true);
    }).observe(container);
    void typesLoaded().then(() => {
      const { sans, mono } = readPalette();
      if (this.types !== `${sans} ${mono}`) this.redraw();
    });
  }

  /** Made for the first picture: earlier it would draw an empty sea, frame after frame. */
  protected get cy(): Core {
    return (this.made ??= this.make());
  }

  private make(): Core {
    const cy = cytoscape({
      container: this.container,
      layout: { name: "preset" },
      minZoom: ZOOM.min,
      maxZoom: ZOOM.max,
      autoungrabify: true,
      autounselectify: true,
      boxSelectionEnabled: false,
    });
    cy.on("zoom", () => setDistance(cy));
    cy.on("scrollzoom pinchzoom dragpan", () => (this.touched = true));
    listen(cy, this.options, (id) => this.bring(id));
    return cy;
  }

  /** All was drawn anew: marks have to be set again. */
  protected abstract mark(): void;

  /** Is there more free room from top to bottom than from side to side? */
  protected get upright(): boolean {
    const { clientWidth, clientHeight } = this.container;
    // What covers a small screen comes and goes: one picture must not lead now down, now aside.
    if (SMALL.matches) return clientWidth < clientHeight;
    const { top, right, bottom, left } = this.options.insets();
    return clientWidth - left - right < UPRIGHT * (clientHeight - top - bottom);
  }

  protected draw(view: MapView, placement: Placement): void {
    this.drawn = { view, placement };
    this.redraw();
  }

  private redraw(): void {
    if (!this.drawn) return;
    const palette = readPalette();
    const { view, placement } = this.drawn;
    this.types = `${palette.sans} ${palette.mono}`;
    this.cy.elements().remove();
    this.cy.style(this.styles(palette, view));
    if (this.isLarge) {
      // How far away it is seen from decides the looks: to know it first saves a second round.
      this.measure();
      this.settle(true);
    }
    this.cy.batch(() => {
      const { shown, aside } = elementsOf(view, placement, palette);
      this.aside = aside;
      this.add(shown);
    });
    this.mark();
    if (!this.isLarge) this.measure();
  }

  /** Are there so many nodes that to ask each for its bounds would hold up the first picture? */
  private get isLarge(): boolean {
    return (this.drawn?.placement.boxes.size ?? 0) > LARGE;
  }

  /** Draws the lines of a node that were kept aside. */
  protected bring(id: string): void {
    const lines = this.aside.get(id);
    if (!lines || !this.drawn) return;
    this.aside.delete(id);
    const fresh = lines.filter((edge) => this.cy.getElementById(edge.id).empty());
    this.add(linesOf(fresh, this.drawn.placement));
  }

  /** Elements that look right for how far away they are seen from, from the beginning. */
  private add(elements: readonly ElementDefinition[]): void {
    const distance = classesOf(distanceOf(this.cy));
    this.cy.add(
      elements.map((each) => ({ ...each, classes: `${each.classes as string} ${distance}` })),
    );
  }

  /** Takes in what was drawn last, and the room of what only other views of this picture have. */
  private measure(): void {
    const boxes = [...(this.drawn?.placement.boxes.values() ?? [])];
    if (boxes.length === 0) return;
    const drawn = this.isLarge ? [] : [this.cy.elements().boundingBox({ includeOverlays: false })];
    const x1 = Math.min(...drawn.map((box) => box.x1), ...boxes.map(({ x, w }) => x - w / 2));
    const y1 = Math.min(...drawn.map((box) => box.y1), ...boxes.map(({ y, h }) => y - h / 2));
    const x2 = Math.max(...drawn.map((box) => box.x2), ...boxes.map(({ x, w }) => x + w / 2));
    const y2 = Math.max(...drawn.map((box) => box.y2), ...boxes.map(({ y, h }) => y + h / 2));
    this.extent = { x1, y1, w: x2 - x1, h: y2 - y1 };
  }

  fit(atOnce = false): void {
    if (!this.drawn) return;
    this.touched = false;
    fitWithin(this.cy, this.extent, this.options.insets(), atOnce);
  }

  /** Fits again after the free room changed, unless the reader has moved the picture. */
  settle(atOnce = false): void {
    if (!this.touched) this.fit(atOnce);
  }

  /** What is in view stays as it is until the reader moves it. */
  protected hold(): void {
    this.touched = true;
  }

  zoom(factor: number): void {
    if (!this.drawn) return;
    this.touched = true;
    const renderedPosition = { x: this.cy.width() / 2, y: this.cy.height() / 2 };
    this.cy.zoom({ level: this.cy.zoom() * factor, renderedPosition });
  }

  /** Brings one element into the middle. */
  focus(id: string): void {
    const element = this.cy.getElementById(id);
    if (element.empty()) return;
    this.touched = true;
    centreOn(this.cy, element, this.options.insets());
  }
}

function listen(cy: Core, options: SurfaceOptions, bring: (id: string) => void): void {
  cy.on("tap", (event: EventObject) => {
    if (event.target === cy) options.onSelect(null, false);
  });
  const choose = ({ target, position, originalEvent }: EventObject): void => {
    const { shiftKey, ctrlKey, metaKey } = originalEvent as MouseEvent | TouchEvent;
    const id = nodeAt(cy, position) ?? (target.id() as string);
    options.onSelect(id, shiftKey || ctrlKey || metaKey);
  };
  cy.on("tap", "edge", choose);
  // A double click opens or closes an island: it must not choose it first.
  cy.on("onetap", "node", choose);
  cy.on("dbltap", "node.island", ({ target }: EventObject) => {
    options.onToggle(target.data("toggles") as string);
  });
  cy.on("mouseover", "node.workload, node.external, node.card, edge", ({ target }: EventObject) => {
    cy.container()?.style.setProperty("cursor", "pointer");
    bring(target.id() as string);
    lift(cy, target as SingularElementArgument);
  });
  cy.on("mouseout", "node, edge", () => {
    cy.container()?.style.removeProperty("cursor");
    cy.batch(() => {
      cy.elements().removeClass("faded near");
      cy.edges(".near-chosen").addClass("near");
    });
  });
}

/** Of a small node and the raised line that ends at it, the node is meant. */
function nodeAt(cy: Core, { x, y }: Position): string | null {
  const at = cy.nodes(".workload, .card, .external").filter((node) => {
    const middle = node.position();
    return (
      Math.abs(middle.x - x) <= node.width() / 2 && Math.abs(middle.y - y) <= node.height() / 2
    );
  });
  return at.nonempty() ? at[0]!.id() : null;
}

/** The neighbourhood of what the pointer is on; the rest steps back. */
function lift(cy: Core, element: SingularElementArgument): void {
  const around = element.isNode()
    ? element.closedNeighborhood()
    : element.union(element.connectedNodes());
  cy.batch(() => {
    cy.elements().not(around).not(".island").addClass("faded");
    around.edges().addClass("near");
  });
}
