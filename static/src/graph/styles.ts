/** How the elements look. One function of the palette, so that light and dark cannot drift apart. */
import type { StylesheetJson } from "cytoscape";
import { CARD, NODE } from "./islands";
import { names } from "./names";
import type { Palette } from "./palette";

export function stylesheet(palette: Palette): StylesheetJson {
  return [
    ...nodes(palette),
    ...names(palette),
    ...edges(palette),
    ...changes(palette),
    ...states(palette),
  ];
}

function nodes(p: Palette): StylesheetJson {
  return [
    {
      selector: "node",
      style: {
        width: "data(w)",
        height: "data(h)",
        "z-index-compare": "manual",
      },
    },
    // Cytoscape greys what is pressed.
    { selector: ":active", style: { "overlay-opacity": 0 } },
    {
      selector: ".island",
      style: {
        shape: "round-rectangle",
        "corner-radius": "18",
        "background-color": "data(fill)",
        "border-width": 1.5,
        "border-color": "data(edge)",
        "background-image": "data(image)",
        "background-position-x": (node: { data: (name: string) => number }) => node.data("w") - 32,
        "background-position-y": 10,
        "z-index": 0,
      },
    },
    {
      selector: ".card",
      style: { "background-position-x": CARD.w - 30, "z-index": 10 },
    },
    // A stack of cards.
    { selector: ".group.card", style: { "border-style": "double", "border-width": 5 } },
    { selector: ".group.open", style: { "background-opacity": 0.45, "border-style": "dashed" } },
    {
      selector: ".empty",
      style: {
        "background-image": "none",
        "background-opacity": 0.6,
        "border-style": "dashed",
      },
    },
    {
      selector: ".workload",
      style: {
        shape: "round-rectangle",
        "corner-radius": "10",
        width: NODE,
        height: NODE,
        "background-color": p.node,
        "border-width": 1.5,
        "border-color": p.nodeLine,
        "background-image": "data(image)",
        "background-clip": "none",
        "background-image-containment": "over",
        "bounds-expansion": 16,
        "z-index": 11,
      },
    },
    {
      selector: ".mesh",
      style: { "background-opacity": 0, "border-width": 0, events: "no", "z-index": 6 },
    },
    {
      selector: ".external",
      style: {
        shape: "round-rectangle",
        "corner-radius": "18",
        "background-color": p.surface,
        "border-width": 1.5,
        "border-color": p.outside,
        "z-index": 10,
      },
    },
  ] as StylesheetJson;
}

const numbers = (name: string) => (edge: { data: (name: string) => string }) =>
  edge.data(name) === "" ? [0] : edge.data(name).split(" ").map(Number);

function edges(p: Palette): StylesheetJson {
  return [
    {
      selector: "edge",
      style: {
        width: "mapData(size, 1, 3, 1.4, 3.6)",
        "line-color": p.flow,
        "target-arrow-color": p.flow,
        "source-arrow-color": p.flow,
        "target-arrow-shape": "triangle",
        "arrow-scale": 0.95,
        "z-index-compare": "manual",
        "z-index": 5,
        "overlay-padding": 6,
        "source-label": "data(text)",
        "source-text-offset": "data(place)",
        "font-family": p.mono,
        "font-size": 11,
        color: p.ink2,
        "text-background-color": p.surface,
        "text-background-opacity": 0.92,
        "text-background-padding": "2px",
        "text-background-shape": "roundrectangle",
        "min-zoomed-font-size": 7,
      },
    },
    {
      selector: "edge.line",
      style: {
        "curve-style": "round-segments",
        "segment-weights": numbers("weights"),
        "segment-distances": numbers("distances"),
        "segment-radii": [26],
        "edge-distances": "node-position",
      },
    },
    {
      selector: "edge.arc",
      style: {
        "curve-style": "unbundled-bezier",
        "control-point-distances": "data(bow)",
        "control-point-weights": 0.5,
        "edge-distances": "node-position",
      },
    },
    // Between cards that stand close a bend finds no room.
    { selector: "edge.crowd", style: { "curve-style": "straight" } },
    { selector: "edge.no-room", style: { "source-label": "" } },
    {
      selector: "edge.conditional, edge.unknown",
      style: {
        "line-style": "dotted",
        "line-color": p.unknown,
        "target-arrow-color": p.unknown,
        color: p.unknown,
        width: 2.5,
      },
    },
  ] as StylesheetJson;
}

