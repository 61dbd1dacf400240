/** The legend: the same drawings as on the page, in words. */
import { doubt, globe, markImage, padlock, shield, uncertainGlobe } from "../graph/badges";
import { readPalette } from "../graph/palette";
import { el, fill, part } from "../shared/dom";

/** A drawing and what it means. */
export type LegendRow = [HTMLElement, string];

/** `key`: under which name the browser keeps whether the legend is open. */
export function showLegend(rows: () => LegendRow[] = mapRows, key = "netviz-legend"): void {
  const details = part<HTMLDetailsElement>("legend");
  // Its drawings take a while, and most readers never open it.
  const draw = (): void => {
    if (details.open) fillRows(rows());
  };
  details.open = remembered(key);
  details.addEventListener("toggle", () => {
    remember(key, details.open);
    draw();
  });
  document.addEventListener("themechange", draw);
}

function remembered(key: string): boolean {
  try {
    return localStorage.getItem(key) === "open";
  } catch {
    return false;
  }
}

function remember(key: string, open: boolean): void {
  try {
    localStorage.setItem(key, open ? "open" : "closed");
  } catch {
    // Without storage the legend starts folded each time.
  }
}

function fillRows(rows: readonly LegendRow[]): void {
  fill(
    part("legend-rows"),
    rows.map(([mark, text]) =>
      el("li", {}, el("span", { class: "mark" }, mark), el("span", {}, text)),
    ),
  );
}

function mapRows(): LegendRow[] {
  const palette = readPalette();
  const picture = (drawing: string): HTMLElement =>
    el("img", { src: markImage(drawing), alt: "", width: 20, height: 20 });
  const line = (name: string): HTMLElement => el("span", { class: `sample ${name}` });
  return [
    [line("allowed"), "may connect; the thicker, the more ports"],
    [line("uncertain"), "depends on something unknown; the reason on click"],
    [
      picture(doubt(palette)),
      "not all known, as by a policy that is not evaluated; choose it to see why",
    ],
    [line("denied"), "closed; the bar stands at the side that closes it"],
    [picture(padlock(palette)), "open to every pod, so no lines are drawn"],
    [picture(shield("ingress", palette)), "incoming connections are isolated"],
    [picture(shield("egress", palette)), "outgoing connections are isolated"],
    [picture(shield("both", palette)), "both directions are isolated"],
    [picture(globe(palette)), "can be reached from the Internet by an entry point"],
    [picture(uncertainGlobe(palette)), "may be reached from the Internet; the reason on click"],
    [el("span", { class: "mono small" }, "De St Da"), "Deployment, StatefulSet, DaemonSet"],
    [el("span", { class: "mono small" }, "Jo Cj Po"), "Job, CronJob, single Pod"],
  ];
}
