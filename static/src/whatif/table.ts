/** The table of changes, the twin of the picture: pair, ports before and after, deciding rule. */

import { el, fill, part } from "../shared/dom";
import { amount, parsePeer } from "../shared/text";
import {
  changeKey,
  filterChanges,
  GLYPHS,
  KIND_WORDS,
  portWords,
  ruleName,
  summarySentence,
} from "./changes";
import { isBlank } from "./draft";
import { outsideName } from "./matching";
import { placeLink, type Reveal } from "./said";
import type { PageState, Store } from "./store";
import type { Change, ChangeKind, Diff, Reason } from "./types";
import { ALL_KINDS } from "./view_state";
import { waysSummary, waysTable } from "./ways";

/** More rows than a browser lays out at once without a pause; the filter finds the others. */
const MOST_ROWS = 500;

export function mountTable(store: Store, reveal: Reveal): void {
  const filter = part<HTMLInputElement>("filter");
  filter.addEventListener("input", () => store.view({ text: filter.value }));
  store.listen((state, before) => {
    if (filter.value !== state.view.text) filter.value = state.view.text;
    if (before !== null && !matters(state, before)) return;
    const diff = state.result.answer?.diff ?? null;
    part("changes").classList.toggle("stale", state.result.stale);
    const found = (diff?.changes.length ?? 0) + (diff?.ways.length ?? 0);
    part("changes").classList.toggle("none", found === 0);
    part("changes-summary").textContent = summary(state, diff);
    drawKinds(store, diff);
    const focus = focusedKey();
    fill(
      part("changes-body"),
      body(state, store, diff, reveal),
      waysTable(diff?.ways ?? [], state.draft, reveal),
    );
    if (focus !== "") rowButton(focus)?.focus();
    if (before !== null && state.view.change !== before.view.change) scrollToSelected();
  });
}

function summary({ result }: PageState, diff: Diff | null): string {
  const said =
    diff === null
      ? ""
      : [waysSummary(diff.ways), summarySentence(diff.summary)].filter(Boolean).join(" ");
  const old = result.stale && result.phase !== "waiting" && said !== "";
  return old ? `Of the last draft that could be read: ${said}` : said;
}

function matters(state: PageState, before: PageState): boolean {
  return (
    state.view !== before.view ||
    state.result.answer !== before.result.answer ||
    state.result.phase !== before.result.phase ||
    state.draft.files.length !== before.draft.files.length
  );
}

function drawKinds(store: Store, diff: Diff | null): void {
  const { kinds } = store.state.view;
  const focused = document.activeElement?.getAttribute("data-kind");
  fill(
    part("kinds"),
    ALL_KINDS.map((kind) =>
      el(
        "button",
        {
          type: "button",
          class: `kind ${kind}`,
          "data-kind": kind,
          "aria-pressed": kinds.includes(kind) ? "true" : "false",
          onclick: () => store.view({ kinds: toggled(kinds, kind) }),
        },
        el("span", { class: "glyph", "aria-hidden": "true" }, GLYPHS[kind]),
        ` ${amount(diff?.summary[kind] ?? 0)} ${KIND_WORDS[kind]}`,
      ),
    ),
  );
  if (focused) part("kinds").querySelector<HTMLElement>(`[data-kind=${focused}]`)?.focus();
}

/** A click shows this kind alone; a click on the only kind shown brings the others back. */
function toggled(kinds: readonly ChangeKind[], kind: ChangeKind): readonly ChangeKind[] {
  return kinds.length === 1 && kinds[0] === kind ? ALL_KINDS : [kind];
}

function body(
  state: PageState,
  store: Store,
  diff: Diff | null,
  reveal: Reveal,
): HTMLElement | (HTMLElement | null)[] {
  if (diff === null) return el("p", { class: "changes-empty muted" }, "Nothing to compare yet.");
  if (diff.changes.length === 0) {
    return el("p", { class: "changes-empty muted" }, "No flow opens, closes or changes.");
  }
  const found = filterChanges(diff.changes, state.view);
  if (found.length === 0) {
    const clear = (): void => store.view({ text: "", kinds: ALL_KINDS });
    return el(
      "p",
      { class: "changes-empty muted" },
      `None of the ${amount(diff.changes.length)} changes fits the filter. `,
      el("button", { type: "button", class: "link-button", onclick: clear }, "Show all"),
    );
  }
  const rows = found.slice(0, MOST_ROWS).map((change) => row(change, store, reveal));
  const more = found.length - rows.length;
  return [
    el(
      "table",
      { class: "data changes-table" },
      el("caption", { class: "visually-hidden" }, "Flows that change, and by which rule"),
      head(),
      el("tbody", {}, rows),
    ),
    more > 0
      ? el("p", { class: "changes-empty muted" }, `${amount(more)} more: narrow the filter.`)
      : null,
  ];
}

