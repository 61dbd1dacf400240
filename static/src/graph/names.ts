/**
 * How the names of nodes look, where they can be read at all (`named`): to set, measure and draw
 * those of a thousand specks would be a third of the first picture.
 */
import type { StylesheetJson } from "cytoscape";
import { CARD } from "./islands";
import type { Palette } from "./palette";

type Node = { data: (name: string) => number };

export function names(palette: Palette): StylesheetJson {
  return [...usual(palette), ...distances()];
}

function usual(p: Palette): StylesheetJson {
  return [
    {
      selector: "node.named",
      style: {
        label: "data(label)",
        "font-family": p.sans,
        "font-size": 13,
        color: p.ink,
        "min-zoomed-font-size": 5,
      },
    },
    {
      selector: ".island.named",
      style: {
        "font-size": 14,
        "font-weight": 600,
        color: p.ink2,
        "text-halign": "right",
        "text-valign": "top",
        "text-margin-x": (node: Node) => -node.data("w") + 18,
        "text-margin-y": 29,
        "text-wrap": "ellipsis",
        "text-max-width": (node: Node) => `${node.data("w") - 58}px`,
      },
    },
    {
      selector: ".card.named",
      style: {
        label: cardLabel,
        "text-wrap": "wrap",
        "text-justification": "left",
        "text-max-width": `${CARD.w - 28}px`,
        "line-height": 1.35,
        "text-halign": "center",
        "text-valign": "center",
        "text-margin-x": 0,
        "text-margin-y": 0,
        color: p.ink,
      },
    },
    {
      selector: ".empty.named",
      style: {
        "text-halign": "center",
        "text-valign": "center",
        "text-margin-x": 0,
        "text-margin-y": 0,
        "text-max-width": "400px",
        "font-size": 13,
        "font-weight": 400,
      },
    },
    {
      selector: ".workload.named",
      style: {
        "text-valign": "bottom",
        "text-margin-y": 6,
        "text-max-width": "182px",
        "text-wrap": "ellipsis",
        // A line that passes under a name must not strike it through.
        "text-background-color": "data(ground)",
        "text-background-opacity": 0.85,
        "text-background-padding": "1px",
      },
    },
    {
      selector: ".mesh.named",
      style: { "text-valign": "center", "text-halign": "center", color: p.ink2 },
    },
    {
      selector: ".external.named",
      style: {
        color: p.outside,
        "font-weight": 600,
        "text-valign": "center",
        "text-halign": "center",
        "text-max-width": "170px",
        "text-wrap": "ellipsis",
      },
    },
  ] as StylesheetJson;
}

const cardLabel = (node: { data: (name: string) => string }): string =>
  `${node.data("label")}\n${node.data("counts")}`;

/** From far away names grow as far as there is room, so that they can still be read. */
function distances(): StylesheetJson {
  return [
    { selector: ".workload.mid", style: { "font-size": 16 } },
    { selector: ".workload.far.named", style: { "font-size": 20 } },
    { selector: ".external.mid, .external.far.named", style: { "font-size": 17 } },
    { selector: ".island.mid", style: { "font-size": 18 } },
    {
      selector: ".island.far.named",
      style: { label: "data(name)", "font-size": 24, "text-margin-y": 34 },
    },
    {
      selector: ".empty.mid, .empty.far.named",
      style: { label: "data(label)", "font-size": 15, "text-margin-y": 0 },
    },
    { selector: ".card.mid", style: { "font-size": 17 } },
    {
      selector: ".card.far.named",
      style: { label: cardLabel, "font-size": 21, "text-margin-y": 0 },
    },
    { selector: ".group.card.far.named", style: { "font-size": 18 } },
  ] as StylesheetJson;
}