function changes(p: Palette): StylesheetJson {
  const line = (colour: string) => ({
    "line-color": colour,
    "target-arrow-color": colour,
    color: colour,
    "font-weight": 600,
    "z-index": 8,
  });
  return [
    { selector: "edge.added", style: { ...line(p.added), width: 4 } },
    {
      selector: "edge.removed",
      style: {
        ...line(p.removed),
        width: 2.5,
        "line-style": "dashed",
        "line-dash-pattern": [7, 5],
      },
    },
    {
      selector: "edge.changed",
      style: {
        ...line(p.surface),
        width: 2,
        "line-outline-width": 2,
        "line-outline-color": p.changed,
        "target-arrow-color": p.changed,
        color: p.changed,
      },
    },
    {
      selector: "edge.unchanged",
      style: { "line-opacity": 0.32, "text-opacity": 0.7, "z-index": 4 },
    },
    {
      selector: "node.new",
      style: { "border-color": p.added, "border-width": 3 },
    },
    {
      selector: "node.lost",
      style: { "border-color": p.removed, "border-width": 3, "border-style": "dashed" },
    },
    {
      selector: "node.changed",
      style: { "border-color": p.changed, "border-width": 4, "border-style": "double" },
    },
  ] as StylesheetJson;
}

function states(p: Palette): StylesheetJson {
  return [
    { selector: "edge.quiet", style: { visibility: "hidden" } },
    { selector: "edge.hushed", style: { "line-opacity": 0.4, "text-opacity": 0.75 } },
    { selector: ".faded", style: { opacity: 0.16 } },
    { selector: ".island.faded", style: { opacity: 0.7 } },
    {
      selector: "edge.near",
      style: {
        "z-index": 12,
        opacity: 1,
        "line-opacity": 1,
        "text-opacity": 1,
        visibility: "visible",
        "source-label": "data(text)",
      },
    },
    {
      selector: "node.chosen, node.pointed, node.aimed",
      style: {
        "border-color": p.accent,
        "border-width": 3,
        "underlay-color": p.accent,
        "underlay-opacity": 0.22,
        "underlay-padding": 9,
        "underlay-shape": "round-rectangle",
      },
    },
    {
      selector: ".island.chosen, .island.pointed",
      style: { "underlay-opacity": 0, "border-width": 2.5 },
    },
    { selector: "node.pointed, node.aimed", style: { opacity: 1 } },
    { selector: "node.aimed", style: { "border-style": "dashed" } },
    { selector: ".card.chosen, .card.pointed", style: { "underlay-opacity": 0.22 } },
    {
      selector: "edge.chosen, edge.pointed",
      style: {
        "line-color": p.accent,
        "target-arrow-color": p.accent,
        color: p.accent,
        "font-weight": 600,
        width: 4,
        "z-index": 14,
        opacity: 1,
        "line-opacity": 1,
        "text-opacity": 1,
        visibility: "visible",
        "source-label": "data(text)",
      },
    },
    {
      selector: "edge.closed",
      style: {
        "curve-style": "straight",
        "line-style": "dashed",
        "line-dash-pattern": [8, 6],
        "line-color": p.deny,
        "source-arrow-color": p.deny,
        "target-arrow-color": p.deny,
        color: p.deny,
        "target-arrow-shape": "none",
        "arrow-scale": 1.5,
        width: 3.5,
        "z-index": 15,
        opacity: 1,
        label: "data(text)",
        "source-label": "",
        "font-weight": 600,
      },
    },
    {
      selector: "edge.asked",
      style: {
        "curve-style": "straight",
        "line-color": p.accent,
        "target-arrow-color": p.accent,
        color: p.accent,
        width: 4,
        "z-index": 15,
        opacity: 1,
        label: "data(text)",
        "source-label": "",
        "font-weight": 600,
      },
    },
    {
      selector: "edge.asked.uncertain",
      style: {
        "line-style": "dotted",
        "line-color": p.unknown,
        "target-arrow-color": p.unknown,
        color: p.unknown,
      },
    },
    {
      selector: "edge.around",
      style: { "curve-style": "unbundled-bezier", "control-point-distances": -70 },
    },
    { selector: "edge.stop-source", style: { "source-arrow-shape": "tee" } },
    { selector: "edge.stop-target", style: { "target-arrow-shape": "tee" } },
  ] as StylesheetJson;
}