function head(): HTMLElement {
  const names = ["Change", "From", "To", "Before → after", "Why"];
  return el(
    "thead",
    {},
    el(
      "tr",
      {},
      names.map((name) => el("th", { scope: "col" }, name)),
    ),
  );
}

function row(change: Change, store: Store, reveal: Reveal): HTMLElement {
  const key = changeKey(change);
  const selected = store.state.view.change === key;
  const select = (): void => store.view({ change: selected ? "" : key });
  const button = el(
    "button",
    {
      type: "button",
      class: `kind ${change.kind}`,
      "data-change": key,
      "aria-pressed": selected ? "true" : "false",
      title: "Show it on the map",
      onclick: (event: MouseEvent) => {
        event.stopPropagation();
        select();
      },
    },
    el("span", { class: "glyph", "aria-hidden": "true" }, GLYPHS[change.kind]),
    ` ${KIND_WORDS[change.kind]}`,
  );
  const rowElement = el(
    "tr",
    { class: selected ? `change ${change.kind} selected` : `change ${change.kind}` },
    el("td", { class: "c-kind" }, button),
    el("td", { class: "c-from", "data-label": "From" }, peer(change.source, change, store)),
    el("td", { class: "c-to", "data-label": "To" }, peer(change.destination, change, store)),
    el("td", { class: "c-ports mono", "data-label": "Ports" }, ports(change)),
    el("td", { class: "c-why", "data-label": "Why" }, reasons(change, store, reveal)),
  );
  rowElement.addEventListener("click", (event) => {
    if (!(event.target as Element).closest("button, a")) select();
  });
  return rowElement;
}

function peer(name: string, change: Change, store: Store): (HTMLElement | string)[] {
  const { namespace, name: own, kind } = parsePeer(name);
  const moved = change.new_or_lost.includes(name);
  const word = isBlank(store.state.draft)
    ? movedWord(change)
    : `${movedWord(change)} with the draft`;
  const tag = moved ? [" ", el("span", { class: "chip" }, word)] : [];
  if (namespace === null) {
    const known = outsideName(name, store.state.result.answer?.map.nodes ?? []);
    return [known === null ? own : el("b", { title: name }, known), ...tag];
  }
  return [
    el("span", { class: "muted" }, `${namespace}/`),
    el("wbr"),
    el("b", { title: `${kind ?? "Pod"} ${own} in ${namespace}` }, own),
    ...tag,
  ];
}

function movedWord(change: Change): string {
  return change.kind === "removed" ? "gone" : "new";
}

function ports(change: Change): (HTMLElement | string)[] {
  return [
    el("span", { class: "before" }, portWords(change.before, change.verdict_before)),
    " → ",
    el("span", { class: "after" }, portWords(change.after, change.verdict_after)),
  ];
}

function reasons(change: Change, store: Store, reveal: Reveal): HTMLElement {
  if (change.reasons.length === 0)
    return el("span", { class: "muted" }, "No single rule decides it.");
  return el(
    "ul",
    { class: "reasons" },
    change.reasons.map((reason) => reasonItem(reason, store, reveal)),
  );
}

function reasonItem(reason: Reason, store: Store, reveal: Reveal): HTMLElement {
  const rule = ruleName(reason);
  return el(
    "li",
    {},
    reason.text,
    el(
      "span",
      { class: "reason-place" },
      rule === "" ? null : el("code", {}, rule),
      placeLink(store.state.draft, reason.source, reason.line, reveal),
    ),
  );
}

function focusedKey(): string {
  return document.activeElement?.getAttribute("data-change") ?? "";
}

function rowButton(key: string): HTMLElement | null {
  return part("changes-body").querySelector<HTMLElement>(`[data-change="${CSS.escape(key)}"]`);
}

function scrollToSelected(): void {
  part("changes-body").querySelector("tr.selected")?.scrollIntoView({ block: "nearest" });
}
