/** What part of the map is in view, and how far away it is. */
import type { Core, SingularElementArgument } from "cytoscape";

/** Pixels at each side that floating parts of the page cover. */
export interface Insets {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

/** The room that a picture takes, in its own measure. */
export interface Extent {
  x1: number;
  y1: number;
  w: number;
  h: number;
}

export const ZOOM = { min: 0.08, max: 2.5, fit: 1.15 };
/** How anything moves. */
export const MOTION = { duration: 180, easing: "ease-out" } as const;
const PADDING = 20;
/** Below these zooms the map is read from afar. */
const DISTANCE = { mid: 0.82, far: 0.58 };

/** Marks everything with how far away it is seen from; `anew` where something was added. */
export function setDistance(cy: Core, anew = false): void {
  const zoom = cy.zoom();
  const distance = zoom < DISTANCE.far ? "far" : zoom < DISTANCE.mid ? "mid" : "close";
  if (!anew && cy.nodes().first().hasClass(distance)) return;
  cy.batch(() => cy.elements().removeClass("close mid far").addClass(distance));
}

export function fitWithin(cy: Core, box: Extent, insets: Insets, calm: boolean): void {
  if (box.w === 0) return;
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
  if (calm || isStill()) cy.viewport({ zoom, pan });
  else cy.animate({ zoom, pan }, MOTION);
}

/** Does the reader ask for no motion? */
export const isStill = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;

export function centreOn(cy: Core, element: SingularElementArgument, insets: Insets): void {
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
