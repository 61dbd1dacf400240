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
/** Below these zooms the map is read from afar; below the last a name is three pixels high. */
const DISTANCE = { mid: 0.82, far: 0.58, speck: 0.15 };

type Distance = "close" | "mid" | "far" | "speck";

/** How far away everything is seen from now. */
export function distanceOf(cy: Core): Distance {
  const zoom = cy.zoom();
  if (zoom < DISTANCE.speck) return "speck";
  return zoom < DISTANCE.far ? "far" : zoom < DISTANCE.mid ? "mid" : "close";
}

/** The classes of a node or line that is seen from so far away; `named` where names can be read. */
export const classesOf = (distance: Distance): string =>
  distance === "speck" ? "far speck" : `${distance} named`;

/** Marks everything with how far away it is seen from. */
export function setDistance(cy: Core, distance = distanceOf(cy)): void {
  const classes = classesOf(distance);
  const first = cy.nodes().first();
  if (classes.split(" ").every((name) => first.hasClass(name))) return;
  cy.batch(() => cy.elements().removeClass("close mid far speck named").addClass(classes));
}

/** What is taken of the map while its nodes have their names, also where those cannot be read. */
export async function withNames<Taken>(cy: Core, take: () => Taken): Promise<Taken> {
  if (distanceOf(cy) !== "speck") return take();
  // Cytoscape finds the place of a name when it renders.
  const rendered = cy.promiseOn("render");
  setDistance(cy, "far");
  await rendered;
  const taken = take();
  setDistance(cy);
  return taken;
}

export function fitWithin(cy: Core, box: Extent, insets: Insets, calm: boolean): void {
  if (box.w === 0) return;
  const width = cy.width() - insets.left - insets.right - 2 * PADDING;
  const height = cy.height() - insets.top - insets.bottom - 2 * PADDING;
  if (width <= 0 || height <= 0) return;
  const level = Math.min(ZOOM.fit, width / box.w, height / box.h);
  // On a phone the whole of a large map is smaller than anybody would go by hand.
  cy.minZoom(Math.min(ZOOM.min, level));
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
