/** The picture of a draft: the union of before and after, of which each toggle shows a part. */

import { createCanvas, type MapCanvas, type Selection } from "../graph/canvas";
import type { MapEdge } from "../graph/types";
import { part } from "../shared/dom";
import { changesOf, edgeOf } from "./matching";
import { changeKey } from "./changes";
import { partOf } from "./shown";
import type { PageState, Store } from "./store";
import type { DiffMap } from "./types";

export function mountMap(store: Store): void {
  const picture = new DiffPicture(store);
  store.listen((state, before) => picture.update(state, before));
}

class DiffPicture {
  readonly #store: Store;
  readonly #canvas: MapCanvas;
  #drawn = false;

  constructor(store: Store) {
    this.#store = store;
    this.#canvas = createCanvas(part("canvas"), {
      onSelect: (selection) => this.#picked(selection),
      insets: () => ({ top: 0, right: 0, bottom: 24, left: 0 }),
    });
    for (const [name, run] of this.#tools()) {
      part(name).addEventListener("click", run);
    }
  }

  update(state: PageState, before: PageState | null): void {
    const map = state.result.answer?.map ?? null;
    if (map === null) return;
    const another = !this.#drawn || map !== before?.result.answer?.map;
    if (another || shownDiffers(state, before)) this.#draw(map, state);
    this.#point(state, map);
  }

  /** The whole union is laid out first, so that every toggle finds its places. */
  #draw(map: DiffMap, state: PageState): void {
    const shown = partOf(map, state.view.show, state.view.only);
    if (!this.#drawn) this.#canvas.show(map);
    this.#canvas.show(shown, { keepPositions: true });
    this.#drawn = true;
  }

  #point(state: PageState, map: DiffMap): void {
    const change = state.result.answer?.diff.changes.find(
      (each) => changeKey(each) === state.view.change,
    );
    const edge = change ? edgeOf(change, map.edges) : null;
    this.#canvas.select(edge?.id ?? null);
  }

  #picked(selection: Selection | null): void {
    const { answer } = this.#store.state.result;
    if (answer === null || selection?.kind !== "edge") {
      this.#store.view({ change: "" });
      return;
    }
    const edge = answer.map.edges.find((each) => each.id === selection.id);
    this.#store.view({ change: edge ? (this.#changesOn(edge)[0] ?? "") : "" });
  }

  #changesOn(edge: MapEdge): string[] {
    return changesOf(edge, this.#store.state.result.answer?.diff.changes ?? []);
  }

  #tools(): [string, () => void][] {
    return [
      ["zoom-in", () => this.#canvas.zoom(1.25)],
      ["zoom-out", () => this.#canvas.zoom(0.8)],
      ["fit", () => this.#canvas.fit()],
    ];
  }
}

function shownDiffers(state: PageState, before: PageState | null): boolean {
  return state.view.show !== before?.view.show || state.view.only !== before.view.only;
}
