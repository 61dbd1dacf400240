/** What the marks on the picture mean, for the toggle that is on. */

import { markImage, padlock, shield } from "../graph/badges";
import { readPalette } from "../graph/palette";
import { el, fill, part } from "../shared/dom";
import { GLYPHS } from "./changes";
import type { Store } from "./store";
import type { Show } from "./view_state";

export function mountLegend(store: Store): void {
  const draw = (): void => {
    fill(
      part("legend"),
      el("ul", { class: "legend-list" }, lines(store.state.view.show), badges()),
    );
  };
  document.addEventListener("themechange", draw);
  store.listen((state, before) => {
    if (state.view.show !== before?.view.show) draw();
  });
}

function lines(show: Show): HTMLElement[] {
  if (show !== "changes")
    return [line("flow", "", `Allowed ${show}`), line("uncertain", "?", "Depends")];
  return [
    line("added", GLYPHS.added, "Opens"),
    line("removed", GLYPHS.removed, "Closes"),
    line("changed", GLYPHS.changed, "Changes"),
    line("unchanged", "", "Stays"),
    line("uncertain", "?", "Depends"),
  ];
}

function line(kind: string, glyph: string, text: string): HTMLElement {
  const sample = el("span", { class: `diff-sample ${kind}`, "aria-hidden": "true" }, glyph);
  return el("li", {}, sample, text);
}

/** The badges that stand for flows without a line: a picture without them reads as closed. */
function badges(): HTMLElement[] {
  const palette = readPalette();
  return [badge(padlock(palette), "Open to all"), badge(shield("both", palette), "Isolated")];
}

function badge(drawing: string, text: string): HTMLElement {
  return el("li", {}, el("img", { src: markImage(drawing), alt: "", width: 18, height: 18 }), text);
}
