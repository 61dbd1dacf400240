/** The marks of the cells, in words. */
import type { LegendRow } from "../map/legend";
import { el } from "../shared/dom";

export function matrixRows(): LegendRow[] {
  const cell = (name: string): HTMLElement =>
    el("span", { class: `cell sample-cell ${name}` }, el("span", { class: "mark" }));
  return [
    [cell("allow w1"), "one port is open"],
    [cell("allow w2"), "some ports are open"],
    [cell("allow w3"), "everything is open"],
    [cell("allow w3 everyone"), "round: a side is open to everyone, no rule singles it out"],
    [cell("partly w3"), "half: open for some of the pairs that it stands for"],
    [cell("conditional"), "depends on something, or is not known; the reason on click"],
    [cell("allow w2 more"), "open, and perhaps more than that"],
    [cell("deny"), "empty: closed; choose it to see why"],
    [cell("none"), "nothing to ask: a workload and itself, or two outside"],
    [cell("aside"), "set aside by the filter Certainty, and not closed"],
  ];
}
