/** Panel pages of groups of namespaces, and of lines that a summary has. */
import { isIsland, islandName, type GroupNode } from "../graph/types";
import { el } from "../shared/dom";
import { connectionsText, isUncertain, plural } from "../shared/text";
import { frame } from "./frame";
import type { Context } from "./pages";
import { folding, section } from "./parts";
import { groupSentence } from "./sentences";

export function groupPage({ view, actions }: Context, node: GroupNode): HTMLElement {
  const members = view.nodes.filter(isIsland).filter((each) => each.parent === node.id);
  const kind = node.parts > 0 ? `Group of ${node.parts} groups` : "Group of namespaces";
  return frame(
    actions,
    node.label,
    el("p", { class: "muted" }, kind),
    el("p", { class: "lead" }, groupSentence(node)),
    node.open_to_all + node.opens_to_all > 0 ? el("p", {}, openness(node)) : null,
    el(
      "div",
      { class: "panel-actions" },
      el(
        "button",
        { type: "button", class: "button", onclick: () => actions.toggle(node.name) },
        node.open ? "Fold this group" : "Open this group",
      ),
    ),
    members.length > 0
      ? section(
          "In it",
          folding(
            members.map((each) =>
              el(
                "li",
                {},
                el(
                  "button",
                  { type: "button", class: "link-button", onclick: () => actions.select(each.id) },
                  each.label,
                ),
                el("span", { class: "muted" }, ` ${plural(each.workloads, "workload")}`),
              ),
            ),
            "rows",
          ),
        )
      : null,
  );
}

function openness({ open_to_all: into, opens_to_all: out }: GroupNode): string {
  const accept =
    into > 0 ? `${plural(into, "workload")} of it accept something from every pod` : "";
  const send = out > 0 ? `${plural(out, "workload")} may send something to every pod` : "";
  return `${[accept, send].filter(Boolean).join(", ")}.`;
}

/** A line of a summary: too many flows to list, so what they come to, and how to see them. */
export function summaryPage(
  { view, actions }: Context,
  source: string,
  target: string,
): HTMLElement {
  const edge = view.edges.find((each) => each.source === source && each.target === target);
  const name = (id: string): string =>
    view.nodes.find((node) => node.id === id)?.label ?? id.replace(/^(ns|in|out|group):/, "");
  const title = `${name(source)} → ${name(target)}`;
  const lead = edge
    ? `Some workloads of ${name(source)} may ${isUncertain(edge.verdict) ? "perhaps " : ""}open ` +
      `${connectionsText(edge.connections)} to some of ${name(target)}.`
    : `No line leads from ${name(source)} to ${name(target)} on this map.`;
  const closed = view.nodes
    .filter(isIsland)
    .filter((node) => !node.open && [source, target].includes(node.id));
  return frame(
    actions,
    title,
    null,
    el("p", { class: "lead" }, lead),
    el(
      "p",
      { class: "panel-actions" },
      closed.map((node) =>
        el(
          "button",
          { type: "button", class: "button", onclick: () => actions.toggle(islandName(node)) },
          `Open ${node.label}`,
        ),
      ),
    ),
  );
}
