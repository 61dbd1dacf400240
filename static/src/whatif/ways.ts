/** Ways in from outside that the draft opens, closes or changes, below the table of flows. */
import { dialled } from "../map/ways";
import { el } from "../shared/dom";
import { peerName, plural } from "../shared/text";
import { GLYPHS, KIND_WORDS } from "./changes";
import type { Draft } from "./draft";
import { placeLink, type Reveal } from "./said";
import type { WayCaller, WayChange } from "./types";

const COLUMNS = ["Change", "Way in", "To", "Before → after", "Where"];

/** "1 way in opens and 2 ways in close." */
export function waysSummary(ways: readonly WayChange[]): string {
  const count = (kind: WayChange["change"]): number =>
    ways.filter(({ change }) => change === kind).length;
  const words: [WayChange["change"], string, string][] = [
    ["added", "way in opens", "ways in open"],
    ["removed", "way in closes", "ways in close"],
    ["changed", "way in changes", "ways in change"],
  ];
  const parts = words
    .filter(([kind]) => count(kind) > 0)
    .map(([kind, one, many]) => plural(count(kind), one, many));
  const last = parts.pop();
  if (last === undefined) return "";
  return `${parts.length === 0 ? last : `${parts.join(", ")} and ${last}`}.`;
}

/** Who comes in, with what is not certain about it. */
export function callersText(callers: readonly WayCaller[]): string {
  if (callers.length === 0) return "nobody";
  const words = { allow: "", deny: "", conditional: " (perhaps)", unknown: " (not known)" };
  const named = callers.map(({ caller, verdict }) => `${name(caller)}${words[verdict]}`);
  return [...new Set(named)].join(", ");
}

const name = (caller: string): string =>
  caller === "{ingress-controller}" ? "the ingress controller" : peerName(caller);

export function waysTable(
  ways: readonly WayChange[],
  draft: Draft,
  reveal: Reveal,
): HTMLElement | null {
  if (ways.length === 0) return null;
  return el(
    "table",
    { class: "data changes-table ways-table" },
    el("caption", {}, "Ways in from outside"),
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        COLUMNS.map((column) => el("th", { scope: "col" }, column)),
      ),
    ),
    el(
      "tbody",
      {},
      ways.map((way) => row(way, draft, reveal)),
    ),
  );
}

function row(way: WayChange, draft: Draft, reveal: Reveal): HTMLElement {
  const [kind, ...place] = way.object.split("/");
  return el(
    "tr",
    { class: `change ${way.change}` },
    el(
      "td",
      { class: "c-kind" },
      el(
        "span",
        { class: `kind ${way.change}` },
        el("span", { class: "glyph", "aria-hidden": "true" }, GLYPHS[way.change]),
        ` ${KIND_WORDS[way.change]}`,
      ),
    ),
    el(
      "td",
      { class: "c-from", "data-label": "Way in" },
      el("b", {}, `${kind ?? ""} ${place.join("/")}`),
      ` ${dialled(way)}`,
    ),
    el(
      "td",
      { class: "c-to", "data-label": "To" },
      peerName(way.backend),
      " ",
      el("span", { class: "mono" }, way.port),
    ),
    el(
      "td",
      { class: "c-ports", "data-label": "Who" },
      el("span", { class: "before" }, callersText(way.before)),
      " → ",
      el("span", { class: "after" }, callersText(way.after)),
    ),
    el(
      "td",
      { class: "c-why", "data-label": "Where" },
      el("span", { class: "reason-place" }, placeLink(draft, way.source, way.line, reveal)),
    ),
  );
}
