/** Signs of what is new, gone or changed, readable at any distance. */
import type { StylesheetJson } from "cytoscape";
import type { Palette } from "./palette";

type Edge = { data: (name: string) => string };

const CHANGED = ["added", "removed", "changed"] as const;

/** The sign is half of the meaning: it is drawn at any zoom, also where the ports find no room. */
export function signs(palette: Palette): StylesheetJson {
  const each = (suffix: string): string =>
    CHANGED.map((kind) => `edge.${kind}${suffix}`).join(", ");
  const sign = (edge: Edge): string => edge.data("text").charAt(0);
  // A sign alone is small: it stands light on its colour, which is seen before it is read.
  const loud = { "font-weight": 800, "font-size": 18, "text-background-padding": "1px" };
  const signOnly = [
    "removed.mid",
    ...CHANGED.flatMap((kind) => [`${kind}.far`, `${kind}.no-room`]),
  ];
  return [
    { selector: each(""), style: { "min-zoomed-font-size": 0, "z-index": 8 } },
    { selector: "edge.added, edge.changed", style: { "z-index": 10 } },
    { selector: each(".mid"), style: { "font-size": 13 } },
    // A closed flow has no ports to read any more: from afar its sign says enough.
    { selector: `edge.removed.mid, ${each(".far")}`, style: { ...loud, "source-label": sign } },
    { selector: each(".no-room"), style: { ...loud, "source-label": "", label: sign } },
    { selector: each(".far"), style: { "font-size": 24 } },
    {
      selector: each(".near"),
      style: { "source-label": "data(text)", label: "", "font-size": 13, "font-weight": 600 },
    },
    { selector: each(".no-room.near"), style: { "source-label": "", label: "data(text)" } },
    { selector: each(".far.near"), style: { "font-size": 20 } },
    ...CHANGED.map((kind) => ({
      selector: `edge.${kind}`,
      style: {
        "text-border-width": 1,
        "text-border-opacity": 0.7,
        "text-border-color": palette[kind],
      },
    })),
    ...signOnly.map((kind) => ({
      selector: `edge.${kind}`,
      style: {
        color: palette.surface,
        "text-background-opacity": 1,
        "text-background-color": palette[kind.split(".")[0] as (typeof CHANGED)[number]],
      },
    })),
    ...CHANGED.map((kind) => ({
      selector: `edge.${kind}.near`,
      style: { color: palette[kind], "text-background-color": palette.surface },
    })),
  ] as StylesheetJson;
}
