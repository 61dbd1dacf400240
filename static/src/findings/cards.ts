/** Findings as cards: one for each check, with every place that it was found in. */
import { el, icon, type Child } from "../shared/dom";
import { plural } from "../shared/text";
import { fixLink, mapLink } from "./links";
import type { Finding, FindingPlace, Severity } from "./types";

export interface Links {
  readonly map: string;
  readonly whatif: string;
}

export const TITLES: Record<Severity, string> = {
  error: "Errors",
  warning: "Warnings",
  info: "Notes",
};
const WORDS: Record<Severity, string> = { error: "Error", warning: "Warning", info: "Note" };
/** A different shape each: an octagon that stops, a triangle that warns, a circle that tells. */
const SHAPES: Record<Severity, string> = {
  error: "M5.3 1.8h5.4l3.5 3.5v5.4l-3.5 3.5H5.3L1.8 10.7V5.3zM8 4.8v4M8 11v.4",
  warning: "M8 2 15 14H1zM8 6.6v3.6M8 12v.4",
  info: "M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8M8 7.4v4M8 4.8v.4",
};
/** More objects than this stay folded. */
const SHOWN = 3;

/** Sections by severity, in each a card for each check. The findings come sorted. */
export function sections(findings: readonly Finding[], links: Links): HTMLElement[] {
  return (["error", "warning", "info"] as const).flatMap((severity) => {
    const found = findings.filter((each) => each.severity === severity);
    if (found.length === 0) return [];
    return [
      el(
        "section",
        { class: "findings-section", "aria-labelledby": `findings-${severity}` },
        el("h2", { id: `findings-${severity}` }, TITLES[severity]),
        cards(found, links),
      ),
    ];
  });
}

/** A card for each check. */
export const cards = (findings: readonly Finding[], links: Links): HTMLElement[] =>
  grouped(findings).map((group) => card(group, links));

function grouped(findings: readonly Finding[]): Finding[][] {
  const groups = new Map<string, Finding[]>();
  for (const each of findings) {
    const group = groups.get(each.id);
    if (group) group.push(each);
    else groups.set(each.id, [each]);
  }
  return [...groups.values()];
}

function card(group: readonly Finding[], links: Links): HTMLElement {
  const [first] = group;
  const { id, severity, title, why } = first!;
  return el(
    "article",
    { class: `card finding ${severity}`, "aria-label": `${WORDS[severity]} ${id}: ${title}` },
    el(
      "header",
      { class: "finding-head" },
      el("span", { class: `finding-mark ${severity}`, title: WORDS[severity] }, [
        icon(SHAPES[severity]),
        el("span", { class: "visually-hidden" }, WORDS[severity]),
      ]),
      el("h3", {}, title),
      el("span", { class: "finding-id mono" }, id),
      group.length > 1 && el("span", { class: "chip" }, plural(group.length, "place")),
    ),
    el("p", { class: "finding-why" }, why),
    el(
      "ul",
      { class: "finding-places" },
      group.map((finding) => item(finding, links)),
    ),
  );
}

function item(finding: Finding, links: Links): HTMLElement {
  const onMap = mapLink(links.map, finding);
  return el(
    "li",
    {},
    el("p", { class: "finding-here" }, finding.here),
    finding.suppressed !== null &&
      el("p", { class: "finding-reason" }, el("b", {}, "Ignored: "), finding.suppressed),
    objects(finding.objects),
    (onMap || finding.fix) &&
      el(
        "p",
        { class: "finding-actions" },
        onMap && el("a", { href: onMap }, "Show on map"),
        finding.fix &&
          el(
            "a",
            { class: "button", href: fixLink(links.whatif, finding) },
            "Open the fix in What-if",
          ),
        finding.fix && el("span", { class: "muted" }, finding.fix.title),
      ),
  );
}

function objects(places: readonly FindingPlace[]): Child {
  if (places.length === 0) return null;
  const rows = places.map((each) =>
    el("li", {}, el("span", { class: "mono" }, nameOf(each)), " ", el("span", {}, placeOf(each))),
  );
  const list = el("ul", { class: "finding-objects" }, rows.slice(0, SHOWN));
  if (rows.length <= SHOWN) return list;
  return el(
    "div",
    {},
    list,
    el(
      "details",
      {},
      el("summary", {}, `and ${plural(rows.length - SHOWN, "other object")}`),
      el("ul", { class: "finding-objects" }, rows.slice(SHOWN)),
    ),
  );
}

const nameOf = ({ object, path }: FindingPlace): string => (path ? `${object} ${path}` : object);

function placeOf({ source, line }: FindingPlace): Child {
  if (!source) return null;
  return el("span", { class: "place" }, line ? `${source}:${line}` : source);
}
