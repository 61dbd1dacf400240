/** The table twin of the map: the same flows, the same filters, as a table that sorts. */
import type { Flow } from "../graph/types";
import { el, fill, part } from "../shared/dom";
import { isUncertain, openText, plural, VERDICT_WORD } from "../shared/text";
import { GLYPHS, KIND_WORDS } from "../whatif/changes";
import type { ChangeKind } from "../whatif/types";
import { peerLink, type Actions } from "./parts";

/** A flow, and what became of it since an earlier picture. */
export interface TwinFlow extends Flow {
  readonly change?: ChangeKind;
  /** What was open before, where that differs. */
  readonly was?: string;
}

const openOf = ({ connections, verdict }: Flow): string => openText(connections, verdict);

/** The flows of the later picture with a mark on what is new or differs, and those that are gone. */
export function markedFlows(before: readonly Flow[], after: readonly Flow[]): TwinFlow[] {
  const pair = ({ source, destination }: Flow): string => JSON.stringify([source, destination]);
  const was = new Map(before.map((flow) => [pair(flow), flow]));
  const is = new Set(after.map(pair));
  const there = after.map((flow): TwinFlow => {
    const earlier = was.get(pair(flow));
    if (earlier === undefined) return { ...flow, change: "added" };
    const [old, now] = [earlier, flow].map((each) =>
      JSON.stringify([each.verdict, each.connections]),
    );
    return old === now ? flow : { ...flow, change: "changed", was: openOf(earlier) };
  });
  const gone = before.filter((flow) => !is.has(pair(flow)));
  return [...there, ...gone.map((flow): TwinFlow => ({ ...flow, change: "removed" }))];
}

const COLUMNS: { key: string; title: string; text: (flow: Flow) => string }[] = [
  { key: "source", title: "From", text: (flow) => flow.source },
  { key: "destination", title: "To", text: (flow) => flow.destination },
  { key: "connections", title: "Open", text: openOf },
  { key: "verdict", title: "Verdict", text: (flow) => VERDICT_WORD[flow.verdict] },
];

const ROWS_AT_ONCE = 500;

/** Sorted by a column key; `-` in front turns it round. Rows that are equal keep their order. */
export function sortFlows<T extends Flow>(flows: readonly T[], sort: string): T[] {
  const falling = sort.startsWith("-");
  const column = COLUMNS.find(({ key }) => key === sort.replace(/^-/, "")) ?? COLUMNS[0]!;
  const collator = new Intl.Collator("en", { numeric: true });
  const sorted = [...flows].sort((a, b) => collator.compare(column.text(a), column.text(b)));
  return falling ? sorted.reverse() : sorted;
}

/** "12 flows that the policies leave open, and 3 that depend on something that is not known." */
export function openSentence(flows: readonly Flow[]): string {
  const depends = flows.filter(({ verdict }) => isUncertain(verdict)).length;
  const open = `${plural(flows.length - depends, "flow")} that the policies leave open`;
  if (depends === 0) return `${open}.`;
  return `${open}, and ${depends} that ${depends === 1 ? "depends" : "depend"} on something not known.`;
}

export function showTable(
  flows: readonly TwinFlow[],
  sort: string,
  onSort: (sort: string) => void,
  actions: Actions,
): void {
  const sorted = sortFlows(flows, sort);
  const head = COLUMNS.map(({ key, title }) => {
    const active = sort.replace(/^-/, "") === key;
    const falling = active && sort.startsWith("-");
    const order = active ? (falling ? "descending" : "ascending") : "none";
    return el(
      "th",
      { scope: "col", "aria-sort": order },
      el(
        "button",
        {
          type: "button",
          class: "sort",
          onclick: () => onSort(active && !falling ? `-${key}` : key),
        },
        title,
        el("span", { "aria-hidden": "true" }, active ? (falling ? " ↓" : " ↑") : " ↕"),
      ),
    );
  });
  const rows = sorted.slice(0, ROWS_AT_ONCE).map((flow) => flowRow(flow, actions));
  const count =
    sorted.length > ROWS_AT_ONCE
      ? `The first ${ROWS_AT_ONCE} of ${sorted.length} flows. Filter by namespace or port to see fewer.`
      : openSentence(sorted.filter(({ change }) => change !== "removed"));
  fill(
    part("twin"),
    el(
      "table",
      { class: "data" },
      el("caption", {}, count),
      el("thead", {}, el("tr", {}, head)),
      el("tbody", {}, rows),
    ),
  );
}

function flowRow(flow: TwinFlow, actions: Actions): HTMLElement {
  const { change, was } = flow;
  const gone = change === "removed";
  const open = gone ? `${openOf(flow)} → closed` : was ? `${was} → ${openOf(flow)}` : openOf(flow);
  const verdict = gone ? "deny" : flow.verdict;
  return el(
    "tr",
    { class: change ?? null },
    el(
      "td",
      {},
      change
        ? [
            el("span", { class: "glyph", "aria-hidden": "true" }, GLYPHS[change]),
            el("span", { class: "visually-hidden" }, `${KIND_WORDS[change]}: `),
          ]
        : null,
      peerLink(flow.source, actions),
    ),
    el("td", {}, peerLink(flow.destination, actions)),
    el("td", { class: "mono" }, open),
    el(
      "td",
      {},
      el(
        "button",
        {
          type: "button",
          class: `chip ${verdict} why`,
          title: (gone ? null : flow.reason) ?? "Why?",
          onclick: () => actions.ask(flow.source, flow.destination),
        },
        VERDICT_WORD[verdict],
      ),
    ),
  );
}
