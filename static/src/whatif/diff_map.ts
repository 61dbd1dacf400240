/** The picture of a draft, kept the same as the table and the toggles. */

import { foldDoubts } from "../graph/doubts";
import { foldCrowds } from "../graph/crowds";
import { foldMeshes } from "../graph/mesh";
import { isIsland, islandName } from "../graph/types";
import { part } from "../shared/dom";
import { changeKey } from "./changes";
import { changesOf, edgeOf } from "./matching";
import { Picture } from "./picture";
import { partOf } from "./shown";
import type { PageState, Store } from "./store";
import type { Answer } from "./types";

/** Room for a sentence at the head while there is one, and around the legend at the foot. */
const SENTENCE = 48;
const GAP = 12;

export function mountMap(store: Store): void {
  const picture = new Picture(part("canvas"), {
    onSelect: (id) => pick(store, id),
    onToggle: (namespace) => fold(store, namespace),
    insets: () => ({
      top: part("state").hidden ? 0 : SENTENCE,
      right: 0,
      bottom: part("legend").offsetHeight + GAP,
      left: 0,
    }),
  });
  part("zoom-in").addEventListener("click", () => picture.zoom(1.25));
  part("zoom-out").addEventListener("click", () => picture.zoom(0.8));
  part("fit").addEventListener("click", () => picture.fit());
  let drawn = "";
  store.listen((state, before) => {
    const { answer } = state.result;
    if (answer === null) return;
    if (answer !== before?.result.answer || shownDiffers(state, before)) {
      const union = { ...answer.map, ...foldCrowds(foldDoubts(foldMeshes(answer.map))) };
      const shown = partOf({ map: union, base: answer.base }, state.view.show, state.view.only);
      const another = drawn !== "" && drawn !== answer.snapshot;
      drawn = answer.snapshot;
      picture.show(union, shown, another);
    }
    picture.choose(chosenEdge(state, answer));
  });
}

function shownDiffers(state: PageState, before: PageState): boolean {
  return state.view.show !== before.view.show || state.view.only !== before.view.only;
}

function chosenEdge(state: PageState, answer: Answer): string | null {
  const change = answer.diff.changes.find((each) => changeKey(each) === state.view.change);
  return change === undefined ? null : (edgeOf(change, answer.map.edges)?.id ?? null);
}

function pick(store: Store, id: string | null): void {
  const { answer } = store.state.result;
  const node = answer?.map.nodes.find((each) => each.id === id);
  if (node && isIsland(node) && !node.open) {
    fold(store, islandName(node));
    return;
  }
  const edge = answer?.map.edges.find((each) => each.id === id);
  const keys = edge && answer ? changesOf(edge, answer.diff.changes) : [];
  store.view({ change: keys[0] ?? "" });
}

/** Opens or closes one island; what stays as it is has to be named. */
function fold(store: Store, namespace: string): void {
  const nodes = store.state.result.answer?.map.nodes ?? [];
  const islands = nodes.filter(isIsland);
  const open = new Set(islands.filter((node) => node.open).map(islandName));
  if (!open.delete(namespace)) open.add(namespace);
  store.view({ open: open.size === islands.length ? [] : [...open].sort() });
}
