/** How the picture of a draft differs from the map: signs that stay readable, a choice that keeps
 * its colour. */

import type { StylesheetJson } from "cytoscape";

import type { Palette } from "../graph/palette";
import { signs } from "../graph/signs";
import { stylesheet } from "../graph/styles";

/** Lines between nodes that are on their way to new places. */
const WAITING = { selector: "edge.waiting", style: { display: "none" } } as const;

export function pictureStyles(palette: Palette): StylesheetJson {
  return [...stylesheet(palette), ...signs(palette), ...chosen(palette), WAITING];
}

function chosen(palette: Palette): StylesheetJson {
  const glow = {
    "underlay-color": palette.accent,
    "underlay-opacity": 0.28,
    "underlay-padding": 6,
  };
  const line = (colour: string) => ({
    "line-color": colour,
    "target-arrow-color": colour,
    color: colour,
  });
  return [
    { selector: "edge.chosen", style: glow },
    { selector: "edge.added.chosen", style: line(palette.added) },
    { selector: "edge.removed.chosen", style: line(palette.removed) },
    {
      selector: "edge.changed.chosen",
      style: { ...line(palette.changed), "line-color": palette.surface, width: 2 },
    },
  ] as StylesheetJson;
}
