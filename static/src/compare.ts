/** What differs between two snapshots: the map before, after and of the changes, flows, objects. */

import { readableBudget } from "./graph/budget";
import { errorText } from "./clusters/fields";
import { objectList } from "./clusters/objects";
import type { ObjectChange } from "./clusters/types";
import { getJson, withQuery } from "./shared/api";
import { el, fill, pageData, part } from "./shared/dom";
import { showBanner } from "./shared/honesty";
import { exactTime } from "./shared/text";
import { mountMap } from "./whatif/diff_map";
import { mountLegend } from "./whatif/legend";
import { NO_RESULT } from "./whatif/result";
import { countsOf } from "./whatif/simulated";
import { type PageState, Store } from "./whatif/store";
import { mountTable } from "./whatif/table";
import type { Answer, Diff, DiffMap } from "./whatif/types";
import { readView, type Show, writeView } from "./whatif/view_state";

interface Pair {
  readonly from: string;
  readonly to: string;
}

const SHOWS: readonly [Show, string][] = [
  ["before", "Before"],
  ["after", "After"],
  ["changes", "Changes"],
];

function main(): void {
  const pair = pageData<Pair>("compare-page");
  const store = new Store(pair.to);
  store.set({ view: readView(location.search) });
  mountTable(store, () => false);
  mountMap(store);
  mountLegend(store);
  mountFrame(store);
  followAddress(store);
  void ask(store, pair);
  store.listen(({ view }, before) => {
    const asked = before?.view;
    if (asked && (asked.open !== view.open || asked.intended !== view.intended))
      void ask(store, pair);
  });
  void showObjects(pair);
  // The server knows no clock but its own.
  for (const time of document.querySelectorAll("time")) time.textContent = exactTime(time.dateTime);
}

/** The question that is answered last is not always the one that was asked last. */
let latest = 0;

async function ask(store: Store, pair: Pair): Promise<void> {
  const number = ++latest;
  try {
    const answer = await answerTo(store.state, pair);
    if (number !== latest) return;
    part("failed").hidden = true;
    store.set({ result: { ...NO_RESULT, phase: "fresh", answer } });
  } catch (error) {
    if (number !== latest) return;
    part("failed").textContent = errorText(error);
    part("failed").hidden = false;
    part("state").hidden = true;
  }
}

async function answerTo({ view }: PageState, pair: Pair): Promise<Answer> {
  const { intended, open } = view;
  const drawn = {
    view: "map",
    budget: readableBudget(),
    intended,
    level: open.length > 0 ? "namespace" : null,
    open,
  };
  const [diff, map, base] = await Promise.all([
    getJson<Diff>(withQuery("/api/v1/compare", { ...pair, intended })),
    getJson<DiffMap>(withQuery("/api/v1/compare", { ...pair, ...drawn })),
    getJson<DiffMap>(withQuery("/api/v1/compare", { from: pair.from, to: pair.from, ...drawn })),
  ]);
  return { snapshot: pair.to, diff, map, base, subjects: map.nodes };
}

function mountFrame(store: Store): void {
  const only = part<HTMLInputElement>("only");
  only.addEventListener("change", () => store.view({ only: only.checked }));
  store.listen((state) => {
    only.checked = state.view.only;
    only.disabled = state.view.show !== "changes";
    drawShow(store);
    const { answer } = state.result;
    const line = answer === null ? "Working out the flows" : nothingLine(answer);
    part("state").textContent = line;
    part("state").hidden = line === "";
    if (answer) {
      showBanner(answer.diff.enforcement, state.view.intended, (intended) =>
        store.view({ intended }),
      );
    }
  });
}

function nothingLine({ diff }: Answer): string {
  const counts = countsOf(diff.summary);
  if (counts === null || counts.changes > 0) return "";
  if (diff.ways.length > 0) return "No flow differs, but who comes in from outside.";
  return "No flow differs between the two.";
}

function drawShow(store: Store): void {
  const counts = countsOf(store.state.result.answer?.diff.summary ?? null);
  const focused = document.activeElement?.getAttribute("data-show");
  fill(
    part("show"),
    SHOWS.map(([show, word]) =>
      el(
        "button",
        {
          type: "button",
          "data-show": show,
          "aria-pressed": store.state.view.show === show ? "true" : "false",
          onclick: () => store.view({ show }),
        },
        word,
        counts === null ? null : el("span", { class: "count" }, counts[show]),
      ),
    ),
  );
  if (focused) part("show").querySelector<HTMLElement>(`[data-show=${focused}]`)?.focus();
}

function followAddress(store: Store): void {
  store.listen(({ view }, before) => {
    if (before === null || view === before.view) return;
    const query = writeView(view, location.search);
    if (query !== location.search) history.replaceState(null, "", `${location.pathname}${query}`);
  });
}

async function showObjects(pair: Pair): Promise<void> {
  const box = part("objects");
  try {
    const { changes, count } = await getJson<{ changes: ObjectChange[]; count: number }>(
      withQuery("/api/v1/compare/objects", { ...pair }),
    );
    fill(
      box,
      count === 0
        ? el("p", { class: "muted" }, "No object differs that policies can tell.")
        : objectList(changes, count),
    );
  } catch (error) {
    fill(box, el("p", { class: "notice error" }, errorText(error)));
  }
}

main();
