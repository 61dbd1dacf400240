/** What part of the map is in view, and how far away it is. */
import type { Core, SingularElementArgument } from "cytoscape";

/** Pixels at each side that floating parts of the page cover. */
export interface Insets {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

export const NO_INSETS: Insets = { top: 0, right: 0, bottom: 0, left: 0 };
export const ZOOM = { min: 0.08, max: 2.5, fit: 1.15 };
const PADDING = 20;
/** Below these zooms the map is read from afar. */
const DISTANCE = { mid: 0.82, far: 0.58 };

/** Marks all nodes with how far away they are seen from. */
export function setDistance(cy: Core): void {
  const zoom = cy.zoom();
  const distance = zoom < DISTANCE.far ? "far" : zoom < DISTANCE.mid ? "mid" : "";
  const current = distance || "near";
  if (cy.nodes().first().hasClass(current)) return;
  cy.batch(() => {
    cy.nodes().removeClass("near mid far");
    cy.nodes().addClass(current);
  });
}

export function fitWithin(cy: Core, insets: Insets, calm: boolean): void {
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
